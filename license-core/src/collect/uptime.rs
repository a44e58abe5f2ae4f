//! How long this machine has been running.

use crate::Uptime;

/// How long this machine has been running, for a [`ClockGuard`](crate::ClockGuard); nothing where the system does not
/// say. On Linux time asleep counts and the start is named by the kernel's boot id.
#[must_use]
pub fn uptime() -> Option<Uptime> {
    #[cfg(target_os = "linux")]
    return linux::uptime(&super::root::Root::Folder(std::path::Path::new("/")));
    #[cfg(not(target_os = "linux"))]
    sysinfo::System::uptime().ok().map(|secs| Uptime::new(std::time::Duration::from_secs(secs)))
}

#[cfg(target_os = "linux")]
mod linux {
    use std::time::Duration;

    use super::Uptime;
    use crate::collect::root::Root;

    /// Sources: `proc_uptime(5)`, `random(4)`.
    pub(super) fn uptime(root: &Root<'_>) -> Option<Uptime> {
        let read = |path| root.text(path)?.ok();
        let ran = Uptime::new(running(&read("/proc/uptime")?)?);
        Some(match read("/proc/sys/kernel/random/boot_id") {
            Some(id) if !id.is_empty() => ran.of_start(&id),
            _ => ran,
        })
    }

    /// The first of two numbers of seconds.
    pub(super) fn running(text: &str) -> Option<Duration> {
        Duration::try_from_secs_f64(text.split_whitespace().next()?.parse().ok()?).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(target_os = "linux")]
    #[test]
    fn running_time_is_the_first_number() {
        assert_eq!(linux::running("25516.31 33585.51\n"), Some(std::time::Duration::from_millis(25_516_310)));
        for text in ["", "-1.0 2", "NaN", "inf", "1e300", "later"] {
            assert_eq!(linux::running(text), None, "{text}");
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_machine_without_the_files_says_nothing() {
        let empty = tempfile::tempdir().unwrap();
        assert_eq!(linux::uptime(&crate::collect::root::Root::Folder(empty.path())), None);
    }

    #[test]
    fn this_machine_runs_on() {
        if let (Some(before), Some(now)) = (uptime(), uptime()) {
            assert!(now.since(before).is_some());
        }
    }
}
