//! What can be typed.

use std::ffi::OsString;
use std::io::{self, BufRead, Read as _, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Args, Parser, Subcommand};
use serde_json::json;

use crate::answer::{answer, answer_line};
use crate::cases::{Case, read, vectors};
use crate::generate;
use crate::program::Program;
use crate::{report, run};

/// Asks a verifier in any language and the core the same questions, and shows where they differ
#[derive(Debug, Parser)]
#[command(name = "license-conformance", version, disable_help_subcommand = true)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Put every case to a program over pipes, and compare its answers with the core's
    Run(RunArgs),
    /// Answer questions as the core does: one JSON object a line in, one a line out
    Answer,
    /// Write the cases with the core's answers, one JSON object a line
    Cases(CasesArgs),
}

/// Which cases.
#[derive(Debug, Args)]
struct CasesArgs {
    /// How many cases to generate, beside the vectors
    #[arg(long, default_value_t = 10_000)]
    cases: u64,
    /// Another set of generated cases
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Only cases of this operation; may be repeated
    #[arg(long, value_name = "OP")]
    op: Vec<String>,
    /// Only the case of this file, or those of this folder; may be repeated
    #[arg(long, value_name = "FILE")]
    case: Vec<PathBuf>,
}

#[derive(Debug, Args)]
struct RunArgs {
    #[command(flatten)]
    cases: CasesArgs,
    /// Write each difference to a file in this folder
    #[arg(long, value_name = "FOLDER")]
    keep: Option<PathBuf>,
    /// How long the program may think about one question
    #[arg(long, value_name = "SECONDS", default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=3600))]
    timeout: u64,
    /// Show how often each outcome occurs
    #[arg(long)]
    show: bool,
    /// Print the report as one JSON object
    #[arg(long)]
    json: bool,
    /// The program and its arguments
    #[arg(last = true, required = true, value_name = "COMMAND")]
    command: Vec<OsString>,
}

/// Longest question that is read, in bytes; more is no question.
const LONGEST_QUESTION: u64 = 4 << 20;

/// Differences were found.
const DIFFERENT: u8 = 1;
/// The program, or a file, cannot be used.
const TROUBLE: u8 = 2;

/// Does what was typed.
#[must_use]
pub fn execute(cli: &Cli) -> ExitCode {
    let done = match &cli.command {
        Command::Run(args) => run_program(args),
        Command::Answer => answer_lines().map(|()| 0).map_err(|error| error.to_string()),
        Command::Cases(args) => write_cases(args).map(|()| 0),
    };
    done.map_or_else(
        |error| {
            _ = writeln!(io::stderr(), "license-conformance: {error}");
            ExitCode::from(TROUBLE)
        },
        ExitCode::from,
    )
}

fn run_program(args: &RunArgs) -> Result<u8, String> {
    let cases = args.cases.read()?;
    let timeout = Duration::from_secs(args.timeout);
    let program = Program::start(&args.command, timeout).map_err(|error| error.to_string())?;
    let outcome = run::run(program, cases);
    if let Some(folder) = &args.keep {
        report::keep(&outcome, folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    }
    let text =
        if args.json { format!("{}\n", report::json(&outcome)) } else { report::text(&outcome, args.show) };
    print(&text)?;
    Ok(match outcome.trouble {
        Some(_) => TROUBLE,
        None if outcome.total().differ > 0 => DIFFERENT,
        None => 0,
    })
}

fn write_cases(args: &CasesArgs) -> Result<(), String> {
    let mut out = io::BufWriter::new(io::stdout().lock());
    for case in args.read()? {
        let line = json!({"name": case.name, "why": case.why, "ask": case.ask, "expect": answer(&case.ask)});
        match writeln!(out, "{line}") {
            // Who reads no further has seen enough.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return Ok(()),
            written => written.map_err(|error| error.to_string())?,
        }
    }
    out.flush().map_err(|error| error.to_string())
}

/// Answers until the input ends. What waits is answered before anything is flushed.
fn answer_lines() -> io::Result<()> {
    let mut input = io::BufReader::new(io::stdin().lock());
    let mut out = io::BufWriter::new(io::stdout().lock());
    let mut line = String::new();
    while (&mut input).take(LONGEST_QUESTION).read_line(&mut line)? > 0 {
        writeln!(out, "{}", answer_line(line.trim_end_matches(['\r', '\n'])))?;
        line.clear();
        if input.buffer().is_empty() {
            out.flush()?;
        }
    }
    out.flush()
}

fn print(text: &str) -> Result<(), String> {
    match io::stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.to_string()),
        _ => Ok(()),
    }
}

impl CasesArgs {
    /// The cases, one after the other as they are asked for.
    fn read(&self) -> Result<Box<dyn Iterator<Item = Case> + '_>, String> {
        let is_asked = |case: &Case| self.op.is_empty() || self.op.iter().any(|op| op == case.op());
        if !self.case.is_empty() {
            let mut kept = Vec::new();
            for path in &self.case {
                kept.extend(read(path).map_err(|error| error.to_string())?);
            }
            return Ok(Box::new(kept.into_iter().filter(is_asked)));
        }
        let vectors = vectors().map_err(|error| error.to_string())?;
        let generated = (0..self.cases).map(|number| generate::case(self.seed, number));
        Ok(Box::new(vectors.into_iter().chain(generated).filter(is_asked)))
    }
}
