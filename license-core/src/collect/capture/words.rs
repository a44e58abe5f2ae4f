//! Words that name no machine, and so stand in a capture as they were read.

/// Whether a run of letters and digits, in lower case, is one that systems, engines and makers of them use, or a number
/// or a device of the kernel's.
pub(super) fn is_common(run: &str) -> bool {
    let word = run.trim_matches(|c: char| c.is_ascii_digit());
    let is_word = run.len() - word.len() <= 4 && WORDS.binary_search(&word).is_ok();
    is_word || WORDS.binary_search(&run).is_ok() || is_short_number(run) || is_device(run) || run.len() == 1
}

/// A count, a size, a permission: too short to name anything.
fn is_short_number(run: &str) -> bool {
    let digits = run.trim_end_matches(['k', 'm', 'g']);
    digits.len() <= 4 && !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit())
}

/// `sda1`, `nvme0n1p2`, `md127`, `eth0`, `session1`: a kernel's word with short numbers.
fn is_device(run: &str) -> bool {
    let letters = run.trim_end_matches(|c: char| c.is_ascii_digit());
    let numbered = |words: &[&str]| run.len() - letters.len() <= 3 && words.contains(&letters);
    let disk = ["sd", "hd", "vd", "xvd"]
        .iter()
        .filter_map(|kind| letters.strip_prefix(kind))
        .any(|rest| (1..=2).contains(&rest.len()) && rest.bytes().all(|b| b.is_ascii_lowercase()));
    let parts = ["nvme", "mmcblk"].iter().filter_map(|kind| run.strip_prefix(kind)).any(|rest| {
        rest.len() <= 10
            && rest
                .bytes()
                .all(|b| b.is_ascii_digit() || matches!(b, b'n' | b'p' | b'c' | b'b' | b'o' | b't' | b's'))
    });
    (disk && run.len() - letters.len() <= 3) || parts || numbered(NUMBERED)
}

/// The beginnings of names that systems and tools give to network interfaces.
pub(super) const INTERFACES: &[&str] = &[
    "ap",
    "bond",
    "bonding_masters",
    "br",
    "br-lan",
    "bridge",
    "cali",
    "can",
    "cilium",
    "cni",
    "docker",
    "dummy",
    "end",
    "eno",
    "enp",
    "ens",
    "enx",
    "eth",
    "flannel",
    "fwbr",
    "fwln",
    "fwpr",
    "gre",
    "host",
    "hsr",
    "ib",
    "idrac",
    "ifb",
    "ip6tnl",
    "ipvlan",
    "kube-ipvs",
    "l4tbr",
    "lan",
    "lo",
    "loopback",
    "lxcbr",
    "lxdbr",
    "macvlan",
    "macvtap",
    "mgmt",
    "mlan",
    "nodelocaldns",
    "p2p-dev-wlp",
    "podman",
    "rndis",
    "sit",
    "tailscale",
    "tap",
    "team",
    "thunderbolt",
    "tun",
    "tunl",
    "uap",
    "usb",
    "veth",
    "virbr",
    "vlan",
    "vmbr",
    "vmnet",
    "vnet",
    "vxlan",
    "wan",
    "wg",
    "wifi",
    "wlan",
    "wlp",
    "wlx",
    "wwan",
    "wwp",
    "zt",
];

/// Words that kernels number.
const NUMBERED: &[&str] = &[
    "ctl", "device", "dm", "eth", "fd", "host", "loop", "md", "mmc", "mtdblock", "node", "port", "ram",
    "session", "sr", "tap", "target", "ubi", "ubiblock", "usb", "v", "wlan", "zd", "zram",
];

/// Sorted, in lower case.
#[rustfmt::skip]
const WORDS: &[&str] = &[
    "65536k", "9p", "access", "acl", "acpi", "act", "actimeo", "adapter", "addr", "address", "afs", "agent", "aggregated",
    "allow", "amazon", "amd64", "aname", "apfs", "app", "apparmor", "apptainer", "arch", "archiso", "arm64", "ascii",
    "asound", "async", "attr2", "auth", "autodefrag", "autofs", "aws", "az", "azure", "balena", "balenaengine", "barrier",
    "base", "bash", "bcachefs", "bdev", "beegfs", "bind", "binfmt", "blksize", "block", "bluetooth", "boot", "bpf",
    "bridge", "btrfs", "buildah", "buildkit", "builds", "bundles", "busybox", "bwrap", "cache", "capabilities", "casper",
    "catatonit", "cdrom", "ceph", "cephfs", "cfsroot", "cgroup", "cgroup2", "cgroupns", "chassis", "child", "chrome",
    "chroot", "cifs", "clientaddr", "cloud", "coda", "codepage", "commit", "composefs", "compress", "conf", "config",
    "configfs", "conmon", "connection", "console", "container", "containerd", "containerenv", "containers", "content",
    "context", "core", "cow", "cp437", "cpu", "cpuacct", "cpuinfo", "cpuset", "cramfs", "crashkernel", "credentials",
    "cri", "crio", "cruid", "crun", "ctr", "current", "custom", "cvmfs2", "daos", "data", "davfs", "davfs2", "dbus",
    "debian", "debug", "debugfs", "default", "deploy", "dev", "devices", "devpts", "devtmpfs", "dfltgid", "dfltuid",
    "diff", "dir", "discard", "disk", "diskstats", "dlm", "dmsquash", "docker", "dockerd", "dockerenv", "domain",
    "dracut", "drive", "driver", "driverfs", "drives", "drvfs", "dumb", "echo", "ecryptfs", "efi", "efivarfs", "efivars",
    "enroot", "environ", "erofs", "errors", "etc", "etchosts", "ethernet", "exfat", "ext2", "ext3", "ext4", "external",
    "extra", "f2fs", "fat", "fd", "fedora", "filesystem", "firejail", "firmware", "flatpak", "flush", "forceuid",
    "freezer", "fs", "fscrypt", "fstype", "full", "fuse", "fusectl", "gc", "generic", "gfs2", "gid", "glusterfs", "gpfs",
    "group", "grpc", "grpjquota", "grpquota", "guest", "gvfsd", "handletimeout", "hard", "hfs", "hfsplus", "home", "host",
    "hostname", "hosts", "hugetlb", "hugetlbfs", "hyper", "id", "image", "images", "incus", "index", "init", "initramfs",
    "initrd", "inode64", "inodes", "internal", "interval", "io", "iocharset", "iot", "iov", "ip", "ipc", "iso9660",
    "issue", "jffs2", "jfs", "journal", "jqfmt", "k3s", "k8s", "kafs", "kata", "katashared", "kcore", "kernel", "keys",
    "kube", "kubelet", "kubepods", "kubeproxy", "kubernetes", "l", "label", "lan", "latency", "layers", "lazytime", "ld",
    "lib", "lib64", "libcontainer", "libpod", "libvirt", "link", "linux", "live", "liveos", "loader", "local",
    "localtime", "lock", "logbsize", "logbufs", "logfs", "logical", "loop", "loopback", "loose", "lower", "lowerdir",
    "lts", "luks", "lun", "lustre", "lxc", "lxcfs", "lxd", "machine", "machineid", "machines", "mapper", "mapposix",
    "masked", "master", "max", "media", "memfd", "meminfo", "memory", "merged", "metacopy", "mfs", "microsoft", "minimal",
    "minix", "misc", "mixed", "mnt", "mob", "moby", "mode", "moosefs", "mountaddr", "mountport", "mountproto",
    "mountvers", "mqueue", "msdos", "msize", "name", "named", "namespaces", "namlen", "native", "nerdctl", "net", "netns",
    "network", "new", "newroot", "nfs", "nfs4", "nfsroot", "nfsvers", "nilfs2", "nix", "nixos", "noacl", "noatime",
    "nobarrier", "nodev", "nodiratime", "noexec", "noikeep", "none", "noperm", "noquota", "nosuid", "nounix", "npipe",
    "nr", "ns", "nsdelegate", "nsfs", "nsname", "nspawn", "ntfs", "ntfs3", "null", "numa", "nvme", "objects", "ocfs2",
    "oci", "ocibundledir", "off", "on", "openrc", "opensuse", "openvz", "opt", "opts", "orangefs", "ordered", "ostree",
    "overlay", "overlay2", "overlayfs", "overlayroot", "overlays", "ovlwork", "p9", "panfs", "parent", "passwd",
    "password", "path", "payload", "pci", "perm", "persist", "persistence", "persistent", "pid", "pids", "pivot", "plain",
    "plan9", "plugins", "pod", "podman", "pods", "port", "posix", "pouch", "pressure", "private", "privileged", "proc",
    "proc1", "projects", "proot", "proto", "pstore", "ptmx", "ptmxmode", "pts", "pvfs2", "quiet", "quota", "ram", "ramfs",
    "rancher", "random", "rd", "rdma", "redirect", "refcount", "reiserfs", "relatime", "release", "remount", "repo",
    "resolv", "retrans", "rkt", "ro", "rom", "romfs", "root", "rootcontext", "rootfs", "rootfsbase", "rootless",
    "rosetta", "rpc", "rsize", "rt", "run", "runc", "runsc", "runtime", "rw", "s3fs", "s6", "sandbox", "sandboxd",
    "sandboxes", "sarus", "sbin", "sched", "scope", "scsi", "sd", "sec", "seclabel", "seclevel", "secret", "secretfile",
    "secretfs", "secrets", "security", "securityfs", "self", "selinux", "selinuxfs", "serial", "serverino", "service",
    "serviceaccount", "session", "sh", "shared", "shm", "shortname", "silverblue", "singularity", "size", "sleep",
    "slice", "smb3", "snap", "snapd", "snapper", "snapshot", "snapshots", "snapshotter", "soft", "space", "splash",
    "squash", "squashfs", "squashfuse", "src", "srv", "ssd", "sshfs", "stable", "standard", "stat", "state", "stats",
    "storage", "strict", "stripe", "subvol", "subvolid", "subvolume", "subvolumes", "sunit", "supervisor", "sw", "swap",
    "swaps", "swidth", "symlinkroot", "sync", "sys", "sysbox", "sysfs", "sysroot", "sysrq", "system", "systemd", "task",
    "tasks", "termination", "time", "timeout", "timer", "timeshift", "timezone", "tini", "tmp", "tmpfs", "token", "tools",
    "toram", "tracefs", "tracing", "trans", "translated", "trigger", "tty", "type", "ubi", "ubifs", "ubuntu", "udev",
    "udf", "udocker", "uid", "underlay", "unified", "unionfs", "upper", "upperdir", "uptime", "urandom", "usb", "user",
    "userdata", "username", "userns", "userxattr", "usr", "usrjquota", "usrquota", "utf8", "uts", "uuid", "v1", "v2",
    "valve", "var", "vboxsf", "vda", "verity", "vers", "version", "vessel", "vfat", "vfs", "video", "virtfs", "virtio",
    "virtiofs", "virtual", "vm", "vmlinuz", "volatile", "volume", "volumes", "vpd", "vz", "wan", "wekafs", "work",
    "workdir", "wrapper", "wsize", "wsl", "wsl2", "wslfs", "wslinterop", "x86", "xattr", "xen", "xfs", "xino", "yaffs2",
    "zero", "zfs", "zone", "zonefs", "zstd",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_are_sorted_and_in_lower_case() {
        assert!(WORDS.is_sorted() && INTERFACES.is_sorted());
        assert!(WORDS.iter().all(|word| word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())));
    }

    #[test]
    fn devices_and_short_numbers_are_common_and_names_are_not() {
        for run in ["sda1", "nvme0n1p2", "mmcblk0p1", "md127", "4096k", "0", "x", "overlay2", "loop12"] {
            assert!(is_common(run), "{run}");
        }
        for run in ["erika", "sdserver", "12345", "4d7c4d7c", "nvmedisks", "acme"] {
            assert!(!is_common(run), "{run}");
        }
    }
}
