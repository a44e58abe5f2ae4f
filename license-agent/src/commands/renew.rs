//! `renew`: asks for a newer license now, if it is due, or whenever it is due.

use serde::Serialize;

use crate::cli::{Common, RenewArgs};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::here::{Here, clock_note};
use crate::installed::Installed;
use crate::progress::Progress;
use crate::renewal::{ask, due, look, watch};
use crate::report::{self, Answer};
use crate::server::Server;

/// Nothing was asked.
#[derive(Serialize)]
struct NotDue {
    renewed: bool,
    /// `null` for a perpetual license.
    due: Option<String>,
    license: String,
    notes: Vec<String>,
}

pub(crate) fn run(common: &Common, args: &RenewArgs) -> Result<Answer, Failure> {
    if args.watch {
        return watch(common, args);
    }
    let mut here = Here::read(common, &args.machine, &args.device)?;
    if args.if_due
        && let Some(answer) = not_due(&here)?
    {
        return Ok(answer);
    }
    let server = Server::new(&args.server, here.server.as_deref())?;
    let progress = Progress::new(args.output.form());
    let lock =
        here.place.lock(args.server.patience(), || progress.says("waiting for another license-agent"))?;
    progress.says(format!("asking {}", server.address().name()));
    let asked = ask(&mut here, &lock, &server)?;
    drop(progress);
    let product = asked.accepted.license.product();
    let title = match asked.accepted.changed {
        true => format!("Renewed the license for {product}"),
        false => format!("The license for {product} is the newest that there is; nothing was changed"),
    };
    let mut notes = std::mem::take(&mut here.machine.notes);
    notes.extend(clock_note(asked.judged).into_iter().chain(asked.note).chain(asked.key_note));
    let installed = Installed::new(&asked.accepted, asked.judged.time(), here.place.path(), notes);
    Ok(installed.with_seats(asked.seats_left).answer(&title))
}

/// The answer if there is nothing to ask yet.
fn not_due(here: &Here) -> Result<Option<Answer>, Failure> {
    let installation = look(here)?;
    let (Some(license), None) = (&installation.license, &installation.refusal) else { return Ok(None) };
    let due = due(license);
    if due.is_some_and(|due| due <= installation.judged.time()) {
        return Ok(None);
    }
    let due = due.map(|due| due.to_string());
    let text = match &due {
        Some(due) => {
            format!("Nothing to do: the license for {} is renewed from {due} on.\n", license.product())
        }
        None => format!("Nothing to do: the license for {} has no end.\n", license.product()),
    };
    let mut notes = here.machine.notes.clone();
    notes.extend(clock_note(installation.judged));
    let answer = NotDue { renewed: false, due, license: license.id().to_owned(), notes };
    Ok(Some(Answer { exit: Exit::Ok, text, json: report::json(&answer), notes: answer.notes, picture: None }))
}
