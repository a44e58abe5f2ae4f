//! Where macOS shows its hardware: the installation's id and the addresses of network cards, by calls.

use super::choice::Candidate;
use super::fact::LeftOut;
use crate::fingerprint::Kind;

/// Most network cards that are looked at.
const CARDS: usize = 4096;

/// Everything that this machine shows to any user.
pub(super) fn candidates() -> Vec<Candidate> {
    let os_id = machine_uid::get().map_err(|_| LeftOut::Unreadable);
    let mut found = vec![Candidate::new(Kind::Os, "IOPlatformUUID", os_id)];
    match sysinfo::Networks::new_with_refreshed_list() {
        Ok(cards) => {
            let mut cards: Vec<_> = cards
                .iter()
                .map(|(name, card)| (name.to_string_lossy().into_owned(), card.mac_address()))
                .collect();
            cards.sort_by(|a, b| a.0.cmp(&b.0));
            let cards = cards.into_iter().take(CARDS);
            found.extend(cards.map(|(name, mac)| {
                Candidate::new(Kind::Mac, format!("network card {name}"), Ok(mac.to_string()))
            }));
        }
        Err(_) => found.push(Candidate::new(Kind::Mac, "network cards", Err(LeftOut::Unreadable))),
    }
    found
}
