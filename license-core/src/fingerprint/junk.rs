//! Values that many machines share. All functions take upper-case text.
//!
//! Sources: what vendors of boards, disks, hypervisors and tunnels write where nothing was set. A value missed
//! here opens every machine that has it, so the lists are wide; a value wrongly listed only costs its weight.

use super::kind::Kind;
use super::normal::{mac_digits, normalise, trim};

/// Whether a value is what makers and forms put where nothing was filled in: a known phrase, one repeated
/// character, a counting sequence, or no letter or digit at all.
pub(super) fn is_placeholder(value: &str) -> bool {
    let bare = letters_and_digits(value);
    PLACEHOLDERS.binary_search(&bare.as_str()).is_ok() || is_repeated(&bare) || is_counting(&bare)
}

/// Whether a serial number says next to nothing: under four letters and digits, or zeros with a short tail.
pub(super) fn is_filler(value: &str) -> bool {
    let bare = letters_and_digits(value);
    bare.len() < 4 || (bare.len() >= 8 && bare.trim_start_matches('0').len() <= 2)
}

/// Whether 12 hex digits are an address that makers or tools give to every card.
pub(super) fn is_default_mac(digits: &str) -> bool {
    DEFAULT_MACS.contains(&digits)
}

/// Whether 12 hex digits lie in a range that hypervisors and tunnels draw from.
pub(super) fn is_virtual_mac(digits: &str) -> bool {
    VIRTUAL_MACS.iter().any(|prefix| digits.starts_with(prefix))
}

/// Whether 32 hex digits are a UUID that many boards were shipped with.
pub(super) fn is_shared_uuid(digits: &str) -> bool {
    let bytes = digits.as_bytes();
    let periodic = |len: usize| bytes.len() > len && bytes.chunks(len).all(|chunk| chunk == &bytes[..len]);
    SHARED_UUIDS.contains(&digits) || [2, 4, 8].into_iter().any(periodic)
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
    let model = ["QEMUHARDDISK", "QEMUDVDROM", "VBOXHARDDISK", "VMWAREVIRTUAL", "VMWARENVME", "VIRTUALDISK"]
        .into_iter()
        .any(|name| value.contains(name));
    label || default_serial || model
}

/// Whether an opaque identifier is what forms send when nobody filled them in, or names nothing.
pub(super) fn is_opaque_junk(text: &str) -> bool {
    if text.len() < 8 {
        return true;
    }
    let upper = text.to_ascii_uppercase();
    let words = || upper.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    is_placeholder(&upper)
        || words().all(|word| PLACEHOLDERS.binary_search(&word).is_ok())
        || upper.split('|').all(|part| is_placeholder(trim(part)))
        || (mac_digits(&upper).is_some() && normalise(Kind::Mac, &upper).is_err())
        || is_shared_uuid(&letters_and_digits(&upper))
}

fn letters_and_digits(value: &str) -> String {
    value.chars().filter(|c| c.is_alphanumeric()).collect()
}

/// One character over and over, or nothing.
fn is_repeated(bare: &str) -> bool {
    let mut chars = bare.chars();
    let first = chars.next();
    chars.all(|c| Some(c) == first)
}

/// Whether hex digits are bytes of one step, over at least six of them: `001122334455`, `000102030405…`, `AAAAAAAAAAAA`.
pub(super) fn is_stepping(digits: &str) -> bool {
    let Ok(bytes) = data_encoding::HEXUPPER.decode(digits.as_bytes()) else { return false };
    let mut steps = bytes.windows(2).map(|pair| pair[1].wrapping_sub(pair[0]));
    let first = steps.next();
    bytes.len() >= 6 && steps.all(|step| Some(step) == first)
}

/// `0123456789`, `12345678`, `123456789ABC`, `0123456789ABCDEF0123`, `987654321`.
fn is_counting(bare: &str) -> bool {
    const NEXT: [&str; 18] = [
        "01", "12", "23", "34", "45", "56", "67", "78", "89", "90", "9A", "AB", "BC", "CD", "DE", "EF", "F0",
        "0A",
    ];
    let bytes = bare.as_bytes();
    let up = |pair: &[u8]| NEXT.iter().any(|next| next.as_bytes() == pair);
    let down = |pair: &[u8]| pair[0].is_ascii_digit() && pair[0] == pair[1].wrapping_add(1);
    bytes.len() >= 4
        && matches!(bytes[0], b'0' | b'1' | b'9')
        && (bytes.windows(2).all(up) || bytes.windows(2).all(down))
}

/// Phrases, letters and digits only, sorted.
#[rustfmt::skip]
const PLACEHOLDERS: &[&str] = &[
    "0123456789", "123456", "1234567", "123456789", "1234567890", "ASSETTAG", "BASEBOARDSERIALNUMBER",
    "BOARDSERIAL", "BOARDSERIALNUMBER", "BSN12345678901234567", "CHANGEME", "CHASSISSERIALNUMBER", "DEFAULT",
    "DEFAULTSTRING", "DEFAULTVALUE", "DEVICEID", "EMPTY", "ERROR", "EXAMPLE", "FALSE", "FILLEDBYOEM", "FINGERPRINT",
    "FIXME", "INVALID", "LOCALHOST", "MACHINEID", "MBSERIAL", "MODEL", "NA", "NAN", "NIL", "NODATA", "NONE",
    "NOSERIAL", "NOSERIALNUMBER", "NOTAPPLICABLE", "NOTAVAILABLE", "NOTDEFINED", "NOTFOUND", "NOTPRESENT", "NOTSET",
    "NOTSETTABLE", "NOTSPECIFIED", "NOTSUPPORTED", "NULL", "O2MICRO", "OBJECTOBJECT", "OEM", "OEMSERIAL",
    "OEMSTRING", "OOOOOOO", "PLACEHOLDER", "RESERVED", "SAMPLE", "SERIAL", "SERIALNO", "SERIALNUMBER", "SN",
    "STRING", "SYSSERIALNUMBER", "SYSTEMSERIALNUMBER", "TBD", "TBFBYOEM", "TEST", "TESTING", "TESTTEST", "TOBEFILLED",
    "TOBEFILLEDBYOEM", "TOBEFILLEDBYOEMX", "TODO", "TRUE", "UNDEFINED", "UNINITIALIZED", "UNKNOW", "UNKNOWN",
    "UNKNOWNSERIAL", "UNSPECIFIED", "VB123456789", "VIRTUAL", "XXXXX", "YOURSERIALNUMBER",
];

/// Shared UUIDs in both byte orders, 32 upper-case hex digits.
const SHARED_UUIDS: &[&str] = &[
    // American Megatrends' default, as firmware writes it and as tools swap it.
    "03000200040005000006000700080009",
    "00020003000400050006000700080009",
    "123456781234567890ABCDDEEFAABBCC",
    "785634123412785690ABCDDEEFAABBCC",
    "12345678123412341234123456789ABC",
    "78563412341234121234123456789ABC",
    "12345678123456781234567890ABCDEF",
    "1234567890ABCDEF1234567890ABCDEF",
    "00112233445566778899AABBCCDDEEFF",
    "33221100554477668899AABBCCDDEEFF",
    "000102030405060708090A0B0C0D0E0F",
    "030201000504070608090A0B0C0D0E0F",
    "67452301AB89EFCD0123456789ABCDEF",
    "01234567891011121314151617181920",
    // Dell's are made from the service tag; these had none: spaces or zeros.
    "4C4C454400202010802080C04F202020",
    "44454C4C20001020802080C04F202020",
    "4C4C454400002010802080C04F202020",
    "44454C4C00001020802080C04F202020",
    "4C4C454400000010800080C04F000000",
];

/// Whole addresses, 12 upper-case hex digits.
const DEFAULT_MACS: &[&str] = &[
    "001122334455", // what tools and manuals write
    "000102030405",
    "00123456789A",
    "888888888788", // on-board cards whose memory was never written
    "888888888888",
    "00E04C000000", // Realtek without a memory
    "00E04C000001",
    "00904CC51238", // Broadcom without a memory
];

/// Prefixes, upper-case hex digits.
const VIRTUAL_MACS: &[&str] = &[
    "000569",
    "000C29",
    "001C14",
    "005056", // VMware
    "080027",
    "0A0027", // VirtualBox
    "00155D",
    "0003FF", // Hyper-V, Virtual PC
    "001C42", // Parallels
    "00163E", // Xen
    "525400", // QEMU, KVM
    "0242",   // Docker
    "BC2411", // Proxmox
    "506B8D", // Nutanix
    "001A4A",
    "566F",     // oVirt
    "0021F6",   // Oracle VM
    "000F4B",   // Virtual Iron
    "001851",   // Virtuozzo
    "00FF",     // TAP driver on Windows
    "00059A3C", // AnyConnect
    "00090FAA",
    "00090FFE", // FortiClient
    "44455354", // loopback and dial-up adapters of Windows
    "00005E0001",
    "00005E0002", // VRRP
    "00000C07AC", // HSRP
    "0007B400",   // GLBP
    "00904C",     // default range of Broadcom's reference designs
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_phrases_are_sorted_and_bare() {
        assert!(PLACEHOLDERS.is_sorted());
        for phrase in PLACEHOLDERS {
            assert!(phrase.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit()), "{phrase}");
        }
        let hex = |text: &str| text.bytes().all(|b| b.is_ascii_digit() || (b'A'..=b'F').contains(&b));
        for uuid in SHARED_UUIDS {
            assert!(uuid.len() == 32 && hex(uuid), "{uuid}");
        }
        for mac in DEFAULT_MACS {
            assert!(mac.len() == 12 && hex(mac), "{mac}");
        }
        for prefix in VIRTUAL_MACS {
            assert!(prefix.len() % 2 == 0 && hex(prefix), "{prefix}");
        }
    }

    #[test]
    fn placeholders_are_found_in_any_dress() {
        for value in [
            "TO BE FILLED BY O.E.M.",
            "DEFAULT STRING",
            "N/A",
            "NOT SPECIFIED",
            "0123456789",
            "123456789",
            "1234567890",
            "0123456789ABCDEF",
            "0123456789ABCDEF0123456789ABCDEF",
            "987654321",
            "0000",
            "XXXXXXXX",
            ".........",
            "--",
            "0",
        ] {
            assert!(is_placeholder(value), "{value}");
        }
        for value in ["PF2QX7R9 001", "BRD-TWIN", "12345679", "S4EWNX0M123456", "1234"] {
            assert_eq!(is_placeholder(value), value == "1234", "{value}");
        }
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
        ] {
            assert!(is_opaque_junk(text), "{text}");
        }
        for text in
            ["vendor-id 7F3A-99", "test-device-17", "04:7C:16:5E:E3:5D", "设备编号七", "ab|cd|ef|gh|ij"]
        {
            assert!(!is_opaque_junk(text), "{text}");
        }
    }
}
