//! What the bytes of the sources mean.

/// The serial number of a SCSI disk's "unit serial number" page: four bytes of header, the last two the length.
///
/// Source: SPC-4, vital product data page 80h.
pub(super) fn unit_serial_page(page: &[u8]) -> Option<String> {
    let (&[_, 0x80, high, low], rest) = page.split_first_chunk::<4>()? else { return None };
    let serial = rest.get(..usize::from(u16::from_be_bytes([high, low])))?;
    Some(text(serial))
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

/// Whether a device's place in the tree of devices lies behind a USB port.
pub(super) fn is_behind_usb(path: &str) -> bool {
    path.split('/')
        .any(|part| part.strip_prefix("usb").is_some_and(|n| n.bytes().all(|b| b.is_ascii_digit())))
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
    fn names_and_places_tell_disks_from_others() {
        for name in ["loop0", "ram12", "zram0", "dm-3", "md127", "sr0", "fd0", "nbd4"] {
            assert!(is_no_disk(name), "{name}");
        }
        for name in ["sda", "vda", "nvme0n1", "mmcblk0", "xvda", "sdb"] {
            assert!(!is_no_disk(name), "{name}");
        }
        assert!(is_behind_usb(
            "../devices/pci0000:00/0000:00:14.0/usb2/2-1/2-1:1.0/host4/target4:0:0/4:0:0:0/block/sdb"
        ));
        assert!(!is_behind_usb(
            "../devices/pci0000:00/0000:00:17.0/ata1/host0/target0:0:0/0:0:0:0/block/sda"
        ));
    }

    proptest! {
        #[test]
        fn no_page_makes_it_panic(page in prop::collection::vec(any::<u8>(), 0..64)) {
            let _ = unit_serial_page(&page);
        }
    }
}
