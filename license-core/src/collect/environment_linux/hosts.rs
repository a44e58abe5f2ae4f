//! What shows that a process sees its host's own root, however much it is locked up: services, sandboxes.
//!
//! Sources: proc(5) for mountinfo; systemd.exec(5); what bubblewrap, firejail and Flatpak leave in a sandbox.

use super::container::first_process;
use super::mounts::{Mount, Mounts};
use crate::collect::root::Root;

/// Whether the root lies on the very first mount: only the system's own start mounts there. A service that has mounts of
/// its own, a container and a change of root do not show it.
pub(super) fn is_in_first_mounts(mounts: &Mounts) -> bool {
    mounts.at("/").is_some_and(|root| root.on == 1)
}

/// Flatpak, bubblewrap, firejail, Steam's runtime; snaps share their host's namespaces anyway.
pub(super) fn is_sandbox(root: &Root<'_>, mounts: &Mounts) -> bool {
    let made = mounts.at("/").filter(|mount| mount.kind == "tmpfs");
    let has_new_root = made.is_some_and(|mount| mount.from == "/newroot");
    let has_hosts_folders = made.is_some() && ["/usr", "/etc"].iter().all(|place| is_hosts(mounts, place));
    root.exists("/.flatpak-info")
        || has_new_root
        || has_hosts_folders
        || ["bwrap", "firejail"].contains(&first_process(root).as_str())
}

/// Whether a folder comes from the same place of a disk's file system: not from a folder that stands for a root.
fn is_hosts(mounts: &Mounts, place: &str) -> bool {
    let is_own = |mount: &Mount| {
        let subvolume = mount.option("subvol").unwrap_or("/").trim_end_matches('/');
        mount.is_on_a_disk() && mount.from.strip_prefix(subvolume) == Some(place)
    };
    mounts.at(place).is_some_and(is_own)
}

/// Whether the root is a whole file system on a disk, and beside it is what only the start of a machine leaves: the
/// partition that it starts from, or the terminals of the first devices, to which others than the owner's have no way.
///
/// Engines give a container terminals of its own, which all may open (`ptmxmode=666`); locked up services keep the host's.
pub(super) fn is_started_from_disk(mounts: &Mounts) -> bool {
    let terminals = mounts.at("/dev/pts").and_then(|pts| pts.option("ptmxmode"));
    let starts = ["/boot", "/boot/efi", "/boot/firmware", "/efi"];
    let has_start = || starts.iter().any(|place| mounts.at(place).is_some_and(is_partition));
    mounts.at("/").is_some_and(|root| root.is_on_a_disk() && root.is_whole())
        && match terminals {
            Some(mode) => mode == "000",
            None => has_start(),
        }
}

/// A file system as a whole, by a disk's name; under some hosts it is mounted when somebody looks.
fn is_partition(mount: &Mount) -> bool {
    mount.kind == "autofs" || mount.is_on_a_disk() && mount.is_whole()
}
