//! One run: a server, a population, calls, a report.

use crate::args::RunArgs;
use crate::drive::{Limit, Work};
use crate::plan::Plan;
use crate::report::{Line, Report};
use crate::stage::{Stage, size_of_database};
use crate::tally::Tally;
use crate::watch::{self, Used};

/// Prepares, calls, and says what came of it.
///
/// # Errors
/// A sentence; wrong answers are no error here but in the report.
pub async fn run(args: &RunArgs) -> Result<Report, String> {
    let mut stage = Stage::set(args).await?;
    stage.prepare(args).await?;
    let population = stage.population;
    let plan = Plan::new(population, args.mix, args.known, stage.progress).rehearsing(args.test_flag);
    let devices_before = stage.progress.devices;
    let caller = stage.caller(args.test_flag);
    let mut work = Some(Work::new(caller, plan, Tally::new(args.busy_is_fine)));
    if !args.warm_up.is_zero() {
        let limit = Limit { count: u64::MAX, duration: Some(args.warm_up) };
        stage.driver.run(&mut work, limit).await;
        stage.note(work.as_mut())?;
    }
    let delivered_before = watch::delivered(stage.driver.address).await;
    let (server_before, caller_before) = (stage.used(), Used::by(std::process::id()));
    let limit = Limit { count: args.count, duration: Some(args.duration) };
    let took = stage.driver.run(&mut work, limit).await;
    let (server_after, caller_after) = (stage.used(), Used::by(std::process::id()));
    let delivered_after = watch::delivered(stage.driver.address).await;
    let work = work.ok_or("the run was interrupted")?;
    stage.progress = work.plan.progress();
    stage.keep()?;
    let (seconds, tally) = (took.as_secs_f64(), work.tally);
    let (wrong, faults) = tally.wrong();
    let since = |after: Option<Used>, before: Option<Used>| Some(after?.since(&before?));
    let granted = i64::try_from(tally.granted()).unwrap_or(i64::MAX);
    let delivered = match (delivered_before, delivered_after) {
        (Ok(before), Ok(after)) => i64::try_from(after.saturating_sub(before)).ok(),
        _ => None,
    };
    Ok(Report {
        mix: args.mix,
        known_percent: args.known,
        rehearsed: args.test_flag,
        instances: population.instances,
        seats: population.seats,
        devices_before,
        connections: stage.driver.connections,
        rate: args.rate,
        seconds,
        calls: Line::of(&tally, seconds),
        busy: tally.busy().map(|busy| Line::new("busy, 000005", busy, seconds)),
        wrong,
        faults: faults.to_vec(),
        server: since(server_after, server_before),
        caller: since(caller_after, caller_before),
        backlog: delivered.filter(|_| !args.test_flag).map(|delivered| granted - delivered),
        database_bytes: stage.folder.as_deref().map(size_of_database),
    })
}
