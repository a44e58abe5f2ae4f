//! A device applies for a license.

use license_core::{Claims, Fingerprint, UnixTime};

use super::catalog::Product;
use super::device_key::key_of;
use super::ids::{ApplicationKey, InstanceKey, SeatNo};
use super::instance::{Lifecycle, NO_ENTRY, Standing};
use super::ledger::{
    Application, ApplicationStatus, Delivery, DeliveryStatus, Grant, Ledger, Tracked, Waiting,
};
use super::request::{Apply, ApplyDevice, Outcome, Refusal};
use super::seat::FOREVER;
use super::terms::{self, Window};
use super::{Rules, live, outbox, seating};

/// What one application asks for.
pub(super) struct Asked<'a> {
    pub(super) instance: InstanceKey,
    pub(super) window: Window,
    pub(super) device: &'a ApplyDevice,
    pub(super) license_id: String,
}

/// Judges an application by the rules, in the order in which they are written down.
pub(super) fn apply(ledger: &mut Ledger, rules: &Rules<'_>, apply: &Apply, entropy: [u8; 16]) -> Outcome {
    match try_apply(ledger, rules, apply, entropy) {
        Ok(outcome) => outcome,
        Err(refusal) => Outcome::Refused(refusal),
    }
}

fn try_apply(
    ledger: &mut Ledger,
    rules: &Rules<'_>,
    apply: &Apply,
    entropy: [u8; 16],
) -> Result<Outcome, Refusal> {
    // R16
    if apply.expires.is_some_and(|end| end <= apply.effective) {
        return Err(Refusal::EmptyWindow);
    }
    // R13, R15
    let key = live(ledger, &apply.instance)?.0;
    serve_again(ledger, rules, key);
    let instance = ledger.instances.get(&key).ok_or(Refusal::NoInstance)?;
    let lifecycle = instance.lifecycle;
    let has_unread_orders = instance.unread_orders > 0;
    let product = match &instance.standing {
        Standing::Known => rules.catalog.find(&instance.product),
        Standing::Pending | Standing::Problem(_) => None,
    };
    // R23
    if product.is_none() && instance.standing == Standing::Known {
        missing_entry(ledger, rules, key);
    }
    let identity = identity(&apply.device);
    let of_event = ledger.by_event.get(&apply.event).cloned().unwrap_or_default();
    // R17
    if of_event.iter().any(|other| ledger.applications.get(other).is_some_and(|other| other.instance != key))
    {
        return Err(Refusal::EventOfAnotherInstance);
    }
    let same =
        |key: &&ApplicationKey| ledger.applications.get(key).is_some_and(|known| known.identity == identity);
    let repeated = of_event.iter().find(same).copied();
    // R18
    if let Some(answer) = repeated.and_then(|known| repeat(ledger, rules, known)) {
        return answer;
    }
    // R20: Another fingerprint under the same event takes the place of one that was not delivered yet.
    let older = of_event.into_iter().find(|known| Some(*known) != repeated && is_open(ledger, *known));
    // R76
    let never_left = older.filter(|older| !may_be_out(ledger, *older));
    let taken_back = never_left.and_then(|older| take_back(ledger, older, rules.now));
    let window = Window { effective: apply.effective, expires: apply.expires };
    let asked =
        Asked { instance: key, window, device: &apply.device, license_id: license_id(rules.now, entropy) };
    let entry = Entry { existing: repeated, event: apply, identity };
    let outcome = match product {
        Some(product) => match grant(ledger, rules, product, &asked) {
            Ok(granted) => {
                entry.granted(ledger, rules.now, key, granted);
                Ok(Outcome::Done)
            }
            // R22: An order that is still to be read may have brought more.
            Err(Refusal::SeatsTaken { .. }) if has_unread_orders => {
                entry.waiting(ledger, rules, &asked).map(|()| Outcome::InProgress)
            }
            Err(refusal) => Err(refusal),
        },
        // R31
        None if matches!(lifecycle, Lifecycle::Frozen { .. }) => Err(Refusal::Frozen),
        // R21
        None => entry.waiting(ledger, rules, &asked).map(|()| Outcome::InProgress),
    };
    match (&outcome, older) {
        (Ok(_), Some(older)) => supersede(ledger, older, rules.now),
        (Err(_), Some(_)) => give_back(ledger, key, taken_back, rules.now),
        (_, None) => {}
    }
    outcome
}

/// The entry that served the instance has left the catalog: the operator is told, and the order is read again once it
/// is back.
pub(super) fn missing_entry(ledger: &mut Ledger, rules: &Rules<'_>, key: InstanceKey) {
    if let Some(instance) = ledger.edit_instance(key) {
        instance.standing = Standing::Problem(NO_ENTRY.into());
        ledger.record(key, rules.now, "product-unknown", NO_ENTRY.into());
    }
}

/// What was issued by hand has no order to be read again, so it is served as soon as its entry is back.
pub(super) fn serve_again(ledger: &mut Ledger, rules: &Rules<'_>, key: InstanceKey) {
    let is_back = ledger.instances.get(&key).is_some_and(|found| {
        // R23
        found.bought.code.is_some()
            && matches!(&found.standing, Standing::Problem(why) if why == NO_ENTRY)
            && rules.catalog.find(&found.product).is_some()
    });
    if is_back && let Some(instance) = ledger.edit_instance(key) {
        instance.standing = Standing::Known;
    }
}

/// Which fingerprint text asked; nothing when there was none.
fn identity(device: &ApplyDevice) -> Vec<u8> {
    match device {
        ApplyDevice::Absent => Vec::new(),
        ApplyDevice::Named(fingerprint) => fingerprint.identity().to_vec(),
        ApplyDevice::Unusable { identity, .. } => identity.to_vec(),
    }
}

/// The answer to an application that was made before; `None` when it has to be judged anew.
fn repeat(ledger: &mut Ledger, rules: &Rules<'_>, known: ApplicationKey) -> Option<Result<Outcome, Refusal>> {
    match &ledger.applications.get(&known)?.status {
        // R19: One that does not hold now is not given again: another is signed, on the same seat.
        ApplicationStatus::Granted if is_ahead(ledger, known, rules.now) => None,
        ApplicationStatus::Granted => {
            deliver(ledger, known, rules.now);
            Some(Ok(Outcome::Done))
        }
        ApplicationStatus::Waiting(_) => Some(Ok(Outcome::InProgress)),
        // R70
        ApplicationStatus::Parked(refusal) => Some(Err(refusal.clone())),
        ApplicationStatus::Superseded => None,
    }
}

/// Whether an application was made before and has its answer, whatever became of seats meanwhile.
#[must_use]
pub fn is_answered(ledger: &Ledger, apply: &Apply, now: UnixTime) -> bool {
    let identity = identity(&apply.device);
    let of_event = ledger.by_event.get(&apply.event).into_iter().flatten();
    of_event.filter_map(|key| Some((*key, ledger.applications.get(key)?))).any(|(key, known)| {
        known.identity == identity
            && known.status != ApplicationStatus::Superseded
            && !is_ahead(ledger, key, now)
    })
}

/// Whether an application's license was signed under a clock that was ahead.
fn is_ahead(ledger: &Ledger, application: ApplicationKey, now: UnixTime) -> bool {
    let known = ledger.applications.get(&application).and_then(|known| known.grant.as_ref());
    known.is_some_and(|grant| grant.is_ahead_of(now))
}

/// Delivers at once, unless that was done. A delivery that is no longer recorded was done.
fn deliver(ledger: &mut Ledger, application: ApplicationKey, now: UnixTime) {
    let Some(delivery) = ledger.deliveries.get_mut(&application) else {
        return;
    };
    match delivery.status {
        DeliveryStatus::Done(_) | DeliveryStatus::Sending(_) => {}
        DeliveryStatus::Due(at) if at <= now => {}
        DeliveryStatus::Due(_)
        | DeliveryStatus::Parked(_)
        | DeliveryStatus::Cancelled(_)
        | DeliveryStatus::Overtaken(_) => delivery.edit().status = DeliveryStatus::Due(now),
    }
}

/// An application whose license is not there yet.
fn is_open(ledger: &Ledger, application: ApplicationKey) -> bool {
    match ledger.applications.get(&application).map(|known| &known.status) {
        Some(ApplicationStatus::Waiting(_)) => true,
        Some(ApplicationStatus::Granted) => ledger.deliveries.get(&application).is_some_and(|delivery| {
            let status = delivery.status;
            matches!(status, DeliveryStatus::Due(_) | DeliveryStatus::Parked(_) | DeliveryStatus::Sending(_))
        }),
        _ => false,
    }
}

/// Its license is on its way, or an attempt to send it had no answer.
fn may_be_out(ledger: &Ledger, application: ApplicationKey) -> bool {
    ledger
        .deliveries
        .get(&application)
        .is_some_and(|delivery| delivery.uncertain || matches!(delivery.status, DeliveryStatus::Sending(_)))
}

/// A hold that was taken from a seat for the time of a decision.
pub(super) type TakenBack = (SeatNo, ApplicationKey, UnixTime);

pub(super) fn take_back(
    ledger: &mut Ledger,
    application: ApplicationKey,
    now: UnixTime,
) -> Option<TakenBack> {
    let known = ledger.applications.get(&application)?;
    let (instance, seat) = (known.instance, known.seat?);
    let until = known.grant.as_ref().map_or(FOREVER, |grant| grant.until);
    ledger.edit_seat(instance, seat, now, |seat| seat.holds.remove(application));
    Some((seat, application, until))
}

pub(super) fn give_back(ledger: &mut Ledger, instance: InstanceKey, taken: Option<TakenBack>, now: UnixTime) {
    if let Some((seat, application, until)) = taken {
        ledger.edit_seat(instance, seat, now, |seat| seat.holds.add(application, until, now));
    }
}

fn supersede(ledger: &mut Ledger, older: ApplicationKey, now: UnixTime) {
    if let Some(application) = ledger.applications.get_mut(&older) {
        application.edit().status = ApplicationStatus::Superseded;
    }
    let Some(delivery) = ledger.deliveries.get_mut(&older) else {
        return;
    };
    let delivery = delivery.edit();
    match delivery.status {
        DeliveryStatus::Sending(until) => delivery.status = DeliveryStatus::Overtaken(until),
        _ => {
            delivery.status = DeliveryStatus::Cancelled(now);
            if delivery.uncertain {
                outbox::record_doubt(ledger, older, now);
            }
        }
    }
}

/// A license, its seat, and what it names.
pub(super) struct Granted {
    grant: Grant,
    pub(super) seat: SeatNo,
    binding: Option<Fingerprint>,
}

/// Fingerprint, end, frozen, validity, seats; then the signature: what is refused costs none.
pub(super) fn grant(
    ledger: &mut Ledger,
    rules: &Rules<'_>,
    product: &Product,
    asked: &Asked<'_>,
) -> Result<Granted, Refusal> {
    let instance = ledger.instances.get(&asked.instance).ok_or(Refusal::NoInstance)?;
    // R15
    let shown = terms::binding(product, asked.device)?;
    let window = terms::window(instance, product, rules, asked.window)?;
    let seats = instance.seats(product);
    let device = asked.device.named();
    let found = seating::find(ledger, asked.instance, product, device, rules.now);
    seating::check(ledger, asked.instance, &found, Some(seats), rules.now)?;
    let named = found.as_ref().and_then(|(_, fit)| fit.binding.clone());
    let binding = terms::on_seat(product, shown, named.as_ref())?;
    let instance = ledger.instances.get(&asked.instance).ok_or(Refusal::NoInstance)?;
    let mut claims = terms::claims(instance, product, rules, asked.license_id.clone(), binding, window);
    // R98
    claims.device_key = key_of(ledger, asked.instance, found.as_ref().map(|(no, _)| *no));
    // R24, R25
    let grant = sign(rules, &claims)?;
    let seat = seating::take(ledger, asked.instance, product, (device, found), rules.now)?;
    Ok(Granted { grant, seat, binding: named })
}

/// Signs, and keeps what is needed to find the license again.
pub(super) fn sign(rules: &Rules<'_>, claims: &Claims) -> Result<Grant, Refusal> {
    // R24
    let (token, key) = (rules.sign)(claims).map_err(Refusal::Unsignable)?;
    let until = claims.expires_at.unwrap_or(FOREVER);
    Ok(Grant { license_id: claims.license_id.clone(), token, until, key })
}

/// A UUIDv7 of the batch's time.
pub(super) fn license_id(now: UnixTime, entropy: [u8; 16]) -> String {
    let millis = u64::try_from(now.as_secs()).unwrap_or(0).saturating_mul(1000);
    let mut random = [0; 10];
    random.copy_from_slice(&entropy[..10]);
    uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid().to_string()
}

/// The row of an application that was accepted: a new one, or that of a superseded one that came again.
struct Entry<'a> {
    existing: Option<ApplicationKey>,
    event: &'a Apply,
    identity: Vec<u8>,
}

impl Entry<'_> {
    fn granted(self, ledger: &mut Ledger, now: UnixTime, instance: InstanceKey, granted: Granted) {
        let application = self.write(ledger, now, instance, ApplicationStatus::Granted, Some(granted.seat));
        hold_and_deliver(ledger, application, instance, granted, now);
    }

    /// Reserves a seat until the order is known; how many there are is not known yet.
    fn waiting(self, ledger: &mut Ledger, rules: &Rules<'_>, asked: &Asked<'_>) -> Result<(), Refusal> {
        let device = asked.device.named().cloned();
        let seat = match asked.device {
            ApplyDevice::Unusable { .. } => None,
            _ => Some(reserve(ledger, rules, asked.instance, device.as_ref())?),
        };
        let Window { effective, expires } = asked.window;
        let status = ApplicationStatus::Waiting(Waiting { effective, expires, device });
        let application = self.write(ledger, rules.now, asked.instance, status, seat);
        if let Some(seat) = seat {
            ledger.edit_seat(asked.instance, seat, rules.now, |seat| {
                seat.holds.add(application, FOREVER, rules.now);
            });
        }
        Ok(())
    }

    fn write(
        self,
        ledger: &mut Ledger,
        now: UnixTime,
        instance: InstanceKey,
        status: ApplicationStatus,
        seat: Option<SeatNo>,
    ) -> ApplicationKey {
        if let Some(existing) = self.existing
            && let Some(known) = ledger.applications.get_mut(&existing)
        {
            let known = known.edit();
            (known.status, known.seat) = (status, seat);
            return existing;
        }
        ledger.add_application(Application {
            instance,
            event: Some(self.event.event.clone()),
            identity: self.identity,
            created_at: now,
            status,
            seat,
            grant: None,
            terms: None,
        })
    }
}

fn reserve(
    ledger: &mut Ledger,
    rules: &Rules<'_>,
    instance: InstanceKey,
    device: Option<&Fingerprint>,
) -> Result<SeatNo, Refusal> {
    let ordinary = Product::ordinary();
    let bought = ledger.instances.get(&instance).and_then(|found| rules.catalog.find(&found.product));
    seating::reserve(ledger, instance, bought.unwrap_or(&ordinary), device, rules.now)
}

/// Stores a license, unless the application already has one that was never delivered and has not ended: those bytes
/// are kept.
pub(super) fn hold_and_deliver(
    ledger: &mut Ledger,
    application: ApplicationKey,
    instance: InstanceKey,
    granted: Granted,
    now: UnixTime,
) {
    let Some(known) = ledger.applications.get_mut(&application) else {
        return;
    };
    let known = known.edit();
    if known.grant.as_ref().is_none_or(|kept| kept.until <= now || kept.is_ahead_of(now)) {
        known.grant = Some(granted.grant);
    }
    let until = known.grant.as_ref().map_or(now, |grant| grant.until);
    ledger.edit_seat(instance, granted.seat, now, |seat| {
        seat.set_right(now);
        seat.holds.add(application, until, now);
        if let Some(binding) = &granted.binding {
            seat.given.give(binding, None, now);
        }
    });
    // R73
    let due =
        Delivery { instance, status: DeliveryStatus::Due(now), attempts: 0, error: None, uncertain: false };
    match ledger.deliveries.get_mut(&application) {
        Some(delivery) => {
            let delivery = delivery.edit();
            // R20: One that is on its way stays so: an event has one delivery at a time.
            let status = match delivery.status {
                DeliveryStatus::Sending(until) | DeliveryStatus::Overtaken(until) => {
                    DeliveryStatus::Sending(until)
                }
                _ => due.status,
            };
            *delivery =
                Delivery { status, uncertain: delivery.uncertain, attempts: delivery.attempts, ..due };
        }
        None => {
            ledger.deliveries.insert(application, Tracked::new(due));
        }
    }
}
