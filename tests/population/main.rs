//! `population`: what matching does to a made-up population of machines, held to its promises.

use std::io::{IsTerminal as _, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::Parser;
use license_core::{Kind, Threshold};
use license_population::{Data, Policy, Samples, document, generate, json, markdown, measure, search};

/// Counts false refusals and false acceptances over a made-up population of machines.
#[derive(Parser)]
struct Arguments {
    /// The figures that machines are made from [default: tests/data/population.toml].
    #[arg(long, value_name = "FILE")]
    population: Option<PathBuf>,
    /// Where chance begins.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How many machines at least.
    #[arg(long, default_value_t = 40_000, value_parser = clap::value_parser!(u32).range(100..=1_000_000))]
    machines: u32,
    /// Pairs of one fleet that there must be at least.
    #[arg(long, default_value_t = 300_000)]
    pairs: u64,
    /// Other weights: `mac=10,disk=20`.
    #[arg(long, value_delimiter = ',', value_parser = weight)]
    weights: Vec<(Kind, u8)>,
    /// Another threshold: 51 to 100.
    #[arg(long)]
    threshold: Option<u8>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
    /// End with 1 if a promise is broken.
    #[arg(long)]
    check: bool,
    /// Put the table into a document, between its marks.
    #[arg(long, value_name = "FILE")]
    into: Option<PathBuf>,
    /// Look for weights that keep the promises and print the best, instead of the table.
    #[arg(long)]
    search: bool,
}

const DEFAULT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../data/population.toml");

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(code) => code,
        Err(why) => {
            eprintln!("population: {why}");
            ExitCode::from(2)
        }
    }
}

fn run(arguments: &Arguments) -> Result<ExitCode, String> {
    let path = arguments.population.clone().unwrap_or_else(|| PathBuf::from(DEFAULT));
    let read = |path: &PathBuf| {
        std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))
    };
    let data = Data::parse(&read(&path)?).map_err(|error| format!("{}: {error}", path.display()))?;
    let policy = policy(arguments)?;
    let progress = Progress::start();
    let mut stage = |what: &str| progress.stage(what);
    stage("machines");
    let population = generate(&data, arguments.seed, arguments.machines as usize);
    let figures = measure(&data, &population, policy, arguments.seed, &mut stage);
    if arguments.search {
        let samples = Samples::new(&data, &figures);
        let given = (samples.judge(policy), "given");
        let found = search(&samples, &mut stage).into_iter().map(|found| (found, "found"));
        for (found, how) in std::iter::once(given).chain(found) {
            print(&format!(
                "{how}: {}: {} kinds of wrong pairs accepted; worst promised cell {} in a million refused; others {} in a million a year\n",
                found.policy.in_words(),
                found.accepted,
                found.worst,
                found.others
            ))?;
        }
        return Ok(ExitCode::SUCCESS);
    }
    let bounds = figures.bounds(arguments.pairs);
    progress.end();
    let table = markdown(&figures, policy, arguments.seed, &bounds);
    if let Some(path) = &arguments.into {
        let text = document(&read(path)?, &table)?;
        std::fs::write(path, text).map_err(|error| format!("{}: {error}", path.display()))?;
    } else if arguments.json {
        print(&format!("{}\n", json(&figures, policy, arguments.seed, &bounds)))?;
    } else {
        print(&table)?;
    }
    let broken: Vec<_> = bounds.iter().filter(|bound| !bound.holds).collect();
    for bound in &broken {
        eprintln!("not kept: {}: {}", bound.what, bound.found);
    }
    Ok(if arguments.check && !broken.is_empty() { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn policy(arguments: &Arguments) -> Result<Policy, String> {
    let mut policy = Policy::default();
    for (kind, weight) in &arguments.weights {
        policy.weights = policy.weights.with(*kind, *weight).map_err(|error| error.to_string())?;
    }
    if let Some(percent) = arguments.threshold {
        policy.threshold = Threshold::try_from(percent).map_err(|error| error.to_string())?;
    }
    Ok(policy)
}

fn weight(text: &str) -> Result<(Kind, u8), String> {
    let (kind, weight) = text.split_once('=').ok_or("a kind, = and a weight")?;
    let kind = kind.trim().parse::<Kind>().map_err(|error| error.to_string())?;
    Ok((kind, weight.trim().parse::<u8>().map_err(|error| error.to_string())?))
}

/// A reader that ends early, as `head` does, is no fault.
fn print(text: &str) -> Result<(), String> {
    match std::io::stdout().lock().write_all(text.as_bytes()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(error.to_string()),
        _ => Ok(()),
    }
}

/// What is being counted, on a terminal and once it takes a while.
struct Progress {
    since: Instant,
    shown: bool,
}

impl Progress {
    #[expect(clippy::disallowed_methods, reason = "only whether to say what goes on hangs on it")]
    fn start() -> Self {
        Self { since: Instant::now(), shown: std::io::stderr().is_terminal() }
    }

    fn stage(&self, what: &str) {
        if self.shown && self.since.elapsed() > Duration::from_secs(2) {
            eprint!("\r\x1b[K{what} …");
        }
    }

    fn end(&self) {
        if self.shown {
            eprint!("\r\x1b[K");
        }
    }
}
