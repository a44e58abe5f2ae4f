//! The command line: what the vendor's operator types.

mod answer;
mod backup;
mod check;
mod clock;
mod code;
mod deliveries;
mod demo;
mod devices;
mod instances;
mod issue;
mod keys;
mod migrate_to;
mod office;
mod output;
mod progress;
mod restore;
mod seats;
mod serve;
mod simulate;
mod times;

use std::process::ExitCode;

use clap::{CommandFactory as _, Parser, Subcommand};
use clap_complete::Shell;

use crate::config::SettingsArgs;
pub use output::for_terminal;

/// Answers the store, signs licenses and delivers them.
#[derive(Debug, Parser)]
#[command(name = "license-server", bin_name = "license-server", version, about, after_help = EXAMPLES)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

const EXAMPLES: &str = "\
Examples:
  license-server demo                         the main job on this machine, step by step
  license-server keys generate                a key to sign with
  license-server check --config server.toml   what is wrong with the settings, and what to do
  license-server serve --config server.toml   answer the store

Settings come from the file, then LICENSE_SERVER_… in the environment, then the flags.";

#[derive(Debug, Subcommand)]
enum Command {
    /// Answer the store's calls until SIGTERM or Ctrl-C
    Serve(serve::Args),
    /// Show the main job on this machine: buy, apply, deliver, verify
    Demo(demo::Args),
    /// Play the store against a production URL, this program's or another one's
    Simulate(Box<simulate::Args>),
    /// Make, list, export and withdraw signing keys
    Keys(keys::Args),
    /// See what was bought
    Instances(instances::Args),
    /// See and free the seats of an instance
    Seats(seats::Args),
    /// See, repeat and give up deliveries of licenses
    Deliveries(deliveries::Args),
    /// See machines that look like clones of each other
    Devices(devices::Args),
    /// Answer a license request from a machine that never sees a network
    Answer(Box<answer::Args>),
    /// Issue a license by hand, for an order that is delivered offline
    Issue(Box<issue::Args>),
    /// Check settings, catalog, keys and database, and say what to do
    Check(check::Args),
    /// See what time the database has seen, and confirm this machine's clock after a jump
    Clock(clock::Args),
    /// Copy the SQLite database and the ids of its keys to a folder, while the server runs
    Backup(backup::Args),
    /// Check a backup, or put it in place
    Restore(restore::Args),
    /// Copy the SQLite database into an empty PostgreSQL
    MigrateTo(migrate_to::Args),
    /// Print a completion script for a shell
    Completions {
        /// Which shell
        shell: Shell,
    },
}

/// What every operator's command takes.
#[derive(Debug, clap::Args)]
struct Common {
    /// Print JSON for programs
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    settings: SettingsArgs,
}

/// How much of a list is shown.
#[derive(Clone, Copy, Debug, clap::Args)]
struct Page {
    /// How many at most; if there are more, it is said how to go on
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    limit: u32,
}

/// A command that failed, in words for the operator.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// The settings.
    #[error(transparent)]
    Config(#[from] crate::config::ConfigError),
    /// The keys.
    #[error(transparent)]
    Keys(#[from] crate::keystore::KeyStoreError),
    /// The database.
    #[error(transparent)]
    Storage(#[from] crate::storage::StorageError),
    /// A backup.
    #[error(transparent)]
    Backup(#[from] crate::backup::BackupError),
    /// The server did not start.
    #[error(transparent)]
    Launch(#[from] crate::launch::LaunchError),
    /// A file or the terminal.
    #[error("{0}")]
    Io(#[from] std::io::Error),
    /// Anything else, already in words.
    #[error("{0}")]
    Said(String),
    /// It was said already; only the exit code is left.
    #[error("")]
    Reported,
    /// The same with an exit code of its own.
    #[error("")]
    Ended(u8),
}

/// Reads a license request that strangers made.
#[cfg(fuzzing)]
pub(crate) fn fuzz_request_file(bytes: &[u8], realm: &license_core::Realm) {
    for instance in [None, Some("instance")] {
        drop(answer::request(bytes, instance, realm));
    }
}

type Done = Result<(), CommandError>;

/// Runs the command line of this process, and gives its exit code.
pub fn main() -> ExitCode {
    crate::process::keep_memory_private();
    match Cli::parse().run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(CommandError::Reported) => ExitCode::FAILURE,
        Err(CommandError::Ended(code)) => code.into(),
        Err(error) => {
            eprintln!("license-server: {}", for_terminal(&error.to_string()));
            ExitCode::FAILURE
        }
    }
}

impl Cli {
    /// Does what was asked.
    ///
    /// # Errors
    /// What to tell the operator.
    pub fn run(self) -> Done {
        match self.command {
            Command::Serve(args) => serve::run(&args),
            Command::Demo(args) => demo::run(&args),
            Command::Simulate(args) => simulate::run(&args),
            Command::Keys(args) => keys::run(args),
            Command::Instances(args) => instances::run(args),
            Command::Seats(args) => seats::run(args),
            Command::Deliveries(args) => deliveries::run(args),
            Command::Devices(args) => devices::run(&args),
            Command::Answer(args) => answer::run(&args),
            Command::Issue(args) => issue::run(&args),
            Command::Check(args) => check::run(&args),
            Command::Clock(args) => clock::run(&args),
            Command::Backup(args) => backup::run(&args),
            Command::Restore(args) => restore::run(&args),
            Command::MigrateTo(args) => migrate_to::run(&args),
            Command::Completions { shell } => {
                clap_complete::generate(
                    shell,
                    &mut Self::command(),
                    "license-server",
                    &mut std::io::stdout(),
                );
                Ok(())
            }
        }
    }
}
