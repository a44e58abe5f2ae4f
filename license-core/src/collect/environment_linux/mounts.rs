//! Where things are mounted and from what.
//!
//! Source: proc(5), `/proc/pid/mountinfo`.

use crate::collect::root::Root;

/// The mounts that this process sees, in their order.
pub(in crate::collect) struct Mounts(Vec<Mount>);

/// The fields of one mount that matter here.
pub(super) struct Mount {
    /// The number of the mount that it lies on; of the first of all it is 1.
    pub(super) on: u64,
    /// Which part of the file system.
    pub(super) from: String,
    pub(super) at: String,
    pub(super) kind: String,
    /// The device, or what the file system has in its place.
    pub(super) source: String,
    /// The file system's own options: of a layered one, where its layers lie.
    pub(super) options: String,
}

/// What is mounted over the installation's id.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::collect) enum MountedId {
    /// The host's own file: the container is to stand for its host.
    Hosts,
    /// Another file that somebody gave it.
    Given,
}

/// What holds a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::collect) enum Keeper {
    /// Something that lasts, as far as is known.
    Disk,
    /// Memory: whatever is written there is gone at the next start.
    Memory,
    /// An image that is only read, the same wherever it is started.
    Image,
}

const MEMORY: [&str; 4] = ["tmpfs", "ramfs", "rootfs", "devtmpfs"];
const IMAGES: [&str; 5] = ["squashfs", "iso9660", "erofs", "cramfs", "romfs"];
const LAYERED: [&str; 3] = ["overlay", "overlayfs", "fuse.unionfs"];
/// Where systems put the upper layer while they start, out of sight later: in memory unless they are told otherwise.
const OF_LIVE_SYSTEMS: [&str; 3] = ["/run/", "/cow/", "/dev/shm/"];

impl Mounts {
    pub(in crate::collect) fn read(root: &Root<'_>) -> Self {
        let text = root.long_text("/proc/self/mountinfo").unwrap_or_default();
        let mounts = text.lines().filter_map(|line| {
            let (before, after) = line.split_once(" - ")?;
            let mut before = before.split(' ').skip(1);
            let on = before.next()?.parse().unwrap_or_default();
            let mut before = before.skip(1);
            let (from, at) = (before.next()?.to_owned(), before.next()?.to_owned());
            let mut after = after.split(' ').map(str::to_owned);
            let (kind, source) = (after.next()?, after.next().unwrap_or_default());
            Some(Mount { on, from, at, kind, source, options: after.next().unwrap_or_default() })
        });
        Self(mounts.collect())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &Mount> {
        self.0.iter()
    }

    /// The last one at a place hides the others.
    pub(super) fn at(&self, place: &str) -> Option<&Mount> {
        self.0.iter().rev().find(|mount| mount.at == place)
    }

    /// The mount that holds a path without links.
    fn holding(&self, path: &str) -> Option<&Mount> {
        let holds = |place: &str| {
            let rest = path.strip_prefix(place.trim_end_matches('/'));
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        // Of two at the same place, the later one.
        self.0
            .iter()
            .filter(|mount| holds(&mount.at))
            .max_by_key(|mount| mount.at.trim_end_matches('/').len())
    }

    /// What holds the file at a path without links. `persists` is whether the system was told, as it started, to keep
    /// what is written into a layer that is out of sight.
    pub(in crate::collect) fn keeper(&self, path: &str, persists: bool) -> Keeper {
        // No system keeps these on its root's disk, even where the mount is out of sight.
        let by_name = ["/run/", "/var/run/", "/dev/shm/"].iter().any(|place| path.starts_with(place));
        let Some(mount) = self.holding(path).filter(|mount| mount.at != "/" || !by_name) else {
            return if by_name { Keeper::Memory } else { Keeper::Disk };
        };
        let kind = mount.kind.as_str();
        if mount.is_memory() {
            return Keeper::Memory;
        }
        if IMAGES.contains(&kind) {
            return Keeper::Image;
        }
        if !mount.is_layered() {
            return Keeper::Disk;
        }
        let Some(upper) = mount.option("upperdir") else { return Keeper::Disk };
        let in_memory = match self.holding(upper).filter(|holder| !std::ptr::eq(*holder, mount)) {
            Some(holder) if holder.at != "/" => holder.is_memory(),
            _ => !persists && OF_LIVE_SYSTEMS.iter().any(|place| upper.starts_with(place)),
        };
        if in_memory { Keeper::Memory } else { Keeper::Disk }
    }

    /// The mount of an id that somebody gave from outside. What lies in memory is made anew at each start, not given.
    pub(super) fn given_id(&self, path: &str) -> Option<&Mount> {
        self.at(path).filter(|mount| !mount.is_memory())
    }

    /// How many of the files are mounted that every engine mounts over those of the image.
    pub(super) fn engines_files(&self) -> usize {
        ["/etc/hosts", "/etc/hostname", "/etc/resolv.conf"]
            .iter()
            .filter(|file| self.at(file).is_some())
            .count()
    }
}

impl Mount {
    /// Whether it is gone at the next start: a file system in memory, or on a disk in memory.
    fn is_memory(&self) -> bool {
        let disks = ["/dev/ram", "/dev/zram"];
        MEMORY.contains(&self.kind.as_str()) || disks.iter().any(|disk| self.source.starts_with(disk))
    }

    /// Whether it is a file system's own root or a whole subvolume, and no folder inside of it.
    pub(super) fn is_whole(&self) -> bool {
        self.from == "/" || self.option("subvol") == Some(&self.from)
    }

    /// The place inside of its subvolume, or of the whole file system where there is none.
    fn inside(&self) -> &str {
        let subvolume = self.option("subvol").unwrap_or("/").trim_end_matches('/');
        let rest = self.from.strip_prefix(subvolume);
        rest.filter(|rest| rest.is_empty() || rest.starts_with('/')).unwrap_or(&self.from)
    }

    /// Whether it is what a system that starts from this file system has at this place.
    pub(super) fn is_systems_own(&self, place: &str) -> bool {
        self.inside() == place || below_a_deployment(self.inside()) == Some(place)
    }

    /// Whether it lies on a disk or in a pool of disks, and is no layers and no memory.
    pub(super) fn is_on_a_disk(&self) -> bool {
        self.kind == "zfs" || self.kind == "bcachefs" || self.source.starts_with("/dev/")
    }

    /// Whether it comes out of a file that holds a file system, or of one that is only read.
    pub(super) fn is_an_image(&self) -> bool {
        IMAGES.contains(&self.kind.as_str()) || self.source.starts_with("/dev/loop")
    }

    /// Whether it is a folder inside of a file system, whatever kind that is, and no deployment of a host's that is made
    /// so.
    pub(super) fn is_a_folder(&self) -> bool {
        !self.is_whole() && !self.is_a_deployment()
    }

    /// Whether it is a folder from which an ostree starts its host.
    pub(super) fn is_a_deployment(&self) -> bool {
        below_a_deployment(self.inside()) == Some("")
    }

    /// Whether it is layers.
    pub(super) fn is_layered(&self) -> bool {
        LAYERED.contains(&self.kind.as_str())
    }

    /// The folders of its layers.
    pub(super) fn layers(&self) -> impl Iterator<Item = &str> {
        let named = ["lowerdir", "upperdir", "workdir"].into_iter().filter_map(|name| self.option(name));
        named.flat_map(|dirs| dirs.split(':')).filter(|dir| !dir.is_empty())
    }

    /// Whether its layers are those that the start of a host puts together: ostree with composefs, overlayroot, OpenWrt,
    /// live systems.
    pub(super) fn has_layers_of_a_start(&self) -> bool {
        const PLACES: [&str; 15] = [
            "/run/ostree/",
            "/sysroot/",
            "/media/root-ro",
            "/media/root-rw",
            "/run/rootfsbase",
            "/run/overlayfs",
            "/run/ovlwork",
            "/run/initramfs/",
            "/run/live/",
            "/run/archiso/",
            "/cow/",
            "/overlay/",
            "/rom",
            "/lower",
            "/upper/",
        ];
        let is_of_a_start = |dir: &str| {
            dir == "/"
                || PLACES.iter().any(|place| dir.starts_with(place))
                || dir.ends_with(".squashfs") && dir.rfind('/') == Some(0)
        };
        self.is_layered()
            && !self.has_flag("userxattr")
            && self.layers().next().is_some()
            && self.layers().all(is_of_a_start)
    }

    /// Whether a server holds it.
    pub(super) fn is_of_a_network(&self) -> bool {
        ["nfs", "nfs4", "cifs", "ceph", "lustre", "beegfs", "gpfs", "panfs", "glusterfs", "fuse.glusterfs"]
            .contains(&self.kind.as_str())
    }

    /// Whether a program of a user's answers for it, as for an image that is unpacked while it is read.
    pub(super) fn is_of_a_program(&self) -> bool {
        self.kind == "fuse" || self.kind.starts_with("fuse.") && !self.is_layered()
    }

    /// Whether it has an option without a value.
    pub(super) fn has_flag(&self, name: &str) -> bool {
        self.options.split(',').any(|option| option == name)
    }

    /// An option's value.
    pub(super) fn option(&self, name: &str) -> Option<&str> {
        self.options.split(',').find_map(|option| option.strip_prefix(name)?.strip_prefix('='))
    }
}

/// What follows on `/ostree/deploy/<system>/deploy/<checksum>.<number>`.
fn below_a_deployment(place: &str) -> Option<&str> {
    let (_, rest) = place.strip_prefix("/ostree/deploy/")?.split_once('/')?;
    let rest = rest.strip_prefix("deploy/")?;
    let (name, below) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let (checksum, number) = name.rsplit_once('.')?;
    let is_one =
        checksum.bytes().all(|b| b.is_ascii_hexdigit()) && number.bytes().all(|b| b.is_ascii_digit());
    is_one.then_some(below)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mounts(lines: &[&str]) -> Mounts {
        let folder = tempfile::tempdir().unwrap();
        let proc = folder.path().join("proc/self");
        std::fs::create_dir_all(&proc).unwrap();
        std::fs::write(proc.join("mountinfo"), lines.join("\n")).unwrap();
        Mounts::read(&Root::Folder(folder.path()))
    }

    #[test]
    fn the_longest_place_holds_a_path_and_of_two_the_later() {
        let mounts = mounts(&[
            "1 1 0:2 / / rw - rootfs rootfs rw",
            "26 1 8:2 / / rw - ext4 /dev/sda2 rw",
            "27 26 0:20 / /etc rw - tmpfs tmpfs rw",
            "28 27 8:3 /etc/machine-id /etc/machine-id rw - ext4 /dev/sda3 rw",
        ]);
        assert_eq!(mounts.keeper("/usr/x", false), Keeper::Disk);
        assert_eq!(mounts.keeper("/etc/hostname", false), Keeper::Memory);
        assert_eq!(mounts.keeper("/etc/machine-id", false), Keeper::Disk);
        assert_eq!(mounts.keeper("/etcetera", false), Keeper::Disk);
    }

    #[test]
    fn an_upper_layer_lasts_as_long_as_what_holds_it() {
        for (lines, persists, keeper) in [
            (
                &[
                    "1 0 0:9 / / rw - overlay o rw,lowerdir=/l,upperdir=/media/rw/up",
                    "2 1 0:8 / /media/rw rw - tmpfs t rw",
                ][..],
                false,
                Keeper::Memory,
            ),
            (
                &[
                    "1 0 0:9 / / rw - overlay o rw,lowerdir=/l,upperdir=/media/rw/up",
                    "2 1 8:3 / /media/rw rw - ext4 /dev/sda3 rw",
                ],
                false,
                Keeper::Disk,
            ),
            (
                &["1 0 0:9 / / rw - overlay /cow rw,lowerdir=/f.squashfs,upperdir=/cow/upper"],
                false,
                Keeper::Memory,
            ),
            (
                &["1 0 0:9 / / rw - overlay /cow rw,lowerdir=/f.squashfs,upperdir=/cow/upper"],
                true,
                Keeper::Disk,
            ),
            (&["1 0 0:9 / / rw - overlay /cow rw,lowerdir=/f.squashfs"], false, Keeper::Disk),
            (
                &[
                    "1 0 0:9 / / ro - overlay composefs ro,lowerdir=/run/ostree/cfs::/sysroot/ostree/repo/objects",
                    "2 1 8:3 /ostree/deploy/fedora/deploy/a.0/etc /etc rw - xfs /dev/sda3 rw",
                ],
                false,
                Keeper::Disk,
            ),
            (&["1 0 7:0 / / ro - squashfs /dev/loop0 ro"], false, Keeper::Image),
            (&["1 0 253:0 / / rw - ext4 /dev/zram1 rw"], false, Keeper::Memory),
            (&[], false, Keeper::Disk),
        ] {
            assert_eq!(mounts(lines).keeper("/etc/machine-id", persists), keeper, "{lines:?}");
        }
        assert_eq!(mounts(&[]).keeper("/run/machine-id", false), Keeper::Memory);
        let root = mounts(&["26 1 8:2 / / rw - ext4 /dev/sda2 rw"]);
        assert_eq!(root.keeper("/run/machine-id", false), Keeper::Memory);
    }
}
