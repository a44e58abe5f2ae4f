//! How Linux shows what it runs on: firmware strings, the processor's flags, mounts and a few marks. No network.
//!
//! Sources: systemd's CONTAINER_INTERFACE, proc(5) for mountinfo, the clouds' own pages on telling their instances.

use super::environment::{Container, Environment, Hypervisor, Platform};
use super::firmware_strings::FirmwareStrings;
use super::root::Root;

/// Where things are mounted and from what: the fields of `/proc/self/mountinfo` that matter here.
pub(super) struct Mounts(Vec<Mount>);

struct Mount {
    /// Which part of the file system.
    from: String,
    at: String,
    kind: String,
}

/// What is mounted over the installation's id.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum MountedId {
    /// The host's own file: the container is to stand for its host.
    Hosts,
    /// Another file that somebody gave it.
    Given,
}

impl Mounts {
    pub(super) fn read(root: &Root<'_>) -> Self {
        let text = root.long_text("/proc/self/mountinfo").unwrap_or_default();
        let mounts = text.lines().filter_map(|line| {
            let (before, after) = line.split_once(" - ")?;
            let mut before = before.split(' ').skip(3);
            let (from, at) = (before.next()?.to_owned(), before.next()?.to_owned());
            Some(Mount { from, at, kind: after.split(' ').next()?.to_owned() })
        });
        Self(mounts.collect())
    }

    /// The last one at a place hides the others.
    fn at(&self, place: &str) -> Option<&Mount> {
        self.0.iter().rev().find(|mount| mount.at == place)
    }

    /// Whether somebody mounted an id from outside. What lies in memory is made anew at each start, not given.
    pub(super) fn machine_id(&self, path: &str) -> Option<MountedId> {
        let mount = self.at(path).filter(|mount| mount.kind != "tmpfs")?;
        let hosts = ["/etc/machine-id", "/var/lib/dbus/machine-id"];
        Some(if hosts.iter().any(|file| mount.from.ends_with(file)) {
            MountedId::Hosts
        } else {
            MountedId::Given
        })
    }

    /// How many of the files are mounted that every engine mounts over those of the image.
    fn engines_files(&self) -> usize {
        ["/etc/hosts", "/etc/hostname", "/etc/resolv.conf"]
            .iter()
            .filter(|file| self.at(file).is_some())
            .count()
    }
}

fn firmware(root: &Root<'_>) -> FirmwareStrings {
    let read =
        |name| root.text(&format!("/sys/class/dmi/id/{name}")).and_then(Result::ok).unwrap_or_default();
    FirmwareStrings {
        vendor: read("sys_vendor"),
        product: read("product_name"),
        bios: read("bios_version"),
        chassis_tag: read("chassis_asset_tag"),
    }
}

/// What this machine is.
pub(super) fn look(root: &Root<'_>, mounts: &Mounts) -> Environment {
    let firmware = firmware(root);
    let container = container(root, mounts);
    let platform = platform(root, &firmware);
    let from_image = container.is_none() && root.exists("/.dockerenv");
    Environment { platform, container, cloud: firmware.cloud(), from_image }
}

fn platform(root: &Root<'_>, firmware: &FirmwareStrings) -> Platform {
    let text = |path: &str| root.text(path).and_then(Result::ok).unwrap_or_default();
    let release = text("/proc/sys/kernel/osrelease").to_ascii_lowercase();
    if release.contains("microsoft") {
        let two = release.contains("wsl2") || release.contains("microsoft-standard");
        return if two { Platform::Wsl2 } else { Platform::Wsl1 };
    }
    if root.exists("/proc/sys/fs/binfmt_misc/WSLInterop") {
        return Platform::Wsl2;
    }
    if let Some(hypervisor) = firmware.hypervisor() {
        return Platform::Virtual(hypervisor);
    }
    // The first domain of Xen owns the hardware.
    if text("/proc/xen/capabilities").contains("control_d") {
        return Platform::BareMetal;
    }
    let processor = root.long_text("/proc/cpuinfo").unwrap_or_default();
    let flags = processor.lines().find_map(|line| line.strip_prefix("flags")).map(|flags| {
        let flags = flags.trim_start_matches([' ', '\t', ':']);
        flags.split_whitespace().any(|flag| flag == "hypervisor")
    });
    let clocks = text("/sys/devices/system/clocksource/clocksource0/available_clocksource");
    let tree = "/sys/firmware/devicetree/base";
    let board = text(&format!("{tree}/compatible"));
    let marks = [text("/sys/hypervisor/type"), text(&format!("{tree}/hypervisor/compatible")), clocks];
    let named = [("xen", Hypervisor::Xen), ("kvm", Hypervisor::Kvm), ("hyperv", Hypervisor::HyperV)]
        .into_iter()
        .find(|(word, _)| marks.iter().any(|mark| mark.contains(word)))
        .map(|(_, hypervisor)| hypervisor)
        .or_else(|| board.contains("linux,dummy-virt").then_some(Hypervisor::Kvm));
    match firmware.platform(named, flags) {
        Platform::Unknown if root.exists(&format!("{tree}/model")) => Platform::BareMetal,
        platform => platform,
    }
}

fn container(root: &Root<'_>, mounts: &Mounts) -> Option<Container> {
    if root.exists("/proc/vz") && !root.exists("/proc/bc") {
        return Some(Container::OpenVz);
    }
    let long = |path| root.long_text(path).unwrap_or_default();
    let groups = long("/proc/self/cgroup") + "\n" + &long("/proc/1/cgroup");
    let hosts_file = mounts.at("/etc/hosts").map(|mount| mount.from.as_str()).unwrap_or_default();
    let has_secrets = ["/var/run/secrets/kubernetes.io", "/run/secrets/kubernetes.io"];
    // On a node itself nothing is mounted over its file of hosts.
    let is_pod = groups.contains("/kubepods")
        || hosts_file.contains("/pods/")
        || has_secrets.iter().any(|place| root.exists(place));
    if is_pod {
        return Some(Container::Kubernetes);
    }
    let by_group = groups.split(['/', '\n']).find_map(by_group);
    if root.exists("/run/.containerenv") {
        return Some(Container::Podman);
    }
    // A virtual machine may be started from a container's image, mark and all; then no engine mounts anything.
    if root.exists("/.dockerenv") && (mounts.0.is_empty() || mounts.engines_files() > 0) {
        return Some(Container::Docker);
    }
    by_group.or_else(|| by_word(root)).or_else(|| {
        let lxcfs = mounts.0.iter().any(|mount| mount.kind == "fuse.lxcfs" && mount.at.starts_with("/proc/"));
        let is_layered =
            mounts.at("/").is_some_and(|mount| mount.kind == "overlay" || mount.kind == "fuse-overlayfs");
        match (lxcfs, is_layered && mounts.engines_files() > 1) {
            (true, _) => Some(Container::Lxc),
            (_, true) => Some(Container::Other),
            _ => None,
        }
    })
}

/// The engine that makes control groups of this name. Services of a host may begin with the same word, but end
/// otherwise.
fn by_group(part: &str) -> Option<Container> {
    let scope = part.strip_suffix(".scope").unwrap_or_default();
    let starts = |prefix| scope.starts_with(prefix);
    match part {
        "docker" => Some(Container::Docker),
        "lxc" | "lxc.payload" => Some(Container::Lxc),
        "libpod_parent" => Some(Container::Podman),
        _ if starts("docker-") => Some(Container::Docker),
        _ if starts("libpod-") => Some(Container::Podman),
        _ if part.starts_with("lxc.payload.") => Some(Container::Lxc),
        _ if starts("cri-containerd-") || starts("nerdctl-") => Some(Container::Other),
        _ => None,
    }
}

/// The word by which an engine names itself to the first process, and systemd to everybody.
fn by_word(root: &Root<'_>) -> Option<Container> {
    let told = root.text("/run/systemd/container").and_then(Result::ok);
    let first = root.long_text("/proc/1/environ");
    let first = first
        .and_then(|all| Some(all.split('\0').find_map(|one| one.strip_prefix("container="))?.to_owned()));
    match told.or(first)?.as_str() {
        "" | "wsl" => None,
        "docker" => Some(Container::Docker),
        "podman" => Some(Container::Podman),
        "lxc" | "lxc-libvirt" => Some(Container::Lxc),
        "systemd-nspawn" => Some(Container::Nspawn),
        "openvz" => Some(Container::OpenVz),
        _ => Some(Container::Other),
    }
}
