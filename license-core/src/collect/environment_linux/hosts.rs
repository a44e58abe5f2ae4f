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
    // An image in a folder that was made the root is no host's, whatever sandbox it is in.
    let is_an_image = mounts.at("/").is_some_and(Mount::is_a_folder);
    root.exists("/.flatpak-info")
        || has_new_root
        || has_hosts_folders
        || !is_an_image && ["bwrap", "firejail"].contains(&first_process(root).as_str())
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
    mounts.at("/").is_some_and(|root| root.is_on_a_disk() && (root.is_whole() || root.is_a_deployment()))
        && if has_terminals(mounts) { has_first_terminals(mounts) } else { has_start(mounts) }
}

fn has_terminals(mounts: &Mounts) -> bool {
    mounts.at("/dev/pts").and_then(|pts| pts.option("ptmxmode")).is_some()
}

/// Whether the terminals are those of the machine's start.
pub(super) fn has_first_terminals(mounts: &Mounts) -> bool {
    mounts.at("/dev/pts").and_then(|pts| pts.option("ptmxmode")) == Some("000")
}

/// Whether devices are others than the host's.
pub(super) fn has_own_devices(mounts: &Mounts) -> bool {
    mounts.at("/dev").is_some_and(|mount| mount.kind == "tmpfs")
}

/// Whether the partition is mounted that the machine starts from.
pub(super) fn has_start(mounts: &Mounts) -> bool {
    let starts = ["/boot", "/boot/efi", "/boot/firmware", "/efi"];
    starts.iter().any(|place| mounts.at(place).is_some_and(is_partition))
}

/// Whether the root is the share that the machine was started from: its kernel was told so, or, where that is out of
/// sight, the service's terminals are those of the machine's start, within devices of its own.
///
/// Sources: the kernel's `nfsroot.rst`; dracut.cmdline(7).
pub(super) fn is_started_from_network(root: &Root<'_>, mounts: &Mounts) -> bool {
    let Some(mount) = mounts.at("/").filter(|mount| mount.is_of_a_network()) else { return false };
    let line = root.long_text("/proc/cmdline").unwrap_or_default();
    let told = Told::by(&line);
    let server_path = mount.source.rsplit_once(':').map_or("", |(_, path)| path).trim_end_matches('/');
    let below = format!("{server_path}{}", mount.from);
    let is_named = |path: &str| {
        let path = path.trim_end_matches('/');
        [mount.from.as_str(), server_path, &below].iter().any(|shown| shown.trim_end_matches('/') == path)
    };
    match told {
        Told::Share(path) => is_named(path),
        Told::SomeShare => mount.from == "/" || mount.from.trim_end_matches('/') == server_path,
        Told::Disk => false,
        Told::Nothing => has_first_terminals(mounts) && has_own_devices(mounts),
    }
}

/// From where a kernel was told to start.
enum Told<'a> {
    /// A path on a server.
    Share(&'a str),
    /// A share that the network names.
    SomeShare,
    Disk,
    /// Out of sight, or left to the firmware.
    Nothing,
}

impl<'a> Told<'a> {
    fn by(line: &'a str) -> Self {
        let value = |name: &str| {
            line.split_ascii_whitespace().rev().find_map(|word| word.strip_prefix(name)?.strip_prefix('='))
        };
        let place = value("root").unwrap_or_default();
        let share = ["nfs:", "nfs4:", "nfs"].iter().find_map(|kind| place.strip_prefix(kind));
        let is_share = share.is_some() || ["/dev/nfs", "dhcp", "dhcp6"].contains(&place);
        let named = value("nfsroot").or_else(|| value("netroot")).or(share.filter(|rest| !rest.is_empty()));
        let named = named.or_else(|| place.contains(":/").then_some(place));
        // `[server:]path[,options]`, and dracut's `path:options`.
        let path = named.and_then(|named| named[named.find('/')?..].split([',', ':']).next());
        match path {
            Some(path) => Self::Share(path),
            None if is_share || named.is_some() => Self::SomeShare,
            None if place.is_empty() => Self::Nothing,
            None => Self::Disk,
        }
    }
}

/// A file system as a whole, by a disk's name; under some hosts it is mounted when somebody looks.
fn is_partition(mount: &Mount) -> bool {
    mount.kind == "autofs" || mount.is_on_a_disk() && mount.is_whole()
}
