//! `clock show | confirm`: what time the database has seen, and that this machine's clock is right.

use clap::Subcommand;
use serde::Serialize;

use super::office::must_exist;
use super::{CommandError, Common, Done, output};
use crate::clock::Clock;
use crate::clock_watch::ClockWatch;
use crate::launch;
use crate::storage::newest_time::SeenTime;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Compare this machine's clock with the newest time that the database has seen
    Show(Common),
    /// Say that this machine's clock is right, after it jumped: servers whose clocks agree delete old rows again
    Confirm(Common),
}

/// For programs; times are RFC 3339 texts, as in all that the server prints as JSON.
#[derive(Debug, Serialize)]
struct Shown {
    now: String,
    newest: Option<String>,
    good: bool,
    says: String,
}

pub(super) fn run(args: &Args) -> Done {
    match &args.command {
        Command::Show(common) => show(common),
        Command::Confirm(common) => confirm(common),
    }
}

fn show(common: &Common) -> Done {
    let settings = common.settings.load()?;
    must_exist(&settings)?;
    let seen = settings.database.open_for_reading()?.newest_time()?;
    let clock = Clock::system();
    let compared = compared(&clock, seen.as_ref());
    let good = compared.is_ok();
    let says = compared.unwrap_or_else(|why| why);
    if common.json {
        let newest = seen.map(|seen| seen.newest.to_string());
        output::json(&Shown { now: clock.now().to_string(), newest, good, says })?;
    } else {
        output::line(says)?;
    }
    if good { Ok(()) } else { Err(CommandError::Reported) }
}

fn confirm(common: &Common) -> Done {
    let settings = common.settings.load()?;
    must_exist(&settings)?;
    let mut db = settings.database.open()?;
    launch::keep_realm(&mut *db, &settings)?;
    let now = Clock::system().now();
    db.confirm_time(now)?;
    if common.json {
        let says = "confirmed".to_owned();
        return output::json(&Shown {
            now: now.to_string(),
            newest: Some(now.to_string()),
            good: true,
            says,
        });
    }
    output::line(format!("confirmed: it is {now}; servers whose clocks say so delete old rows again"))
}

/// Whether the clock fits what was seen, in words.
pub(super) fn compared(clock: &Clock, seen: Option<&SeenTime>) -> Result<String, String> {
    let now = clock.now();
    let Some(seen) = seen else {
        return Ok(format!("it is {now}; the database has seen no time yet"));
    };
    match ClockWatch::new(clock.clone(), Some(seen)).believed() {
        Ok(_) => Ok(format!("it is {now}; the newest time that was seen is {}", seen.newest)),
        Err(doubt) => Err(format!(
            "it is {now} here, which is {doubt} the newest time that was seen, {}; set the clock right, or, if it is \
             right, run `license-server clock confirm`",
            seen.newest
        )),
    }
}
