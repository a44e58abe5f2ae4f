//! The firmware's table of the machine: the system's UUID and the board's serial number.
//!
//! Source: DMTF DSP0134, *System Management BIOS Reference Specification*: 6.1.2 (structures), 7.1 (BIOS), 7.2
//! (System), 7.3 (Baseboard), 7.4 (Chassis). Where firmware departs from it, what Linux prints under `/sys/class/dmi/id` is what counts, so that
//! a machine with both systems is one machine.

use super::firmware_strings::FirmwareStrings;
use super::parse;

/// Structure types.
const BIOS: u8 = 0;
const SYSTEM: u8 = 1;
const BASEBOARD: u8 = 2;
const CHASSIS: u8 = 3;
const END: u8 = 127;

/// What a table says about one machine.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Firmware {
    /// As Linux writes it: lower-case hex digits with dashes.
    pub(super) uuid: Option<String>,
    /// Empty if the board has the field and nobody filled it in.
    pub(super) board_serial: Option<String>,
    /// Amazon writes the instance's id there.
    pub(super) board_tag: Option<String>,
    /// Who made it.
    pub(super) strings: FirmwareStrings,
}

/// Reads Windows' `RawSMBIOSData`: eight bytes of header, then the table.
pub(super) fn read(raw: &[u8]) -> Option<Firmware> {
    let (&[_, major, minor, _, length @ ..], table) = raw.split_first_chunk::<8>()?;
    let length = usize::try_from(u32::from_le_bytes(length)).ok()?;
    let table = table.get(..length).unwrap_or(table);
    let version = claimed_version(major, minor);
    let of_kind = |kind| Structures(table).filter(move |structure| structure.kind() == kind);
    let uuids = || of_kind(SYSTEM).filter_map(|system| system.bytes::<16>(8));
    let blank = |uuid: &[u8; 16]| *uuid == [0; 16] || *uuid == [0xff; 16];
    let uuid = uuids().find(|uuid| !blank(uuid)).or_else(|| uuids().next());
    let text = |kind, at| of_kind(kind).find_map(|structure| structure.text(at)).unwrap_or_default();
    Some(Firmware {
        uuid: uuid.map(|uuid| uuid_text(uuid, version)),
        board_serial: of_kind(BASEBOARD).find_map(|board| board.text(7)),
        board_tag: of_kind(BASEBOARD).find_map(|board| board.text(8)),
        strings: FirmwareStrings {
            vendor: text(SYSTEM, 4),
            product: text(SYSTEM, 5),
            bios: text(BIOS, 5),
            chassis_tag: text(CHASSIS, 8),
        },
    })
}

/// Three versions that were never published stand for others: `dmi_present` in the kernel's `dmi_scan.c`.
pub(super) fn claimed_version(major: u8, minor: u8) -> (u8, u8) {
    match (major, minor) {
        (2, 0x1f | 0x21) => (2, 3),
        (2, 0x33) => (2, 6),
        version => version,
    }
}

/// From 2.6 on, the first three fields are little-endian; before, makers wrote them as they are read.
pub(super) fn uuid_text(uuid: [u8; 16], version: (u8, u8)) -> String {
    let [a, b, c, d, e, f, g, h, rest @ ..] = uuid;
    let uuid = if version >= (2, 6) { [d, c, b, a, f, e, h, g] } else { [a, b, c, d, e, f, g, h] };
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    [&uuid[..4], &uuid[4..6], &uuid[6..], &rest[..2], &rest[2..]].map(hex).join("-")
}

/// One structure: its formatted part, then its strings.
struct Structure<'a> {
    formatted: &'a [u8],
    strings: &'a [u8],
}

impl Structure<'_> {
    fn kind(&self) -> u8 {
        self.formatted[0]
    }

    fn bytes<const N: usize>(&self, at: usize) -> Option<[u8; N]> {
        self.formatted.get(at..)?.first_chunk().copied()
    }

    /// The string whose number stands at this place; empty if the number leads nowhere.
    fn text(&self, at: usize) -> Option<String> {
        let number = usize::from(*self.formatted.get(at)?);
        let string = number.checked_sub(1).and_then(|before| self.strings.split(|&b| b == 0).nth(before));
        Some(string.map(parse::text).unwrap_or_default())
    }
}

/// The structures up to the end or to the first that does not hold together.
struct Structures<'a>(&'a [u8]);

impl<'a> Iterator for Structures<'a> {
    type Item = Structure<'a>;

    fn next(&mut self) -> Option<Structure<'a>> {
        let &[kind, length, ..] = self.0 else { return None };
        let (formatted, rest) = self.0.split_at_checked(usize::from(length))?;
        if kind == END || formatted.len() < 4 {
            return None;
        }
        let end = rest.windows(2).position(|pair| pair == [0, 0])?;
        self.0 = &rest[end + 2..];
        Some(Structure { formatted, strings: &rest[..end] })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn raw(version: (u8, u8), table: &[u8]) -> Vec<u8> {
        let length = u32::try_from(table.len()).unwrap().to_le_bytes();
        [&[0, version.0, version.1, 0][..], &length[..], table].concat()
    }

    fn system(uuid: [u8; 16]) -> Vec<u8> {
        [&[1, 0x1b, 1, 0, 0, 0, 0, 0][..], &uuid[..], &[6, 0, 0, 0, 0]].concat()
    }

    const UUID: [u8; 16] = *b"\x00\x11\x22\x33\x44\x55\x66\x77\x88\x99\xaa\xbb\xcc\xdd\xee\xf1";

    fn uuid_at(version: (u8, u8)) -> Option<String> {
        read(&raw(version, &system(UUID)))?.uuid
    }

    #[test]
    fn the_byte_order_of_a_uuid_goes_by_the_version() {
        for version in [(2, 6), (2, 8), (3, 0), (3, 5), (2, 0x33)] {
            assert_eq!(uuid_at(version).unwrap(), "33221100-5544-7766-8899-aabbccddeef1", "{version:?}");
        }
        for version in [(2, 5), (2, 3), (2, 0), (2, 0x1f), (2, 0x21)] {
            assert_eq!(uuid_at(version).unwrap(), "00112233-4455-6677-8899-aabbccddeef1", "{version:?}");
        }
    }

    #[test]
    fn a_blank_uuid_counts_only_where_there_is_no_other() {
        let zeros = [system([0xff; 16]), system([0; 16])].concat();
        let found = read(&raw((2, 8), &zeros)).unwrap();
        assert_eq!(found.uuid.unwrap(), "ffffffff-ffff-ffff-ffff-ffffffffffff");
        let found = read(&raw((2, 8), &[zeros, system(UUID)].concat())).unwrap();
        assert_eq!(found.uuid, uuid_at((2, 8)));
    }

    #[test]
    fn the_first_board_with_the_field_counts_even_if_it_is_empty() {
        let short = b"\x02\x07\x01\0\0\0\0\0\0";
        let numbered = b"\x02\x08\x02\0\0\0\0\x02Maker\0  A-17 \0\0";
        let nowhere = b"\x02\x08\x03\0\0\0\0\x09Maker\0\0";
        let serial = |parts: &[&[u8]]| read(&raw((3, 2), &parts.concat())).unwrap().board_serial;
        assert_eq!(serial(&[short, numbered, nowhere]).as_deref(), Some("A-17"));
        assert_eq!(serial(&[nowhere, numbered]).as_deref(), Some(""));
        assert_eq!(serial(&[short]), None);
    }

    #[test]
    fn nothing_is_read_past_the_end_or_past_a_fault() {
        let board = b"\x02\x08\x02\0\0\0\0\x01A-17\0\0";
        let end = b"\x7f\x04\x05\0\0\0";
        let nothing = Some(Firmware::default());
        assert_eq!(read(&raw((3, 2), &[&end[..], board].concat())), nothing);
        assert_eq!(read(&raw((3, 2), &[&b"\x0b\x03\0\0\0"[..], board].concat())), nothing);
        assert_eq!(read(&raw((3, 2), &board[..board.len() - 1])), nothing, "strings without an end");
        assert_eq!(read(b"\0\x03\x02"), None);
        let mut too_long = raw((3, 2), board);
        too_long[4..8].fill(0xff);
        assert!(read(&too_long).unwrap().board_serial.is_some(), "a length over what is there");
    }

    proptest! {
        #[test]
        fn no_table_makes_it_panic(
            raw in prop::collection::vec(prop_oneof![3 => any::<u8>(), 5 => 0u8..5, 1 => Just(0x1b)], 0..200)
        ) {
            let _ = read(&raw);
        }

        #[test]
        fn a_table_cut_anywhere_makes_up_no_value(cut in 0usize..80) {
            let whole = raw((3, 2), &[system(UUID), b"\x02\x08\x02\0\0\0\0\x01A-17\0\0".to_vec()].concat());
            let found = read(&whole[..cut.min(whole.len())]).unwrap_or_default();
            prop_assert!(found.uuid.is_none() || found.uuid == uuid_at((3, 2)));
            prop_assert!(found.board_serial.is_none_or(|serial| serial == "A-17"));
        }
    }
}
