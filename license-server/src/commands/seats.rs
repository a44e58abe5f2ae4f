//! `seats list | free`

use clap::Subcommand;

use super::office::{self, Office};
use super::{CommandError, Common, Done, Page, instances, output};
use crate::engine::ids::{InstanceId, SeatNo};
use crate::engine::request::{Command as Ask, Outcome};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List the seats of an instance: who has them, until when, and when a device changed
    List {
        /// The instance's id
        instance: String,
        #[command(flatten)]
        page: Page,
        /// Go on behind the seat of this number, the last one of the list before
        #[arg(long, value_name = "SEAT", default_value_t = 0, hide_default_value = true)]
        after: u32,
        #[command(flatten)]
        common: Common,
    },
    /// Free the seat of a machine that is lost; its license works offline until it ends
    Free {
        /// The instance's id
        instance: String,
        /// The seat's number
        seat: u32,
        /// Why; recorded
        #[arg(long)]
        reason: String,
        #[command(flatten)]
        common: Common,
    },
}

pub(super) fn run(args: Args) -> Done {
    match args.command {
        Command::List { common, instance, page, after } => list(&common, &instance, after, page.limit),
        Command::Free { common, instance, seat, reason } => free(&common, &instance, seat, &reason),
    }
}

fn list(common: &Common, id: &str, after: u32, limit: u32) -> Done {
    let (db, now) = office::look(&common.settings.load()?)?;
    instances::must_be_there(&*db, now, id)?;
    let mut seats = db.seats_after(now, id, after, limit.saturating_add(1))?;
    if output::shorten(&mut seats, limit)
        && let Some(last) = seats.last()
    {
        let next = format!("`license-server seats list {id} --after {}`, or more with --limit", last.no);
        output::cut(limit, &next);
    }
    if common.json {
        return output::json(&seats);
    }
    let rows: Vec<Vec<String>> = seats
        .iter()
        .map(|seat| {
            let until = if seat.state == "taken" {
                output::time(seat.taken_until, "for ever")
            } else {
                String::new()
            };
            let freed = seat.deactivated_at.map(|at| format!("given back {}", output::time(Some(at), "")));
            let moved: Vec<String> = seat
                .rebased
                .iter()
                .map(|rebase| {
                    let when = output::time(Some(rebase.at), "");
                    let added = rebase.added.iter().map(|kind| format!("+{kind}"));
                    let kinds: Vec<String> = rebase.changed.iter().cloned().chain(added).collect();
                    if kinds.is_empty() { when } else { format!("{when} ({})", kinds.join(", ")) }
                })
                .collect();
            let recognised_by = seat.recognised_by.join(" ");
            let until = freed.unwrap_or(until);
            let name = seat.name.clone().unwrap_or_default();
            let bindings = seat.bindings.to_string();
            let key = if seat.device_key { "yes" } else { "" };
            let row = [seat.no.to_string(), seat.state.into(), until, name, recognised_by, bindings];
            row.into_iter().chain([key.into(), moved.join(" ")]).collect()
        })
        .collect();
    let heads =
        ["seat", "state", "taken until", "name", "recognised by", "bindings", "key", "device changed"];
    output::table(&heads, &rows)
}

fn free(common: &Common, id: &str, seat: u32, reason: &str) -> Done {
    if reason.trim().is_empty() || reason.chars().count() > 500 {
        return Err(CommandError::Said("give a reason of 1 to 500 characters; it is recorded".into()));
    }
    let mut office = Office::open(&common.settings.load()?)?;
    let instance = InstanceId::parse(id).map_err(|e| CommandError::Said(format!("the instance id {e}")))?;
    match office.decide(Ask::FreeSeat { instance, seat: SeatNo(seat), reason: reason.to_owned() })? {
        Outcome::Done => output::line(format!(
            "seat {seat} of {id} is free; the license of the machine that had it works offline until it ends"
        )),
        other => Err(office::refused(&other)),
    }
}
