//! What the bytes of the sources mean.

/// The serial number of a SCSI disk's "unit serial number" page: four bytes of header, the last two the length.
///
/// Source: SPC-4, vital product data page 80h.
pub(super) fn unit_serial_page(page: &[u8]) -> Option<String> {
    let (&[_, 0x80, high, low], rest) = page.split_first_chunk::<4>()? else { return None };
    let serial = rest.get(..usize::from(u16::from_be_bytes([high, low])))?;
    Some(text(serial))
}

/// Most designators of one page that are looked at.
const DESIGNATORS: usize = 16;

/// The names of a SCSI disk in its "device identification" page, spelt as Linux spells the one that it chooses among
/// them: `naa.…`, `eui.…`, `t10.…`. Names of its ports and its target are passed over.
///
/// Source: SPC-4, vital product data page 83h; `scsi_vpd_lun_id` in the kernel's `scsi_lib.c`.
pub(super) fn device_names_page(page: &[u8]) -> Vec<String> {
    let Some((&[_, 0x83, high, low], rest)) = page.split_first_chunk::<4>() else { return Vec::new() };
    let mut rest = rest.get(..usize::from(u16::from_be_bytes([high, low]))).unwrap_or(rest);
    let mut names = Vec::new();
    for _ in 0..DESIGNATORS {
        let Some((&[code_set, about, _, length], after)) = rest.split_first_chunk::<4>() else { break };
        let Some((designator, next)) = after.split_at_checked(usize::from(length)) else { break };
        rest = next;
        let is_of_the_disk = about >> 4 & 3 == 0;
        let hex = || data_encoding::HEXLOWER.encode(designator);
        let name = match (about & 0x0f, code_set & 0x0f) {
            (1, 2 | 3) => format!("t10.{}", text(designator)),
            (2, 1) => format!("eui.{}", hex()),
            (3, 1) => format!("naa.{}", hex()),
            _ => continue,
        };
        if is_of_the_disk && !designator.is_empty() {
            names.push(name);
        }
    }
    names
}

/// Text of a file; bytes that are no UTF-8 become a character that no value may hold.
pub(super) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).trim_matches(|c: char| c.is_whitespace() || c == '\0').to_owned()
}

/// Whether a block device of this name is made of software or holds exchangeable discs.
pub(super) fn is_no_disk(name: &str) -> bool {
    ["loop", "ram", "zram", "dm-", "md", "sr", "fd", "nbd", "zd", "rbd", "drbd", "mtdblock", "ubiblock"]
        .into_iter()
        .any(|prefix| {
            name.strip_prefix(prefix)
                .is_some_and(|rest| rest.bytes().next().is_some_and(|b| b.is_ascii_digit()))
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_serial_page_is_read_by_its_length() {
        assert_eq!(unit_serial_page(b"\0\x80\0\x08  WD-77Q ignored"), Some("WD-77Q".into()));
        for bad in [&b""[..], b"\0\x80\0", b"\0\x83\0\x02WD", b"\0\x80\0\x09WD-77Q"] {
            assert_eq!(unit_serial_page(bad), None);
        }
    }

    #[test]
    fn the_names_of_a_disk_are_read_and_those_of_its_ports_are_not() {
        let naa = b"\x01\x03\0\x08\x50\0\xc5\0\xa1\xb2\xc3\xd4";
        let port = b"\x61\x93\0\x08\x50\0\xc5\0\xa1\xb2\xc3\xd5";
        let t10 = b"\x02\x01\0\x10ATA     DISK  S1";
        let all = [&naa[..], port, t10].concat();
        let page = |length: u8, rest: &[u8]| [&[0, 0x83, 0, length], rest].concat();
        let names = ["naa.5000c500a1b2c3d4", "t10.ATA     DISK  S1"];
        assert_eq!(device_names_page(&page(44, &all)), names);
        assert_eq!(device_names_page(&page(200, &all)), names, "a length over what is there");
        assert_eq!(device_names_page(&page(13, &all)), names[..1], "cut");
        assert_eq!(device_names_page(b"\0\x80\0\x04abcd"), Vec::<String>::new());
    }

    #[test]
    fn names_tell_disks_from_others() {
        for name in ["loop0", "ram12", "zram0", "dm-3", "md127", "sr0", "fd0", "nbd4"] {
            assert!(is_no_disk(name), "{name}");
        }
        for name in ["sda", "vda", "nvme0n1", "mmcblk0", "xvda", "sdb"] {
            assert!(!is_no_disk(name), "{name}");
        }
    }

    proptest! {
        #[test]
        fn no_page_makes_it_panic(page in prop::collection::vec(any::<u8>(), 0..64)) {
            let _ = unit_serial_page(&page);
            let _ = device_names_page(&page);
            prop_assert!(device_names_page(&[b"\0\x83\0\x40", &page[..]].concat()).len() <= DESIGNATORS);
        }
    }
}
