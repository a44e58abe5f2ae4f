//! `deliveries list | retry | cancel`

use clap::Subcommand;

use super::office::{self, Office};
use super::{CommandError, Common, Done, Page, output};
use crate::engine::ids::EventId;
use crate::engine::request::{Command as Ask, Outcome};
use crate::storage::job_views::DeliveryRow;

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  license-server deliveries list                       what is not delivered, and why
  license-server deliveries retry EVENT                try one at once
  license-server deliveries retry --parked             try all that were parked, once the cause is mended
  license-server deliveries cancel EVENT --reason TEXT give one up; its seat is free again")]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List licenses that are on their way or cannot be delivered, the oldest first
    List {
        /// Only those that are not tried again by themselves
        #[arg(long)]
        parked: bool,
        /// Also those that were delivered or cancelled, the newest first
        #[arg(long, conflicts_with = "parked")]
        all: bool,
        #[command(flatten)]
        page: Page,
        /// Go on behind this event, the last one of the list before
        #[arg(long, value_name = "EVENT")]
        after: Option<String>,
        #[command(flatten)]
        common: Common,
    },
    /// Try deliveries at once; the running server does it
    Retry {
        /// The event
        #[arg(required_unless_present = "parked")]
        event: Option<String>,
        /// All that were parked
        #[arg(long, conflicts_with = "event")]
        parked: bool,
        #[command(flatten)]
        common: Common,
    },
    /// Give a delivery up. The seat is free again, unless the license may have reached the store
    Cancel {
        /// The event
        event: String,
        /// Why; recorded
        #[arg(long)]
        reason: String,
        #[command(flatten)]
        common: Common,
    },
}

pub(super) fn run(args: Args) -> Done {
    match args.command {
        Command::List { common, parked, all, page, after } => {
            list(&common, parked, all, page.limit, after.as_deref())
        }
        Command::Retry { common, event: Some(event), .. } => retry(&common, &[event]),
        Command::Retry { common, event: None, .. } => {
            let (db, now) = office::look(&common.settings.load()?)?;
            let parked = db.deliveries(now, true, false, u32::MAX)?;
            retry(&common, &parked.into_iter().map(|row| row.event).collect::<Vec<_>>())
        }
        Command::Cancel { common, event, reason } => cancel(&common, &event, reason),
    }
}

fn list(common: &Common, parked: bool, all: bool, limit: u32, after: Option<&str>) -> Done {
    let (db, now) = office::look(&common.settings.load()?)?;
    let mut rows = db.deliveries_after(now, parked, all, after, limit.saturating_add(1))?;
    if output::shorten(&mut rows, limit)
        && let Some(last) = rows.last()
    {
        let which = if parked { " --parked" } else { "" };
        let which = if all { " --all" } else { which };
        let next =
            format!("`license-server deliveries list{which} --after {}`, or more with --limit", last.event);
        output::cut(limit, &next);
    }
    if common.json {
        return output::json(&rows);
    }
    if rows.is_empty() && after.is_some() {
        return output::line("nothing is behind it");
    }
    if rows.is_empty() {
        return output::line(if parked { "nothing is parked" } else { "everything is delivered" });
    }
    let cells = |row: &DeliveryRow| {
        vec![
            row.event.clone(),
            row.instance.clone(),
            row.state.to_owned(),
            output::time(Some(row.at), ""),
            row.attempts.to_string(),
            row.error.clone().unwrap_or_default(),
        ]
    };
    let rows: Vec<_> = rows.iter().map(cells).collect();
    output::table(&["event", "instance", "state", "next or since", "failed", "last error"], &rows)
}

fn retry(common: &Common, events: &[String]) -> Done {
    let mut office = Office::open(&common.settings.load()?)?;
    let mut refused = Vec::new();
    for event in events {
        if let Err(error) = decide(&mut office, Ask::RetryDelivery { event: event_id(event)? }) {
            refused.push(error.to_string());
        }
    }
    if let Some(first) = refused.first() {
        let (done, of) = (events.len() - refused.len(), events.len());
        return Err(CommandError::Said(if of == 1 {
            first.clone()
        } else {
            format!("{done} of {of} are due; {first}")
        }));
    }
    let tried: Vec<_> = events.iter().map(String::as_str).collect();
    if common.json {
        return output::json(&serde_json::json!({ "due": tried }));
    }
    match tried.as_slice() {
        [] => output::line("nothing is parked"),
        [one] => output::line(format!("the license of event {one} is due; the running server sends it")),
        many => output::line(format!("{} licenses are due; the running server sends them", many.len())),
    }
}

fn cancel(common: &Common, event: &str, reason: String) -> Done {
    let mut office = Office::open(&common.settings.load()?)?;
    decide(&mut office, Ask::CancelDelivery { event: event_id(event)?, reason })?;
    if common.json {
        return output::json(&serde_json::json!({ "cancelled": event }));
    }
    output::line(format!("the license of event {event} is not sent any more"))
}

fn decide(office: &mut Office, ask: Ask) -> Done {
    match office.decide(ask)? {
        Outcome::Done => Ok(()),
        other => Err(office::refused(&other)),
    }
}

fn event_id(text: &str) -> Result<EventId, CommandError> {
    EventId::parse(text).map_err(|e| CommandError::Said(format!("the event {e}")))
}
