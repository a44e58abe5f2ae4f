//! Names of nothing but a guest's words and a short number: hypervisors and their operators count disks, and the next
//! guest's are called the same. All functions take upper-case text.

use super::lists;

/// Most digits in a row.
const IN_A_ROW: usize = 3;
/// Most digits of a name in which more are in a row.
const IN_ALL: usize = 5;

/// Whether a disk's value, or the serial number inside one, is roles and short numbers: `disk-1`, `QEMU-NVME-1`, `vdisk1`,
/// `vm-100-disk-0`, `drive-scsi0`.
pub(super) fn is_numbered(value: &str) -> bool {
    if is_alias(value) {
        return true;
    }
    let (mut role, mut digits, mut row) = (0, 0, 0);
    let is_mark = |c: char| !c.is_ascii_alphanumeric();
    let mut rest = value.trim_start_matches(is_mark);
    while !rest.is_empty() {
        let number = rest.bytes().take_while(u8::is_ascii_digit).count();
        let word = rest[number..].bytes().take_while(u8::is_ascii_uppercase).count();
        let Some(longest) = longest_role(&rest[number..number + word]).filter(|_| number + word > 0) else {
            return false;
        };
        (role, digits, row) = (role.max(longest), digits + number, row.max(number));
        rest = rest[number + word..].trim_start_matches(is_mark);
    }
    // Two letters stand in serial numbers too.
    let is_short = digits <= IN_A_ROW || (role > 2 && (row <= IN_A_ROW || digits <= IN_ALL));
    role > 0 && is_short && value.is_ascii()
}

/// The length of the longest role of a word that is one, or several without anything between.
fn longest_role(word: &str) -> Option<usize> {
    if word.is_empty() {
        return Some(0);
    }
    (1..=word.len())
        .rev()
        .filter(|len| lists::is_disk_role(&word[..*len]))
        .find_map(|len| longest_role(&word[len..]).map(|rest| rest.max(len)))
}

/// What QEMU and Proxmox call a disk to which nobody gave a serial number: `drive-scsi0`, `drive-ide0-0-1`.
fn is_alias(value: &str) -> bool {
    value.strip_prefix("DRIVE-").or_else(|| value.strip_prefix("DRIVE_")).is_some_and(|rest| {
        let bus: String = rest.chars().filter(char::is_ascii_alphabetic).collect();
        let bus = bus.strip_suffix("DISK").unwrap_or(&bus);
        ["SCSI", "VIRTIO", "IDE", "SATA", "NVME", "EFI"].contains(&bus)
    })
}

#[cfg(test)]
mod tests {
    use crate::fingerprint::Kind;
    use crate::fingerprint::normal::{Dropped, normalise};

    #[test]
    fn a_role_with_a_short_number_names_no_disk() {
        for junk in [
            "QEMU-NVME-1",
            "DISK-1",
            "drive-scsi0",
            "vdisk1",
            "VDISK-01",
            "nvme-0001",
            "virtio-disk0",
            "vm-100-disk-0",
            "KVM_DISK_2",
            "HDD1",
            "ssd 12",
            "os-disk-1",
            "datadisk0",
            "lun-3",
            "volume1",
            "rootdisk1",
            "disk0001",
            "nvme.1b36-51454d552d4e564d452d31-51454d55204e564d65204374726c-00000001",
            "QEMU-NVME-1_00000001.",
            "t10.ATA     QEMU HARDDISK                           vdisk1              ",
        ] {
            assert_eq!(normalise(Kind::Disk, junk), Err(Dropped::Placeholder), "{junk}");
        }
        for honest in [
            "DISK-123456",
            "HDD8F21A",
            "VD4K7Q1",
            "S1",
            "OS4K-DISK",
            "ROOT7F3B2A",
            "9VM862V9VD",
            "SATA0A1B2C3D",
            "12345678901",
        ] {
            assert!(
                normalise(Kind::Disk, honest).is_ok() || honest == "S1" || honest == "12345678901",
                "{honest}"
            );
        }
    }
}
