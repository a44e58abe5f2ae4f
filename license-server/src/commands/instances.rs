//! `instances list | show | code | unfreeze | requery`

use clap::Subcommand;
use license_core::UnixTime;
use serde::Serialize;

use super::office::{self, Office};
use super::{CommandError, Common, Done, Page, code, output};
use crate::engine::ids::InstanceId;
use crate::engine::request::{Actor, Command as Ask, Outcome};
use crate::storage::Database;
use crate::storage::job_views::OrderRow;
use crate::storage::views::{HistoryRow, InstanceRow, LicenseRow, OpenApplicationRow, SeatRow};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List instances, the newest first, and orders that wait to be delivered by hand
    List {
        /// Only those where something is wrong
        #[arg(long)]
        problems: bool,
        #[command(flatten)]
        page: Page,
        /// Go on behind this instance, the last one of the list before
        #[arg(long, value_name = "INSTANCE")]
        after: Option<String>,
        #[command(flatten)]
        common: Common,
    },
    /// Show all that is known of an instance
    Show {
        /// Its id
        instance: String,
        #[command(flatten)]
        common: Common,
    },
    /// Print the activation code of an instance, or give it another one
    Code(code::Args),
    /// Lift a freeze that the store does not lift
    Unfreeze {
        /// Its id
        instance: String,
        #[command(flatten)]
        common: Common,
    },
    /// Have the store asked again what was ordered; the running server does it
    Requery {
        /// Its id
        #[arg(required_unless_present = "problems")]
        instance: Option<String>,
        /// All instances where something is wrong with an order
        #[arg(long, conflicts_with = "instance")]
        problems: bool,
        #[command(flatten)]
        common: Common,
    },
}

#[derive(Serialize)]
struct Shown {
    #[serde(flatten)]
    instance: InstanceRow,
    /// Whoever knows it can take a seat.
    #[serde(skip_serializing_if = "Option::is_none")]
    activation_code: Option<String>,
    seats: Vec<SeatRow>,
    licenses: Vec<LicenseRow>,
    orders: Vec<OrderRow>,
    #[serde(skip_serializing_if = "Option::is_none")]
    buyer: Option<serde_json::Value>,
    without_license: Vec<OpenApplicationRow>,
    history: Vec<HistoryRow>,
}

pub(super) fn run(args: Args) -> Done {
    match args.command {
        Command::List { common, problems, page, after } => {
            list(&common, problems, page.limit, after.as_deref())
        }
        Command::Show { common, instance } => show(&common, &instance),
        Command::Code(args) => code::run(&args),
        Command::Unfreeze { common, instance } => unfreeze(&common, &instance),
        Command::Requery { common, instance, .. } => requery(&common, instance.as_deref()),
    }
}

fn list(common: &Common, problems: bool, limit: u32, after: Option<&str>) -> Done {
    let (db, now) = office::look(&common.settings.load()?)?;
    if let Some(id) = after {
        must_be_there(&*db, now, id)?;
    }
    let mut instances = db.instances_after(now, None, problems, after, limit.saturating_add(1))?;
    let is_cut = output::shorten(&mut instances, limit);
    let next = instances.last().filter(|_| is_cut).map(|row| row.id.clone());
    // They are on the first page.
    let mut notices = if after.is_none() { db.open_notices(limit.saturating_add(1))? } else { Vec::new() };
    let has_more_notices = output::shorten(&mut notices, limit);
    if let Some(next) = &next {
        let problems = if problems { " --problems" } else { "" };
        output::cut(
            limit,
            &format!("`license-server instances list{problems} --after {next}`, or more with --limit"),
        );
    }
    if has_more_notices {
        output::cut(limit, "--limit: more orders wait to be delivered by hand");
    }
    if common.json {
        return output::json(&serde_json::json!({
            "instances": instances, "orders_by_hand": notices, "next": next,
        }));
    }
    let rows: Vec<Vec<String>> = instances
        .iter()
        .map(|row| {
            vec![
                row.id.clone(),
                row.state.to_owned(),
                row.order.clone(),
                output::time(row.ends_at, "unknown"),
                row.seats_taken.to_string(),
                row.problem.clone().unwrap_or_default(),
            ]
        })
        .collect();
    output::table(&["instance", "state", "order", "ends", "seats taken", "problem"], &rows)?;
    for notice in notices {
        let received = output::time(Some(notice.received_at), "");
        output::line(format!(
            "order {} (notified {received}) is delivered by hand: `license-server issue --order {} …`",
            notice.order, notice.order
        ))?;
    }
    Ok(())
}

/// The instance, or where to look for one.
pub(super) fn must_be_there(db: &dyn Database, now: UnixTime, id: &str) -> Result<InstanceRow, CommandError> {
    db.instances(now, Some(id), false, 1)?.into_iter().next().ok_or_else(|| {
        CommandError::Said(format!("there is no instance {id}; see `license-server instances list`"))
    })
}

fn show(common: &Common, id: &str) -> Done {
    let settings = common.settings.load()?;
    let (db, now) = office::look(&settings)?;
    let instance = must_be_there(&*db, now, id)?;
    let shown = Shown {
        activation_code: code::shown(&*db, &settings, id)?.map(|code| code.to_string()),
        seats: db.seats(now, id)?,
        licenses: db.licenses(now, id)?,
        orders: db.orders(id)?,
        buyer: db.buyer(id)?,
        without_license: db.open_applications(id)?,
        history: db.history(id, 50)?,
        instance,
    };
    if common.json { output::json(&shown) } else { print(&shown) }
}

fn print(shown: &Shown) -> Done {
    let Shown { instance, activation_code, seats, licenses, orders, buyer, without_license, history } = shown;
    output::line(format!("instance  {}", instance.id))?;
    output::line(format!("order     {}", instance.order))?;
    output::line(format!("state     {}", instance.state))?;
    if let Some(code) = activation_code {
        output::line(format!("code      {code}"))?;
    }
    if let Some(problem) = &instance.problem {
        output::line(format!("problem   {problem}"))?;
    }
    if let Some(buyer) = buyer {
        output::line(format!("buyer     {buyer}"))?;
    }
    output::line(format!("bought    {}", output::time(Some(instance.created_at), "")))?;
    output::line(format!("ends      {}", output::time(instance.ends_at, "unknown")))?;
    output::line(format!(
        "quantity  {}",
        instance.quantity.map_or("as the catalog says".into(), |q| q.to_string())
    ))?;
    output::line(format!("seats     {} taken of {} known", instance.seats_taken, seats.len()))?;
    for order in orders {
        let error = order.error.as_ref().map_or_else(String::new, |error| format!(": {error}"));
        output::line(format!("order     {} {}, {}{error}", order.kind, order.order, order.state))?;
    }
    for license in licenses {
        let until = output::time(license.expires_at, "for ever");
        let seat = license.seat.map_or_else(String::new, |seat| format!(", seat {seat}"));
        let event = license.event.as_deref().unwrap_or("-");
        let error = license.error.as_ref().map_or_else(String::new, |error| format!(" ({error})"));
        let outlives = outlives(instance, license);
        output::line(format!(
            "license   {} until {until}{seat}, event {event}: {}{error}{outlives}",
            license.license_id, license.delivery
        ))?;
    }
    if licenses.iter().any(|license| !outlives(instance, license).is_empty()) {
        output::line("          licenses that outlive the instance work offline until they end")?;
    }
    for open in without_license {
        let why = open.detail.as_ref().map_or_else(String::new, |why| format!(": {why}"));
        output::line(format!(
            "applied   event {}: {}{why}",
            open.event.as_deref().unwrap_or("-"),
            open.state
        ))?;
    }
    history.iter().try_for_each(|entry| {
        output::line(format!("{}  {}: {}", output::time(Some(entry.at), ""), entry.what, entry.detail))
    })
}

/// A mark for a license that ends after its instance.
fn outlives(instance: &InstanceRow, license: &LicenseRow) -> &'static str {
    let is_later = match (instance.ends_at, license.expires_at) {
        (Some(end), Some(until)) => until > end,
        (Some(_), None) => true,
        (None, _) => false,
    };
    // R67
    if instance.state == "released" || is_later { "; outlives the instance" } else { "" }
}

fn unfreeze(common: &Common, id: &str) -> Done {
    let mut office = Office::open(&common.settings.load()?)?;
    let instance = InstanceId::parse(id).map_err(|e| CommandError::Said(format!("the instance id {e}")))?;
    match office.decide(Ask::Unfreeze { instance, by: Actor::Operator })? {
        Outcome::Done => {
            output::line(format!("instance {id} may be issued for again; its waiting deliveries go out"))
        }
        other => Err(office::refused(&other)),
    }
}

fn requery(common: &Common, id: Option<&str>) -> Done {
    let settings = common.settings.load()?;
    if settings.store.is_none() {
        let why = "orders cannot be read without the store's open API; set STORE_URL, STORE_AK and STORE_SK";
        return Err(CommandError::Said(why.into()));
    }
    let ids = match id {
        Some(id) => vec![id.to_owned()],
        None => office::look(&settings)?.0.instances_with_parked_orders()?,
    };
    let mut office = Office::open(&settings)?;
    let mut refused = Vec::new();
    for id in &ids {
        let instance =
            InstanceId::parse(id).map_err(|e| CommandError::Said(format!("the instance id {e}")))?;
        match office.decide(Ask::Requery { instance })? {
            Outcome::Done => {}
            other => refused.push(format!("{id}: {}", office::refused(&other))),
        }
    }
    if !refused.is_empty() {
        return Err(CommandError::Said(refused.join("; ")));
    }
    if common.json {
        return output::json(&serde_json::json!({ "asked_again": ids }));
    }
    match ids.as_slice() {
        [] => output::line("no order is parked"),
        [one] => output::line(format!("the orders of instance {one} are read again by the running server")),
        many => output::line(format!(
            "the orders of {} instances are read again by the running server",
            many.len()
        )),
    }
}
