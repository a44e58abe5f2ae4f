//! What many machines share: the core's own lists, and how such values are met with.

use super::devices::mac;
use super::rng::Rng;

const LISTS: [&str; 7] = [
    include_str!("../../../data/placeholders.txt"),
    include_str!("../../../data/uuids.txt"),
    include_str!("../../../data/hashes.txt"),
    include_str!("../../../data/machine-ids.txt"),
    include_str!("../../../data/error-texts.txt"),
    include_str!("../../../data/filler-words.txt"),
    include_str!("../../../data/disk-models.txt"),
];

const ADDRESSES: &str = include_str!("../../../data/addresses.txt");
const PREFIXES: &str = include_str!("../../../data/address-prefixes.txt");

/// Placeholders as firmware spells them, and values that only look like some.
const SPELLED: [&str; 36] = [
    "To be filled by O.E.M.",
    "Default string",
    "None",
    "N/A",
    "Not Specified",
    "System Serial Number",
    "123456789",
    "0000000000",
    "ffffffffffff",
    "00:00:00:00:00:00",
    "FF:FF:FF:FF:FF:FF",
    "xxxxxxxxxx",
    "unknown",
    "Not Available",
    "Base Board Serial Number",
    "03000200-0400-0500-0006-000700080009",
    "00000000-0000-0000-0000-000000000000",
    "ffffffff-ffff-ffff-ffff-ffffffffffff",
    "Chassis Serial Number",
    "No Asset Tag",
    "INVALID",
    "localhost",
    "7:blkio:/",
    "02:42:00:00:00:01",
    "00:15:5D:00:00:07",
    "QEMU HARDDISK",
    "VMware-42 1d",
    "null",
    "undefined",
    "12345678",
    "aaaaaaaaaaaaaaaa",
    "........",
    "        ",
    "error: not found",
    "Defaultstring7",
    "PF2QX7R9 None",
];

/// A value that is junk, or nearly.
pub(super) fn value(rng: &mut Rng) -> String {
    if rng.once_in(3) {
        return rng.word(&SPELLED).to_owned();
    }
    let list = rng.word(&LISTS);
    let value = entry(list, rng);
    match rng.below(8) {
        0 => value.to_lowercase(),
        1 => format!("{value}{}", rng.text("0123456789ABCDEF", 1)),
        2 => value.chars().map(|c| format!("{c}-")).collect(),
        3 => format!("{value} {}", entry(rng.word(&LISTS), rng)),
        4 => value.chars().skip(1).collect(),
        _ => value.to_owned(),
    }
}

/// An address that names no card, or nearly.
pub(super) fn address(rng: &mut Rng) -> String {
    if rng.once_in(3) {
        return entry(ADDRESSES, rng).to_owned();
    }
    let (prefix, rest) = (entry(PREFIXES, rng), mac(rng).replace(':', ""));
    prefix.chars().chain(rest.chars().skip(prefix.len())).collect()
}

fn entry(list: &'static str, rng: &mut Rng) -> &'static str {
    let entries: Vec<&str> = list.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).collect();
    rng.word(&entries).split("  ").next().unwrap_or_default()
}
