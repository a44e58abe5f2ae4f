//! The state that a batch of requests works on: loaded, changed in memory, then written in one transaction.

use std::collections::HashMap;

use license_core::{Fingerprint, NOT_BEFORE_LEEWAY, UnixTime};

use super::codes::CodeDigest;
use super::ids::{ApplicationKey, EventId, InstanceId, InstanceKey, OrderLine, SeatNo};
use super::inquiry::{Inquiry, InquiryKey};
use super::instance::{Instance, OrderChange};
use super::request::{Buyer, Outcome};
use super::seat::{FOREVER, Seat, SeatCounts, SeatUse};
use super::signing::Token;
pub use super::tracked::{Change, Tracked};

/// One application for a license, and the license once it is granted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Application {
    /// Of which instance.
    pub instance: InstanceKey,
    /// Under which event; `None` when the operator issued it by hand.
    pub event: Option<EventId>,
    /// Which fingerprint text asked: its identity, or empty when there was none.
    pub identity: Vec<u8>,
    /// When it came.
    pub created_at: UnixTime,
    /// Where it stands.
    pub status: ApplicationStatus,
    /// The seat it holds, held, or reserves.
    pub seat: Option<SeatNo>,
    /// The license.
    pub grant: Option<Grant>,
    /// Digest of what the license says, where a machine asked for it itself.
    pub terms: Option<[u8; 32]>,
}

/// A signed license.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// `jti`
    pub license_id: String,
    /// The bytes.
    pub token: Token,
    /// `exp`; [`FOREVER`] for a perpetual one.
    pub until: UnixTime,
    /// `kid`
    pub key: String,
}

/// Where an application stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ApplicationStatus {
    /// Judged when order facts arrive.
    Waiting(Waiting),
    /// It has its license.
    Granted,
    /// Refused when it was judged; a repeat gets the same answer.
    Parked(super::request::Refusal),
    /// A newer application of the same event took its place before it was delivered.
    Superseded,
}

/// What is needed to judge an application later.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// From when.
    pub effective: UnixTime,
    /// Until when.
    pub expires: Option<UnixTime>,
    /// The device, if its text named one.
    pub device: Option<Fingerprint>,
}

/// Bringing a license to the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// Whose instance: deliveries of a frozen one wait.
    pub instance: InstanceKey,
    /// How far it is.
    pub status: DeliveryStatus,
    /// Attempts that failed.
    pub attempts: u32,
    /// What the last failure was.
    pub error: Option<String>,
    /// An attempt had no answer: the license may be there.
    pub uncertain: bool,
}

/// How far a delivery is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeliveryStatus {
    /// To be tried, not before a time.
    Due(UnixTime),
    /// It is there.
    Done(UnixTime),
    /// Not tried again by itself.
    Parked(UnixTime),
    /// Not wanted any more.
    Cancelled(UnixTime),
    /// Being sent. Whoever took it has it until then.
    Sending(UnixTime),
    /// Being sent, though a newer application of its event took its place meanwhile.
    Overtaken(UnixTime),
}

/// A final answer that is given again to the same signed call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replay {
    /// The answer.
    pub outcome: Outcome,
    /// When it may be forgotten.
    pub until: UnixTime,
    /// When the call was signed, in milliseconds since 1970.
    pub signed_at_ms: i64,
}

/// Something the operator may want to read later.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryEntry {
    /// Of which instance.
    pub instance: InstanceKey,
    /// When.
    pub at: UnixTime,
    /// One word: `seat-freed`, `rebased`, `unfrozen`, `released`, `issued-by-hand`, …
    pub what: &'static str,
    /// A sentence; never a fingerprint.
    pub detail: String,
}

/// The loaded state of a batch. Storage fills it, the rules change it, storage writes what changed.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    /// Answers to calls that were signed at this time in milliseconds, or before it, may be forgotten.
    pub forgotten_until_ms: i64,
    /// Answers by signature.
    pub replays: HashMap<[u8; 32], Tracked<Replay>>,
    /// Instances.
    pub instances: HashMap<InstanceKey, Tracked<Instance>>,
    /// Instances by name.
    pub by_id: HashMap<InstanceId, InstanceKey>,
    /// Instances by order line.
    pub by_line: HashMap<OrderLine, InstanceKey>,
    /// Instances by activation code. An instance that is found must still have that code.
    pub by_code: HashMap<CodeDigest, InstanceKey>,
    /// Applications by the id of their license.
    pub by_license: HashMap<String, ApplicationKey>,
    /// When seats of an instance were given back in the last 365 days.
    pub deactivations: HashMap<InstanceKey, Vec<UnixTime>>,
    /// The orders that changed an instance.
    pub orders: HashMap<InstanceKey, Tracked<Vec<OrderChange>>>,
    /// Seats that the batch may touch.
    pub seats: HashMap<(InstanceKey, SeatNo), Tracked<Seat>>,
    /// Seats by the parts of their baselines.
    pub by_part: HashMap<(InstanceKey, [u8; 11]), Vec<SeatNo>>,
    /// Seats whose baseline is another one than storage has, and the parts by which storage finds them.
    pub moved_seats: HashMap<(InstanceKey, SeatNo), Vec<[u8; 11]>>,
    /// Applications that the batch may touch.
    pub applications: HashMap<ApplicationKey, Tracked<Application>>,
    /// Applications by event.
    pub by_event: HashMap<EventId, Vec<ApplicationKey>>,
    /// Deliveries of those applications.
    pub deliveries: HashMap<ApplicationKey, Tracked<Delivery>>,
    /// Orders that are to be read.
    pub inquiries: HashMap<InquiryKey, Tracked<Inquiry>>,
    /// Buyers that became known.
    pub buyers: HashMap<InstanceKey, Box<Buyer>>,
    /// Orders to be delivered by hand; the flag says whether that was done.
    pub notices: HashMap<OrderLine, Tracked<Option<UnixTime>>>,
    /// Instances whose waiting applications and open deliveries end with this batch.
    pub ended: Vec<InstanceKey>,
    /// What a buyer called a machine was erased.
    pub erased_name: bool,
    /// Seats on which two machines seem to take turns.
    pub turns: Vec<(InstanceKey, SeatNo)>,
    /// To be recorded.
    pub history: Vec<HistoryEntry>,
    /// The key of the next new instance.
    pub next_instance: i64,
    /// The key of the next new application.
    pub next_application: i64,
}

impl Ledger {
    /// An instance by name, and its key.
    #[must_use]
    pub fn instance(&self, id: &InstanceId) -> Option<(InstanceKey, &Instance)> {
        let key = *self.by_id.get(id)?;
        Some((key, self.instances.get(&key)?))
    }

    /// The instance that has an activation code now.
    #[must_use]
    pub fn instance_of_code(&self, digest: CodeDigest) -> Option<InstanceKey> {
        let key = *self.by_code.get(&digest)?;
        let found = self.instances.get(&key)?;
        (found.code.digest == Some(digest)).then_some(key)
    }

    /// The application that a license was issued for.
    #[must_use]
    pub fn license(&self, id: &str) -> Option<&Application> {
        self.applications.get(self.by_license.get(id)?).map(|known| &**known)
    }

    /// An instance that is to be changed.
    pub fn edit_instance(&mut self, key: InstanceKey) -> Option<&mut Instance> {
        self.instances.get_mut(&key).map(Tracked::edit)
    }

    /// What is counted of an instance's seats, to be changed.
    pub fn count_seats(&mut self, key: InstanceKey) -> Option<&mut SeatCounts> {
        self.instances.get_mut(&key).map(Tracked::count)
    }

    /// Adds a new instance.
    pub fn add_instance(&mut self, instance: Instance) -> InstanceKey {
        let key = InstanceKey(self.next_instance);
        self.next_instance += 1;
        self.by_id.insert(instance.id.clone(), key);
        self.by_line.insert(instance.order.clone(), key);
        self.by_code.extend(instance.code.digest.map(|digest| (digest, key)));
        self.orders.insert(key, Tracked::new(Vec::new()));
        self.instances.insert(key, Tracked::new(instance));
        key
    }

    /// Adds a new application.
    pub fn add_application(&mut self, application: Application) -> ApplicationKey {
        let key = ApplicationKey(self.next_application);
        self.next_application += 1;
        if let Some(event) = &application.event {
            self.by_event.entry(event.clone()).or_default().push(key);
        }
        if let Some(grant) = &application.grant {
            self.by_license.insert(grant.license_id.clone(), key);
        }
        self.applications.insert(key, Tracked::new(application));
        key
    }

    /// Changes a seat and keeps the count of taken seats true.
    pub fn edit_seat(
        &mut self,
        instance: InstanceKey,
        no: SeatNo,
        now: UnixTime,
        edit: impl FnOnce(&mut Seat),
    ) {
        let (Some(of), Some(seat)) = (self.instances.get_mut(&instance), self.seats.get_mut(&(instance, no)))
        else {
            return;
        };
        let (phase, epoch) = (of.seat_phase, of.counts.epoch);
        let counted = |seat: &Seat| {
            let taken = seat.is_taken(now) && seat.phase == phase;
            (u32::from(taken), u32::from(taken && seat.epoch == epoch))
        };
        let before = counted(seat);
        edit(seat.edit());
        let after = counted(seat);
        let known = of.counts.used;
        let ends = if after.0 > 0 { seat.holds.until() } else { FOREVER };
        let seat_use = match known.holds_at(now) {
            true => SeatUse {
                taken: known.taken.saturating_sub(before.0) + after.0,
                renewed: known.renewed.saturating_sub(before.1) + after.1,
                until: known.until.min(ends),
                ..known
            },
            false => SeatUse::UNKNOWN,
        };
        if seat_use != known {
            of.count().used = seat_use;
        }
    }

    /// Takes a seat away from its device; what the buyer called the machine goes with it.
    pub fn free_seat(&mut self, instance: InstanceKey, no: SeatNo, now: UnixTime) {
        let mut name = None;
        let mut before = Vec::new();
        self.edit_seat(instance, no, now, |seat| {
            before = super::lookup_keys(seat.baseline.as_ref());
            // R54
            seat.freed = true;
            name = seat.name.take();
        });
        self.erased_name |= name.is_some();
        self.moved_seats.entry((instance, no)).or_insert(before);
    }

    /// Adds a seat that nothing holds yet.
    pub fn add_seat(&mut self, instance: InstanceKey, seat: Seat) -> SeatNo {
        let no = seat.no;
        self.seats.insert((instance, no), Tracked::new(seat));
        self.index_seat(instance, no, Vec::new());
        no
    }

    /// Finds a seat by its new baseline from now on, and has storage do the same; it was found by the parts `before`.
    pub fn index_seat(&mut self, instance: InstanceKey, no: SeatNo, before: Vec<[u8; 11]>) {
        // Of several moves in one batch storage knows what was before the first.
        self.moved_seats.entry((instance, no)).or_insert(before);
        self.find_seat_by_its_parts(instance, no);
    }

    /// Finds a seat by its baseline from now on.
    pub fn find_seat_by_its_parts(&mut self, instance: InstanceKey, no: SeatNo) {
        let Some(seat) = self.seats.get(&(instance, no)) else {
            return;
        };
        for part in super::lookup_keys(seat.baseline.as_ref()) {
            let seats = self.by_part.entry((instance, part)).or_default();
            if !seats.contains(&no) {
                seats.push(no);
            }
        }
    }

    /// The seats whose baseline has a part; some may have had it only before.
    pub fn seats_with_part(&self, instance: InstanceKey, part: &[u8; 11]) -> impl Iterator<Item = SeatNo> {
        self.by_part.get(&(instance, *part)).into_iter().flatten().copied()
    }

    /// Whether what a buyer calls a machine is to be written.
    #[must_use]
    pub fn names_a_machine(&self) -> bool {
        self.seats.values().any(|seat| seat.change() != Change::None && seat.name.is_some())
    }

    /// Records something for the operator.
    pub fn record(&mut self, instance: InstanceKey, at: UnixTime, what: &'static str, detail: String) {
        self.history.push(HistoryEntry { instance, at, what, detail });
    }
}

impl Grant {
    /// Whether it was signed under a clock that was ahead, so that it does not hold yet, whatever was asked for.
    #[must_use]
    pub fn is_ahead_of(&self, now: UnixTime) -> bool {
        let id = uuid::Uuid::parse_str(&self.license_id).ok();
        // R19
        let signed_at = id.and_then(|id| id.get_timestamp()).map(|at| at.to_unix().0);
        signed_at
            .and_then(|at| i64::try_from(at).ok())
            .is_some_and(|at| at > now.plus(NOT_BEFORE_LEEWAY).as_secs())
    }

    /// `exp`, or nothing for a perpetual license.
    #[must_use]
    pub fn expires_at(&self) -> Option<UnixTime> {
        (self.until != FOREVER).then_some(self.until)
    }
}
