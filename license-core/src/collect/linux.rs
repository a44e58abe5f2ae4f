//! Where Linux shows its hardware: `/sys`, and the installation's id in `/etc`.
//!
//! Sources: the kernel's `Documentation/ABI` (sysfs-class-net, sysfs-block) and machine-id(5).

use super::choice::Candidate;
use super::environment::{Cloud, Container, Environment, Platform};
use super::environment_linux::{MountedId, Mounts, look};
use super::fact::LeftOut;
use super::parse;
use super::root::Root;
use crate::fingerprint::{Kind, Reading};

/// Most network cards, and most disks, that are looked at; only those made of hardware are counted.
const DEVICES: usize = 64;
/// Most virtual adapters that are named in a report.
const VIRTUAL: usize = 16;

/// Everything that this machine shows, with which rights it was read, and what it is.
pub(super) fn candidates(root: &Root<'_>, privileged: bool) -> (Vec<Candidate>, Reading, Environment) {
    let mounts = Mounts::read(root);
    let environment = look(root, &mounts);
    let mut found = machine_id(root, &environment, &mounts);
    let firmware = firmware(root, privileged);
    let denied = firmware.iter().any(|c| c.value == Err(LeftOut::Unreadable));
    let hardware = adapters(root).into_iter().chain(disks(root, &environment)).chain(device_tree(root));
    let hardware = hardware.chain(firmware).chain(cloud(root, environment.cloud));
    if environment.container.is_none() || stands_for_its_host(&mounts) {
        found.extend(hardware);
    } else {
        found.extend(hardware.map(Candidate::of_a_container));
    }
    let reading = if privileged && !denied { Reading::Privileged } else { Reading::Unprivileged };
    (found, reading, environment)
}

const MACHINE_ID: [&str; 2] = ["/etc/machine-id", "/var/lib/dbus/machine-id"];

/// The installation's id. Inside a container it mostly comes out of the image, the same in each of its containers, so
/// it counts only where the container keeps a system of its own or somebody mounted the file.
fn machine_id(root: &Root<'_>, environment: &Environment, mounts: &Mounts) -> Vec<Candidate> {
    let is_own = environment.container.is_none_or(Container::keeps_a_system);
    let files = MACHINE_ID.into_iter().filter_map(|path| {
        let candidate = read(root, Kind::Os, path)?;
        Some(if is_own || mounts.machine_id(path).is_some() { candidate } else { candidate.of_a_container() })
    });
    first_usable(files)
}

/// Somebody gave it the host's id: only then is the hardware that a container sees its own. Otherwise pods move, and
/// many share a host.
fn stands_for_its_host(mounts: &Mounts) -> bool {
    MACHINE_ID.iter().any(|path| mounts.machine_id(path) == Some(MountedId::Hosts))
}

/// The id that a cloud gave this instance, where the machine shows it without being asked over the network.
///
/// Amazon writes it into the firmware; cloud-init keeps what the others' metadata said.
fn cloud(root: &Root<'_>, cloud: Option<Cloud>) -> Vec<Candidate> {
    let tag = (cloud == Some(Cloud::Aws))
        .then(|| read(root, Kind::Cloud, "/sys/class/dmi/id/board_asset_tag"))
        .flatten()
        .filter(|tag| tag.value.as_ref().is_ok_and(|tag| tag.starts_with("i-")));
    let kept = std::iter::once_with(|| read(root, Kind::Cloud, "/var/lib/cloud/data/instance-id")).flatten();
    let kept = kept.map(|kept| match &kept.value {
        // Chosen by cloud-init itself or by whoever made the image.
        Ok(id) if id.starts_with("iid-") => Candidate { value: Err(LeftOut::Placeholder), ..kept },
        Ok(_) if cloud.is_none() => Candidate { value: Err(LeftOut::NoCloud), ..kept },
        _ => kept,
    });
    first_usable(tag.into_iter().chain(kept))
}

/// The permanent addresses of network cards; virtual ones are named without being read.
fn adapters(root: &Root<'_>) -> Vec<Candidate> {
    let (hardware, software): (Vec<_>, Vec<_>) = root
        .names("/sys/class/net")
        .unwrap_or_default()
        .into_iter()
        .map(|name| format!("/sys/class/net/{name}"))
        .partition(|card| root.exists(&format!("{card}/device")));
    let virtual_ones = software.into_iter().filter(|card| !card.ends_with("/lo")).take(VIRTUAL);
    let virtual_ones = virtual_ones.map(|card| Candidate::new(Kind::Mac, card, Err(LeftOut::VirtualAdapter)));
    hardware.iter().take(DEVICES).filter_map(|card| adapter(root, card)).chain(virtual_ones).collect()
}

fn adapter(root: &Root<'_>, card: &str) -> Option<Candidate> {
    // 1 is Ethernet, which Wi-Fi counts as: ARPHRD_ETHER in the kernel's if_arp.h.
    if number(root, &format!("{card}/type")) != Some(1) {
        return None;
    }
    let spare = root.link(&format!("{card}/device/subsystem")).is_some_and(|bus| bus.ends_with("/usb"));
    // A card's share of its ports that a hypervisor hands to guests.
    if root.exists(&format!("{card}/device/physfn")) {
        return Some(Candidate::new(Kind::Mac, card, Err(LeftOut::VirtualAdapter)));
    }
    // A bonded card wears its bond's address and a radio may wear a random one; these keep the maker's.
    let permanent = ["bonding_slave/perm_hwaddr", "phy80211/macaddress"];
    let permanent = permanent.iter().find_map(|file| read(root, Kind::Mac, &format!("{card}/{file}")));
    let candidate = permanent.or_else(|| {
        let found = read(root, Kind::Mac, &format!("{card}/address"))?;
        // 0 is permanent; random, stolen and set follow. Some hypervisors call a made-up address permanent, so the
        // address itself is judged as well.
        let permanent = number(root, &format!("{card}/addr_assign_type")) == Some(0);
        let value = if permanent { found.value } else { found.normalised().and(Err(LeftOut::SetBySoftware)) };
        Some(Candidate { value, ..found })
    });
    candidate.map(|candidate| Candidate { spare, ..candidate })
}

/// One identity for each built-in disk: its world-wide name if it has one, otherwise its serial number.
fn disks(root: &Root<'_>, environment: &Environment) -> Vec<Candidate> {
    let disks =
        root.names("/sys/block").unwrap_or_default().into_iter().filter(|name| !parse::is_no_disk(name));
    let disks =
        disks.map(|name| format!("/sys/block/{name}")).filter(|disk| root.exists(&format!("{disk}/device")));
    let disks = disks.take(DEVICES);
    // Windows brings the same disk along everywhere; Google shows a name that customers choose, or one for all.
    let has_shared_names = matches!(environment.platform, Platform::Wsl1 | Platform::Wsl2)
        || environment.cloud == Some(Cloud::Google);
    if has_shared_names {
        return disks.map(|disk| Candidate::new(Kind::Disk, disk, Err(LeftOut::VirtualDisk))).collect();
    }
    disks.flat_map(|disk| disk_identity(root, &disk)).collect()
}

fn disk_identity(root: &Root<'_>, disk: &str) -> Vec<Candidate> {
    let behind_usb = root.link(disk).is_some_and(|place| parse::is_behind_usb(&place));
    if behind_usb || number(root, &format!("{disk}/removable")) == Some(1) {
        return vec![Candidate::new(Kind::Disk, disk, Err(LeftOut::RemovableDisk))];
    }
    let files = ["wwid", "device/wwid", "device/cid", "device/serial", "serial"];
    let files = files.into_iter().filter_map(|file| read(root, Kind::Disk, &format!("{disk}/{file}")));
    let page = std::iter::once_with(|| serial_page(root, format!("{disk}/device/vpd_pg80"))).flatten();
    let found = first_usable(files.chain(page));
    if found.is_empty() {
        return vec![Candidate::new(Kind::Disk, disk, Err(LeftOut::NotAvailable))];
    }
    found
}

fn serial_page(root: &Root<'_>, path: String) -> Option<Candidate> {
    let serial = root.bytes(&path)?.and_then(|page| parse::unit_serial_page(&page).ok_or(LeftOut::WrongForm));
    Some(Candidate::new(Kind::Disk, path, serial))
}

/// Boards without SMBIOS tell their serial number to everybody.
fn device_tree(root: &Root<'_>) -> Option<Candidate> {
    read(root, Kind::Board, "/sys/firmware/devicetree/base/serial-number")
}

/// SMBIOS facts that only root can read; read only when asked for, even as root.
fn firmware(root: &Root<'_>, privileged: bool) -> Vec<Candidate> {
    [(Kind::Board, "/sys/class/dmi/id/board_serial"), (Kind::System, "/sys/class/dmi/id/product_uuid")]
        .into_iter()
        .filter(|(_, path)| root.exists(path))
        .filter_map(|(kind, path)| match privileged {
            true => read(root, kind, path),
            false => Some(Candidate::new(kind, path, Err(LeftOut::NeedsPrivileges))),
        })
        .map(|candidate| Candidate { privileged: true, ..candidate })
        .collect()
}

/// Candidates up to the first that names the machine.
fn first_usable(candidates: impl Iterator<Item = Candidate>) -> Vec<Candidate> {
    let mut tried = Vec::new();
    for candidate in candidates {
        let usable = candidate.normalised().is_ok();
        tried.push(candidate);
        if usable {
            break;
        }
    }
    tried
}

fn read(root: &Root<'_>, kind: Kind, path: &str) -> Option<Candidate> {
    root.text(path).map(|value| Candidate::new(kind, path, value))
}

fn number(root: &Root<'_>, path: &str) -> Option<u32> {
    root.text(path)?.ok()?.parse().ok()
}
