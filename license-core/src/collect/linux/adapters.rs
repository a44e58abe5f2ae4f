//! The permanent addresses of network cards.

use super::super::choice::{Candidate, Rank};
use super::super::environment::{Environment, Platform};
use super::super::fact::LeftOut;
use super::super::root::{Presence, Root};
use super::place::{Place, rank_of_bus, says_removable};
use super::{DEVICES, number, read};
use crate::fingerprint::Kind;

/// Most virtual adapters that are named in a report.
const VIRTUAL: usize = 16;

const CARDS: &str = "/sys/class/net";

/// What there is of a network card.
enum Card {
    Hardware,
    /// Made of software, or a share of a card that it hands to guests.
    Virtual,
    Unreadable,
}

/// The addresses of all cards; virtual ones are named without being read.
pub(super) fn adapters(root: &Root<'_>, environment: &Environment) -> Vec<Candidate> {
    let names = match root.names(CARDS) {
        Ok(names) => names,
        Err(why) => return vec![Candidate::new(Kind::Mac, CARDS, Err(why))],
    };
    let (mut found, mut hardware, mut virtual_ones) = (Vec::new(), 0, 0);
    // The second is no card but a file by which bonds are made.
    let names = names.into_iter().filter(|name| !matches!(name.as_str(), "lo" | "bonding_masters"));
    for card in names.map(|name| format!("{CARDS}/{name}")) {
        match what(root, &card) {
            Card::Hardware if hardware < DEVICES => {
                hardware += 1;
                found.extend(adapter(root, &card, environment));
            }
            Card::Virtual if virtual_ones < VIRTUAL => {
                virtual_ones += 1;
                found.push(Candidate::new(Kind::Mac, card, Err(LeftOut::VirtualAdapter)));
            }
            Card::Unreadable => found.push(Candidate::new(Kind::Mac, card, Err(LeftOut::Unreadable))),
            Card::Hardware | Card::Virtual => {}
        }
    }
    found
}

fn what(root: &Root<'_>, card: &str) -> Card {
    match root.presence(&format!("{card}/device")) {
        Presence::Denied => Card::Unreadable,
        Presence::Absent => Card::Virtual,
        Presence::There if root.exists(&format!("{card}/device/physfn")) => Card::Virtual,
        Presence::There => Card::Hardware,
    }
}

/// The address that the maker gave, by each source that knows it.
fn adapter(root: &Root<'_>, card: &str, environment: &Environment) -> Vec<Candidate> {
    // 1 is Ethernet, which Wi-Fi counts as: ARPHRD_ETHER in the kernel's if_arp.h.
    if number(root, &format!("{card}/type")) != Some(1) {
        return Vec::new();
    }
    // A bonded card wears its bond's address and a radio may wear a random one; the first two keep the maker's, if they
    // know it.
    let permanent = ["bonding_slave/perm_hwaddr", "phy80211/macaddress"];
    let permanent = permanent.iter().filter_map(|file| read(root, Kind::Mac, &format!("{card}/{file}")));
    let mut found: Vec<_> = permanent.chain(address(root, card)).collect();
    let (mut usable, mut unusable) = (Vec::new(), Vec::new());
    for (wish, candidate) in (0..).zip(found.drain(..)) {
        let candidate = Candidate { wish, part: Some(card.to_owned()), ..candidate };
        match candidate.normalised() {
            Ok(value) if !usable.iter().any(|(known, _)| *known == value) => usable.push((value, candidate)),
            Ok(_) => {}
            Err(_) => unusable.push((wish, candidate)),
        }
    }
    // Only what was tried before a good one is worth a line.
    let first = usable.first().map(|(_, candidate)| candidate.wish);
    unusable.retain(|(wish, _)| first.is_none_or(|first| *wish < first));
    let rank = rank(root, card, environment);
    let all = usable.into_iter().map(|(_, c)| c).chain(unusable.into_iter().map(|(_, c)| c));
    all.map(|candidate| Candidate { rank, ..candidate }).collect()
}

/// The address in use, which is the maker's unless the system says otherwise.
fn address(root: &Root<'_>, card: &str) -> Option<Candidate> {
    let found = read(root, Kind::Mac, &format!("{card}/address"))?;
    // 0 is permanent; random, stolen and set follow. Some hypervisors call a made-up address permanent, so the address
    // itself is judged as well.
    let permanent = number(root, &format!("{card}/addr_assign_type")) == Some(0);
    let value = if permanent { found.value } else { found.normalised().and(Err(LeftOut::SetBySoftware)) };
    Some(Candidate { value, ..found })
}

fn rank(root: &Root<'_>, card: &str, environment: &Environment) -> Rank {
    // What WSL shows is made anew by Windows, or it is Windows' own card, which the next installation shows as well.
    if matches!(environment.platform, Platform::Wsl1 | Platform::Wsl2) {
        return Rank::Borrowed;
    }
    let place = Place::of(root, card);
    let bus = rank_of_bus(&root.link(&format!("{card}/device/subsystem")).unwrap_or_default());
    let can_be_unplugged =
        place.is_at_a_plug() || says_removable(root, &format!("{card}/device")) || place.is_removable(root);
    if can_be_unplugged { Rank::Removable } else { bus }
}
