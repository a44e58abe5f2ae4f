//! What engines without marks in groups and mounts leave: those of computing centres, and those that need no rights.
//!
//! Sources: Charliecloud's ch-run(1); Shifter's `udiRoot.conf` and `shifter_core.c`; udocker's manual and `engine/base.py`;
//! proc(5) for `TracerPid`; fakechroot(1); Apptainer's page on its environment.

use super::hosts::{is_hosts_root, is_in_first_mounts};
use super::mounts::Mounts;
use crate::collect::environment::Container;
use crate::collect::root::Root;

/// Variables that engines give to what runs inside, and nobody sets outside.
pub(in crate::collect) const VARIABLES: [&str; 7] = [
    "CH_RUNNING",
    "SHIFTER_IMAGEREQUEST",
    "SHIFTER_RUNTIME",
    "APPTAINER_CONTAINER",
    "SINGULARITY_CONTAINER",
    "FAKECHROOT_BASE",
    "container_execmode",
];

/// That of an engine that shows the host's own mounts. udocker's other ways are known by their tracer or their root.
const WITHOUT_MOUNTS: &str = "FAKECHROOT_BASE";

/// The engine that says so by a variable, a file or by tracing this process.
pub(super) fn by_engines_marks(root: &Root<'_>, mounts: &Mounts) -> Option<Container> {
    // A batch system may hand a container's variables on to a process on the host, which sees the root of its start.
    let is_below = !is_in_first_mounts(mounts) && !is_hosts_root(mounts);
    let own = root.long_text("/proc/self/environ").unwrap_or_default();
    let has_variable = own
        .split('\0')
        .filter_map(|one| one.split_once('='))
        .any(|(name, _)| VARIABLES.contains(&name) && (is_below || name == WITHOUT_MOUNTS));
    let is_marked = has_variable || is_traced(root) || is_below && root.exists("/var/shifterConfig.json");
    is_marked.then_some(Container::Other)
}

/// Whether `PRoot` leads this process to other files than it asks for; what else traces is a debugger.
fn is_traced(root: &Root<'_>) -> bool {
    let status = root.long_text("/proc/self/status").unwrap_or_default();
    let tracer = status.lines().find_map(|line| line.strip_prefix("TracerPid:")).map_or("", str::trim);
    let is_number = !tracer.is_empty() && tracer.bytes().all(|b| b.is_ascii_digit()) && tracer != "0";
    is_number
        && root
            .text(&format!("/proc/{tracer}/comm"))
            .is_some_and(|name| name.is_ok_and(|name| name.contains("proot")))
}
