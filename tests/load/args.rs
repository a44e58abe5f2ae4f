//! What a run is told.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use crate::plan::Mix;
use crate::server::Deliveries;

/// What is run.
#[derive(Clone, Debug, Args)]
pub struct RunArgs {
    /// The production URL of a running server
    #[arg(long, conflicts_with_all = ["serve", "dir", "deliveries"], required_unless_present = "serve")]
    pub(crate) url: Option<String>,
    /// Its access key
    #[arg(long, env = "LICENSE_LOAD_ACCESS_KEY", hide_env_values = true, requires = "url")]
    pub(crate) access_key: Option<String>,
    /// Its process, to be watched
    #[arg(long, requires = "url")]
    pub(crate) pid: Option<u32>,
    /// Call a machine that is not this one, or use a database there
    #[arg(long)]
    pub(crate) anywhere: bool,
    /// Start a server of this program's own on `sqlite` or postgres://…
    #[arg(long, value_name = "DATABASE")]
    pub(crate) serve: Option<String>,
    /// Keep the server's folder here, and go on with what is in it [default: a temporary one]
    #[arg(long)]
    pub(crate) dir: Option<PathBuf>,
    /// What the server does with licenses
    #[arg(long, value_enum, default_value = "paused")]
    pub(crate) deliveries: Deliveries,
    /// How many connections call at the same time
    #[arg(long, default_value_t = 64, value_parser = clap::value_parser!(u32).range(1..=20_000))]
    pub(crate) connections: u32,
    /// Ask so many calls a second, whatever the answers do; latency then counts from the time that a call was due
    #[arg(long, value_parser = rate)]
    pub(crate) rate: Option<f64>,
    /// How long
    #[arg(long, default_value = "10s", value_parser = seconds)]
    pub(crate) duration: Duration,
    /// End after so many calls
    #[arg(long, default_value_t = u64::MAX, hide_default_value = true)]
    pub(crate) count: u64,
    /// Call for so long before anything is measured
    #[arg(long, default_value = "1s", value_parser = seconds)]
    pub(crate) warm_up: Duration,
    /// Shares of open, apply, repeat and look
    #[arg(long, default_value = "apply=100")]
    pub(crate) mix: Mix,
    /// Per cent of the applications that come from a known device with one part changed
    #[arg(long, default_value = "10%", value_parser = percent)]
    pub(crate) known: u8,
    /// How many instances
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u64).range(1..=10_000_000))]
    pub(crate) instances: u64,
    /// How many seats each of them has
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u64).range(1..=10_000_000))]
    pub(crate) seats: u64,
    /// Have so many devices apply before anything is measured
    #[arg(long, default_value_t = 0)]
    pub(crate) fill: u64,
    /// Make debug calls, which store nothing
    #[arg(long)]
    pub(crate) test_flag: bool,
    /// Then make the same calls with testFlag 1, and with --serve insert the stored rows with nothing around the
    /// database; say both rates, and the run's ratio to each
    #[arg(long, conflicts_with_all = ["rate", "test_flag"])]
    pub(crate) compare: bool,
    /// How many applications each transaction of the compared inserts has
    #[arg(long, default_value_t = 64, value_parser = clap::value_parser!(u32).range(1..=100_000), requires = "compare")]
    pub(crate) compare_batch: u32,
    /// Do everything that is measured so often, in turns, and report medians
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    pub(crate) rounds: u32,
    /// Count refusals because the server is busy, and connections that it closes, apart: they are what is expected of it
    #[arg(long)]
    pub(crate) busy_is_fine: bool,
    /// Where names begin [default: from the time]
    #[arg(long)]
    pub(crate) seed: Option<u32>,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// A schedule has room for a call every microsecond.
fn rate(text: &str) -> Result<f64, String> {
    let rate = text.parse().ok().filter(|rate: &f64| *rate > 0.0 && *rate <= 1_000_000.0);
    rate.ok_or_else(|| "is not a number above 0, and at most 1000000".into())
}

/// `10s`, `2m`
fn seconds(text: &str) -> Result<Duration, String> {
    let seconds = license_server::config::values::seconds(text).map_err(|e| e.to_string())?;
    u64::try_from(seconds).map(Duration::from_secs).map_err(|_| "is negative".into())
}

fn percent(text: &str) -> Result<u8, String> {
    let number = text.strip_suffix('%').unwrap_or(text).parse().ok().filter(|percent| *percent <= 100);
    number.ok_or_else(|| "is not a percentage, as `10%`".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_has_a_schedule() {
        assert_eq!((rate("0.5"), rate("3000")), (Ok(0.5), Ok(3000.0)));
        for text in ["0", "-1", "NaN", "inf", "1000001", "x"] {
            assert!(rate(text).is_err(), "{text}");
        }
    }
}
