//! Values of one kind that many machines share. All functions take upper-case text.
//!
//! The lists are the files of `license-core/data`. A value missed here opens every machine that has it, so they are wide;
//! a value wrongly listed only costs its weight.

use std::borrow::Cow;

use super::kind::Kind;
use super::named_nothing::is_nothing_with_a_name;
use super::normal::{Dropped, mac_digits, normalise, trim};
use super::placeholder::{is_placeholder, is_repeated, is_stepping, letters_and_digits, without_accents};
use super::within::processor;
use super::{disk_name, encoded, lists, template};

/// Whether a serial number says next to nothing: under four letters and digits, zeros with a short tail, or a few letters
/// before such zeros or before one digit over and over.
pub(super) fn is_filler(value: &str) -> bool {
    let bare = letters_and_digits(value);
    let number = bare.trim_start_matches(|c: char| c.is_ascii_uppercase());
    let is_numbered = bare.len() - number.len() <= 5 && number.len() >= 6;
    let is_short = |digits: &str| digits.trim_start_matches('0').len() <= 2;
    // A maker who counts from one has fewer zeros in front.
    let is_long = number.len() >= 12 && number.trim_start_matches('0').len() <= 3;
    bare.len() < 4
        || (bare.len() >= 8 && is_short(&bare))
        || (is_numbered && (is_short(number) || is_long || is_repeated(number)))
}

/// Whether a serial number is only the day on which a board or its firmware was made, behind at most five letters:
/// `20150806`, `DD20150806`, `2015-08-06`.
pub(super) fn is_date(value: &str) -> bool {
    let bare = letters_and_digits(value);
    let number = bare.trim_start_matches(|c: char| c.is_ascii_uppercase());
    let part = |from: usize, to: usize| number.get(from..to).and_then(|part| part.parse::<u32>().ok());
    number.len() == 8
        && bare.len() - number.len() <= 5
        && number.bytes().all(|b| b.is_ascii_digit())
        && part(0, 4).is_some_and(|year| (2000..2030).contains(&year))
        && part(4, 6).is_some_and(|month| (1..=12).contains(&month))
        && part(6, 8).is_some_and(|day| (1..=31).contains(&day))
}

/// Whether a value is a hypervisor's model of a disk, with nothing that tells one from another.
pub(super) fn is_model(value: &str) -> bool {
    let bare = letters_and_digits(value);
    lists::disk_model(&bare).is_some_and(|model| {
        bare.len() - model.len() < 4 || !bare.replacen(model, "", 1).bytes().any(|b| b.is_ascii_digit())
    })
}

/// Whether 32 hex digits are a UUID that many boards or installations have, in the order in which it is written or in
/// which SMBIOS stores it; or one that nobody drew: a period, bytes of one step, hardly a digit but zeros, or zeros before a network address that is blank.
pub(super) fn is_shared_uuid(digits: &str) -> bool {
    let bytes = digits.as_bytes();
    if bytes.len() != 32 || !bytes.iter().all(u8::is_ascii_hexdigit) {
        return false;
    }
    let stored = stored_order(digits);
    let is_period = |len: usize| bytes.chunks(len).all(|chunk| chunk == &bytes[..len]);
    let zeros = bytes.iter().filter(|digit| **digit == b'0').count();
    let is_blank_address =
        digits.starts_with(&"0".repeat(20)) && digits[26..].trim_start_matches('0').len() <= 2;
    [digits, &stored].iter().any(|order| lists::is_shared_uuid(order) || is_stepping(order))
        || [2, 4, 8].into_iter().any(is_period)
        || zeros >= 27
        || is_blank_address
}

/// The digits with the bytes of the first three fields turned round (SMBIOS 3.x, 7.2.1).
pub(super) fn stored_order(digits: &str) -> String {
    const ORDER: [usize; 16] = [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15];
    ORDER.iter().filter_map(|at| digits.get(2 * at..2 * at + 2)).collect()
}

/// Whether a disk's value is only the name that the system gave to it.
pub(super) fn is_device_path(value: &str) -> bool {
    if value.starts_with("/DEV/") || value.starts_with(r"\\.\") || value.starts_with(r"\\?\") {
        return true;
    }
    let numbered = ["NVME", "MMCBLK", "PHYSICALDRIVE", "DISK", "HARDDISK", "DRIVE", "LOOP", "MD", "DM-"];
    let lettered = ["SD", "HD", "VD", "XVD"];
    let after = |prefix: &&str| value.strip_prefix(*prefix);
    // nvme0n1p2, PhysicalDrive0
    numbered.iter().filter_map(after).any(|rest| {
        rest.len() <= 6 && rest.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'N' | b'P' | b'S'))
    }) || lettered.iter().filter_map(after).any(|rest| {
        // sda, sdab12
        let disk = rest.trim_end_matches(|c: char| c.is_ascii_digit());
        matches!(disk.len(), 1..=2)
            && rest.len() - disk.len() <= 3
            && disk.bytes().all(|b| b.is_ascii_uppercase())
    })
}

/// Whether a disk's letters and digits are a model or a hypervisor's default rather than a serial number.
pub(super) fn is_shared_disk(value: &str) -> bool {
    // A word without any digit is a role that someone gave (`rootfs`, `data`), the same on every guest.
    let label = !value.bytes().any(|b| b.is_ascii_digit());
    let default_serial = value.strip_prefix("QM").is_some_and(|rest| {
        rest.len() == 5 && rest.starts_with("000") && rest.bytes().all(|b| b.is_ascii_digit())
    });
    label || default_serial || lists::disk_model(value).is_some()
}

/// Whether an opaque identifier is what forms send when nobody filled them in, or names nothing.
pub(super) fn is_opaque_junk(text: &str) -> bool {
    text.len() < 8
        || is_junk_id(&text.to_ascii_uppercase())
        || template::is_label(text)
        || encoded::is_junk(text)
}

/// Whether an identifier that an operator or a vendor chose, in upper case, is junk of any kind.
pub(super) fn is_junk_id(upper: &str) -> bool {
    let plain =
        if upper.is_ascii() { Cow::Borrowed(upper) } else { without_accents(&upper.to_uppercase()).into() };
    let bare = letters_and_digits(upper);
    is_placeholder(upper)
        || upper.split('|').all(|part| is_placeholder(trim(part)))
        || is_junk_address(upper)
        || (bare.len() == 12 && is_junk_address(&bare))
        || is_stepping_id(&bare)
        || is_date(upper)
        || is_model(upper)
        || is_shared_uuid(&bare)
        || is_processor_in_any_order(upper)
        || is_nothing_with_a_name(&plain)
        || disk_name::is_nameless_and_marked(upper)
}

/// Whether a value is a processor's model, which all of that model share, once or for each of several, with nothing else
/// that tells one from another: `CPU-BFEBFBFF000906EA`, `BFEBFBFF000906EA-1`.
pub(super) fn is_processor(upper: &str) -> bool {
    is_made_of(upper, |model| processor(model).is_some())
}

/// The same also with the halves turned round, as in an identifier, where no world-wide name of a disk is expected.
fn is_processor_in_any_order(upper: &str) -> bool {
    is_made_of(upper, |model| {
        let halves = model.split_at_checked(8);
        processor(model).is_some()
            || halves.is_some_and(|(first, last)| {
                // All 64-bit processors have these; an id that is drawn at random hardly ever has.
                last.ends_with("FBFF") && processor(&format!("{last}{first}")).is_some()
            })
    })
}

/// Digits of a processor's model.
const MODEL: usize = 16;

/// Whether all words of at least eight hex digits are together 16 digits of a sort, once or several times, and the others
/// have two digits at the most.
fn is_made_of(upper: &str, is_model: fn(&str) -> bool) -> bool {
    if upper.len() < MODEL {
        return false;
    }
    let words = || upper.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    fn bare(word: &str) -> &str {
        word.strip_prefix("0X").unwrap_or(word)
    }
    let is_hex = |word: &str| {
        let word = bare(word);
        word.len() >= 8 && word.bytes().all(|b| b.is_ascii_hexdigit())
    };
    if !words().any(is_hex) {
        return false;
    }
    let digits: String = words().filter(|word| is_hex(word)).map(bare).collect();
    let beside = words().filter(|word| !is_hex(word)).flat_map(str::bytes).filter(u8::is_ascii_digit).count();
    let is_model = |model: &[u8]| {
        let model = std::str::from_utf8(model).unwrap_or_default();
        model.len() == MODEL && is_model(model)
    };
    beside <= 2 && !digits.is_empty() && digits.as_bytes().chunks(MODEL).all(is_model)
}

/// Whether a text is an address that no card has, or that many have. One that a hypervisor drew for its guest may name it,
/// and twelve digits without separators, such as a container's id, need not be an address.
fn is_junk_address(text: &str) -> bool {
    let is_separated = text.len() > 12;
    mac_digits(text).is_some_and(|digits| {
        let is_shared = is_filler(&digits) || is_stepping_id(&digits) || lists::is_shared_address(&digits);
        match normalise(Kind::Mac, &digits) {
            Ok(_) => false,
            _ if is_shared => true,
            Err(Dropped::VirtualAdapter | Dropped::LocallyAdministered)
                if lists::is_hypervisors_range(&digits) =>
            {
                false
            }
            Err(Dropped::LocallyAdministered | Dropped::Multicast) => {
                is_separated || lists::is_virtual_address(&digits)
            }
            // The digits alone may step as ids do.
            Err(Dropped::Placeholder) => is_separated || is_placeholder(&digits),
            Err(_) => true,
        }
    })
}

/// Whether an id is bytes of one step, other than one of letters and digits in turn, as ids are drawn: `A1B2C3D4E5F6`.
fn is_stepping_id(bare: &str) -> bool {
    let is_drawn = bare.starts_with(|c: char| c.is_ascii_uppercase()) && bare.get(..2) != bare.get(2..4);
    is_stepping(bare) && !is_drawn
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_processor_or_nothing_behind_a_name_is_no_id() {
        for id in [
            "BFEBFBFF000906EA",
            "CPU-BFEBFBFF000906EA",
            "PROCESSORID=BFEBFBFF000906EA",
            "000906EABFEBFBFF",
            "BFEBFBFF-000906EA",
            "BFEBFBFF000906EA_NONE",
            "ACME-NULL",
            "DEVICE-NONE",
            "V1:NULL",
            "001-NONE",
            "V1:TO BE FILLED BY O.E.M.",
            "UNKNOWN-PC",
            "DEFAULT STRING.LOCAL",
            "ID_SERIAL_SHORT=NONE",
            "序列号:NONE",
        ] {
            assert!(is_junk_id(id), "{id}");
        }
        for id in [
            "S4EWNX0M123456-NONE",
            "BFEBFBFF000906EA-S4EWNX0M123456",
            "NONESUCH-7731",
            "PLC-07-UNIT",
            "7F3A99C2B1D04E56",
            "SERVER-204-NORTH",
            "SERVER_247_DL",
            "204-SERVER-PF2QX7R9",
            "214-ACCESS-CONTROL-0017",
            "101 GATEWAY DRIVE 4711",
            "SERVER-204.EXAMPLE.COM",
        ] {
            assert!(!is_junk_id(id), "{id}");
        }
    }

    #[test]
    fn a_uuid_that_nobody_drew_is_shared() {
        for uuid in [
            "03000200040005000006000700080009",
            "00020003000400050006000700080009",
            "6AB5B300538D10149FB5B0684D007B53",
            "00B3B56A8D5314109FB5B0684D007B53",
            "000102030405060708090A0B0C0D0E0F",
            "030201000504070608090A0B0C0D0E0F",
            "00112233445566778899AABBCCDDEEFF",
            "FEFEFEFEFEFEFEFEFEFEFEFEFEFEFEFE",
            "FFFFFF00FFFFFFFFFFFFFFFFFFFFFFFF",
            "10000000000080000040000000000000",
            "00000000000000000000AC1F6B000000",
            "00000000000000000000AC1F6B000012",
            "B76CC7B1BBDC489E93909D2043031DE8",
        ] {
            assert!(is_shared_uuid(uuid), "{uuid}");
        }
        // The last is a board whose maker puts the network card's address there.
        for uuid in [
            "4C4C4544005134108051B5C04F375931",
            "03AA02FC04140507BC06D70700080009",
            "00000000000000000000AC1F6BD04D08",
        ] {
            assert!(!is_shared_uuid(uuid), "{uuid}");
        }
        assert!(!is_shared_uuid("É".repeat(16).as_str()));
    }

    #[test]
    fn names_of_disks_are_no_serial_numbers() {
        for name in [
            "/DEV/VDA",
            "SDA",
            "SDA1",
            "SDAB12",
            "XVDF",
            "NVME0N1P2",
            "MMCBLK0",
            r"\\.\PHYSICALDRIVE0",
            "DM-3",
        ] {
            assert!(is_device_path(name), "{name}");
        }
        for serial in ["SD1234567", "S4EWNX0M123456", "SDLH1234", "HDT722525", "NVME-7719A-12", "VDX8812345"]
        {
            assert!(!is_device_path(serial), "{serial}");
        }
    }

    #[test]
    fn an_opaque_text_needs_something_of_its_own() {
        for text in [
            "undefined",
            "null-null",
            "unknown/unknown",
            "[object Object]",
            "None|None|None|None",
            "00000000-0000-0000-0000-000000000000",
            "03000200-0400-0500-0006-000700080009",
            "02:fc:00:00:00:01",
            "12345678",
            "--------",
            "PC-0001",
            "d41d8cd98f00b204e9800998ecf8427e",
            "{{deviceFingerprint}}",
            "System.Byte[]",
            "\"AC:DE:48:00:11:22\"",
            "ac:de:48:00:11:22",
            "b76cc7b1-bbdc-489e-9390-9d2043031de8",
            "VBOX HARDDISK",
            "naa.5000000000000000",
            "nvme.1e4b--4e564d6520535344203235364742-00000001",
        ] {
            assert!(is_opaque_junk(text), "{text}");
        }
        for text in [
            "vendor-id 7F3A-99",
            "test-device-17",
            "04:7C:16:5E:E3:5D",
            "设备编号七",
            "ab|cd|ef|gh|ij",
            "unit_00000001",
        ] {
            assert!(!is_opaque_junk(text), "{text}");
        }
    }
}
