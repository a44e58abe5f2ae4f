//! The commands that talk to the vendor's server, or do without it.

use std::path::PathBuf;

use clap::Args;
use clap::builder::NonEmptyStringValueParser;

use super::{DeviceArgs, MachineArgs, OutputArgs};

/// Get a license for this machine with an activation code
///
/// The code and this machine's fingerprint go to the vendor's server. The license that comes back is verified for this
/// machine before it is put into place. Doing it again on the same machine takes no second seat.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  license-agent --vendor vendor.toml activate CZ2P-08AA-FEE8-2EGE-5DMV-X64N-ZWNQ
  license-agent --vendor vendor.toml activate --name 'build machine 7' - < code.txt")]
pub(crate) struct ActivateArgs {
    /// The activation code that came with the purchase, or - to read it from the standard input
    #[arg(value_name = "CODE")]
    pub(crate) code: String,
    /// What to call this machine in the vendor's list of seats; sent only if given
    #[arg(long, value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) name: Option<String>,
    /// Also replace an installed license that lasts longer
    #[arg(long)]
    pub(crate) force: bool,
    #[command(flatten)]
    pub(crate) server: ServerArgs,
    #[command(flatten)]
    pub(crate) device: DeviceArgs,
    #[command(flatten)]
    pub(crate) machine: MachineArgs,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

/// Ask the vendor's server for a newer license, now or whenever it is due
///
/// Due is the last third of a license's time, at most its last 30 days, spread by its id so that not all machines ask
/// at once. Without a network the installed license works on until it ends.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  license-agent --vendor vendor.toml renew
  license-agent --vendor vendor.toml renew --if-due     from a timer, once a day
  license-agent --vendor vendor.toml renew --watch      as a service")]
pub(crate) struct RenewArgs {
    /// Stay, and renew whenever it is due; one line for whatever happens
    #[arg(long, conflicts_with = "if_due")]
    pub(crate) watch: bool,
    /// Do nothing unless it is due
    #[arg(long)]
    pub(crate) if_due: bool,
    /// With --watch: ask at least this often, also when it is not due, so that upgrades arrive; such as 12h or 7d
    #[arg(long, value_name = "TIME", requires = "watch", default_value = "7d", value_parser = span)]
    pub(crate) every: u64,
    #[command(flatten)]
    pub(crate) server: ServerArgs,
    #[command(flatten)]
    pub(crate) device: DeviceArgs,
    #[command(flatten)]
    pub(crate) machine: MachineArgs,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

/// Give this machine's seat back, and take its license away
///
/// The seat is then free for another machine. Nothing is taken away unless the server agrees.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  license-agent --vendor vendor.toml deactivate")]
pub(crate) struct DeactivateArgs {
    #[command(flatten)]
    pub(crate) server: ServerArgs,
    #[command(flatten)]
    pub(crate) device: DeviceArgs,
    #[command(flatten)]
    pub(crate) machine: MachineArgs,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

/// Write what a machine without a network asks for, to be carried to the vendor
///
/// The vendor's answer to it is a license: put it into place with `install`. Whoever has the request has the activation
/// code in it.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  license-agent --vendor vendor.toml request CZ2P-08AA-FEE8-2EGE-5DMV-X64N-ZWNQ --out request.json
  license-agent --vendor vendor.toml request CZ2P-08AA-FEE8-2EGE-5DMV-X64N-ZWNQ --qr
  license-agent --vendor vendor.toml install cad-pro.lic")]
pub(crate) struct RequestArgs {
    /// The activation code that came with the purchase, or - to read it from the standard input; left out where the
    /// vendor wants the fingerprint alone
    #[arg(value_name = "CODE")]
    pub(crate) code: Option<String>,
    /// What to call this machine in the vendor's list of seats
    #[arg(long, value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) name: Option<String>,
    /// Write it to a file instead of the standard output
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// Draw it as a QR code, for a camera
    #[arg(long, conflicts_with = "json")]
    pub(crate) qr: bool,
    #[command(flatten)]
    pub(crate) device: DeviceArgs,
    #[command(flatten)]
    pub(crate) machine: MachineArgs,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

/// Find out what stands between this machine and a license that works
///
/// Looks at the vendor file, what the machine offers to bind a license to, the clock, the files and the way to the
/// vendor's server. What it prints is meant for support: no hardware values, no digests, no host or user names.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  license-agent --vendor vendor.toml doctor
  license-agent --vendor vendor.toml doctor --offline
  license-agent --vendor vendor.toml doctor --json > for-support.json")]
pub(crate) struct DoctorArgs {
    /// Leave the network alone
    #[arg(long)]
    pub(crate) offline: bool,
    #[command(flatten)]
    pub(crate) server: ServerArgs,
    #[command(flatten)]
    pub(crate) device: DeviceArgs,
    #[command(flatten)]
    pub(crate) machine: MachineArgs,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

/// The way to the vendor's server. A proxy is taken from HTTPS_PROXY, ALL_PROXY or HTTP_PROXY, and NO_PROXY.
#[derive(Debug, Args)]
pub(crate) struct ServerArgs {
    /// The vendor's server, instead of the one in the vendor file
    #[arg(long, value_name = "URL", env = "LICENSE_AGENT_SERVER")]
    pub(crate) server: Option<String>,
    /// Certificates in PEM form that are trusted beside the machine's own
    #[arg(long, value_name = "FILE", env = "LICENSE_AGENT_CA_FILE")]
    pub(crate) ca_file: Option<PathBuf>,
    /// Give up after so many seconds, everything included
    #[arg(long, value_name = "SECONDS", env = "LICENSE_AGENT_TIMEOUT", default_value = "30",
          value_parser = clap::value_parser!(u64).range(1..=600))]
    pub(crate) timeout: u64,
}

impl ServerArgs {
    /// How many seconds to wait for another agent, which may wait for its server as long.
    pub(crate) const fn patience(&self) -> u64 {
        self.timeout + 10
    }
}

/// `90m`, `12h` or `7d` in seconds: an hour at least, a year at most.
fn span(text: &str) -> Result<u64, String> {
    const UNITS: [(char, u64); 3] = [('m', 60), ('h', 3_600), ('d', 86_400)];
    let found = UNITS.iter().find_map(|(unit, seconds)| {
        let count: u64 = text.strip_suffix(*unit)?.parse().ok()?;
        count.checked_mul(*seconds)
    });
    match found {
        Some(seconds @ 3_600..=31_536_000) => Ok(seconds),
        Some(_) => Err("from 1h to 365d".into()),
        None => Err("a number and m, h or d, such as 12h".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_has_a_number_and_a_unit_and_bounds() {
        assert_eq!(span("90m"), Ok(5_400));
        assert_eq!(span("12h"), Ok(43_200));
        assert_eq!(span("7d"), Ok(604_800));
        for text in
            ["", "7", "d", "-1d", "59m", "366d", "99999999999999999999d", "18446744073709551615d", "1w"]
        {
            assert!(span(text).is_err(), "{text}");
        }
    }
}
