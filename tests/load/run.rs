//! One run: a stage, calls in one or more rounds, a report.

use crate::args::RunArgs;
use crate::bare::{Bare, Source};
use crate::compare::{Round, merged};
use crate::drive::{Limit, Work};
use crate::failure::Failure;
use crate::plan::Plan;
use crate::report::{Line, Report};
use crate::stage::{Stage, size_of_database};
use crate::tally::Tally;
use crate::telling::Telling;
use crate::watch::{self, Used};

/// How many applications are inserted again at most: they are held in memory.
const INSERTED_AGAIN: u32 = 100_000;

/// Prepares, calls, and says what came of it.
///
/// # Errors
/// A sentence; what was wrong while it was measured is no error here but in the report.
pub async fn run(args: &RunArgs) -> Result<Report, Failure> {
    let mut stage = Stage::set(args).await?;
    stage.prepare(args).await?;
    stage.warm_up(args).await?;
    let mut rounds = Vec::new();
    for number in 1..=args.rounds {
        if number > 1 && stage.is_full() {
            eprintln!("every seat is taken, and that ends the rounds; more --instances or --seats");
            break;
        }
        if args.rounds > 1 {
            eprintln!("round {number} of {}", args.rounds);
        }
        rounds.push(round(&mut stage, args).await?);
    }
    merged(rounds).ok_or_else(|| "nothing was measured".into())
}

/// The run, and what it is to be compared with, one after the other.
async fn round(stage: &mut Stage, args: &RunArgs) -> Result<Round, Failure> {
    if !args.compare {
        let run = measure(stage, args, args.test_flag).await?;
        return Ok(Round { run, test_flag: None, bare: None });
    }
    stage.settle().await;
    let source = stage.source.clone();
    let newest = match source.clone() {
        Some(source) => blocking(move || source.newest()).await?,
        None => 0,
    };
    let run = measure(stage, args, false).await?;
    stage.settle().await;
    let test_flag = Some(measure(stage, args, true).await?);
    let bare = match source {
        Some(source) if run.granted_rate > 0.0 => {
            stage.settle().await;
            let batch = args.compare_batch;
            Some(blocking(move || insert_again(&source, newest, batch)).await?)
        }
        _ => None,
    };
    Ok(Round { run, test_flag, bare })
}

/// Calls for the time that is measured, or rehearses the same calls.
async fn measure(stage: &mut Stage, args: &RunArgs, rehearses: bool) -> Result<Report, Failure> {
    let devices_before = stage.progress.devices;
    let plan = Plan::new(stage.population, args.mix, args.known, stage.progress).rehearsing(rehearses);
    let mut work = Some(Work::new(stage.caller(rehearses), plan, Tally::new(args.busy_is_fine)));
    let delivered_before = watch::delivered(stage.operator()).await;
    let (server_before, caller_before) = (stage.used(), Used::by(std::process::id()));
    let limit = Limit { count: args.count, duration: Some(args.duration) };
    let telling =
        Telling::of_time(if rehearses { "calling with testFlag 1" } else { "calling" }, args.duration);
    let took = stage.driver.run(&mut work, limit).await;
    drop(telling);
    let (server_after, caller_after) = (stage.used(), Used::by(std::process::id()));
    let delivered_after = watch::delivered(stage.operator()).await;
    let work = work.ok_or("the run was interrupted")?;
    if !rehearses {
        stage.advance(work.plan.progress())?;
    }
    let (seconds, tally) = (took.as_secs_f64(), work.tally);
    let (wrong, faults) = tally.wrong();
    if work.plan.is_spent() {
        if tally.is_empty() {
            return Err("every seat is taken; more --instances or --seats, or a shorter --duration".into());
        }
        eprintln!("every seat was taken after {seconds:.1} s");
    }
    let since = |after: Option<Used>, before: Option<Used>| Some(after?.since(&before?));
    let granted = i64::try_from(tally.granted()).unwrap_or(i64::MAX);
    let delivered = match (delivered_before, delivered_after) {
        (Ok(Some(before)), Ok(Some(after))) => i64::try_from(after.saturating_sub(before)).ok(),
        _ => None,
    };
    Ok(Report {
        mix: args.mix,
        known_percent: args.known,
        rehearsed: rehearses,
        instances: stage.population.instances,
        seats: stage.population.seats,
        devices_before,
        connections: stage.driver.connections,
        rate: args.rate,
        seconds,
        calls: Line::of(&tally, seconds),
        granted_rate: Line::rate(tally.granted(), seconds),
        busy: tally.busy().map(|busy| Line::new("busy: 000005, or closed", busy, seconds)),
        wrong,
        faults: faults.to_vec(),
        server: since(server_after, server_before),
        caller: since(caller_after, caller_before),
        backlog: delivered.filter(|_| !rehearses).map(|delivered| granted - delivered),
        database_bytes: stage.file().map(size_of_database),
        comparison: None,
    })
}

fn insert_again(source: &Source, after: i64, batch: u32) -> Result<Bare, String> {
    let sample = source.sample(after, INSERTED_AGAIN)?;
    source.insert(&sample, batch)
}

/// Databases are read by threads that may wait for them.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, String> + Send + 'static,
) -> Result<T, String> {
    tokio::task::spawn_blocking(work).await.map_err(|e| e.to_string())?
}
