//! Where a device hangs in the tree of devices: what lies between it and the machine.

use super::super::choice::Rank;
use super::super::root::Root;

/// Most folders on the way from a device to the top that are looked at; a dock behind a dock has a dozen.
const DEEPEST: usize = 32;

/// A device's way through the tree, from the top.
pub(super) struct Place {
    parts: Vec<String>,
}

impl Place {
    /// The place of what `/sys/block` or `/sys/class/net` calls by this path; without parts where it is no link.
    pub(super) fn of(root: &Root<'_>, device: &str) -> Self {
        let link = root.link(device).unwrap_or_default();
        let parts = link.split('/').filter(|part| !matches!(*part, "" | "." | ".."));
        Self { parts: parts.map(str::to_owned).collect() }
    }

    /// Behind a USB port, or at FireWire.
    pub(super) fn is_at_a_plug(&self) -> bool {
        self.parts.iter().any(|part| is_numbered(part, "usb") || is_numbered(part, "fw"))
    }

    /// In a dock, a slot or another thing that the machine can be without: the kernel says so of the devices behind
    /// Thunderbolt's ports, by their `removable`, and Thunderbolt has a bus of its own for the network that it plays.
    pub(super) fn is_removable(&self, root: &Root<'_>) -> bool {
        let above =
            (1..=self.parts.len().min(DEEPEST)).map(|deep| format!("/sys/{}", self.parts[..deep].join("/")));
        self.parts.iter().any(|part| is_numbered(part, "domain"))
            || above.skip(1).any(|folder| says_removable(root, &folder))
    }

    /// A disk of another machine: Fibre Channel's ports and iSCSI's sessions.
    pub(super) fn is_remote(&self) -> bool {
        self.parts.iter().any(|part| part.starts_with("rport-") || is_numbered(part, "session"))
    }

    /// Made by a hypervisor or by a driver.
    pub(super) fn is_virtual(&self) -> bool {
        let made = |part: &String| {
            is_numbered(part, "virtio")
                || is_numbered(part, "pseudo_")
                || part.starts_with("vbd-")
                || part.starts_with("VMBUS")
        };
        self.parts.iter().any(made)
    }
}

/// Whether the folder of a device says that it can be taken out. A block device says 0 or 1 there, of its medium.
pub(super) fn says_removable(root: &Root<'_>, folder: &str) -> bool {
    root.text(&format!("{folder}/removable")).is_some_and(|said| said.is_ok_and(|said| said == "removable"))
}

/// How much a network card belongs to the machine, by the bus that it hangs on.
pub(super) fn rank_of_bus(bus: &str) -> Rank {
    match bus.rsplit('/').next().unwrap_or_default() {
        "usb" | "thunderbolt" | "pcmcia" => Rank::Removable,
        "virtio" | "vmbus" | "xen" => Rank::Virtual,
        _ => Rank::Physical,
    }
}

/// `usb2` for `usb`.
fn is_numbered(part: &str, word: &str) -> bool {
    part.strip_prefix(word).is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(path: &str) -> Place {
        Place { parts: path.split('/').skip(1).map(str::to_owned).collect() }
    }

    #[test]
    fn what_lies_between_a_disk_and_the_machine_is_told_by_its_place() {
        let sata = at("../devices/pci0000:00/0000:00:17.0/ata1/host0/target0:0:0/0:0:0:0/block/sda");
        assert!(!sata.is_at_a_plug() && !sata.is_remote() && !sata.is_virtual());
        let usb = "../devices/pci0000:00/0000:00:14.0/usb2/2-1/2-1:1.0/host4/target4:0:0/4:0:0:0/block/sdb";
        assert!(at(usb).is_at_a_plug());
        for remote in [
            "../devices/pci0000:80/0000:80:03.0/host5/rport-5:0-0/target5:0:0/5:0:0:1/block/sdc",
            "../devices/platform/host3/session1/target3:0:0/3:0:0:1/block/sdd",
        ] {
            assert!(at(remote).is_remote(), "{remote}");
        }
        for made in [
            "../devices/pci0000:00/0000:00:05.0/virtio2/block/vda",
            "../devices/vbd-51712/block/xvda",
            "../devices/pseudo_0/adapter0/host6/target6:0:0/6:0:0:0/block/sde",
        ] {
            assert!(at(made).is_virtual(), "{made}");
        }
    }
}
