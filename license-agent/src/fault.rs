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

/// Seconds by which the clock is wrong: what the file `FAULT_CLOCK` holds, read each time.
#[cfg(feature = "fault-points")]
pub(crate) fn clock_offset() -> i64 {
    let text = std::env::var_os("FAULT_CLOCK").and_then(|path| std::fs::read_to_string(path).ok());
    text.and_then(|text| text.trim().parse().ok()).unwrap_or(0)
}

/// Seconds by which the clock is wrong.
#[cfg(not(feature = "fault-points"))]
#[inline(always)]
pub(crate) const fn clock_offset() -> i64 {
    0
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
