//! `load`: how many calls a license server bears.

use std::io::Write as _;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use license_load::args::RunArgs;
use license_load::bare::{BareArgs, bare_inserts};
use license_load::failure::Failure;
use license_load::run::run;
use license_load::server::{ServeArgs, serve};

/// Calls a license server as the store does, and measures how fast it answers
#[derive(Parser)]
#[command(
    subcommand_required = true,
    after_help = "\
Examples:
  load run --serve sqlite
  load run --serve sqlite --mix apply=90,open=5,repeat=5 --known 10% --instances 10000 --seats 20
  load run --serve sqlite --deliveries store --rate 3000 --duration 60s
  load run --url http://127.0.0.1:8080/koogallery/produce --access-key … --test-flag
  load run --serve sqlite --compare
  load run --serve postgres://USER@127.0.0.1:5432/DATABASE --compare --rounds 3 --duration 5s --seats 40
  load bare-inserts --from DIR/license.db --batch 64,512
  load bare-inserts --from postgres://USER@127.0.0.1:5432/DATABASE --count 50000"
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Make calls; ends with 1 when an answer was wrong
    Run(Box<RunArgs>),
    /// Insert the rows of stored applications into an empty database, with nothing else around it
    ///
    /// That is a file in a new folder beside the one that is read, or in PostgreSQL a schema `license_load_bare_…` of
    /// the same database; both are removed at the end.
    BareInserts(BareArgs),
    /// Be the server of a run
    #[command(hide = true)]
    Serve(ServeArgs),
}

fn main() -> ExitCode {
    match Cli::parse().command.run() {
        Ok(code) => code,
        Err(failure) => {
            eprintln!("load: {failure}");
            match failure {
                Failure::Wrong(_) => ExitCode::FAILURE,
                Failure::Other(_) => ExitCode::from(2),
            }
        }
    }
}

impl Command {
    fn run(self) -> Result<ExitCode, Failure> {
        match self {
            Self::Run(args) => call(&args),
            Self::BareInserts(args) => {
                let bare = bare_inserts(&args)?;
                if args.json {
                    print(&serde_json::to_string_pretty(&bare).map_err(|e| e.to_string())?)?;
                } else {
                    bare.iter().try_for_each(|one| print(&one.to_string()))?;
                }
                Ok(ExitCode::SUCCESS)
            }
            Self::Serve(args) => Ok(serve(&args).map(|()| ExitCode::SUCCESS)?),
        }
    }
}

/// On one thread: the server is to have the others.
fn call(args: &RunArgs) -> Result<ExitCode, Failure> {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|e| e.to_string())?;
    let report = runtime.block_on(run(args))?;
    if args.json {
        print(&serde_json::to_string_pretty(&report).map_err(|e| e.to_string())?)?;
    } else {
        print(report.to_string().trim_end())?;
    }
    Ok(if report.wrong == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// A reader that ends early, as `head` does, is no fault.
fn print(text: &str) -> Result<(), String> {
    match writeln!(std::io::stdout().lock(), "{text}") {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(error.to_string()),
        _ => Ok(()),
    }
}
