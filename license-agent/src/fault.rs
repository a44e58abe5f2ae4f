//! Places where a test can stop the agent and kill it, and a clock that a test sets.
//!
//! Only programs built with the feature `fault-points` have them; in every other one they are nothing.

/// A place between two steps.
///
/// With the feature: when the environment's `FAULT_POINT` names it, the file `FAULT_REACHED` is written and the thread
/// stays here until the process is killed.
#[cfg(feature = "fault-points")]
pub(crate) fn reached(point: &str) {
    if std::env::var("FAULT_POINT").is_ok_and(|wanted| wanted == point) {
        let told = std::env::var_os("FAULT_REACHED").map(|path| std::fs::write(path, point));
        if !matches!(told, Some(Ok(()))) {
            eprintln!("FAULT_REACHED names no file that can be written");
        }
        loop {
            std::thread::park();
        }
    }
}

/// A place between two steps.
#[cfg(not(feature = "fault-points"))]
#[inline(always)]
pub(crate) const fn reached(_point: &str) {}

/// A place between two steps with a file, named by what the file ends with: `lic-file-made`.
#[cfg(feature = "fault-points")]
pub(crate) fn reached_with(file: &std::path::Path, point: &str) {
    reached(&format!("{}-{point}", file.extension().unwrap_or_default().display()));
}

/// A place between two steps with a file.
#[cfg(not(feature = "fault-points"))]
#[inline(always)]
pub(crate) const fn reached_with(_file: &std::path::Path, _point: &str) {}

/// What the clock is to say instead of the time: the seconds in the file that `FAULT_CLOCK` names, read each time.
#[cfg(feature = "fault-points")]
pub(crate) fn clock() -> Option<i64> {
    std::fs::read_to_string(std::env::var_os("FAULT_CLOCK")?).ok()?.trim().parse().ok()
}

/// What the clock is to say instead of the time.
#[cfg(not(feature = "fault-points"))]
#[inline(always)]
pub(crate) const fn clock() -> Option<i64> {
    None
}

/// How many times faster than meant waiting is: `FAULT_PACE`.
#[cfg(feature = "fault-points")]
pub(crate) fn pace() -> u32 {
    std::env::var("FAULT_PACE").ok().and_then(|text| text.parse().ok()).unwrap_or(1).max(1)
}

/// How many times faster than meant waiting is.
#[cfg(not(feature = "fault-points"))]
#[inline(always)]
pub(crate) const fn pace() -> u32 {
    1
}
