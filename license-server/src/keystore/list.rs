//! The list of keys and the steps that each of them may take. Nothing here touches a disk.

use license_core::{KeyId, MAX_DISTRUSTED, MAX_KEY_SETS, MAX_KEYS, UnixTime};
use serde::{Deserialize, Serialize};

use super::{KeyEntry, KeyState, KeyStoreError, Result};

/// The greatest number that every JSON library reads exactly.
const MAX_SEQUENCE: u64 = (1 << 53) - 1;

/// Whether the operator has said that the server may be left without a key that signs, or that a key that signs no more
/// is to sign again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Consent {
    /// Nothing of the kind was said: such a step is refused.
    NotGiven,
    /// `--yes`
    Given,
}

/// `keys.json`
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct KeyList {
    /// Its keys sign test licenses only, wherever the folder is moved or linked to.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) dev: bool,
    /// The number of the key set that this list makes; rises with every change. Lists of older programs have none.
    #[serde(default)]
    pub(super) sequence: u64,
    /// When it was last changed.
    #[serde(default)]
    pub(super) changed_at: UnixTime,
    /// The oldest first.
    pub(super) keys: Vec<KeyEntry>,
    /// The last word of each key that signed before, the oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) handovers: Vec<Handover>,
}

/// A key set by which a key, before it was retired, vouched for the one that signs after it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Handover {
    pub(super) from: KeyId,
    pub(super) to: KeyId,
    /// The compact JWS.
    pub(super) set: String,
}

impl KeyList {
    /// What a list of an older program, in which several keys could be active and the newest signed, is from now on:
    /// the newest signs, and the other active ones stand by.
    pub(super) fn of_today(mut self) -> Self {
        let signer = self.keys.iter().rposition(|entry| entry.state == KeyState::Active);
        for (n, entry) in self.keys.iter_mut().enumerate() {
            if entry.state == KeyState::Active && Some(n) != signer {
                entry.state = KeyState::Standby;
            }
        }
        if self.sequence == 0 {
            let newest = self.keys.iter().map(|entry| entry.created_at).max().unwrap_or_default();
            self.sequence = u64::try_from(newest.as_secs()).unwrap_or(0).clamp(1, MAX_SEQUENCE);
            self.changed_at = newest;
        }
        self
    }

    /// The key that signs.
    pub(super) fn active(&self) -> Option<KeyId> {
        self.keys.iter().find(|entry| entry.state == KeyState::Active).map(|entry| entry.kid)
    }

    pub(super) fn find(&self, kid: KeyId) -> Result<&KeyEntry> {
        self.keys.iter().find(|entry| entry.kid == kid).ok_or(KeyStoreError::Unknown(kid))
    }

    /// The keys of a key set: the one that signs first, then the newest.
    pub(super) fn trusted(&self) -> Vec<KeyId> {
        let mut entries: Vec<_> =
            self.keys.iter().rev().filter(|entry| entry.state != KeyState::Distrusted).collect();
        entries.sort_by_key(|entry| match entry.state {
            KeyState::Active => 0,
            KeyState::Standby => 1,
            KeyState::Retired | KeyState::Distrusted => 2,
        });
        entries.into_iter().map(|entry| entry.kid).take(MAX_KEYS).collect()
    }

    /// The keys that a key set withdraws, the newest first.
    pub(super) fn distrusted(&self) -> Vec<KeyId> {
        let entries = self.keys.iter().rev().filter(|entry| entry.state == KeyState::Distrusted);
        entries.map(|entry| entry.kid).take(MAX_DISTRUSTED).collect()
    }

    /// The next number. It is also the time where that is greater, so that a list that was brought back from a backup
    /// and changed is newer than what was given out before.
    pub(super) fn number(&mut self, now: UnixTime) {
        let time = u64::try_from(now.as_secs()).unwrap_or(0);
        self.sequence = time.max(self.sequence.saturating_add(1)).min(MAX_SEQUENCE);
        self.changed_at = now;
    }

    /// Adds a key. The first one signs; a later one stands by.
    pub(super) fn add(&mut self, kid: KeyId, now: UnixTime) -> Result<KeyState> {
        if self.keys.iter().any(|entry| entry.kid == kid) {
            return Err(KeyStoreError::Known(kid));
        }
        let may_sign = |entry: &KeyEntry| matches!(entry.state, KeyState::Active | KeyState::Standby);
        let state = if self.keys.iter().any(may_sign) { KeyState::Standby } else { KeyState::Active };
        self.number(now);
        let published = Some(self.sequence);
        self.keys.push(KeyEntry { kid, created_at: now, state, since: Some(now), published });
        Ok(state)
    }

    /// Makes a key the one that signs, and retires the former, which is given back.
    pub(super) fn activate(&mut self, kid: KeyId, now: UnixTime, consent: Consent) -> Result<Option<KeyId>> {
        match (self.find(kid)?.state, consent) {
            (KeyState::Standby, _) | (KeyState::Retired, Consent::Given) => {}
            (KeyState::Retired, Consent::NotGiven) => return Err(KeyStoreError::Again(kid)),
            (state, _) => return Err(refused(kid, state, KeyState::Active)),
        }
        let former = self.active();
        self.number(now);
        former.into_iter().for_each(|former| self.put(former, KeyState::Retired, now));
        self.put(kid, KeyState::Active, now);
        Ok(former)
    }

    /// Has a key sign no more.
    pub(super) fn retire(&mut self, kid: KeyId, now: UnixTime, consent: Consent) -> Result<()> {
        match (self.find(kid)?.state, consent) {
            (KeyState::Standby, _) | (KeyState::Active, Consent::Given) => {}
            (KeyState::Active, Consent::NotGiven) => {
                return Err(KeyStoreError::Last { kid, standby: self.standby() });
            }
            (state, _) => return Err(refused(kid, state, KeyState::Retired)),
        }
        self.number(now);
        self.put(kid, KeyState::Retired, now);
        Ok(())
    }

    /// Withdraws a key.
    pub(super) fn distrust(&mut self, kid: KeyId, now: UnixTime) -> Result<()> {
        let state = self.find(kid)?.state;
        if state == KeyState::Distrusted {
            return Err(refused(kid, state, KeyState::Distrusted));
        }
        self.number(now);
        self.put(kid, KeyState::Distrusted, now);
        self.drop_useless_handovers();
        Ok(())
    }

    /// Keeps the last word of a key that was retired.
    pub(super) fn hand_over(&mut self, handover: Handover) {
        self.handovers.push(handover);
        self.drop_useless_handovers();
    }

    /// The newest key that stands by.
    pub(super) fn standby(&self) -> Option<KeyId> {
        self.keys.iter().rfind(|entry| entry.state == KeyState::Standby).map(|entry| entry.kid)
    }

    /// What a distrusted key said is worth nothing, and neither is what leads only there: whoever follows it would trust
    /// that key and no later one.
    fn drop_useless_handovers(&mut self) {
        let mut kept = Vec::new();
        let last = self.handovers.last().map(|handover| handover.to);
        let mut wanted = self.active().or(last);
        for handover in std::mem::take(&mut self.handovers).into_iter().rev() {
            let is_trusted =
                |kid: KeyId| self.find(kid).is_ok_and(|entry| entry.state != KeyState::Distrusted);
            if Some(handover.to) != wanted || !is_trusted(handover.from) || !is_trusted(handover.to) {
                break;
            }
            wanted = Some(handover.from);
            kept.push(handover);
        }
        // One is left for the set of today.
        kept.truncate(MAX_KEY_SETS - 1);
        kept.reverse();
        self.handovers = kept;
    }

    fn put(&mut self, kid: KeyId, state: KeyState, now: UnixTime) {
        for entry in self.keys.iter_mut().filter(|entry| entry.kid == kid) {
            (entry.state, entry.since) = (state, Some(now));
        }
    }
}

fn refused(kid: KeyId, state: KeyState, wanted: KeyState) -> KeyStoreError {
    KeyStoreError::State { kid, state: state.as_str(), wanted: wanted.as_str() }
}
