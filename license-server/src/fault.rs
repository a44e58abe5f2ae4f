//! Places where a test can stop the program and kill it, to see that nothing is lost there.
//!
//! Only programs built with the feature `fault-points` have them; in every other one [`reached`] is nothing.

use std::time::Duration;

/// A place between two steps.
///
/// With the feature: when the environment's `FAULT_POINT` names it, the file `FAULT_REACHED` is written and the thread
/// stays here until the process is killed.
#[cfg(feature = "fault-points")]
pub(crate) fn reached(point: &str) {
    if std::env::var("FAULT_POINT").is_ok_and(|wanted| wanted == point) {
        let told = std::env::var_os("FAULT_REACHED").map(|path| std::fs::write(path, point));
        if !matches!(told, Some(Ok(()))) {
            tracing::error!(point, "FAULT_REACHED names no file that can be written");
        }
        loop {
            std::thread::park();
        }
    }
}

/// A place between two steps.
#[cfg(not(feature = "fault-points"))]
#[inline(always)]
pub(crate) fn reached(_point: &str) {}

/// How long what was taken belongs to its taker, in seconds, where `FAULT_LEASE` says so: a case need not wait as long
/// as a store's buyer would.
#[cfg(feature = "fault-points")]
pub(crate) fn lease() -> Option<i64> {
    std::env::var("FAULT_LEASE").ok()?.parse().ok()
}

/// Nothing but the usual lease.
#[cfg(not(feature = "fault-points"))]
pub(crate) fn lease() -> Option<i64> {
    None
}

/// How long something may take that callers wait for: four times as long where places can be stopped at, so that no case
/// depends on how busy a machine's disk and processors are.
#[cfg(feature = "fault-points")]
pub(crate) const fn patience(usual: Duration) -> Duration {
    usual.saturating_mul(4)
}

/// How long something may take that callers wait for.
#[cfg(not(feature = "fault-points"))]
pub(crate) const fn patience(usual: Duration) -> Duration {
    usual
}

/// How many pages the log of an SQLite file may have before it is folded, and after how many seconds it is said that a
/// reader holds it, where `FAULT_LOG_HELD` says so as `PAGES,SECONDS`: a case need not write as much as a year of calls.
#[cfg(feature = "fault-points")]
pub(crate) fn log_held() -> Option<(i32, u64)> {
    let text = std::env::var("FAULT_LOG_HELD").ok()?;
    let (pages, seconds) = text.split_once(',')?;
    Some((pages.parse().ok()?, seconds.parse().ok()?))
}

/// Nothing but the usual ones.
#[cfg(not(feature = "fault-points"))]
pub(crate) fn log_held() -> Option<(i32, u64)> {
    None
}
