//! The proof of a call, by the key of the machine that makes it ([RFC 9449](https://www.rfc-editor.org/rfc/rfc9449)).

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

use hyper::header::HeaderName;
use license_core::{DpopProof, KeyId, PROOF_WINDOW, ProofError, UnixTime};
use sha2::{Digest as _, Sha256};

use super::Sent;
use super::problem::Problem;
use crate::app::App;
use crate::config::PublicUrl;

const DPOP: HeaderName = HeaderName::from_static("dpop");

/// Proofs in one generation: 512 KiB, and more than a server checks in a minute from honest machines.
const REMEMBERED: usize = 32_768;

/// How long a proof could be sent again: it may have been made by a clock that is ahead.
const COULD_COME_AGAIN: i64 = 2 * PROOF_WINDOW + 1;

/// The call that a proof is to be for.
pub(super) struct Proved<'a> {
    pub(super) method: &'a str,
    /// The path of the route, as the server knows it.
    pub(super) path: &'a str,
    /// The license that is sent.
    pub(super) license: &'a str,
}

/// The key that signed a call, if the call came with a proof. Whether it is the right key, and whether one is needed,
/// the seat says.
///
/// # Errors
/// A proof that is there and does not hold, whoever's it is.
pub(super) fn proven(app: &App, sent: &Sent, call: &Proved<'_>) -> Result<Option<KeyId>, Problem> {
    let mut given = sent.headers.get_all(DPOP).iter();
    let text = match (given.next(), given.next()) {
        (None, _) => return Ok(None),
        (Some(only), None) => only,
        (Some(_), Some(_)) => return Err(invalid("there is more than one")),
    };
    let text = text.to_str().map_err(|_| invalid("it is no text of printable characters"))?;
    let proof: DpopProof = text.parse().map_err(|error: ProofError| invalid(&error.to_string()))?;
    // R94
    if !PublicUrl::is_route(proof.url(), call.path, &app.public_urls) {
        return Err(invalid("it is for another URL than this call's"));
    }
    let now = app.clock.now();
    // R94
    proof.check(call.method, call.license, now).map_err(|error| match error {
        ProofError::Untimely { .. } => Problem::ProofUntimely { now },
        other => invalid(&other.to_string()),
    })?;
    // R94
    proof.check_body(&sent.body).map_err(|error| invalid(&error.to_string()))?;
    // R94
    if app.seen_proofs.is_new(proof.key(), proof.id(), now) {
        Ok(Some(proof.key()))
    } else {
        Err(invalid("it was used before; each call needs a new one"))
    }
}

fn invalid(why: &str) -> Problem {
    Problem::ProofInvalid(format!("The call's proof by the machine's key cannot be used: {why}."))
}

/// The proofs that were used of late, in two generations, of which the older one is forgotten when the younger one is
/// full or old; in memory only.
///
/// Whoever has a license could fill it with proofs by keys of his own, and so have one forgotten too early. A proof that
/// comes again then gets what its machine got: it names the body that it came with, so nothing is moved by it that was not
/// moved. (Those of older agents do not.)
#[derive(Debug, Default)]
pub struct SeenProofs(Mutex<Generations>);

#[derive(Debug, Default)]
struct Generations {
    young: HashSet<[u8; 16]>,
    old: HashSet<[u8; 16]>,
    /// When the young one was begun.
    since: UnixTime,
}

impl SeenProofs {
    /// Notes a proof, and says whether it was not seen before.
    fn is_new(&self, key: KeyId, id: &str, now: UnixTime) -> bool {
        let digest = Sha256::new().chain_update(key.as_bytes()).chain_update(id).finalize();
        let mut name = [0; 16];
        name.copy_from_slice(&digest[..16]);
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // After a clock that was set back the old ones could come again as well, and stay.
        if seen.young.len() >= REMEMBERED || now > seen.since.plus(COULD_COME_AGAIN) {
            seen.old = std::mem::take(&mut seen.young);
            seen.since = now;
        }
        !seen.old.contains(&name) && seen.young.insert(name)
    }
}

#[cfg(test)]
mod tests {
    use license_core::DeviceKey;

    use super::*;

    const NOW: UnixTime = UnixTime::from_secs(1_790_000_000);

    fn key(n: u8) -> KeyId {
        DeviceKey::from_seed(&[n; 32]).thumbprint()
    }

    /// R94
    #[test]
    fn a_proof_is_new_once_for_as_long_as_it_could_come_again() {
        let seen = SeenProofs::default();
        for (id, seconds) in [("a", 0), ("b", 100), ("c", 121), ("d", 240), ("e", -3_600)] {
            assert!(seen.is_new(key(1), id, NOW.plus(seconds)), "{id}");
            for later in [0, 1, 60, 120] {
                assert!(!seen.is_new(key(1), id, NOW.plus(seconds + later)), "{id} after {later} s");
            }
        }
        assert!(seen.is_new(key(2), "a", NOW), "another key's ids are its own");
    }

    #[test]
    fn however_many_come_only_so_many_are_remembered() {
        let seen = SeenProofs::default();
        for n in 0..100_000 {
            assert!(seen.is_new(key(1), &format!("{n}"), NOW));
        }
        let generations = seen.0.lock().unwrap();
        assert!(generations.young.len() <= REMEMBERED && generations.old.len() <= REMEMBERED);
    }
}
