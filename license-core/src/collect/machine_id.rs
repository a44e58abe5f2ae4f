//! The installation's id on Linux.
//!
//! Source: machine-id(5).

use super::choice::Candidate;
use super::environment::{Container, Environment};
use super::environment_linux::{Keeper, MountedId, Mounts, mounted_id};
use super::fact::LeftOut;
use super::links;
use super::linux::first_usable;
use super::root::Root;
use crate::fingerprint::Kind;

const MACHINE_ID: [&str; 2] = ["/etc/machine-id", "/var/lib/dbus/machine-id"];

/// The installation's id. Inside a container it mostly comes out of the image, the same in each of its containers, so
/// it counts only where the container keeps a system of its own or somebody mounted the file. What lies in memory is made
/// anew at each start, and what lies in an image that is only read is the same on every machine of it.
pub(super) fn candidates(root: &Root<'_>, environment: &Environment, mounts: &Mounts) -> Vec<Candidate> {
    let is_own = environment.container.is_none_or(Container::keeps_a_system);
    let start = root.long_text("/proc/cmdline").unwrap_or_default();
    let files = MACHINE_ID.into_iter().filter_map(|path| {
        let place = links::resolve(path, true, |here| root.link(here))?;
        let candidate = Candidate::new(Kind::Os, path, root.text(&place)?);
        if !is_own {
            let is_given = mounted_id(root, mounts, path).is_some();
            return Some(if is_given { candidate } else { candidate.of_a_container() });
        }
        let why = match mounts.keeper(&place, keeps_its_layer(&start)) {
            Keeper::Memory if !is_given_at_start(&start) => LeftOut::Transient,
            Keeper::Image => LeftOut::Placeholder,
            Keeper::Memory | Keeper::Disk => return Some(candidate),
        };
        // What could not be used anyway keeps its reason.
        let value = if candidate.normalised().is_ok() { Err(why) } else { candidate.value };
        Some(Candidate { value, ..candidate })
    });
    first_usable(files)
}

/// Somebody gave it the host's id: only then is the hardware that a container sees its own. Otherwise pods move, and
/// many share a host.
pub(super) fn is_hosts(root: &Root<'_>, mounts: &Mounts) -> bool {
    MACHINE_ID.iter().any(|path| mounted_id(root, mounts, path) == Some(MountedId::Hosts))
}

/// Whether the kernel's command line sets the id, so that it is the same at each start wherever its file lies
/// (systemd(1), `systemd.machine_id=`).
fn is_given_at_start(start: &str) -> bool {
    start
        .split_whitespace()
        .any(|word| word.strip_prefix("systemd.machine_id=").is_some_and(|id| !id.is_empty()))
}

/// Whether a live system was told to keep what is written into its upper layer: by the words of casper, live-boot, dracut
/// and archiso.
fn keeps_its_layer(start: &str) -> bool {
    let words = ["persistent", "persistence", "rd.live.overlay=", "cow_device=", "cow_label="];
    start.split_whitespace().any(|word| words.iter().any(|start| word.starts_with(start)))
}
