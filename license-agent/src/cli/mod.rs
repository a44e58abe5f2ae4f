//! What can be typed.

mod network;

use std::ffi::OsString;
use std::path::PathBuf;

use clap::builder::NonEmptyStringValueParser;
use clap::{ArgGroup, Args, Parser, Subcommand};

use license_core::collect::PlayedMachine;

use crate::report::Form;

pub(crate) use network::{ActivateArgs, DeactivateArgs, DoctorArgs, RenewArgs, RequestArgs, ServerArgs};

/// Gets this machine's license, keeps it fresh and shows its state
///
/// Works offline until the license ends; needs no administrator. Without a command it says what to do next.
#[derive(Debug, Parser)]
#[command(bin_name = "license-agent", version, after_help = HELP, disable_help_subcommand = true)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) common: Common,
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

const HELP: &str = "\
Exit codes:
  0  done; for status: licensed, also in grace; for doctor: a license could work here
  1  could not be done: wrong arguments, a missing file, nothing to identify this machine by
  2  not licensed: no license, or not one that holds on this machine now
  3  the vendor's server cannot be reached, or cannot answer now
  4  the vendor's server refused it

Examples:
  license-agent --vendor vendor.toml activate CZ2P-08AA-FEE8-2EGE-5DMV-X64N-ZWNQ
  license-agent --vendor vendor.toml status
  license-agent --vendor vendor.toml renew --watch
Without a network:
  license-agent --vendor vendor.toml request CZ2P-08AA-FEE8-2EGE-5DMV-X64N-ZWNQ --out request.json
  license-agent --vendor vendor.toml install cad-pro.lic";

/// What every command understands.
#[derive(Debug, Args)]
pub(crate) struct Common {
    /// The vendor file that came with the product: whose licenses are trusted, and for which product
    #[arg(long, global = true, value_name = "FILE", env = "LICENSE_AGENT_VENDOR")]
    pub(crate) vendor: Option<PathBuf>,
    /// The folder of installed licenses, instead of the user's own
    #[arg(long, global = true, value_name = "DIR", env = "LICENSE_AGENT_DIR")]
    pub(crate) dir: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Activate(ActivateArgs),
    Status(StatusArgs),
    Renew(RenewArgs),
    Deactivate(DeactivateArgs),
    Install(InstallArgs),
    Request(RequestArgs),
    Fingerprint(FingerprintArgs),
    Prove(ProveArgs),
    Doctor(DoctorArgs),
    Completions(CompletionsArgs),
    Man(ManArgs),
    Play(PlayArgs),
}

impl Command {
    /// How the answer is to be written.
    pub(crate) const fn form(&self) -> Form {
        match self {
            Self::Activate(args) => args.output.form(),
            Self::Status(args) => args.output.form(),
            Self::Renew(args) => args.output.form(),
            Self::Deactivate(args) => args.output.form(),
            Self::Install(args) => args.output.form(),
            Self::Request(args) => args.output.form(),
            Self::Fingerprint(args) => args.output.form(),
            Self::Prove(args) => args.output.form(),
            Self::Doctor(args) => args.output.form(),
            Self::Completions(_) | Self::Man(_) | Self::Play(_) => Form::Text,
        }
    }
}

/// Print the text that names this machine to the vendor
///
/// The text holds digests made for this vendor only, no hardware values; treat it as personal data all the same.
/// It is alone on the standard output. Nothing is sent anywhere.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("long form").args(["explain", "json"]).multiple(true), after_help = "\
Examples:
  license-agent --vendor vendor.toml fingerprint
  license-agent --vendor vendor.toml fingerprint --explain
  license-agent --vendor vendor.toml fingerprint --qr
  license-agent fingerprint --capture machine.txt
  license-agent fingerprint --realm https://vendor.example --json")]
pub(crate) struct FingerprintArgs {
    /// The vendor's realm, where there is no vendor file
    #[arg(long, value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) realm: Option<String>,
    /// List what was found, where, what was left out and why, and how strong the result is
    #[arg(long)]
    pub(crate) explain: bool,
    /// Draw it as a QR code as well, for a camera
    #[arg(long, conflicts_with = "json")]
    pub(crate) qr: bool,
    /// Show the hardware values themselves, with --explain or --json; they are personal data
    #[arg(long, requires = "long form")]
    pub(crate) raw: bool,
    /// Write down what was read here, under pseudonyms, so that an odd machine can be mailed to the vendor; - prints it
    #[arg(long, value_name = "FILE", conflicts_with_all = ["realm", "explain", "qr", "raw", "device_id_file"])]
    pub(crate) capture: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) machine: MachineArgs,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

/// Verify a license for this machine and put it into place
///
/// Nothing is written unless the license holds here and now; the license that was there before then stays.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  license-agent --vendor vendor.toml install cad-pro.lic
  cat cad-pro.lic | license-agent --vendor vendor.toml install -")]
pub(crate) struct InstallArgs {
    /// The file with the license, or - for the standard input
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// The vendor's signed keys, where the license was signed with one that is newer than the vendor file
    #[arg(long, value_name = "FILE")]
    pub(crate) keys: Option<PathBuf>,
    /// Also replace an installed license that lasts longer
    #[arg(long)]
    pub(crate) force: bool,
    #[command(flatten)]
    pub(crate) device: DeviceArgs,
    #[command(flatten)]
    pub(crate) machine: MachineArgs,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

/// Verify the installed license and show what it grants, until when, and what to do next
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  license-agent --vendor vendor.toml status
  license-agent --vendor vendor.toml status --json | jq .days_left")]
pub(crate) struct StatusArgs {
    #[command(flatten)]
    pub(crate) device: DeviceArgs,
    #[command(flatten)]
    pub(crate) machine: MachineArgs,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

/// Answer a challenge of the vendor's software with this machine's key
///
/// For products that ask for more than the license file: only the machine that a license was given to can answer. The
/// answer is alone on the standard output. Nothing is sent anywhere.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  license-agent --vendor vendor.toml prove CHALLENGE")]
pub(crate) struct ProveArgs {
    /// The challenge, 43 characters
    #[arg(value_name = "CHALLENGE")]
    pub(crate) challenge: String,
    #[command(flatten)]
    pub(crate) device: DeviceArgs,
    #[command(flatten)]
    pub(crate) machine: MachineArgs,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

/// Try a command on a machine that was captured, in place of this one
///
/// Without a command it explains the machine's fingerprint. Only fingerprint, status and install are played; the two
/// that look at licenses need --dir, so that nothing of this machine's own is touched.
#[derive(Debug, Args)]
#[command(
    hide = true,
    after_help = "\
Examples:
  license-agent play machine.txt
  license-agent play machine.txt fingerprint --realm https://vendor.example --json
  license-agent --vendor vendor.toml --dir /tmp/licenses play machine.txt install cad-pro.lic
  license-agent --vendor vendor.toml --dir /tmp/licenses play machine.txt status"
)]
pub(crate) struct PlayArgs {
    /// The file that fingerprint --capture wrote
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// The command and its options
    #[arg(value_name = "COMMAND", trailing_var_arg = true, allow_hyphen_values = true)]
    pub(crate) command: Vec<OsString>,
}

/// Print what makes a shell complete these commands
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  license-agent completions bash > ~/.local/share/bash-completion/completions/license-agent")]
pub(crate) struct CompletionsArgs {
    /// Which shell
    pub(crate) shell: clap_complete::Shell,
}

/// Write the manual pages of all commands into a folder
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  license-agent man /usr/local/share/man/man1")]
pub(crate) struct ManArgs {
    /// The folder
    pub(crate) folder: PathBuf,
}

/// How this machine is read.
#[derive(Debug, Args)]
pub(crate) struct MachineArgs {
    /// Also read what only an administrator can read
    #[arg(long)]
    pub(crate) privileged: bool,
    /// A file with an id that you set for this machine, instead of its hardware; also by LICENSE_DEVICE_ID_FILE, or
    /// the id itself in LICENSE_DEVICE_ID
    #[arg(long, value_name = "FILE", conflicts_with = "privileged")]
    pub(crate) device_id_file: Option<PathBuf>,
    /// The folder that stands for / where the machine is read
    #[arg(long, hide = true, value_name = "DIR", default_value = "/")]
    pub(crate) sysroot: PathBuf,
    /// A machine that is played in place of this one.
    #[arg(skip)]
    pub(crate) played: Option<PlayedMachine>,
}

/// What stands in for this machine.
#[derive(Debug, Args)]
pub(crate) struct DeviceArgs {
    /// A fingerprint text of the vendor's own kind, instead of reading this machine
    #[arg(long = "device", value_name = "TEXT", conflicts_with_all = ["privileged", "device_id_file"])]
    pub(crate) text: Option<String>,
}

/// How the answer is written.
#[derive(Debug, Args)]
pub(crate) struct OutputArgs {
    /// Answer with one JSON object
    #[arg(long)]
    pub(crate) json: bool,
}

impl OutputArgs {
    pub(crate) const fn form(&self) -> Form {
        if self.json { Form::Json } else { Form::Text }
    }
}
