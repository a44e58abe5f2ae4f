//! What the server tells its operator: log lines and metrics.

use std::fmt;
use std::sync::OnceLock;

use clap::ValueEnum;
use metrics::{Unit, describe_counter, describe_gauge, describe_histogram};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use tracing::level_filters::LevelFilter;
use tracing_subscriber::EnvFilter;

use crate::log_lines::LogLines;

/// How log lines look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people
    #[default]
    Text,
    /// One JSON object a line
    Json,
}

/// The flags of a command that logs.
#[derive(Clone, Copy, Debug, Default, clap::Args)]
pub struct LogArgs {
    /// How log lines look; which ones there are is RUST_LOG's to say, `info` without it
    #[arg(long, value_enum, value_name = "FORMAT", default_value = "text")]
    pub log_format: LogFormat,
}

/// Sends log lines to the standard error. The first call of a process decides.
pub fn init(args: LogArgs) {
    start(args.log_format, LevelFilter::INFO);
}

/// The same with warnings and errors only, unless RUST_LOG asks for more.
pub fn init_quiet() {
    start(LogFormat::Text, LevelFilter::WARN);
}

fn start(format: LogFormat, level: LevelFilter) {
    let filter = EnvFilter::builder().with_default_directive(level.into()).from_env_lossy();
    // It writes the values of queries: fingerprints, licenses and buyers.
    let silent = ["tokio_postgres=warn", "tokio_postgres::query=warn"];
    // What a peer does wrong is said by our own lines, which are bounded; these are for whoever asks for them.
    let asked = std::env::var(EnvFilter::DEFAULT_ENV).unwrap_or_default();
    let peers = [("h2", "h2=error"), ("rustls", "rustls=off")];
    let unasked = peers.into_iter().filter(|(name, _)| !asked.contains(name)).map(|(_, off)| off);
    let filter = silent
        .into_iter()
        .chain(unasked)
        .filter_map(|text| text.parse().ok())
        .fold(filter, EnvFilter::add_directive);
    let colours = std::io::IsTerminal::is_terminal(&std::io::stderr());
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(colours)
        .with_writer(LogLines { colours });
    // An error says that somebody was first: a test, or another server of this process.
    let _ = match format {
        LogFormat::Text => lines.try_init(),
        LogFormat::Json => lines.json().flatten_event(true).try_init(),
    };
}

/// What the process counts; all servers of one process count together.
#[derive(Clone)]
pub struct Metrics(PrometheusHandle);

impl Metrics {
    /// The process's metrics, installed at the first call.
    #[must_use]
    pub fn install() -> Self {
        static HANDLE: OnceLock<PrometheusHandle> = OnceLock::new();
        Self(HANDLE.get_or_init(new_recorder).clone())
    }

    /// Prometheus text, format 0.0.4.
    #[must_use]
    pub fn render(&self) -> String {
        self.0.run_upkeep();
        self.0.render()
    }

    /// Folds samples that nobody asked for yet, so that they take no room; to be called every few seconds.
    pub fn tidy(&self) {
        self.0.run_upkeep();
    }
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Metrics")
    }
}

/// Upper bounds in seconds: the store waits 5 s, and the aim is 15 ms.
const BUCKETS: [f64; 12] = [0.001, 0.0025, 0.005, 0.01, 0.015, 0.025, 0.05, 0.1, 0.5, 1.0, 3.5, 5.0];

fn new_recorder() -> PrometheusHandle {
    let builder = PrometheusBuilder::new();
    // Only an empty list of bounds is refused.
    let builder = builder.set_buckets(&BUCKETS).unwrap_or_else(|_| PrometheusBuilder::new());
    let recorder = builder.build_recorder();
    let handle = recorder.handle();
    if metrics::set_global_recorder(recorder).is_err() {
        tracing::warn!("another metrics recorder is installed; /metrics stays empty");
    }
    describe_counter!("koogallery_calls_total", "The store's calls, by activity and result code");
    describe_counter!("agent_calls_total", "Machines' own calls, by call and outcome");
    describe_counter!("license_connections_closed_total", "Connections that the server closed, by why");
    describe_counter!("license_connections_refused_total", "Connections for which there was no place");
    describe_counter!("license_bodies_unread_total", "Requests whose body was not read, by why");
    describe_counter!("license_log_lines_left_out_total", "Lines of the log that were only counted");
    describe_counter!("license_rows_pruned_total", "Old rows that are gone, by table");
    describe_gauge!(
        "license_clock_off_seconds",
        Unit::Seconds,
        "How far the clock is ahead of what it should be, negative for behind; 0 while it is believed"
    );
    describe_gauge!("license_database_log_bytes", Unit::Bytes, "How long SQLite's write-ahead log is");
    describe_gauge!(
        "license_database_log_held_seconds",
        Unit::Seconds,
        "For how long a reader has kept SQLite's log from being emptied; 0 while none does"
    );
    describe_histogram!(
        "koogallery_call_seconds",
        Unit::Seconds,
        "How long the store's calls took, by activity"
    );
    handle
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_servers_of_a_process_count_together() {
        let (one, other) = (Metrics::install(), Metrics::install());
        metrics::counter!("telemetry_test_total", "by" => "both").increment(2);
        metrics::histogram!("telemetry_test_seconds").record(0.012);
        for metrics in [one, other] {
            let text = metrics.render();
            assert!(text.contains("telemetry_test_total{by=\"both\"} 2"), "{text}");
            assert!(text.contains("telemetry_test_seconds_bucket{le=\"0.015\"} 1"), "{text}");
        }
    }

    #[test]
    fn the_log_can_be_asked_for_twice() {
        init_quiet();
        init(LogArgs { log_format: LogFormat::Json });
        assert!(tracing::dispatcher::has_been_set());
    }
}
