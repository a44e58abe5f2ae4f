//! What a server uses, read from the system and from its own metrics.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use serde::Serialize;

use crate::wire::{Wire, WireError};

/// What a process has used until now.
#[derive(Clone, Debug, Default)]
pub struct Used {
    /// Resident memory, in KiB, and the most there ever was.
    pub resident_kib: u64,
    /// The most resident memory that there was, in KiB.
    pub peak_kib: u64,
    /// Time on a processor, by thread name.
    pub on_cpu: BTreeMap<String, Duration>,
    /// Time that its threads waited for a processor.
    pub waited: Duration,
}

/// What a process used during a run.
#[derive(Clone, Debug, Serialize)]
pub struct Use {
    /// Resident at the end, in MiB.
    pub resident_mib: f64,
    /// The most that was resident at any time, in MiB.
    pub peak_mib: f64,
    /// Processor time, in seconds.
    pub cpu_seconds: f64,
    /// The same by thread name.
    pub cpu_seconds_by_thread: BTreeMap<String, f64>,
    /// How long its threads waited for a processor, in seconds: other programs had it.
    pub waited_seconds: f64,
}

impl Used {
    /// Reads `/proc`; `None` where there is none, or no such process.
    #[must_use]
    pub fn by(pid: u32) -> Option<Self> {
        let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
        let kib = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name))?;
            line.trim_start_matches(':').trim().strip_suffix(" kB")?.trim().parse().ok()
        };
        let mut used = Self {
            resident_kib: kib("VmRSS")?,
            peak_kib: kib("VmHWM").unwrap_or_default(),
            ..Self::default()
        };
        for task in std::fs::read_dir(format!("/proc/{pid}/task")).ok()?.flatten() {
            let read = |file: &str| std::fs::read_to_string(task.path().join(file)).ok();
            let (Some(name), Some(times)) = (read("comm"), read("schedstat")) else { continue };
            let mut times = times.split_whitespace().filter_map(|time| time.parse().ok());
            *used.on_cpu.entry(name.trim().to_owned()).or_default() +=
                Duration::from_nanos(times.next().unwrap_or_default());
            used.waited += Duration::from_nanos(times.next().unwrap_or_default());
        }
        Some(used)
    }

    /// What was used since `before`.
    #[must_use]
    pub fn since(&self, before: &Self) -> Use {
        let spent = |(name, until): (&String, &Duration)| {
            let from = before.on_cpu.get(name).copied().unwrap_or_default();
            (name.clone(), until.saturating_sub(from).as_secs_f64())
        };
        let by_thread: BTreeMap<_, _> = self.on_cpu.iter().map(spent).collect();
        Use {
            resident_mib: mib(self.resident_kib),
            peak_mib: mib(self.peak_kib),
            cpu_seconds: by_thread.values().sum(),
            cpu_seconds_by_thread: by_thread,
            waited_seconds: self.waited.saturating_sub(before.waited).as_secs_f64(),
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "memory of a machine, far below 2⁵³")]
fn mib(kib: u64) -> f64 {
    kib as f64 / 1024.0
}

/// How many licenses the server says that it has delivered, where it tells the operator.
///
/// # Errors
/// [`WireError`]
pub async fn delivered(operator: Option<SocketAddr>) -> Result<Option<u64>, WireError> {
    let Some(address) = operator else { return Ok(None) };
    let mut wire = Wire::connect(address).await?;
    let request = format!("GET /metrics HTTP/1.1\r\nhost: {address}\r\n\r\n");
    let answer = wire.exchange(request.as_bytes()).await?;
    let text = std::str::from_utf8(answer.body).map_err(|_| WireError::Malformed)?;
    Ok(Some(delivered_in(text)))
}

fn delivered_in(metrics: &str) -> u64 {
    let value = |line: &str| {
        line.strip_prefix("license_deliveries_total{end=\"delivered\"}")?.trim().parse::<u64>().ok()
    };
    metrics.lines().find_map(value).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_of_delivered_licenses_is_found() {
        let text = "# TYPE license_deliveries_total counter\nlicense_deliveries_total{end=\"retry\"} 7\n\
                    license_deliveries_total{end=\"delivered\"} 12\n";
        assert_eq!(delivered_in(text), 12);
        assert_eq!(delivered_in(""), 0);
    }

    #[test]
    fn this_process_uses_something() {
        if cfg!(target_os = "linux") {
            let used = Used::by(std::process::id()).unwrap();
            assert!(used.resident_kib > 0 && !used.on_cpu.is_empty());
            assert!(used.since(&Used::default()).cpu_seconds > 0.0);
        }
    }
}
