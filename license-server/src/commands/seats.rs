//! `seats list | free`

use clap::Subcommand;

use super::office::{self, Office};
use super::{CommandError, Common, Done, output};
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
        #[command(flatten)]
        common: Common,
        /// The instance's id
        instance: String,
    },
    /// Free the seat of a machine that is lost; its license works offline until it ends
    Free {
        #[command(flatten)]
        common: Common,
        /// The instance's id
        instance: String,
        /// The seat's number
        seat: u32,
        /// Why; recorded
        #[arg(long)]
        reason: String,
    },
}

pub(super) fn run(args: Args) -> Done {
    match args.command {
        Command::List { common, instance } => list(&common, &instance),
        Command::Free { common, instance, seat, reason } => free(&common, &instance, seat, &reason),
    }
}

fn list(common: &Common, id: &str) -> Done {
    let (db, now) = office::look(&common.settings.load()?)?;
    if db.instances(now, Some(id), false, 1)?.is_empty() {
        return Err(CommandError::Said(format!(
            "there is no instance {id}; see `license-server instances list`"
        )));
    }
    let seats = db.seats(now, id)?;
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
                    if rebase.changed.is_empty() {
                        when
                    } else {
                        format!("{when} ({})", rebase.changed.join(", "))
                    }
                })
                .collect();
            let recognised_by = seat.recognised_by.join(" ");
            let until = freed.unwrap_or(until);
            let name = seat.name.clone().unwrap_or_default();
            let key = if seat.device_key { "yes" } else { "" };
            vec![
                seat.no.to_string(),
                seat.state.into(),
                until,
                name,
                recognised_by,
                key.into(),
                moved.join(" "),
            ]
        })
        .collect();
    output::table(&["seat", "state", "taken until", "name", "recognised by", "key", "device changed"], &rows)
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
