//! The installation's id on Linux.
//!
//! Source: machine-id(5).

use super::choice::Candidate;
use super::environment::{Container, Environment};
use super::environment_linux::{MountedId, Mounts};
use super::linux::{first_usable, read};
use super::root::Root;
use crate::fingerprint::Kind;

const MACHINE_ID: [&str; 2] = ["/etc/machine-id", "/var/lib/dbus/machine-id"];

/// The installation's id. Inside a container it mostly comes out of the image, the same in each of its containers, so
/// it counts only where the container keeps a system of its own or somebody mounted the file.
pub(super) fn candidates(root: &Root<'_>, environment: &Environment, mounts: &Mounts) -> Vec<Candidate> {
    let is_own = environment.container.is_none_or(Container::keeps_a_system);
    let files = MACHINE_ID.into_iter().filter_map(|path| {
        let candidate = read(root, Kind::Os, path)?;
        Some(if is_own || mounts.machine_id(path).is_some() { candidate } else { candidate.of_a_container() })
    });
    first_usable(files)
}

/// Somebody gave it the host's id: only then is the hardware that a container sees its own. Otherwise pods move, and
/// many share a host.
pub(super) fn is_hosts(mounts: &Mounts) -> bool {
    MACHINE_ID.iter().any(|path| mounts.machine_id(path) == Some(MountedId::Hosts))
}
