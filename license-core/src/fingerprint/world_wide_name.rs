//! World-wide names of disks that name no disk: their maker left them blank.
//!
//! Sources: SPC-4, 7.8.6 (NAA); NVM Express, 4.5 (EUI-64, NGUID); SD Physical Layer and JESD84 (CID).

use super::junk;
use super::placeholder::{is_placeholder, is_repeated, is_stepping};

/// Whether hex digits name nobody: the maker's registered number and then next to nothing, one step from byte to byte,
/// the maker's number over and over, or a memory card that was never numbered.
pub(super) fn is_blank(digits: &str) -> bool {
    // Four digits are drawn twice before long, whoever draws them.
    let is_all_but_zero = digits.len() >= 16 && digits.trim_start_matches('0').len() <= 4;
    let repeats_maker =
        digits.len() > MAKER && digits.bytes().zip(digits.bytes().skip(MAKER)).all(|(a, b)| a == b);
    // A maker's number, a digit for the kind of product, and nothing that tells one from another.
    let has_no_end = digits.len() == 16 && digits.ends_with("00000000");
    is_all_but_zero
        || has_no_end
        || repeats_maker
        || is_stepping(digits)
        || is_unnumbered_card(digits)
        || has_empty_number(digits)
}

/// Digits of a maker's registered number (OUI).
const MAKER: usize = 6;

/// Whether nothing is left once the maker's number is taken away, by any form that a name of this length has.
fn has_empty_number(digits: &str) -> bool {
    let part = |from: usize, to: usize| digits.get(from..to).unwrap_or_default();
    let all = digits.len();
    let by_form = match (all, digits.as_bytes().first()) {
        (16, Some(b'5')) if part(1, 1 + MAKER) == "000000" => part(1, all).trim_start_matches('0').len() <= 4,
        (16, Some(b'5')) | (32, Some(b'6')) => is_empty_number(part(1 + MAKER, all)),
        (16, Some(b'2')) => is_empty_number(part(1, 4)) && is_empty_number(part(10, all)),
        (16, Some(b'3')) => is_empty_number(part(1, all)),
        _ => false,
    };
    // NGUID: eight bytes that a maker may use, then an EUI-64. Some mark the first half with a 1, some fill both alike.
    let (first, second) = (part(0, 16), part(16 + MAKER, 32));
    let by_halves = all == 32
        && is_empty_number(second)
        && (first.bytes().filter(|b| *b != b'0').count() <= 1 || is_empty_number(part(MAKER, 16)));
    by_form || by_halves || is_empty_number(part(MAKER, all))
}

/// Zeros with at most two digits at the end, or one digit throughout; also no digit at all.
fn is_empty_number(digits: &str) -> bool {
    is_repeated(digits) || digits.trim_start_matches('0').len() <= 2
}

/// Whether a memory card's register (CID) bears no serial number, known by the name of its product in ASCII.
///
/// Source: SD Physical Layer, 5.2; JESD84 for eMMC, whose name is one byte longer.
fn is_unnumbered_card(digits: &str) -> bool {
    let Ok(bytes) = data_encoding::HEXUPPER.decode(digits.as_bytes()) else { return false };
    let card = |name: usize| {
        let printable =
            bytes.get(3..3 + name).is_some_and(|name| name.iter().all(|b| (b' '..=b'~').contains(b)));
        let serial = digits.get(2 * (4 + name)..2 * (8 + name)).unwrap_or_default();
        printable && (is_placeholder(serial) || junk::is_filler(serial))
    };
    bytes.len() == 16 && (card(5) || card(6))
}

#[cfg(test)]
mod tests {
    use crate::fingerprint::kind::Kind;
    use crate::fingerprint::normal::{Dropped, normalise};

    #[test]
    fn a_name_that_its_maker_left_blank_names_no_disk() {
        for name in [
            "naa.5000000000000000",
            "naa.5000000000000001",
            "naa.5000000000000abc",
            "naa.0000000000001234",
            "naa.5000c50000000000",
            "naa.5000c5000000000a",
            "naa.500a075100000000",
            "naa.5001b44400000000",
            "eui.00a0750100000000",
            "0x5000c50000000000",
            "35000c50000000000",
            "naa.2000000c50000000",
            "naa.3000000000000001",
            "naa.60000000000000000000000000000001",
            "naa.600a0b80000000000000000000000000",
            "naa.5FFFFFFFFFFFFFFF",
            "eui.0025380000000001",
            "eui.5cd2e40000000000",
            "eui.5cd2e45cd2e45cd2",
            "eui.01000000000000005cd2e40000000000",
            "eui.00000000000000005cd2e40000000000",
            "eui.5cd2e400000000005cd2e40000000000",
            "eui.5cd2e45cd2e45cd2e45cd2e45cd2e45c",
            "eui.5cd2e400000000000000000000000001",
            "eui.0011223344556677",
            "eui.00112233445566778899aabbccddeeff",
            "0025_3800_0000_0000.",
            "0100_0000_0000_0000_5CD2_E400_0000_0000.",
            "uuid.03000200-0400-0500-0006-000700080009",
            "wwn-0x5000000000000000",
            "035344534333324780000000000148d9",
            "150100424a5444345208000000001234",
        ] {
            assert_eq!(normalise(Kind::Disk, name), Err(Dropped::Placeholder), "{name}");
        }
    }
}
