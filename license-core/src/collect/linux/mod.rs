//! Where Linux shows its hardware: `/sys`, and the installation's id in `/etc`.
//!
//! Sources: the kernel's `Documentation/ABI` (sysfs-class-net, sysfs-block) and machine-id(5).

mod adapters;
mod disks;
mod place;

use adapters::adapters;
use disks::disks;

use super::choice::Candidate;
use super::environment::{Cloud, Environment};
use super::environment_linux::{Mounts, look};
use super::fact::LeftOut;
use super::machine_id;
use super::root::{Presence, Root};
use crate::fingerprint::{Kind, Reading};

/// Most network cards, and most disks, that are looked at; only those made of hardware are counted. More than any machine
/// has: beyond it the system's names would decide.
const DEVICES: usize = 4096;

/// Everything that this machine shows, with which rights it was read, and what it is.
pub(super) fn candidates(root: &Root<'_>, privileged: bool) -> (Vec<Candidate>, Reading, Environment) {
    let mounts = Mounts::read(root);
    let environment = look(root, &mounts);
    let mut found = machine_id::candidates(root, &environment, &mounts);
    let firmware = firmware(root, privileged);
    let denied = firmware.iter().any(|c| c.value == Err(LeftOut::Unreadable));
    let hardware =
        adapters(root, &environment).into_iter().chain(disks(root, &environment)).chain(device_tree(root));
    let hardware = hardware.chain(firmware).chain(cloud(root, environment.cloud));
    if environment.container.is_none() || machine_id::is_hosts(root, &mounts) {
        found.extend(hardware);
    } else {
        found.extend(hardware.map(Candidate::of_a_container));
    }
    let reading = if privileged && !denied { Reading::Privileged } else { Reading::Unprivileged };
    (found, reading, environment)
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

/// Boards without SMBIOS tell their serial number to everybody.
fn device_tree(root: &Root<'_>) -> Option<Candidate> {
    let path = "/sys/firmware/devicetree/base/serial-number";
    // Most boards have none, so one that cannot be looked for is not worth a word.
    (root.presence(path) == Presence::There).then(|| read(root, Kind::Board, path)).flatten()
}

/// SMBIOS facts that only root can read; read only when asked for, even as root.
fn firmware(root: &Root<'_>, privileged: bool) -> Vec<Candidate> {
    [(Kind::Board, "/sys/class/dmi/id/board_serial"), (Kind::System, "/sys/class/dmi/id/product_uuid")]
        .into_iter()
        .filter_map(|(kind, path)| match (root.presence(path), privileged) {
            (Presence::There | Presence::Denied, true) => read(root, kind, path),
            (Presence::There, false) => Some(Candidate::new(kind, path, Err(LeftOut::NeedsPrivileges))),
            (Presence::Absent, _) | (Presence::Denied, false) => None,
        })
        .map(|candidate| Candidate { privileged: true, ..candidate })
        .collect()
}

/// Candidates up to the first that names the machine.
pub(super) fn first_usable(candidates: impl Iterator<Item = Candidate>) -> Vec<Candidate> {
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
