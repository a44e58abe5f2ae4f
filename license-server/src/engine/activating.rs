//! A machine asks for its license itself: with an activation code, or with a license that it has.
//!
//! What it gets holds from now to the end of the instance. A device that has a seat keeps it, and gets the same bytes
//! again for as long as they still say what the instance grants.

use license_core::{Claims, Fingerprint, KeyId, UnixTime};
use sha2::{Digest as _, Sha256};

use super::applying::{license_id, missing_entry, serve_again, sign};
use super::catalog::{BindingRule, Product};
use super::device_key::{Caller, KeyChange, caller};
use super::ids::{InstanceKey, SeatName, SeatNo};
use super::instance::{Instance, Lifecycle, Standing};
use super::ledger::{Application, ApplicationStatus, Grant, Ledger};
use super::request::{Activate, ActivateBy, Activated, ApplyDevice, Outcome, Refusal, Renew, Term};
use super::seat::{FOREVER, Seat};
use super::seat_fit::{Fit, Recognition};
use super::terms::{self, Window};
use super::{Rules, seating};

const DAY: i64 = 86_400;

/// What both ways have in common once the instance is found.
struct Asked<'a> {
    instance: InstanceKey,
    product: &'a Product,
    device: &'a ApplyDevice,
    /// The seat that the device has or had.
    seat: seating::Found,
    /// What the caller has shown.
    who: Caller,
    /// The key of a machine that is activated, or that its seat has.
    device_key: Option<KeyId>,
    entropy: [u8; 16],
}

/// A seat and a license for a device of whoever knows the code.
pub(super) fn activate(
    ledger: &mut Ledger,
    rules: &Rules<'_>,
    asked: &Activate,
    entropy: [u8; 16],
) -> Result<Outcome, Refusal> {
    let instance = match &asked.by {
        // R78
        ActivateBy::Code(digest) => ledger.instance_of_code(*digest).ok_or(Refusal::UnknownCode)?,
        ActivateBy::Instance(id) => ledger.instance(id).map(|(key, _)| key).ok_or(Refusal::NoInstance)?,
    };
    // R79
    let product = served(ledger, rules, instance)?;
    let seat = seating::find(ledger, instance, product, asked.device.named(), rules.now);
    let device = &asked.device;
    let device_key = asked.device_key;
    let wanted = Asked { instance, product, device, seat, who: Caller::Holder, device_key, entropy };
    let (no, outcome) = issue(ledger, rules, &wanted)?;
    name_seat(ledger, rules, (instance, no), asked.name.as_ref());
    Ok(outcome)
}

/// What a license became: the same bytes, or a newer one on its seat. For whoever has the seat's key the machine may
/// have changed; a seat without a key goes on exactly as it is bound.
pub(super) fn renew(
    ledger: &mut Ledger,
    rules: &Rules<'_>,
    asked: &Renew,
    entropy: [u8; 16],
) -> Result<Outcome, Refusal> {
    // R91
    let known = ledger.license(&asked.license).ok_or(Refusal::UnknownLicense)?;
    let (instance, no, status) = (known.instance, known.seat, known.status.clone());
    // R79
    let product = served(ledger, rules, instance)?;
    // R92
    let no = no.filter(|_| status == ApplicationStatus::Granted).ok_or(Refusal::SeatGone)?;
    let seat = ledger.seats.get(&(instance, no)).filter(|seat| !seat.freed).ok_or(Refusal::SeatGone)?;
    // R95
    let who = caller(seat, asked.proven)?;
    let fit = match (&seat.baseline, asked.device.named()) {
        // For no device in particular: what it becomes bound to, only the code says.
        // R96
        (None, _) if who == Caller::Bearer && product.binding != BindingRule::None => {
            return Err(Refusal::CodeNeeded);
        }
        (None, _) => Fit::NO_DEVICE,
        // R26
        (Some(_), None) => return Err(Refusal::FingerprintNeeded(terms::NO_DEVICE.into())),
        (Some(_), device) => match (seat.recognise(device, product, rules.now), who) {
            (Recognition::Fits(fit), Caller::Holder) => fit,
            // R93
            (Recognition::Other, _) => return Err(Refusal::OtherDevice),
            // R47
            (Recognition::Limited, _) => {
                seating::suspect_limited(ledger, instance, no, product, rules.now);
                return Err(Refusal::OtherDevice);
            }
            // R96: A license that somebody has moves nothing: it is renewed exactly as it is bound.
            (Recognition::Fits(_), Caller::Bearer) => {
                let again = seat.recognise_as_bound(device, product, rules.now);
                again.ok_or(Refusal::CodeNeeded)?
            }
        },
    };
    let device = &asked.device;
    let device_key = seat.device_key;
    let asked = Asked { instance, product, device, seat: Some((no, fit)), who, device_key, entropy };
    issue(ledger, rules, &asked).map(|(_, outcome)| outcome)
}

/// The product of an instance that licenses may be issued for now.
fn served<'r>(ledger: &mut Ledger, rules: &Rules<'r>, key: InstanceKey) -> Result<&'r Product, Refusal> {
    let instance = ledger.instances.get(&key).ok_or(Refusal::NoInstance)?;
    match (instance.lifecycle, instance.ends_at) {
        // R65
        (Lifecycle::Released { .. }, _) => return Err(Refusal::Released),
        // R80: Most freezes follow an end, and the end is what the buyer can do something about.
        (_, Some(end)) if end <= rules.now => return Err(Refusal::Ended { at: end }),
        // R31
        (Lifecycle::Frozen { .. }, _) => return Err(Refusal::Frozen),
        (Lifecycle::Active, _) => {}
    }
    serve_again(ledger, rules, key);
    let instance = ledger.instances.get(&key).ok_or(Refusal::NoInstance)?;
    // R81
    if instance.standing != Standing::Known {
        return Err(Refusal::Pending);
    }
    let product = rules.catalog.find(&instance.product);
    // R23
    if product.is_none() {
        missing_entry(ledger, rules, key);
    }
    product.ok_or(Refusal::Pending)
}

fn issue(ledger: &mut Ledger, rules: &Rules<'_>, asked: &Asked<'_>) -> Result<(SeatNo, Outcome), Refusal> {
    let Asked { instance: key, product, .. } = *asked;
    let instance = ledger.instances.get(&key).ok_or(Refusal::NoInstance)?;
    let (id, limit, phase) = (instance.id.clone(), instance.seats(product), instance.seat_phase);
    let may_bring_more = instance.unread_orders > 0;
    let (mut claims, end) = grantable(instance, rules, asked)?;
    let seat = asked.seat.as_ref().and_then(|(no, _)| ledger.seats.get(&(key, *no)));
    let moves = seat.map_or(0, |seat| seat.moves(rules.now));
    // R97
    let key_change =
        KeyChange::of(seat.map(|seat| &**seat), asked.device_key, product.rebase_limit, rules.now);
    claims.device_key = key_change.key();
    let terms = terms_of(&claims);
    let binding = asked.seat.as_ref().and_then(|(_, fit)| fit.binding.clone());
    let had_seat = seat.is_some_and(|seat| seat.is_taken(rules.now) && seat.phase == phase);
    let last = seat.and_then(|seat| current(ledger, seat, binding.as_ref()));
    let many = seat.is_some_and(|seat| seat.given.today(rules.now) >= product.daily_license_limit);
    // R85: What names another key is no use to the machine that has the new one.
    let many = many && !key_change.is_change();
    let last = last.filter(|(grant, known)| {
        let holds_now = !grant.is_ahead_of(rules.now);
        // R84
        let says_it = holds_now && *known == terms && end.is_that_of(grant, rules.now);
        let is_by_this_key = rules.key_id.is_none_or(|id| id == grant.key);
        (says_it && is_by_this_key) || (many && holds_now && grant.until > rules.now)
    });
    match seating::check(ledger, key, &asked.seat, Some(limit), rules.now) {
        // R22: An order that is still to be read may have brought more.
        Err(Refusal::SeatsTaken { .. }) if may_bring_more => return Err(Refusal::Pending),
        checked => checked?,
    }
    // R24, R25: Signed before the seat is taken: claims that cannot be signed change nothing.
    let new = if last.is_none() { Some(sign(rules, &claims)?) } else { None };
    let device = asked.device.named();
    let no = seating::take(ledger, key, product, (device, asked.seat.clone()), rules.now)?;
    key_change.apply(ledger, (key, no), moves, rules.now);
    let grant = match (last, new) {
        (Some((grant, _)), _) => {
            // R86, R96: With a license alone nobody keeps a binding counted for longer than its owner does.
            if asked.who == Caller::Holder {
                note_again(ledger, rules, (key, no), binding.as_ref());
            }
            grant
        }
        (None, Some(grant)) => keep(ledger, rules, (key, no), (asked.who, binding.as_ref()), grant, terms),
        // There is always one of the two.
        (None, None) => return Err(Refusal::NoSeat(no)),
    };
    note_keys(ledger, rules, (key, no));
    let taken = ledger.instances.get(&key).map_or(0, |found| found.counts.used.taken);
    let activated = Activated {
        instance: id,
        expires_at: grant.expires_at(),
        license_id: grant.license_id,
        token: grant.token.as_str().to_owned(),
        seats_left: limit.saturating_sub(taken),
        had_seat,
    };
    Ok((no, Outcome::Activated(Box::new(activated))))
}

/// What a license would say now, and until when.
fn grantable(instance: &Instance, rules: &Rules<'_>, asked: &Asked<'_>) -> Result<(Claims, End), Refusal> {
    let product = asked.product;
    // R26, R28, R29
    let shown = terms::bound(product, asked.device).map_err(terms::Unbindable::for_machine)?;
    let named = asked.seat.as_ref().and_then(|(_, fit)| fit.binding.as_ref());
    let binding = terms::on_seat(product, shown, named)?;
    let longest =
        product.max_license_days.map(|days| rules.now.plus(i64::from(days) * DAY).min(UnixTime::LAST));
    let term = instance.term.unwrap_or(product.term);
    let expires = instance.ends_at.or(longest);
    // R82
    if expires.is_none() && term == Term::Periodic {
        return Err(Refusal::EndUnknown);
    }
    // R83
    let window = terms::window(instance, product, rules, Window { effective: rules.now, expires })?;
    let license_id = license_id(rules.now, asked.entropy);
    let claims = terms::claims(instance, product, rules, license_id, binding, window);
    let end = match (claims.expires_at, longest, product.max_license_days) {
        (Some(end), Some(longest), Some(days)) if end == longest && instance.ends_at != Some(end) => {
            // R84
            End::Limited { longest, least: rules.now.plus(i64::from(days) * DAY / 2) }
        }
        (end, ..) => End::At(end.unwrap_or(FOREVER)),
    };
    Ok((claims, end))
}

/// Until when a license may last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// The instance's end.
    At(UnixTime),
    /// The product limits how long a license is, so the end moves on with every second. One that has at least half of
    /// that time left is not replaced.
    Limited { longest: UnixTime, least: UnixTime },
}

impl End {
    fn is_that_of(self, grant: &Grant, now: UnixTime) -> bool {
        grant.until > now
            && match self {
                Self::At(end) => grant.until == end,
                Self::Limited { longest, least } => (least..=longest).contains(&grant.until),
            }
    }
}

/// Everything a license says but its own id and its times.
fn terms_of(claims: &Claims) -> [u8; 32] {
    let Claims { issuer, product, instance, binding, quantity, features, grace, trial, test, .. } = claims;
    let said = (issuer, product, instance, binding, quantity, features, grace, trial, test);
    // Texts, numbers and a binding always serialise. Without a key it is the digest that was kept before there were any.
    let mut said = serde_json::to_vec(&said).unwrap_or_default();
    said.extend(claims.device_key.iter().flat_map(KeyId::as_bytes));
    Sha256::digest(said).into()
}

/// The license that a machine with this binding asked for last by itself, and what it says.
fn current(ledger: &Ledger, seat: &Seat, binding: Option<&Fingerprint>) -> Option<(Grant, [u8; 32])> {
    let known = ledger.applications.get(&seat.license_with(binding)?)?;
    Some((known.grant.clone()?, known.terms?))
}

/// Notes now and then that a license is given again, where a seat had several bindings.
fn note_again(
    ledger: &mut Ledger,
    rules: &Rules<'_>,
    (key, no): (InstanceKey, SeatNo),
    binding: Option<&Fingerprint>,
) {
    if let Some(binding) = binding
        && ledger.seats.get(&(key, no)).is_some_and(|seat| seat.given.is_due(binding, rules.now))
    {
        ledger.edit_seat(key, no, rules.now, |seat| {
            seat.set_right(rules.now);
            seat.given.give(binding, None, rules.now);
        });
    }
}

/// Keeps a new license on its seat. Nothing is delivered: it goes out in the answer.
fn keep(
    ledger: &mut Ledger,
    rules: &Rules<'_>,
    (key, no): (InstanceKey, SeatNo),
    (who, binding): (Caller, Option<&Fingerprint>),
    grant: Grant,
    terms: [u8; 32],
) -> Grant {
    let until = grant.until;
    let application = ledger.add_application(Application {
        instance: key,
        event: None,
        identity: Vec::new(),
        created_at: rules.now,
        status: ApplicationStatus::Granted,
        seat: Some(no),
        grant: Some(grant.clone()),
        terms: Some(terms),
    });
    ledger.edit_seat(key, no, rules.now, |seat| {
        seat.set_right(rules.now);
        seat.holds.add(application, until, rules.now);
        seat.license = Some(application);
        seat.given.count(rules.now);
        if let Some(binding) = binding {
            match who {
                Caller::Holder => seat.given.give(binding, Some(application), rules.now),
                Caller::Bearer => seat.given.renew(binding, application),
            }
        }
    });
    grant
}

/// The name that the buyer gave the machine. A call without one leaves it.
fn name_seat(
    ledger: &mut Ledger,
    rules: &Rules<'_>,
    (key, no): (InstanceKey, SeatNo),
    name: Option<&SeatName>,
) {
    let known = ledger.seats.get(&(key, no)).and_then(|seat| seat.name.as_ref());
    if let Some(name) = name
        && known != Some(name)
    {
        ledger.edit_seat(key, no, rules.now, |seat| seat.name = Some(name.clone()));
    }
}

/// With the license goes the newest key set; a machine that was given it is not noted again.
fn note_keys(ledger: &mut Ledger, rules: &Rules<'_>, (key, no): (InstanceKey, SeatNo)) {
    let known = ledger.seats.get(&(key, no)).and_then(|seat| seat.keys_told);
    if rules.keys_told > known {
        ledger.edit_seat(key, no, rules.now, |seat| seat.keys_told = rules.keys_told);
    }
}
