//! The table by which a container is told from its host (`docs/fingerprint-format.md`), row by row, and a random search
//! over marks of both sides.

use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::RngSeed;

use crate::collect::{CollectOptions, Collected, Environment, FactStatus, LeftOut, PlayedMachine};
use crate::{Kind, Realm};

const HARDWARE: &str = "/etc/machine-id = 6d1f0c84b7e245a39c5e8a02f4b71d36\n\
    /sys/class/dmi/id/sys_vendor = LENOVO\n\
    /sys/class/dmi/id/board_serial = L1HF9C20481\n\
    /sys/class/net/eno1/type = 1\n\
    /sys/class/net/eno1/address = b0:7b:25:d4:19:6e\n\
    /sys/class/net/eno1/addr_assign_type = 0\n\
    /sys/class/net/eno1/device/subsystem -> ../../../../bus/pci\n\
    /sys/block/nvme0n1/device/serial = S6PUNX0T123456\n";

/// A root on a host's disk; `ON` is the mount below it.
const HOSTS: [&str; 12] = [
    "30 ON 259:2 / / rw - ext4 /dev/nvme0n1p2 rw",
    "30 ON 0:24 /@ / rw - btrfs /dev/nvme0n1p2 rw,subvolid=256,subvol=/@",
    "30 ON 0:24 /@/rootfs / rw - btrfs /dev/nvme0n1p2 rw,subvolid=256,subvol=/@/rootfs",
    "30 ON 0:24 /@rootfs / rw - btrfs /dev/mapper/luks-root rw,subvolid=256,subvol=/@rootfs",
    "30 ON 0:24 /@/.snapshots/7/snapshot / rw - btrfs /dev/sda2 rw,subvolid=300,subvol=/@/.snapshots/7/snapshot",
    "30 ON 0:25 / / rw - zfs rpool/ROOT/ubuntu rw,xattr",
    "30 ON 0:25 / / rw - zfs rpool/docker/lxd rw,xattr",
    "30 ON 253:0 / / rw - ext4 /dev/mapper/docker-root rw",
    "30 ON 253:0 / / rw - ext4 /dev/mapper/containerd-snap rw",
    "30 ON 259:2 /ostree/deploy/fedora/deploy/9c2b.0 / rw - xfs /dev/nvme0n1p2 rw",
    "30 ON 0:24 /root/ostree/deploy/fedora/deploy/9c2b.0 / rw - btrfs /dev/nvme0n1p3 rw,subvolid=256,subvol=/root",
    "30 ON 0:24 /@/ostree/deploy/suse/deploy/9c2b.0 / rw - btrfs /dev/nvme0n1p3 rw,subvolid=256,subvol=/@",
];

/// A root of a host's that is no disk, and what is mounted below it.
const DISKLESS: [&str; 7] = [
    "30 ON 0:24 / / ro - overlay composefs ro,lowerdir=/run/ostree/.private/cfsroot-lower::/sysroot/ostree/repo/objects",
    "30 ON 0:24 / / rw - overlay overlayroot rw,lowerdir=/media/root-ro,upperdir=/media/root-rw/overlay,workdir=/media/root-rw/overlay-workdir/_",
    "30 ON 0:15 / / rw - ubifs ubi0:rootfs rw,ubi=0,vol=0",
    "30 ON 31:3 / / rw - jffs2 mtd:rootfs rw",
    "30 ON 0:30 / / rw - virtiofs root rw",
    "30 ON 0:30 / / rw - 9p root rw,trans=virtio",
    "30 ON 0:28 / / rw - tmpfs none rw,mode=755\n31 30 259:2 /nix /nix ro - ext4 /dev/nvme0n1p2 rw",
];

/// A root that is a user's own making: nothing tells but that it is a folder, layers or an image within users apart.
const OF_USERS: [&str; 12] = [
    "30 700 0:25 /srv/img / rw - zfs tank/data rw,xattr",
    "30 700 0:66 /img / rw - tmpfs tmpfs rw",
    "30 700 0:60 / / rw - overlay overlay rw,lowerdir=/home/erika/a,upperdir=/home/erika/b,userxattr",
    "30 700 7:3 / / ro - squashfs /dev/loop3 ro",
    "30 700 0:66 /img / rw - virtiofs share rw",
    "30 700 0:66 /img / rw - 9p share rw,trans=virtio",
    "30 700 0:66 /img / rw - wekafs backend/fs rw",
    "30 700 0:66 /img / rw - afs #acme.example: rw",
    "30 700 0:66 /img / ro - fuse cvmfs2 ro",
    "30 700 0:66 /img / rw - smb3 //10.0.0.5/x rw",
    "30 700 0:66 /img / rw - pvfs2 tcp://10.0.0.5:3334/fs rw",
    "30 700 259:2 /ostree/deploy/fedora/var/srv/img / rw - xfs /dev/nvme0n1p2 rw",
];

/// A root that an engine made, wherever it keeps its things.
const MADE: [&str; 23] = [
    "30 700 0:60 / / rw - overlay overlay rw,lowerdir=/var/lib/docker/overlay2/l/A,upperdir=/var/lib/docker/overlay2/b/diff",
    "30 700 0:60 / / rw - overlay overlay rw,lowerdir=/var/lib/containers/storage/overlay/l/A,upperdir=/x/diff",
    "30 700 0:60 / / rw - overlay overlay rw,lowerdir=/data/snapshots/12/fs,upperdir=/data/snapshots/13/fs",
    "30 700 0:24 /@/var/lib/docker/btrfs/subvolumes/a / rw - btrfs /dev/sda2 rw,subvol=/@/var/lib/docker/btrfs/subvolumes/a",
    "30 700 0:24 /@data/7c5e0d9bf814a362e9d0b7c5f81a34620e7d9b5cf814a3629db0e7f5c8134a61 / rw - btrfs /dev/sda2 rw,subvol=/@data/7c5e0d9bf814a362e9d0b7c5f81a34620e7d9b5cf814a3629db0e7f5c8134a61",
    "30 700 0:25 / / rw - zfs tank/7c5e0d9bf814a362e9d0b7c5f81a34620e7d9b5cf814a3629db0e7f5c8134a61 rw,xattr",
    "30 700 8:2 /data/vfs/dir/7c5e0d9bf814a362e9d0b7c5f81a34620e7d9b5cf814a3629db0e7f5c8134a61 / rw - ext4 /dev/sda2 rw",
    "30 700 8:2 /srv/cad/rootfs / rw - ext4 /dev/sda2 rw",
    "30 700 0:24 /@/srv/cad/rootfs / rw - btrfs /dev/sda2 rw,subvol=/@",
    "30 700 8:2 /var/lib/lxc/cad/rootfs / rw - ext4 /dev/sda2 rw",
    "30 700 0:24 /containers/cad/rootfs / rw - btrfs /dev/sda2 rw,subvol=/containers/cad",
    "30 700 0:60 / / rw - fuse.fuse-overlayfs fuse-overlayfs rw,user_id=0",
    "30 700 0:25 / / rw - zfs tank/lxd/containers/cad rw,xattr",
    "30 700 253:7 / / rw - ext4 /dev/mapper/docker-253:0-1-7c5e rw",
    "30 700 253:7 / / rw - xfs /dev/mapper/pool-snap-12 rw",
    "30 700 0:24 /@/home/erika/bundles/cad/rootfs / rw - btrfs /dev/sda2 rw,subvol=/@/home/erika/bundles/cad/rootfs",
    "30 700 8:2 /home/erika/.udocker/containers/7c5e/ROOT / rw - ext4 /dev/sda2 rw",
    "30 700 0:25 / / rw - zfs tank/subvol-101-disk-0 rw,xattr",
    "30 700 0:60 / / rw - overlay overlay rw,lowerdir=/var/sarus/OCIBundleDir/overlay/rootfs-lower,upperdir=/x",
    "30 700 8:2 /scratch/enroot-data/cad / rw - ext4 /dev/sda2 rw",
    "30 700 0:24 /srv/ct/snapshots/a/rootfs / rw - btrfs /dev/sda2 rw,subvol=/srv/ct/snapshots/a/rootfs",
    "30 700 0:60 / / rw - tmpfs tmpfs rw\n31 30 7:0 /usr /usr ro - squashfs /dev/loop0 ro\n32 30 7:0 /etc /etc ro - squashfs /dev/loop0 ro",
    "30 700 0:60 / / rw - tmpfs tmpfs rw\n31 30 7:0 /usr /usr ro - ext4 /dev/loop0 ro\n32 30 7:0 /etc /etc ro - ext4 /dev/loop0 ro",
];

/// A file system of its own, as a container of LXC or a virtual machine's guest has it: only what is around it tells.
const VOLUME: &str = "30 700 253:7 / / rw - ext4 /dev/mapper/pool-cad rw";

const OWN_DEVICES: &str = "40 30 0:61 / /dev rw,nosuid - tmpfs tmpfs rw\n41 40 0:62 / /dev/pts rw - devpts devpts rw,gid=5,mode=620,ptmxmode=666";
const OCI_DEVICES: &str = "40 30 0:61 / /dev rw,nosuid - tmpfs tmpfs rw,size=65536k,mode=755";
const LOCKED_UP_DEVICES: &str = "40 30 0:61 / /dev ro,nosuid - tmpfs tmpfs rw\n41 40 0:23 / /dev/pts rw - devpts devpts rw,gid=5,mode=620,ptmxmode=000";
const HOSTS_DEVICES: &str = "40 30 0:5 / /dev rw,nosuid - devtmpfs udev rw\n41 40 0:23 / /dev/pts rw - devpts devpts rw,gid=5,mode=620,ptmxmode=000";
const BOOT: &str = "50 30 259:1 / /boot/efi rw - vfat /dev/nvme0n1p1 rw";
const HOME: &str = "51 30 8:9 /home /home rw - ext4 /dev/sda9 rw";

fn apart(names: &[&str]) -> String {
    names.iter().map(|name| format!("/proc/self/ns/{name} -> {name}:[4026533122]\n")).collect()
}

fn machine(mounts: &[&str], more: &str) -> Collected {
    let mounts = mounts.join("\n").replace('\n', "\\n");
    let text = format!("/proc/self/mountinfo = {mounts}\\n\n{more}{HARDWARE}");
    let machine: PlayedMachine = text.parse().unwrap();
    machine.collect(&CollectOptions { privileged: true, ..CollectOptions::default() })
}

fn text(of: &Collected) -> crate::Fingerprint {
    of.fingerprint(&Realm::new("https://vendor.example")).unwrap()
}

/// The environment, in words, without what it runs on.
fn container(environment: Environment) -> String {
    environment.container.map_or_else(|| "host".into(), |container| container.to_string())
}

#[test]
fn every_row_of_the_table_decides_what_it_says() {
    let all = apart(&["pid", "ipc", "uts"]);
    let locked = all.clone();
    let overlay = "30 700 0:60 / / rw - overlay overlay rw,lowerdir=/x";
    let host = HOSTS[0].replace("ON", "700");
    let first = HOSTS[0].replace("ON", "1");
    let user = "/proc/self/ns/user -> user:[4026533125]\n";
    let folder = "30 700 8:2 /home/erika/img / ro - ext4 /dev/sda2 rw";
    let share = "30 700 0:24 /srv/rootfs / ro - nfs 10.0.0.5:/srv/rootfs rw";
    let rows: &[(u8, &[&str], &str, &str)] = &[
        (1, &[&host], "/proc/vz/\n", "OpenVZ"),
        (2, &[overlay], "/proc/1/cgroup = 0::/kubepods.slice/x\\n\n", "Kubernetes"),
        (
            2,
            &[overlay, "31 30 8:2 /var/lib/kubelet/pods/x/etc-hosts /etc/hosts rw - ext4 /dev/sda2 rw"],
            "",
            "Kubernetes",
        ),
        (2, &[overlay], "/run/secrets/kubernetes.io/token = x\n", "Kubernetes"),
        (3, &[&first], "/run/.containerenv =\n", "Podman"),
        (4, &[overlay, "31 30 8:2 /x/hosts /etc/hosts rw - ext4 /dev/sda2 rw"], "/.dockerenv =\n", "Docker"),
        (4, &[&first], "/.dockerenv =\n", "host"),
        (5, &[&first], "/proc/self/cgroup = 0::/system.slice/docker-4d7c.scope\\n\n", "Docker"),
        (5, &[&first], "/proc/self/cgroup = 0::/system.slice/docker-tools.service\\n\n", "host"),
        (6, &[&host], "/run/systemd/container = systemd-nspawn\\n\n", "systemd-nspawn"),
        (6, &[MADE[7]], "/run/host/container-manager = cad\\n\n", "unnamed engine"),
        (6, &[&host], "/run/host/container-manager = pressure-vessel\\n\n", "host"),
        (7, &[&host, OWN_DEVICES], &(all.clone() + "/proc/1/comm = bwrap\\n\n"), "host"),
        (7, &[&host, OWN_DEVICES], &(all.clone() + "/proc/1/comm = firejail\\n\n"), "host"),
        (
            7,
            &[&host, OWN_DEVICES],
            &(all.clone() + "/proc/1/environ = container=firejail\\0\n/proc/1/comm = firejail\\n\n"),
            "host",
        ),
        (7, &["30 700 0:60 /newroot / rw - tmpfs tmpfs rw", OWN_DEVICES], &all, "host"),
        (
            7,
            &[
                "30 700 0:60 / / rw - tmpfs tmpfs rw",
                "31 30 8:2 /usr /usr ro - ext4 /dev/sda2 rw",
                "32 30 8:2 /etc /etc ro - ext4 /dev/sda2 rw",
                OWN_DEVICES,
            ],
            &all,
            "host",
        ),
        (
            7,
            &[
                "30 700 0:60 / / rw - tmpfs tmpfs rw",
                "31 30 8:2 /var/c/usr /usr ro - ext4 /dev/sda2 rw",
                "32 30 8:2 /etc /etc ro - ext4 /dev/sda2 rw",
                OWN_DEVICES,
            ],
            &all,
            "unnamed engine",
        ),
        (7, &[folder, OWN_DEVICES], &(all.clone() + user + "/proc/1/comm = bwrap\\n\n"), "unnamed engine"),
        (7, &[folder], "/proc/self/environ = CH_RUNNING=Weird Al Yankovic\\0\n", "unnamed engine"),
        (7, &[&first], "/proc/self/environ = CH_RUNNING=Weird Al Yankovic\\0\n", "host"),
        (7, &[&first], "/proc/self/environ = FAKECHROOT_BASE=/x\\0\n", "unnamed engine"),
        (
            7,
            &[&first],
            "/proc/self/status = TracerPid:\\t41\\n\n/proc/41/comm = proot-x86_64-4_\\n\n",
            "unnamed engine",
        ),
        (7, &[&first], "/proc/self/status = TracerPid:\\t41\\n\n/proc/41/comm = gdb\\n\n", "host"),
        (7, &[&first], "/proc/self/status = TracerPid:\\t0\\n\n/proc/0/comm = proot\\n\n", "host"),
        (9, &[share, LOCKED_UP_DEVICES], &all, "host"),
        (9, &[share], "/proc/cmdline = root=/dev/nfs nfsroot=/srv/rootfs,vers=3\\n\n", "host"),
        (9, &[share], "/proc/cmdline = root=nfs:10.0.0.5:/srv/rootfs:ro\\n\n", "host"),
        (9, &[share, LOCKED_UP_DEVICES], "/proc/cmdline = root=UUID=1 ro\\n\n", "unnamed engine"),
        (9, &[share], "/proc/cmdline = root=/dev/nfs nfsroot=10.0.0.5:/other\\n\n", "unnamed engine"),
        (8, &[VOLUME, "31 30 0:50 /proc/stat /proc/stat rw - fuse.lxcfs lxcfs rw"], "", "LXC"),
        (9, &[&first, OWN_DEVICES], &all, "host"),
        (9, &["30 1 8:2 /images/rootfs / rw - ext4 /dev/sda2 rw"], "", "host"),
        (10, &[MADE[0]], "", "Docker"),
        (10, &[MADE[9]], "", "LXC"),
        (11, &[MADE[7]], "", "unnamed engine"),
        (11, &[MADE[8]], "", "unnamed engine"),
        (11, &[&HOSTS[2].replace("ON", "700")], "", "host"),
        (11, &[MADE[4]], "", "unnamed engine"),
        (11, &[MADE[5]], "", "unnamed engine"),
        (
            12,
            &[VOLUME, "31 30 8:2 /x/hosts /etc/hosts rw - ext4 /dev/sda2 rw"],
            "/.singularity.d/\n",
            "unnamed engine",
        ),
        (13, &[&HOSTS[2].replace("ON", "700"), OCI_DEVICES], "", "unnamed engine"),
        (13, &[folder], user, "unnamed engine"),
        (13, &["30 700 0:66 / / ro - fuse ch-run ro"], user, "unnamed engine"),
        (13, &[&HOSTS[9].replace("ON", "700")], user, "host"),
        (13, &[folder], "", "host"),
        (13, &[&host, LOCKED_UP_DEVICES], &locked, "host"),
        (13, &[&host, "40 30 0:61 / /dev ro - tmpfs tmpfs rw", BOOT], &locked, "host"),
        (6, &[&host, HOSTS_DEVICES], "/proc/self/environ = APPTAINER_CONTAINER=/x.sif\\0\n", "host"),
        (6, &[&host, BOOT], "/proc/self/environ = SHIFTER_RUNTIME=1\\0\n", "host"),
        (6, &[&host, HOSTS_DEVICES], "/proc/self/environ = container_execmode=P1\\0\n", "host"),
        (6, &[VOLUME], "/proc/self/environ = SINGULARITY_CONTAINER=/x.sif\\0\n", "unnamed engine"),
        (10, &["30 700 253:7 / / rw - ext4 /dev/mapper/vg-data--snap-12 rw"], "", "host"),
        (10, &["30 700 253:7 / / rw - ext4 /dev/mapper/data--snap-12 rw"], "", "host"),
        (
            11,
            &[
                &DISKLESS[1].replace("ON", "700"),
                "31 30 8:2 /x/hosts /etc/hosts rw - ext4 /dev/sda2 rw",
                "32 30 8:2 /x/resolv.conf /etc/resolv.conf rw - ext4 /dev/sda2 rw",
            ],
            "",
            "host",
        ),
        (
            10,
            &[MADE[9], HOSTS_DEVICES],
            "/proc/self/ns/pid -> pid:[4026531836]\n/proc/1/comm = systemd\\n\n",
            "unnamed engine",
        ),
        (14, &[VOLUME, OWN_DEVICES], &all, "unnamed engine"),
        (
            14,
            &[VOLUME, OWN_DEVICES],
            &(all.clone() + "/proc/1/comm = systemd\\n\n"),
            "unnamed engine, booted",
        ),
        (14, &[VOLUME, OWN_DEVICES, BOOT], &all, "unnamed engine"),
        (15, &[&host, OWN_DEVICES], &apart(&["pid"]), "host"),
        (15, &[&host, HOSTS_DEVICES], &all, "host"),
        (15, &["30 26 8:2 /srv/chroot/sid / rw - ext4 /dev/sda2 rw"], "", "host"),
    ];
    for (row, mounts, more, expected) in rows {
        let found = machine(mounts, more);
        assert_eq!(container(found.environment()), *expected, "row {row}: {mounts:?}\n{more}");
    }
    // An untold container has nothing of its host's.
    for (_, mounts, more, expected) in rows.iter().filter(|row| row.3 != "host") {
        assert!(counts_nothing_of_its_host(&machine(mounts, more)), "{expected}: {mounts:?}");
    }
}

fn counts_nothing_of_its_host(of: &Collected) -> bool {
    let keeps_a_system = of.environment().container.is_some_and(super::Container::keeps_a_system);
    of.facts()
        .iter()
        .filter(|fact| !(fact.kind == Kind::Os && keeps_a_system))
        .all(|fact| !fact.counts && fact.status == FactStatus::LeftOut(LeftOut::Container))
}

/// Only the host's own file lets the host's disks count: not one that lies like it, elsewhere.
#[test]
fn a_mounted_id_is_the_hosts_only_where_the_host_has_it() {
    let docker = [MADE[0], "31 30 8:2 /x/hosts /etc/hosts rw - ext4 /dev/sda2 rw"];
    let told = "/proc/cmdline = root=/dev/nfs nfsroot=10.0.0.5:/node7\\n\n";
    for (id, more, is_hosts) in [
        ("8:2 /etc/machine-id AT ro - ext4 /dev/sda2 rw", "", true),
        ("0:24 /@/etc/machine-id AT ro - btrfs /dev/sda2 rw,subvol=/@", "", true),
        (
            "0:24 /root/ostree/deploy/fedora/deploy/9c2b.0/etc/machine-id AT ro - btrfs /dev/sda2 rw,subvol=/root",
            "",
            true,
        ),
        ("8:2 /ostree/deploy/fedora/deploy/9c2b.0/etc/machine-id AT ro - xfs /dev/sda2 rw", "", true),
        ("0:25 /etc/machine-id AT ro - zfs rpool/ROOT/ubuntu rw", "", true),
        ("179:6 /root-overlay/etc/machine-id AT ro - ext4 /dev/mmcblk0p6 rw", "", true),
        (
            "0:24 /etc/machine-id AT ro - overlay overlayroot rw,lowerdir=/media/root-ro,upperdir=/media/root-rw/overlay",
            "",
            true,
        ),
        ("0:24 /etc/machine-id AT ro - nfs4 10.0.0.5:/node7 rw", told, true),
        ("0:24 /node7/etc/machine-id AT ro - nfs4 10.0.0.5:/ rw", told, true),
        ("0:24 /pv1/etc/machine-id AT ro - nfs4 10.0.0.5:/ rw", told, false),
        ("0:24 /etc/machine-id AT ro - nfs4 10.0.0.5:/pv1 rw", "", false),
        ("8:2 /srv/cad/etc/machine-id AT ro - ext4 /dev/sda2 rw", "", false),
        ("8:2 /var/lib/docker/volumes/app/_data/etc/machine-id AT ro - ext4 /dev/sda2 rw", "", false),
        ("8:2 /data/vfs/dir/abc/etc/machine-id AT ro - ext4 /dev/sda2 rw", "", false),
        ("8:2 /srv/img/rootfs/etc/machine-id AT ro - ext4 /dev/sda2 rw", "", false),
        ("0:24 /@/srv/cad/etc/machine-id AT ro - btrfs /dev/sda2 rw,subvol=/@", "", false),
        ("8:2 /ostree/deploy/fedora/var/srv/cad/etc/machine-id AT ro - xfs /dev/sda2 rw", "", false),
        (
            "0:60 /etc/machine-id AT ro - overlay overlay rw,lowerdir=/var/lib/docker/overlay2/l/A,upperdir=/var/lib/docker/overlay2/b/diff",
            "",
            false,
        ),
        ("0:60 /etc/machine-id AT ro - overlay overlay rw,lowerdir=/mnt/a,upperdir=/mnt/b", "", false),
        ("7:0 /etc/machine-id AT ro - ext4 /dev/loop0 rw", "", false),
        ("253:7 /etc/machine-id AT ro - ext4 /dev/mapper/docker-253:0-1-7c5e rw", "", false),
        ("0:25 /etc/machine-id AT ro - zfs tank/lxd/containers/cad rw", "", false),
    ] {
        let id = format!("33 30 {}", id.replace("AT", "/etc/machine-id"));
        let found = machine(&[docker[0], docker[1], &id], more);
        let counts = |kind| found.facts().iter().any(|fact| fact.kind == kind && fact.counts);
        assert!(counts(Kind::Os), "{id}");
        assert_eq!(counts(Kind::Disk), is_hosts, "{id}");
    }
}

/// Some of the ways in which processes are kept apart.
fn ways() -> impl Strategy<Value = Vec<&'static str>> {
    prop::sample::subsequence(vec!["pid", "ipc", "uts", "user", "cgroup", "net"], 0..=6)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, rng_seed: RngSeed::Fixed(15), failure_persistence: None, ..ProptestConfig::default() })]

    /// However a service is locked up, it sees the machine that its host sees.
    #[test]
    fn a_locked_up_service_is_its_host(
        host in select(&HOSTS),
        on in select(&["1", "650"]),
        ways in ways(),
        devices in select(&[LOCKED_UP_DEVICES, HOSTS_DEVICES]),
        others in prop::sample::subsequence(vec![BOOT, HOME], 0..=2),
        first in select(&["systemd", "cad", "init", ""]),
    ) {
        let outside = machine(&[&host.replace("ON", "1"), HOSTS_DEVICES], "");
        let root = host.replace("ON", on);
        let mounts: Vec<&str> = [root.as_str(), devices].into_iter().chain(others).collect();
        let inside = machine(&mounts, &(apart(&ways) + &format!("/proc/1/comm = {first}\\n\n")));
        prop_assert_eq!(inside.environment(), outside.environment());
        prop_assert_eq!(text(&inside), text(&outside));
    }

    /// So does one whose host starts from no disk.
    #[test]
    fn a_locked_up_service_is_its_host_also_without_a_disk(
        host in select(&DISKLESS),
        on in select(&["1", "650"]),
        ways in ways(),
        devices in select(&[LOCKED_UP_DEVICES, HOSTS_DEVICES]),
        others in prop::sample::subsequence(vec![BOOT, HOME], 0..=2),
        first in select(&["systemd", "cad", "init", ""]),
    ) {
        let root = host.replace("ON", on);
        let mounts: Vec<&str> = [root.as_str(), devices].into_iter().chain(others).collect();
        let inside = machine(&mounts, &(apart(&ways) + &format!("/proc/1/comm = {first}\\n\n")));
        prop_assert_eq!(container(inside.environment()), "host");
    }

    /// A root of a user's own making is a container, whatever it is shown of its host.
    #[test]
    fn a_users_own_root_is_a_container(
        made in select(&OF_USERS),
        devices in select(&[OWN_DEVICES, LOCKED_UP_DEVICES, HOSTS_DEVICES]),
        others in prop::sample::subsequence(vec![BOOT, HOME], 0..=2),
        first in select(&["systemd", "cad", "init", ""]),
        ways in ways(),
    ) {
        let mounts: Vec<&str> = [made, devices].into_iter().chain(others).collect();
        let ways: Vec<&str> = ways.into_iter().filter(|way| *way != "user").chain(["user"]).collect();
        let found = machine(&mounts, &(apart(&ways) + &format!("/proc/1/comm = {first}\\n\n")));
        prop_assert!(found.environment().container.is_some());
        prop_assert!(counts_nothing_of_its_host(&found), "{:?}", found);
    }

    /// However much of its host a container is shown, it counts nothing of it.
    #[test]
    fn a_container_stays_one_whatever_it_is_shown_of_its_host(
        made in select(&MADE),
        ways in ways(),
        devices in select(&[OWN_DEVICES, LOCKED_UP_DEVICES, HOSTS_DEVICES]),
        others in prop::sample::subsequence(vec![BOOT, HOME], 0..=2),
        first in select(&["systemd", "cad", "init", ""]),
        group in select(&["/", "/system.slice/cad.service", "/init.scope"]),
    ) {
        let mounts: Vec<&str> = [made, devices].into_iter().chain(others).collect();
        let more = format!("/proc/1/comm = {first}\\n\n/proc/1/cgroup = 0::{group}\\n\n");
        let found = machine(&mounts, &(apart(&ways) + &more));
        prop_assert!(found.environment().container.is_some());
        prop_assert!(counts_nothing_of_its_host(&found), "{:?}", found);
    }
}
