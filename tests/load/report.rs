//! What a run says at its end.

use hdrhistogram::Histogram;
use serde::Serialize;

use crate::compare::Comparison;
use crate::plan::Mix;
use crate::tally::Tally;
use crate::watch::Use;

/// A run.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// What was asked.
    pub mix: Mix,
    /// Per cent of the applications that came from a known device with one part changed.
    pub known_percent: u8,
    /// testFlag 1
    pub rehearsed: bool,
    /// How many instances there are.
    pub instances: u64,
    /// And seats on each.
    pub seats: u64,
    /// Devices that had a license when the run began.
    pub devices_before: u64,
    /// How many connections called.
    pub connections: usize,
    /// Calls a second that were asked for; as fast as answers came without it.
    pub rate: Option<f64>,
    /// How long the run took.
    pub seconds: f64,
    /// Each kind of call, then all of them.
    pub calls: Vec<Line>,
    /// Licenses that were granted a second.
    pub granted_rate: f64,
    /// Refusals because the server was busy.
    pub busy: Option<Line>,
    /// Answers that were wrong.
    pub wrong: u64,
    /// The first of them.
    pub faults: Vec<String>,
    /// What the server used.
    pub server: Option<Use>,
    /// What calling used.
    pub caller: Option<Use>,
    /// Licenses that the run caused and that are not delivered yet.
    pub backlog: Option<i64>,
    /// Bytes of the database, its log included.
    pub database_bytes: Option<u64>,
    /// Of all rounds, and with what they were compared.
    pub comparison: Option<Comparison>,
}

/// One kind of call.
#[derive(Clone, Debug, Serialize)]
pub struct Line {
    /// Which.
    pub name: String,
    /// Right answers.
    pub count: u64,
    /// Right answers a second.
    pub rate: f64,
    /// Milliseconds, half were faster.
    pub p50: f64,
    /// Nine of ten were faster.
    pub p90: f64,
    /// 99 of 100 were faster.
    pub p99: f64,
    /// 999 of 1000 were faster.
    pub p999: f64,
    /// The slowest.
    pub max: f64,
}

impl Line {
    /// Figures of a histogram of microseconds.
    #[must_use]
    pub fn new(name: &str, latency: &Histogram<u64>, seconds: f64) -> Self {
        let ms = |quantile| to_ms(latency.value_at_quantile(quantile));
        let count = latency.len();
        let rate = Self::rate(count, seconds);
        Self {
            name: name.to_owned(),
            count,
            rate,
            p50: ms(0.5),
            p90: ms(0.9),
            p99: ms(0.99),
            p999: ms(0.999),
            max: to_ms(latency.max()),
        }
    }

    /// So many in so many seconds.
    pub(crate) fn rate(count: u64, seconds: f64) -> f64 {
        to_ms(count) * 1000.0 / seconds
    }

    /// The lines of a tally.
    #[must_use]
    pub fn of(tally: &Tally, seconds: f64) -> Vec<Self> {
        let mut lines: Vec<_> =
            tally.kinds().map(|(kind, latency)| Self::new(kind.as_str(), latency, seconds)).collect();
        if lines.len() != 1 {
            lines.push(Self::new("all", &tally.all(), seconds));
        }
        lines
    }
}

#[expect(clippy::cast_precision_loss, reason = "microseconds and counts of a run, far below 2⁵³")]
fn to_ms(thousandths: u64) -> f64 {
    thousandths as f64 / 1000.0
}

impl std::fmt::Display for Report {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let how =
            self.rate.map_or_else(|| "as fast as answers come".into(), |rate| format!("{rate}/s asked"));
        writeln!(
            f,
            "{} connections, {how}, {:.1} s; {} instances × {} seats, {} devices before",
            self.connections, self.seconds, self.instances, self.seats, self.devices_before
        )?;
        writeln!(
            f,
            "{:34} {:>9} {:>9} {:>8} {:>8} {:>8} {:>8} {:>8}",
            "", "answers", "/s", "p50 ms", "p90", "p99", "p99.9", "max"
        )?;
        let busy = self.busy.iter().filter(|line| line.count > 0);
        for line in self.calls.iter().chain(busy) {
            let Line { name, count, rate, p50, p90, p99, p999, max } = line;
            writeln!(
                f,
                "{name:34} {count:>9} {rate:>9.0} {p50:>8.2} {p90:>8.2} {p99:>8.2} {p999:>8.2} {max:>8.2}"
            )?;
        }
        for (name, used) in [("server", &self.server), ("caller", &self.caller)] {
            if let Some(used) = used {
                self.write_use(f, name, used)?;
            }
        }
        if let Some(backlog) = self.backlog {
            writeln!(f, "licenses not delivered yet: {backlog}")?;
        }
        if let Some(bytes) = self.database_bytes {
            writeln!(f, "database: {:.1} MiB", to_ms(bytes) * 1000.0 / 1_048_576.0)?;
        }
        if let Some(comparison) = &self.comparison {
            write!(f, "{comparison}")?;
        }
        if self.wrong > 0 {
            writeln!(f, "WRONG: {}", self.wrong)?;
        }
        self.faults.iter().try_for_each(|fault| writeln!(f, "  {fault}"))
    }
}

impl Report {
    /// Right answers a second, all kinds together.
    #[must_use]
    pub fn all(&self) -> f64 {
        self.calls.last().map_or(0.0, |all| all.rate)
    }

    fn write_use(&self, f: &mut std::fmt::Formatter<'_>, name: &str, used: &Use) -> std::fmt::Result {
        let answers = self.calls.last().map_or(0, |all| all.count).max(1);
        let each = |seconds: f64| seconds * 1000.0 / to_ms(answers);
        write!(
            f,
            "{name}: {:.1} MiB resident (at most {:.1}); {:.1} µs of processor a call (",
            used.resident_mib,
            used.peak_mib,
            each(used.cpu_seconds)
        )?;
        let mut by_thread: Vec<_> = used.cpu_seconds_by_thread.iter().collect();
        by_thread.sort_by(|a, b| b.1.total_cmp(a.1));
        for (at, (thread, seconds)) in by_thread.into_iter().take(4).enumerate() {
            write!(f, "{}{thread} {:.1}", if at == 0 { "" } else { ", " }, each(*seconds))?;
        }
        writeln!(f, "), {:.1} µs waiting for one", each(used.waited_seconds))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_tells_rates_and_milliseconds() {
        let mut latency = Histogram::<u64>::new(3).unwrap();
        latency.record_n(1_000, 99).unwrap();
        latency.record(50_000).unwrap();
        let line = Line::new("x", &latency, 2.0);
        assert_eq!((line.count, line.rate), (100, 50.0));
        assert!((line.p50 - 1.0).abs() < 0.01 && (line.max - 50.0).abs() < 0.1, "{line:?}");
    }
}
