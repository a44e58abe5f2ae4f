//! What shows that a process sees its host's own root, however much it is locked up: services, sandboxes.
//!
//! Sources: proc(5) for mountinfo; systemd.exec(5); what bubblewrap, firejail and Flatpak leave in a sandbox.

use super::container::{by_root, first_process};
use super::mounts::{Mount, MountedId, Mounts};
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
    let has_hosts_folders =
        made.is_some() && ["/usr", "/etc"].iter().all(|place| is_hosts_folder(mounts, place));
    // An image in a folder that was made the root is no host's, whatever sandbox it is in.
    let is_an_image = mounts.at("/").is_some_and(Mount::is_a_folder);
    root.exists("/.flatpak-info")
        || has_new_root
        || has_hosts_folders
        || !is_an_image && ["bwrap", "firejail"].contains(&first_process(root).as_str())
}

/// Whether a folder comes from the same place of a disk's file system: not from a folder that stands for a root, nor from
/// an image.
pub(super) fn is_hosts_folder(mounts: &Mounts, place: &str) -> bool {
    mounts.at(place).is_some_and(|mount| is_of_hosts_disk(mount, mounts) && mount.is_systems_own(place))
}

fn is_of_hosts_disk(mount: &Mount, mounts: &Mounts) -> bool {
    mount.is_on_a_disk() && !mount.is_an_image() && by_root(mount, mounts).is_none()
}

/// Whether the root lies in memory and the system's folders below it come out of one image: so do engines that mount what
/// the image holds, folder by folder.
pub(super) fn is_put_together_from_an_image(mounts: &Mounts) -> bool {
    let is_made = mounts.at("/").is_some_and(|mount| mount.kind == "tmpfs");
    let [usr, etc] = ["/usr", "/etc"].map(|place| mounts.at(place).filter(|mount| mount.from == place));
    is_made && usr.zip(etc).is_some_and(|(usr, etc)| usr.source == etc.source && usr.is_an_image())
}

/// Whether the root is what a machine starts from, with the devices of its start or the partition that it starts from
/// beside it, however this process came to see it.
pub(super) fn is_hosts_root(mounts: &Mounts) -> bool {
    let has_devices = mounts.at("/dev").is_some_and(|mount| mount.kind == "devtmpfs");
    let is_own =
        |mount: &Mount| (mount.is_whole() || mount.is_a_deployment()) && is_of_hosts_disk(mount, mounts);
    mounts.at("/").is_some_and(is_own) && (has_devices || has_start(mounts))
}

/// Whether the file that is mounted over the installation's id is the host's own: of the system that starts from a disk,
/// from the layers of a start, or from the share that the kernel was told.
pub(in crate::collect) fn mounted_id(root: &Root<'_>, mounts: &Mounts, path: &str) -> Option<MountedId> {
    const FILES: [&str; 2] = ["/etc/machine-id", "/var/lib/dbus/machine-id"];
    /// Where balenaOS, and NixOS with a root in memory, keep what lasts.
    const KEPT: [&str; 3] = ["/root-overlay", "/persist", "/nix/persist"];
    let mount = mounts.given_id(path)?;
    let is_own = |file: &str| {
        let is_kept = || KEPT.iter().any(|kept| mount.is_systems_own(&format!("{kept}{file}")));
        if mount.is_of_a_network() {
            return is_told_share(root, mount, file);
        }
        let lies_there = is_of_hosts_disk(mount, mounts) && (mount.is_systems_own(file) || is_kept());
        lies_there || mount.from == file && is_layers_of_a_start(mount, mounts)
    };
    Some(if FILES.into_iter().any(is_own) { MountedId::Hosts } else { MountedId::Given })
}

fn is_layers_of_a_start(mount: &Mount, mounts: &Mounts) -> bool {
    mount.has_layers_of_a_start() && by_root(mount, mounts).is_none()
}

/// Whether a file lies in the share from which the kernel was told to start.
fn is_told_share(root: &Root<'_>, mount: &Mount, file: &str) -> bool {
    let line = root.long_text("/proc/cmdline").unwrap_or_default();
    let server_path = mount.source.rsplit_once(':').map_or("", |(_, path)| path).trim_end_matches('/');
    let below = format!("{server_path}{}", mount.from);
    match Told::by(&line) {
        Told::Share(path) => {
            let told = format!("{}{file}", path.trim_end_matches('/'));
            mount.from == told || below == told
        }
        Told::SomeShare => mount.from == file,
        Told::Disk | Told::Nothing => false,
    }
}

/// Whether the root is one from which a machine starts, and beside it is what only that leaves: the partition that it
/// starts from, or the terminals of the first devices, to which others than the owner's have no way.
///
/// Engines give a container terminals of its own, which all may open (`ptmxmode=666`); locked up services keep the host's.
pub(super) fn is_started_from_disk(mounts: &Mounts) -> bool {
    mounts.at("/").is_some_and(|mount| can_be_started(mount, mounts))
        && if has_terminals(mounts) { has_first_terminals(mounts) } else { has_start(mounts) }
}

/// A disk's file system, flash memory, what a hypervisor shares, the layers of a start, or memory beside a store of
/// `NixOS`.
fn can_be_started(mount: &Mount, mounts: &Mounts) -> bool {
    const WHOLE: [&str; 7] = ["ubifs", "jffs2", "yaffs2", "logfs", "virtiofs", "9p", "virtfs"];
    let is_whole = mount.is_whole() || mount.is_a_deployment();
    let has_store =
        || ["/nix", "/nix/store"].iter().any(|place| mounts.at(place).is_some_and(Mount::is_on_a_disk));
    is_whole && (mount.is_on_a_disk() || WHOLE.contains(&mount.kind.as_str()))
        || mount.from == "/" && (mount.has_layers_of_a_start() || mount.kind == "tmpfs" && has_store())
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
