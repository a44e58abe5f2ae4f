//! What the process allows the system to do with its memory.

/// From now on no core dump of this process is written and no other process of its user looks into it: signing keys and
/// access keys are in its memory. Where the system knows no such thing, it changes nothing.
#[cfg(unix)]
pub fn keep_memory_private() {
    use rustix::process::{Resource, Rlimit, setrlimit};
    let none = Rlimit { current: Some(0), maximum: Some(0) };
    if let Err(error) = setrlimit(Resource::Core, none) {
        eprintln!("license-server: core dumps cannot be switched off: {error}");
    }
    // A program that collects dumps does not ask for that limit.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    if let Err(error) = rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable)
    {
        eprintln!("license-server: core dumps cannot be switched off: {error}");
    }
}

/// Nothing on this system.
#[cfg(not(unix))]
pub fn keep_memory_private() {}
