//! The rules: loaded state and a request in, a decision and changes out.
//!
//! Nothing here reads a clock, a database or the network, and no word is the store's. A batch of requests is folded
//! over one [`Ledger`], so that the requests of a batch see each other.

mod activating;
mod applying;
mod asking;
pub mod catalog;
pub mod codes;
mod device_key;
pub mod ids;
pub mod inquiry;
pub mod instance;
mod judging;
mod leaving;
pub mod ledger;
mod opening;
mod operator;
mod order_change;
pub mod outbox;
mod outcome;
pub mod request;
pub mod seat;
mod seat_compared;
pub mod seat_first;
pub mod seat_fit;
pub mod seat_given;
mod seating;
pub mod signing;
mod terms;
#[cfg(test)]
mod tests;
mod tracked;

use license_core::{Claims, UnixTime};

pub use applying::is_answered;
pub use judging::JUDGED_AT_ONCE;
pub use leaving::YEAR;
pub use ledger::Ledger;
pub use seating::{NO_DEVICE, lookup_keys};

use catalog::Catalog;
use codes::Codes;
use ids::{InstanceId, InstanceKey};
use instance::{Instance, Lifecycle};
use ledger::{Replay, Tracked};
use request::{Command, Outcome, Refusal, Request};
use signing::Token;

/// How far ahead a delivery, or the reading of an order, may be put off, in seconds: the longest pause between two
/// attempts.
pub const FARTHEST_JOB: i64 = 15 * 60;

/// Signs claims, or sees to it that they are signed; gives the license and the key's id, or says why it cannot.
pub type Sign<'a> = dyn Fn(&Claims) -> Result<(Token, String), String> + 'a;

/// How long a delivery or an order query belongs to whoever took it, in seconds: more than an attempt may take.
pub const LEASE: i64 = 25;

/// What the rules go by in one batch.
#[derive(Clone, Copy)]
pub struct Rules<'a> {
    /// The batch's time.
    pub now: UnixTime,
    /// What the vendor sells.
    pub catalog: &'a Catalog,
    /// `iss` of the licenses.
    pub issuer: &'a str,
    /// Every license is a test license.
    pub test: bool,
    /// Orders can be read: what they say is asked for.
    pub asks_orders: bool,
    /// How far an asked period may reach over the order's, in seconds.
    pub validity_slack: i64,
    /// How far ahead of now a license may begin, in seconds.
    pub max_start_ahead: i64,
    /// What the buyer is told, unless the product says.
    pub front_end_url: Option<&'a str>,
    /// How long what was taken belongs to its taker, in seconds: [`LEASE`], but in tests.
    pub lease: i64,
    /// Makes activation codes.
    pub codes: &'a Codes,
    /// Whether answers that are old by this time may be forgotten: its clock can be believed.
    pub forgets_answers: bool,
    /// The key that signs now, if the caller knows.
    pub key_id: Option<&'a str>,
    /// The number of the key set that a machine is given with its license, if it is given one.
    pub keys_told: Option<i64>,
    /// Signs claims.
    pub sign: &'a Sign<'a>,
}

/// The vendor's rules as they are set.
#[derive(Clone, Debug)]
pub struct Policy {
    /// What the vendor sells.
    pub catalog: Catalog,
    /// `iss` of the licenses.
    pub issuer: String,
    /// How far an asked period may reach over the order's, in seconds.
    pub validity_slack: i64,
    /// How far ahead of now a license may begin, in seconds.
    pub max_start_ahead: i64,
    /// What the buyer is told, unless the product says.
    pub front_end_url: Option<String>,
    /// Orders can be read: what they say is asked for.
    pub asks_orders: bool,
    /// How long what was taken belongs to its taker, in seconds: [`LEASE`], but in tests.
    pub lease: i64,
    /// Makes activation codes.
    pub codes: Codes,
}

impl Policy {
    /// The rules of one batch.
    #[must_use]
    pub fn rules<'a>(&'a self, now: UnixTime, test: bool, sign: &'a Sign<'a>) -> Rules<'a> {
        Rules {
            now,
            catalog: &self.catalog,
            issuer: &self.issuer,
            test,
            validity_slack: self.validity_slack,
            max_start_ahead: self.max_start_ahead,
            front_end_url: self.front_end_url.as_deref(),
            asks_orders: self.asks_orders,
            lease: self.lease,
            codes: &self.codes,
            forgets_answers: true,
            key_id: None,
            keys_told: None,
            sign,
        }
    }
}

/// Decides one request and changes the ledger accordingly.
pub fn decide(ledger: &mut Ledger, rules: &Rules<'_>, request: &Request) -> Outcome {
    // R5
    if let Some(known) = request.replay.and_then(|key| ledger.replays.get(&key.signature)) {
        return known.outcome.clone();
    }
    // R7: Its answer may have been forgotten, and it must not be carried out twice: the clock was set back.
    if request.replay.is_some_and(|key| key.signed_at_ms <= ledger.forgotten_until_ms) {
        return Outcome::Refused(Refusal::Forgotten);
    }
    let outcome = match &request.command {
        Command::Open(open) => opening::open(ledger, rules, open, request.entropy),
        Command::TakeInquiries { limit } => inquiry::take(ledger, rules, *limit),
        Command::SettleInquiry { instance, order, kind, end } => {
            inquiry::settle(ledger, rules, instance, (order, *kind), end, request.entropy)
        }
        Command::Requery { instance } => inquiry::requery(ledger, rules, instance),
        Command::Refresh(refresh) => opening::refresh(ledger, rules, refresh),
        Command::Upgrade { instance, order } => opening::upgrade(ledger, rules, instance, order),
        Command::CheckChange { instance, product } => opening::check_change(ledger, rules, instance, product),
        Command::Notice { order } => opening::notice(ledger, order),
        Command::Freeze { instance } => change_lifecycle(ledger, instance, |found| {
            // R64
            found.lifecycle = found.lifecycle.freeze(rules.now, found.ends_at).unwrap_or(found.lifecycle);
        }),
        Command::Unfreeze { instance, by } => operator::unfreeze(ledger, rules, instance, *by),
        Command::Release { instance } => release(ledger, rules, instance),
        Command::Apply(apply) => applying::apply(ledger, rules, apply, request.entropy),
        Command::Activate(asked) => answer(activating::activate(ledger, rules, asked, request.entropy)),
        Command::Renew(asked) => answer(activating::renew(ledger, rules, asked, request.entropy)),
        Command::Deactivate(asked) => answer(leaving::deactivate(ledger, rules, asked)),
        Command::ReplaceCode { instance } => leaving::replace_code(ledger, rules, instance),
        Command::Look { instances } => look(ledger, rules, instances),
        Command::IssueByHand(issue) => operator::issue(ledger, rules, issue, request.entropy),
        Command::FreeSeat { instance, seat, reason } => {
            operator::free_seat(ledger, rules, instance, *seat, reason)
        }
        Command::TakeDeliveries { limit } => outbox::take(ledger, rules, *limit),
        Command::SettleDelivery { application, end } => outbox::settle(ledger, rules, *application, end),
        Command::RetryDelivery { event } => outbox::retry(ledger, rules, event),
        Command::CancelDelivery { event, reason } => outbox::cancel(ledger, rules, event, reason),
    };
    // R6
    if let Some(key) = request.replay.filter(|_| is_final(&outcome)) {
        let replay = Replay { outcome: outcome.clone(), until: key.until, signed_at_ms: key.signed_at_ms };
        ledger.replays.insert(key.signature, Tracked::new(replay));
    }
    outcome
}

fn answer(decided: Result<Outcome, Refusal>) -> Outcome {
    decided.unwrap_or_else(Outcome::Refused)
}

/// An answer that stays: neither "in progress", nor one that the vendor mends in the catalog.
fn is_final(outcome: &Outcome) -> bool {
    !matches!(
        outcome,
        Outcome::InProgress
            | Outcome::Refused(
                Refusal::Forgotten | Refusal::NoProduct | Refusal::NoSuchChange | Refusal::Unsignable(_)
            )
    )
}

/// An instance that is there and was not released.
fn live<'l>(ledger: &'l Ledger, id: &InstanceId) -> Result<(InstanceKey, &'l Instance), Refusal> {
    match ledger.instance(id) {
        // R13
        Some((key, found)) if !matches!(found.lifecycle, Lifecycle::Released { .. }) => Ok((key, found)),
        _ => Err(Refusal::NoInstance),
    }
}

fn change_lifecycle(ledger: &mut Ledger, id: &InstanceId, change: impl FnOnce(&mut Instance)) -> Outcome {
    match live(ledger, id).map(|(key, _)| key) {
        Ok(key) => {
            ledger.edit_instance(key).map(change);
            Outcome::Done
        }
        Err(refusal) => Outcome::Refused(refusal),
    }
}

/// Final and repeatable: an instance that was released before is released.
fn release(ledger: &mut Ledger, rules: &Rules<'_>, id: &InstanceId) -> Outcome {
    let Some((key, found)) = ledger.instance(id) else {
        return Outcome::Refused(Refusal::NoInstance);
    };
    // R65
    if matches!(found.lifecycle, Lifecycle::Released { .. }) {
        return Outcome::Done;
    }
    if let Some(found) = ledger.edit_instance(key) {
        found.lifecycle = found.lifecycle.release(rules.now);
    }
    // R66
    ledger.ended.push(key);
    ledger.record(key, rules.now, "released", "by the store".into());
    Outcome::Done
}

/// Instances that do not exist are left out; none at all is a refusal.
fn look(ledger: &Ledger, rules: &Rules<'_>, ids: &[InstanceId]) -> Outcome {
    let view = |id: &InstanceId| {
        // R14
        let (_, found) = live(ledger, id).ok()?;
        let of_product = rules.catalog.find(&found.product).and_then(|product| product.front_end_url.clone());
        let front_end_url = of_product.or_else(|| rules.front_end_url.map(str::to_owned));
        let code = found.code.digest.map(|_| found.code.counter);
        Some(request::InstanceView { id: id.clone(), front_end_url, code })
    };
    let seen: Vec<_> = ids.iter().filter_map(view).collect();
    if seen.is_empty() { Outcome::Refused(Refusal::NoInstance) } else { Outcome::Seen(seen) }
}
