//! `deactivate`: the seat goes back to the vendor's server, then the license goes.

use license_core::License;
use serde::Serialize;

use crate::check::Standing;
use crate::cli::{Common, DeactivateArgs};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::fault;
use crate::here::Here;
use crate::progress::Progress;
use crate::report::{self, Answer};
use crate::server::{Server, ServerError};

/// Says that a seat is nobody's any more.
const SEAT_GONE: &str = "seat-gone";

#[derive(Debug, Serialize)]
struct Deactivated {
    deactivated: bool,
    product: String,
    license: String,
    notes: Vec<String>,
}

pub(crate) fn run(common: &Common, args: &DeactivateArgs) -> Result<Answer, Failure> {
    let here = Here::read(common, &args.machine, &args.device)?;
    let server = Server::new(&args.server, here.server.as_deref())?;
    let progress = Progress::new(args.output.form());
    let lock =
        here.place.lock(args.server.patience(), || progress.says("waiting for another license-agent"))?;
    let text = here.place.read()?.ok_or_else(|| Failure::NotInstalled(here.trust.product().to_owned()))?;
    let judged = here.judge(&lock, Some(&text), None);
    let license: Box<License> = match here.check_installed(&text, judged) {
        Standing::Holds(license) | Standing::Untimely(license, _) => license,
        Standing::Refused(refusal) => return Err(Failure::Refused(refusal.into())),
    };
    let kept = here.place.read_key()?;
    progress.says(format!("asking {}", server.address().name()));
    let key = kept.as_ref().map(|kept| &kept.key);
    let date = match server.deactivate(license.id(), text.trim_ascii(), key) {
        Ok(reply) => reply.date,
        // As after a run that was cut short before it could take the license away.
        Err(ServerError::Refused(problem)) if problem.name == SEAT_GONE => None,
        Err(error) => return Err(error.into()),
    };
    fault::reached("deactivated");
    drop(progress);
    here.place.remove(&lock)?;
    here.judge(&lock, Some(&text), date);
    let (product, license) = (license.product().to_owned(), license.id().to_owned());
    let text = format!(
        "Deactivated: {product} is no longer licensed on this machine, and its seat is free for another one.\n"
    );
    let notes = here.machine.notes.into_iter().chain(kept.and_then(|kept| kept.note)).collect();
    let done = Deactivated { deactivated: true, product, license, notes };
    Ok(Answer { exit: Exit::Ok, text, json: report::json(&done), notes: done.notes, picture: None })
}
