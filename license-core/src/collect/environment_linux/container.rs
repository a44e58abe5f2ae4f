//! Whether this process runs in a container, and in whose.
//!
//! Sources: systemd's CONTAINER_INTERFACE and `detect-virt`, proc(5) for mountinfo and namespaces; where each engine keeps
//! what it starts from.

use super::engine_marks::by_engines_marks;
use super::hosts::{
    has_first_terminals, has_own_devices, has_start, is_hosts_folder, is_in_first_mounts,
    is_put_together_from_an_image, is_sandbox, is_started_from_disk, is_started_from_network,
};
use super::mounts::{Mount, Mounts};
use crate::collect::environment::Container;
use crate::collect::root::Root;

/// The container that this process runs in, by the marks of engines and, where there are none, by its root.
pub(super) fn container(root: &Root<'_>, mounts: &Mounts) -> Option<Container> {
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
    if root.exists("/.dockerenv") && (mounts.is_empty() || mounts.engines_files() > 0) {
        return Some(Container::Docker);
    }
    if let Some(marked) = by_group.or_else(|| by_word(root)) {
        return Some(marked);
    }
    if let Some(marked) = by_engines_marks(root, mounts) {
        return Some(marked);
    }
    // A sandbox around one application is no machine of its own: it sees its host's id and disks, and stays with it.
    if is_sandbox(root, mounts) {
        return None;
    }
    let lxcfs = mounts.all().any(|mount| mount.kind == "fuse.lxcfs" && mount.at.starts_with("/proc/"));
    if lxcfs {
        return Some(Container::Lxc);
    }
    if is_in_first_mounts(mounts) || is_started_from_network(root, mounts) {
        return None;
    }
    let by_place = mounts.at("/").and_then(|mount| by_root(mount, mounts));
    // Whoever sees the host's first process was not booted, wherever its root comes from.
    let is_booted = root.link("/proc/self/ns/pid").is_none_or(|own| own != FIRST_PROCESSES);
    by_place
        .map(|engine| if is_booted || !engine.keeps_a_system() { engine } else { Container::Other })
        .or_else(|| is_put_together_from_an_image(mounts).then_some(Container::Other))
        .or_else(|| by_image_mark(root, mounts))
        .or_else(|| by_devices(root, mounts))
        .or_else(|| by_user(root, mounts))
        .or_else(|| by_namespaces(root, mounts))
}

/// The engine that keeps file systems at a place like that of this root.
///
/// Subvolumes and deployments of a host (`/@`, `/root`, `/@/.snapshots/1/snapshot`, `/ostree/deploy/…`) are none.
pub(super) fn by_root(mount: &Mount, mounts: &Mounts) -> Option<Container> {
    const STORES: [(&str, Container); 27] = [
        ("/lxc/", Container::Lxc),
        ("/lxd/", Container::Lxc),
        ("/incus/", Container::Lxc),
        ("/var/lib/machines/", Container::Nspawn),
        ("/containers/storage/", Container::Podman),
        ("/libpod/", Container::Podman),
        ("/buildah", Container::Podman),
        ("/docker/", Container::Docker),
        ("/overlay2/", Container::Docker),
        ("/containerd/", Container::Other),
        ("io.containerd.", Container::Other),
        ("/nerdctl/", Container::Other),
        ("/buildkit/", Container::Other),
        ("/crio/", Container::Other),
        ("/kubelet/", Container::Other),
        ("/runc/", Container::Other),
        ("/crun/", Container::Other),
        ("/apptainer/", Container::Other),
        ("/singularity/", Container::Other),
        ("/charliecloud/", Container::Other),
        ("/enroot/", Container::Other),
        ("/enroot-data/", Container::Other),
        ("/sarus/", Container::Other),
        ("/OCIBundleDir", Container::Other),
        ("/garden/", Container::Other),
        ("/udocker/", Container::Other),
        ("/.udocker/", Container::Other),
    ];
    // What a host's own boot put together lies below its system root.
    let layers = mount.layers().filter(|dir| !dir.starts_with("/sysroot/"));
    // What a volume or a share is called is its owner's choice: their names count only in the forms that engines give.
    let places: Vec<_> = std::iter::once(mount.from.as_str()).chain(layers).collect();
    let is_in = |store: &str| places.iter().any(|place| place.contains(store));
    if let Some((_, engine)) = STORES.iter().find(|(store, _)| is_in(store)) {
        return Some(*engine);
    }
    if let Some(engine) = by_volume(mount) {
        return Some(engine);
    }
    let folder = mount.from.strip_suffix("/rootfs").filter(|_| !is_installers(mount, mounts));
    let is_pools = |folder: &str| mount.kind == "zfs" || folder.contains("/containers/");
    match (mount.kind.as_str(), folder) {
        // Storage pools of LXD and Incus; a host may call its only subvolume so.
        (_, Some(folder)) if is_pools(folder) => Some(Container::Lxc),
        (_, Some(folder)) if !folder.is_empty() => Some(Container::Other),
        ("fuse-overlayfs" | "fuse.fuse-overlayfs", _) => Some(Container::Other),
        // gVisor hands its files through a descriptor.
        ("9p", _) if mount.options.contains("trans=fd") => Some(Container::Other),
        ("overlay", _) if mounts.engines_files() > 1 && !mount.has_layers_of_a_start() => {
            Some(Container::Other)
        }
        _ if places.iter().any(|place| is_snapshot(place) || is_layer(place)) => Some(Container::Other),
        _ => None,
    }
}

/// The engine that gives volumes and data sets names of this form.
///
/// Sources: Docker's devmapper driver (`docker-253:0-1234-…`: the device and the inode of its pool), containerd's
/// (`…-snap-12`; LVM doubles a dash within its names), LXD's pools of ZFS (`…/containers/…`), Proxmox
/// (`…/subvol-101-disk-0`).
fn by_volume(mount: &Mount) -> Option<Container> {
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if mount.kind == "zfs" {
        let (above, name) = mount.source.rsplit_once('/')?;
        let is_pools = above.split('/').skip(1).any(|part| part == "containers");
        let is_proxmox = name.starts_with("subvol-") && name.contains("-disk-");
        return match is_layer(&mount.source) {
            true => Some(Container::Other),
            false => (is_pools || is_proxmox).then_some(Container::Lxc),
        };
    }
    let name = mount.source.strip_prefix("/dev/mapper/")?;
    let device = name.strip_prefix("docker-").and_then(|rest| rest.split('-').next());
    if device.and_then(|device| device.split_once(':')).is_some_and(|(a, b)| is_number(a) && is_number(b)) {
        return Some(Container::Docker);
    }
    let snapshot =
        name.rsplit_once("-snap-").filter(|(pool, number)| !pool.ends_with('-') && is_number(number));
    snapshot.map(|_| Container::Other)
}

/// Whether a subvolume of this name is a host's own, as its installer called it: it lies near the top, and nothing says
/// that an engine made the devices beside it.
fn is_installers(mount: &Mount, mounts: &Mounts) -> bool {
    const DEEPEST: usize = 3;
    let depth = mount.from.split('/').filter(|part| !part.is_empty()).count();
    mount.kind == "btrfs"
        && mount.is_whole()
        && (depth <= DEEPEST || is_hosts_snapshot(&mount.from))
        && !mount.from.contains("/containers/")
        && (!has_own_devices(mounts) || has_first_terminals(mounts) || has_start(mounts))
}

/// Where snapper and Timeshift keep a host's root as it was.
fn is_hosts_snapshot(place: &str) -> bool {
    place.contains("/.snapshots/") || place.starts_with("/timeshift-btrfs/snapshots/")
}

/// `…/snapshots/12/fs`: where containerd's snapshotters keep a layer, wherever their root was moved to.
fn is_snapshot(place: &str) -> bool {
    let mut parts = place.split('/').skip_while(|part| *part != "snapshots").skip(1);
    let number = parts.next().unwrap_or_default();
    !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()) && parts.next() == Some("fs")
}

/// A folder, subvolume or data set that is named by 64 hexadecimal digits: a layer or a container of Docker, Podman or
/// containerd, wherever their root was moved to. A host's deployments have a number behind them.
fn is_layer(place: &str) -> bool {
    let is_id = |part: &str| part.len() == 64 && part.bytes().all(|b| b.is_ascii_hexdigit());
    place.split('/').any(|part| is_id(part.strip_suffix("-init").unwrap_or(part)))
}

/// What Apptainer, Singularity and Charliecloud leave in every image. A virtual machine may be started from one as well; then nothing
/// is mounted over its files.
fn by_image_mark(root: &Root<'_>, mounts: &Mounts) -> Option<Container> {
    let marks = ["/.singularity.d", "/.apptainer.d", "/WEIRD_AL_YANKOVIC", "/ch/metadata.json"];
    let is_run = mounts.is_empty() || mounts.engines_files() > 0;
    (is_run && marks.iter().any(|mark| root.exists(mark))).then_some(Container::Other)
}

/// Devices in a file system of 64 MiB in memory, as the runtimes of the OCI make it unless they are told otherwise, also
/// where they share all namespaces with their host.
///
/// Source: the runtime's default configuration, `size=65536k`; systemd gives a service's devices 4 MiB.
fn by_devices(root: &Root<'_>, mounts: &Mounts) -> Option<Container> {
    let devices = mounts.at("/dev").filter(|mount| mount.kind == "tmpfs")?;
    (devices.option("size") == Some("65536k")).then(|| booted_or_not(root))
}

/// A user's own namespace whose root is a folder of a file system, a program's, layers that a user put together, or an
/// image: so do engines that need no rights, such as Charliecloud. A host's own root is a file system, a subvolume or a
/// deployment as a whole, whoever looks at it.
///
/// Sources: `PROC_USER_INIT_INO` in the kernel's `proc_ns.h`; Charliecloud's `enter_udss`; the kernel's `overlayfs.rst`
/// (`userxattr` is for those without rights).
fn by_user(root: &Root<'_>, mounts: &Mounts) -> Option<Container> {
    let is_apart = root.link("/proc/self/ns/user").is_some_and(|own| own != FIRST_USERS);
    let is_made = |mount: &Mount| {
        mount.is_a_folder()
            || mount.is_of_a_program()
            || mount.is_layered() && mount.has_flag("userxattr")
            || mount.is_an_image()
                && mount.source.starts_with("/dev/loop")
                && !is_hosts_folder(mounts, "/etc")
    };
    (is_apart && mounts.at("/").is_some_and(is_made)).then(|| booted_or_not(root))
}

const FIRST_USERS: &str = "user:[4026531837]";

/// Whether a container boots a system: only where the first process that it sees is its own.
fn booted_or_not(root: &Root<'_>) -> Container {
    let own = root.link("/proc/self/ns/pid").is_some_and(|own| own != FIRST_PROCESSES);
    if own && boots(&first_process(root)) { Container::System } else { Container::Other }
}

const FIRST_PROCESSES: &str = "pid:[4026531836]";

/// Whether processes, names and messages are apart from the host's and devices are its own: so runs every container. So
/// may a service that is locked up on a host, whose root then shows that a machine was started from it.
///
/// Source: `PROC_PID_INIT_INO` and its like in the kernel's `proc_ns.h`.
fn by_namespaces(root: &Root<'_>, mounts: &Mounts) -> Option<Container> {
    const FIRST: [(&str, &str); 3] =
        [("pid", FIRST_PROCESSES), ("ipc", "ipc:[4026531839]"), ("uts", "uts:[4026531838]")];
    let is_apart = |(name, first): &(&str, &str)| {
        root.link(&format!("/proc/self/ns/{name}")).is_some_and(|own| own != *first)
    };
    if !has_own_devices(mounts) || !FIRST.iter().all(is_apart) || is_started_from_disk(mounts) {
        return None;
    }
    Some(if boots(&first_process(root)) { Container::System } else { Container::Other })
}

/// Whether a first process of this name starts a system.
pub(super) fn boots(name: &str) -> bool {
    ["systemd", "init", "openrc-init", "runit", "s6-svscan", "dinit"].contains(&name)
}

pub(super) fn first_process(root: &Root<'_>) -> String {
    root.text("/proc/1/comm").and_then(Result::ok).unwrap_or_default()
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
        _ if starts("cri-containerd-") || starts("nerdctl-") || starts("crio-") => Some(Container::Other),
        _ if starts("runc-") || starts("crun-") => Some(Container::Other),
        _ => None,
    }
}

/// The word by which an engine names itself to the first process, and systemd to everybody.
fn by_word(root: &Root<'_>) -> Option<Container> {
    let told = ["/run/systemd/container", "/run/host/container-manager"];
    let told = told.iter().find_map(|file| root.text(file)?.ok());
    let first = root.long_text("/proc/1/environ");
    let first = first
        .and_then(|all| Some(all.split('\0').find_map(|one| one.strip_prefix("container="))?.to_owned()));
    match told.or(first)?.as_str() {
        // Sandboxes around one application stay with their host.
        "" | "wsl" | "flatpak" | "bubblewrap" | "snap" | "firejail" | "pressure-vessel" => None,
        "docker" => Some(Container::Docker),
        "podman" => Some(Container::Podman),
        "lxc" | "lxc-libvirt" => Some(Container::Lxc),
        "systemd-nspawn" => Some(Container::Nspawn),
        "openvz" => Some(Container::OpenVz),
        _ => Some(Container::Other),
    }
}
