//! One spelling for every hardware value, and what is no identity at all.

use std::borrow::Cow;

use super::kind::Kind;
use super::placeholder::{is_placeholder, is_stepping, letters_and_digits};
use super::{disk_name, disk_role, encoded, junk, lists, printed, template};

/// Longest value, in bytes; hardware has no longer serial numbers.
const LONGEST: usize = 256;

/// Why a value was not taken as an identity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dropped {
    /// Nothing but white space and NUL.
    Empty,
    /// Shared by many machines.
    Placeholder,
    /// An address that software gave (bit 0x02 of the first byte).
    LocallyAdministered,
    /// A group address (bit 0x01 of the first byte), which no card has.
    Multicast,
    /// An address range of a hypervisor or a tunnel.
    VirtualAdapter,
    /// Not what a value of its kind looks like.
    WrongForm,
}

/// Without white space and NUL at both ends.
pub(super) fn trim(text: &str) -> &str {
    // As nearly every text is.
    if let [first, .., last] = text.as_bytes()
        && first.is_ascii_graphic()
        && last.is_ascii_graphic()
    {
        return text;
    }
    text.trim_matches(|c: char| c.is_whitespace() || c == '\0')
}

/// The one spelling of a raw value, or why it names no machine. Never guesses.
pub(crate) fn normalise(kind: Kind, raw: &str) -> Result<String, Dropped> {
    let value = trim(raw);
    if value.is_empty() {
        return Err(Dropped::Empty);
    }
    if value.len() > LONGEST {
        return Err(Dropped::WrongForm);
    }
    let value_as_written = value;
    let value = if value.bytes().any(|b| b.is_ascii_lowercase()) {
        Cow::Owned(value.to_ascii_uppercase())
    } else {
        Cow::Borrowed(value)
    };
    if is_placeholder(&value)
        || printed::is_element(&value)
        || template::is_label(value_as_written)
        || encoded::is_junk(raw)
    {
        return Err(Dropped::Placeholder);
    }
    match kind {
        Kind::Mac => mac(&value),
        Kind::Disk => disk(&value),
        Kind::Board => serial(single_spaced(value.into_owned())),
        Kind::System | Kind::Os => uuid(&value),
        Kind::Cpu => hex(&value, 16),
        Kind::Tpm if is_stepping(&value) => Err(Dropped::Placeholder),
        Kind::Tpm => hex(&value, 64),
        Kind::Cloud => serial(value.into_owned()),
        Kind::Custom if junk::is_junk_id(&value) => Err(Dropped::Placeholder),
        Kind::Custom => printable(value.into_owned()),
    }
}

/// The 12 upper-case hex digits of an address written without separators or in groups of two or four that are
/// separated by colons, dashes or dots.
pub(super) fn mac_digits(text: &str) -> Option<String> {
    String::from_utf8(mac_bytes(text)?.to_vec()).ok()
}

/// Whether a text is such an address.
pub(super) fn is_mac(text: &str) -> bool {
    mac_bytes(text).is_some()
}

fn mac_bytes(text: &str) -> Option<[u8; 12]> {
    let text = text.as_bytes();
    let group = match text.len() {
        12 => 12,
        17 => 2,
        14 => 4,
        _ => return None,
    };
    let separator = text.get(group).copied();
    if separator.is_some_and(|mark| !matches!(mark, b':' | b'-' | b'.')) {
        return None;
    }
    let mut digits = [0; 12];
    let mut left = digits.iter_mut();
    for part in text.chunks(group + 1) {
        let (part, mark) = part.split_at_checked(group).unwrap_or((part, &[]));
        if !mark.is_empty() && mark.first().copied() != separator {
            return None;
        }
        for byte in part {
            if !byte.is_ascii_hexdigit() {
                return None;
            }
            *left.next()? = byte.to_ascii_uppercase();
        }
    }
    Some(digits)
}

fn mac(value: &str) -> Result<String, Dropped> {
    let digits = mac_digits(value).ok_or(Dropped::WrongForm)?;
    let first = u8::from_str_radix(&digits[..2], 16).map_err(|_| Dropped::WrongForm)?;
    if junk::is_filler(&digits) || lists::is_shared_address(&digits) {
        Err(Dropped::Placeholder)
    } else if first & 0x01 != 0 {
        Err(Dropped::Multicast)
    } else if first & 0x02 != 0 {
        Err(Dropped::LocallyAdministered)
    } else if lists::is_virtual_address(&digits) {
        Err(Dropped::VirtualAdapter)
    } else if is_stepping(&digits) {
        Err(Dropped::Placeholder)
    } else {
        Ok(digits)
    }
}

fn disk(value: &str) -> Result<String, Dropped> {
    if junk::is_device_path(value) || disk_role::is_numbered(value) || disk_name::is_nameless(value) {
        return Err(Dropped::Placeholder);
    }
    let whole = value;
    let bare = value.strip_prefix("EUI.").or_else(|| value.strip_prefix("NAA.")).unwrap_or(value);
    let bare = bare.strip_prefix("0X").unwrap_or(bare);
    let value = if bare.is_ascii() {
        letters_and_digits(bare)
    } else {
        Cow::Owned(bare.chars().filter(char::is_ascii_alphanumeric).collect())
    };
    // A world-wide name of a disk begins with 5 or 6, or with a maker's number, which has none of a processor's bits.
    let is_numbered = junk::is_filler(&value)
        || junk::is_date(&value)
        || (!value.starts_with(['5', '6']) && (junk::is_processor(&value) || junk::is_processor(whole)));
    // The whole was looked at before.
    if (value != whole && is_placeholder(&value)) || is_numbered || junk::is_shared_disk(&value) {
        return Err(Dropped::Placeholder);
    }
    Ok(value.into_owned())
}

fn uuid(value: &str) -> Result<String, Dropped> {
    let bare = value.strip_prefix('{').and_then(|v| v.strip_suffix('}')).unwrap_or(value);
    let dashed = bare.len() == 36 && [8, 13, 18, 23].iter().all(|&at| bare.as_bytes()[at] == b'-');
    let digits = if dashed { bare.replace('-', "") } else { bare.to_owned() };
    let digits = hex(&digits, 32)?;
    if junk::is_filler(&digits) || junk::is_shared_uuid(&digits) {
        return Err(Dropped::Placeholder);
    }
    Ok(digits)
}

fn hex(value: &str, len: usize) -> Result<String, Dropped> {
    let fits = value.len() == len && value.bytes().all(|b| b.is_ascii_hexdigit());
    if fits { Ok(value.to_owned()) } else { Err(Dropped::WrongForm) }
}

fn serial(value: String) -> Result<String, Dropped> {
    let is_junk = junk::is_filler(&value)
        || junk::is_date(&value)
        || junk::is_model(&value)
        || junk::is_processor(&value);
    if is_junk { Err(Dropped::Placeholder) } else { printable(value) }
}

/// Words with one space between them.
fn single_spaced(value: String) -> String {
    if value.bytes().all(|b| b.is_ascii_graphic()) {
        return value;
    }
    value.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn printable(value: String) -> Result<String, Dropped> {
    let fits = value.bytes().all(|b| b == b' ' || b.is_ascii_graphic());
    if fits { Ok(value) } else { Err(Dropped::WrongForm) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn spellings_of_one_value_become_one() {
        for (kind, spellings, one) in [
            (
                Kind::Mac,
                &[
                    "04:7c:16:5e:e3:5d",
                    "04-7C-16-5E-E3-5D",
                    "047C.165E.E35D",
                    "047c-165e-e35d",
                    " 047c165ee35d\0",
                ][..],
                "047C165EE35D",
            ),
            (
                Kind::Disk,
                &["eui.001b444a488b5cec", "001B_444A_488B_5CEC.", "0x001b444a488b5cec"],
                "001B444A488B5CEC",
            ),
            (Kind::Board, &["pf2qx7r9 001", " PF2QX7R9 \t 001\n"], "PF2QX7R9 001"),
            (
                Kind::System,
                &["4c4c4544-0051-3410-8051-b5c04f375931", "{4C4C4544-0051-3410-8051-B5C04F375931}"],
                "4C4C4544005134108051B5C04F375931",
            ),
            (Kind::Os, &["9f1c2b3a4d5e6f708192a3b4c5d6e7f8\n"], "9F1C2B3A4D5E6F708192A3B4C5D6E7F8"),
            (Kind::Custom, &[" rack 7 / node 12"], "RACK 7 / NODE 12"),
        ] {
            for spelling in spellings {
                assert_eq!(normalise(kind, spelling).as_deref(), Ok(one), "{kind} {spelling:?}");
            }
        }
    }

    #[test]
    fn values_that_name_no_machine_are_dropped_with_the_reason() {
        use Dropped::*;
        for (kind, raw, why) in [
            (Kind::Mac, " \0", Empty),
            (Kind::Mac, "00:00:00:00:00:00", Placeholder),
            (Kind::Mac, "88:88:88:88:87:88", Placeholder),
            (Kind::Mac, "02:FC:00:00:00:01", LocallyAdministered),
            (Kind::Mac, "01:00:5E:00:00:12", Multicast),
            (Kind::Mac, "00:0c:29:12:34:57", VirtualAdapter),
            (Kind::Mac, "04:7C:16:5E:E3", WrongForm),
            (Kind::Mac, "04:7C-16:5E:E3:5D", WrongForm),
            (Kind::Mac, "04:7C:16:5E:E3:5G", WrongForm),
            (Kind::Disk, "/dev/vda", Placeholder),
            (Kind::Disk, "nvme0n1", Placeholder),
            (Kind::Disk, r"\\.\PHYSICALDRIVE0", Placeholder),
            (Kind::Disk, "rootfs", Placeholder),
            (Kind::Disk, "QM00001", Placeholder),
            (Kind::Disk, "eui.0000000000000000", Placeholder),
            (Kind::Disk, "00000000000000000001", Placeholder),
            (Kind::Board, "To be filled by O.E.M.", Placeholder),
            (Kind::Board, "A1\u{7}77-91", WrongForm),
            (Kind::Board, "Größe-1291", WrongForm),
            (Kind::Cpu, "Intel(R) Core(TM) i7", Placeholder),
            (Kind::System, "03000200-0400-0500-0006-000700080009", Placeholder),
            (Kind::System, "fefefefe-fefe-fefe-fefe-fefefefefefe", Placeholder),
            (Kind::System, "Not Settable", Placeholder),
            (Kind::Os, "uninitialized", Placeholder),
            (Kind::Os, "9f1c2b3a4d5e6f708192a3b4c5d6e7f", WrongForm),
            (Kind::Os, "9f1c2b3a-4d5e6f70-8192a3b4-c5d6e7f8x", WrongForm),
            (Kind::Tpm, "AB12", WrongForm),
            (Kind::Custom, "changeme", Placeholder),
        ] {
            assert_eq!(normalise(kind, raw), Err(why), "{kind} {raw:?}");
        }
        assert_eq!(normalise(Kind::Custom, &"A7".repeat(129)), Err(WrongForm));
    }

    proptest! {
        #[test]
        fn a_normalised_value_stays_as_it_is(kind in 1u8..=9, raw in "\\PC{0,60}|[0-9a-fA-F:-]{12,36}") {
            let kind = Kind::from_byte(kind).unwrap();
            if let Ok(once) = normalise(kind, &raw) {
                let case = once.to_ascii_lowercase();
                // A disk may begin `0X` again once its first prefix is off; that is a serial, not a prefix.
                if kind != Kind::Disk {
                    prop_assert_eq!(normalise(kind, &once), Ok(once.clone()));
                    prop_assert_eq!(normalise(kind, &case), Ok(once));
                }
            }
        }
    }
}
