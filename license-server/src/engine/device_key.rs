//! Who may move a seat or free it: the machine that has its key, and whoever knows the purchase's code.
//!
//! A license is a file that others may read. With it alone nobody gets anything that its machine does not have already:
//! what it is bound to stays, and so does its seat.

use license_core::{KeyId, UnixTime};

use super::ids::{InstanceKey, SeatNo};
use super::ledger::Ledger;
use super::request::Refusal;
use super::seat::{Rebase, Seat};

/// What a seat's list of moves calls its key.
const DEVICE_KEY: &str = "device key";

/// What a caller with a license of a seat has shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Caller {
    /// The seat's key, or the code: the caller may move the seat and free it.
    Holder,
    /// The license, of a seat that has no key: it may be renewed exactly as it is bound, and that is all.
    Bearer,
}

/// Whether a caller who sent a license of this seat, with a proof by `proven` if any, may move or free it.
///
/// # Errors
/// [`Refusal::ProofMissing`], [`Refusal::OtherKey`] where the seat has a key and the caller did not prove it.
pub(super) fn caller(seat: &Seat, proven: Option<KeyId>) -> Result<Caller, Refusal> {
    match (seat.device_key, proven) {
        (None, _) => Ok(Caller::Bearer),
        (Some(key), Some(proven)) if key == proven => Ok(Caller::Holder),
        // R95
        (Some(_), None) => Err(Refusal::ProofMissing),
        (Some(_), Some(_)) => Err(Refusal::OtherKey),
    }
}

/// What becomes of a seat's key when somebody who knows the code activates a machine on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum KeyChange {
    /// The seat keeps what it has, also where nothing was sent.
    None(Option<KeyId>),
    /// The seat gets its first key.
    First(KeyId),
    /// Another key takes the old one's place, as one move of the seat's baseline.
    Replaced(KeyId),
    /// It would be one move too many in a year: the seat keeps its key.
    TooMany(KeyId),
}

impl KeyChange {
    /// Of a seat, or of one that is yet to be taken; `sent` is the key of the machine that activates.
    pub(super) fn of(seat: Option<&Seat>, sent: Option<KeyId>, limit: u32, now: UnixTime) -> Self {
        match (seat.and_then(|seat| seat.device_key), sent) {
            (kept, None) => Self::None(kept),
            (None, Some(sent)) => Self::First(sent),
            (Some(kept), Some(sent)) if kept == sent => Self::None(Some(kept)),
            // R97
            (Some(kept), Some(sent)) => match seat.is_some_and(|seat| seat.moves(now) < limit as usize) {
                true => Self::Replaced(sent),
                false => Self::TooMany(kept),
            },
        }
    }

    /// The key that the seat's licenses name from now on.
    pub(super) const fn key(self) -> Option<KeyId> {
        match self {
            Self::None(key) => key,
            Self::First(key) | Self::Replaced(key) | Self::TooMany(key) => Some(key),
        }
    }

    /// Whether the seat's key is another one from now on.
    pub(super) const fn is_change(self) -> bool {
        matches!(self, Self::First(_) | Self::Replaced(_))
    }

    /// Writes it down, on the seat whose baseline had moved `moves` times before this activation: a move of both is one.
    pub(super) fn apply(
        self,
        ledger: &mut Ledger,
        (key, no): (InstanceKey, SeatNo),
        moves: usize,
        now: UnixTime,
    ) {
        let (what, detail) = match self {
            Self::None(_) => return,
            Self::First(_) => ("device-key", "its machine has a key from now on"),
            Self::Replaced(_) => ("device-key-replaced", "activated by the code with another device key"),
            Self::TooMany(_) => (
                "device-key-kept",
                "activated by the code with another device key, but it has moved too often in 365 days",
            ),
        };
        ledger.record(key, now, what, format!("seat {no}: {detail}"));
        match self {
            Self::None(_) | Self::TooMany(_) => {}
            Self::First(sent) => ledger.edit_seat(key, no, now, |seat| seat.device_key = Some(sent)),
            Self::Replaced(sent) => ledger.edit_seat(key, no, now, |seat| {
                seat.device_key = Some(sent);
                let has_moved = seat.moves(now) > moves;
                match seat.rebased.last_mut().filter(|_| has_moved) {
                    Some(last) => last.changed.push(DEVICE_KEY.into()),
                    None => seat.rebased.push(Rebase {
                        at: now,
                        changed: vec![DEVICE_KEY.into()],
                        added: Vec::new(),
                        left: Vec::new(),
                    }),
                }
            }),
        }
    }
}

/// The key that licenses on a seat name, for those who ask without one: the store, and the operator.
pub(super) fn key_of(ledger: &Ledger, instance: InstanceKey, no: Option<SeatNo>) -> Option<KeyId> {
    // R98
    ledger.seats.get(&(instance, no?))?.device_key
}
