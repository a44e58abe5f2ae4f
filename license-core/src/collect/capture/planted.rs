//! What names a machine is put wherever a machine may show it, and must not be in what is written down.

use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::RngSeed;

use super::pseudonyms::bare;
use super::*;

/// Something that names a machine, its owner or its network, as it may stand in a path.
fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}",
        2 => "[0-9a-f]{8}_[0-9a-f]{4}_4[0-9a-f]{3}_[89ab][0-9a-f]{3}_[0-9a-f]{12}",
        1 => "[0-9a-f]{64}",
        1 => "[0-9a-f]{32}",
        2 => "[0-9a-f]{12}",
        1 => "[0-9]{9,14}",
        1 => "[A-Z]{2}[0-9]{4}[A-Z]{3}[0-9]{5}",
        // No disk of a system's own, `xvdpf`.
        1 => "[b-df-hj-np-rtvwyz][b-df-hj-np-tv-z]{4}[0-9]{0,2}",
        1 => "[bcdfghjk]{2,3}[äöüßéçşźøå张伟李]{2,4}",
        1 => "1[3-9][0-9]\\.[1-9][0-9]\\.2[0-4][0-9]\\.[1-9][0-9]",
        1 => "0[1-9][0-9]\\.0[1-9]{2}\\.2[0-4][0-9]\\.0[1-9][0-9]",
        1 => "fd[1-9a-f]{2}:[1-9a-f]{4}:[1-9a-f]{4}::[1-9a-f]{4}",
    ]
}

/// Where it stands: in mounts, groups, the kernel's command line, links.
fn place() -> impl Strategy<Value = &'static str> {
    select(&[
        "/proc/self/mountinfo = 26 1 8:2 / / rw - ext4 /dev/disk/by-id/ata-Disk_N rw\\n",
        "/proc/self/mountinfo = 26 1 8:2 / / rw - ext4 /dev/mapper/vg--N-root rw\\n",
        "/proc/self/mountinfo = 26 1 8:2 / / rw - btrfs /dev/mapper/luks-N rw,subvol=/@N/rootfs\\n",
        "/proc/self/mountinfo = 26 1 0:30 / / rw - zfs rpool/ROOT/ubuntu_N rw\\n",
        "/proc/self/mountinfo = 26 1 8:2 / / rw - ext4 /dev/sda2 rw\\n27 26 8:3 /N /home/N rw - nfs4 N:/export/N rw,addr=N\\n",
        "/proc/self/mountinfo = 26 1 8:2 / / rw - ext4 /dev/sda2 rw\\n27 26 8:3 / /media/N/My\\\\040N rw - cifs //nas/N rw,username=N,domain=N\\n",
        "/proc/self/mountinfo = 26 1 8:2 / / rw - overlay o rw,lowerdir=/var/lib/docker/overlay2/l/N:/var/lib/docker/overlay2/N/diff\\n",
        "/proc/self/mountinfo = 26 1 8:2 /var/lib/kubelet/pods/N/etc-hosts /etc/hosts rw - ext4 /dev/sda2 rw\\n",
        "/proc/self/cgroup = 0::/kubepods.slice/kubepods-podN.slice/cri-containerd-N.scope\\n",
        "/proc/self/cgroup = 0::/system.slice/dev-disk-by\\\\x2duuid-N.service\\n",
        "/proc/1/cgroup = 0::/user.slice/user-1000.slice/N@1000.service/app-N.scope\\n",
        "/proc/self/mountinfo = 26 1 8:2 / / rw - ext4 /dev/sda2 rw\\n27 26 8:3 / /data rw - nfs4 tcpN:/export/data rw,addr=nfsN,clientaddr=N\\n",
        "/proc/self/mountinfo = 26 1 8:2 / / rw - ext4 /dev/sda2 rw\\n27 26 8:3 / /data rw - lustre tcp:N:/export/data rw,addr=x:N\\n",
        "/proc/cmdline = root=UUID=N cryptdevice=/dev/disk/by-uuid/N:N hostname=N ip=N::N:N:N:eth0\\n",
        "/etc/machine-id -> ../home/N/N/machine-id",
        "/etc/machine-id -> /persist/N/machine-id",
        "/run/systemd/container = N\\n",
        "/sys/class/net/br-N/type = 1\\n",
        "/sys/class/net/N -> ../../devices/virtual/net/N",
        "/sys/block/sda -> ../devices/virtual/N/host0/N/block/sda",
        "/sys/block/sda/device/serial = N\\n",
        "/sys/block/sda/wwid = t10.ATA     Disk                                    N\\n",
    ])
}

/// Every spelling by which it would be found: in whole, and each group that says enough.
fn spellings(name: &str) -> Vec<String> {
    let whole: String = bare(name.as_bytes());
    let groups = name.split(|c: char| !c.is_alphanumeric()).filter(|group| group.chars().count() >= 5);
    let groups = groups.filter(|group| group.is_ascii()).map(|group| bare(group.as_bytes()));
    groups.chain((whole.len() >= 6).then_some(whole.clone())).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_500, rng_seed: RngSeed::Fixed(15), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_names_a_machine_is_in_no_capture_of_it(
        name in name(),
        places in prop::collection::btree_set(place(), 1..4),
    ) {
        // A kernel's device in `/sys` has no other script and no colon: only paths of files do.
        let is_plain = name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        let places = places.into_iter().filter(|place| is_plain || !place.starts_with("/sys"));
        // An address of a network stands where hosts do.
        let is_host = name.contains(['.', ':']);
        let places = places.filter(|place| !is_host || place.contains("N:/export"));
        // By a device's place only ids and world-wide names are told.
        let is_id = name.len() >= 12 && name.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-');
        let places = places.filter(|place| is_id || !place.contains("/devices/virtual/N"));
        let lines: Vec<String> = places.map(|place| place.replace('N', &name)).collect();
        prop_assume!(!lines.is_empty());
        let text = lines.join("\n") + "\n/sys/class/net/\n";
        let machine: PlayedMachine = text.parse().unwrap();
        let captured = machine.capture(&CollectOptions::default());
        let captured = captured.map_err(|error| TestCaseError::fail(format!("{error}\n{text}")))?;
        for line in captured.lines().filter(|line| !line.starts_with('#')) {
            let bare_line = bare(line.as_bytes());
            // Two neighbours tell an address of IPv6.
            let groups: Vec<&str> = name.split(':').collect();
            for pair in groups.windows(2).filter(|pair| pair.iter().all(|group| group.len() == 4)) {
                prop_assert!(!line.contains(&pair.join(":")), "{name}\n{line}");
            }
            for spelling in spellings(&name) {
                prop_assert!(!bare_line.contains(&spelling), "{name} as {spelling}\n{line}");
            }
            let other: String = name.chars().filter(|c| !c.is_ascii()).collect();
            let is_ascii = ["8", "9", "a", "b", "c", "d", "e", "f"].iter().all(|digit| !line.contains(&format!("\\x{digit}")));
            prop_assert!(other.is_empty() || is_ascii && !line.contains(&other), "{name}\n{line}");
        }
        let played: PlayedMachine = captured.parse().unwrap();
        let (before, after) = (machine.collect(&CollectOptions::default()), played.collect(&CollectOptions::default()));
        prop_assert_eq!(before.environment(), after.environment(), "{}\n{}", text, captured);
        let fates = |of: &Collected| of.facts().iter().map(|f| (f.kind, f.status)).collect::<Vec<_>>();
        prop_assert_eq!(fates(&before), fates(&after), "{}\n{}", text, captured);
    }
}
