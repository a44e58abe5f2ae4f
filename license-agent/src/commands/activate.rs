//! `activate`: an activation code goes to the vendor's server, a license for this machine comes back.

use crate::accept::{Replaces, Source, Taken, take};
use crate::cli::{ActivateArgs, Common};
use crate::code;
use crate::failure::Failure;
use crate::fault;
use crate::here::{Here, clock_note};
use crate::installed::Installed;
use crate::progress::Progress;
use crate::report::Answer;
use crate::server::Server;

/// What is said where a seat keeps a key that this machine does not have.
const OTHER_KEY_STAYS: &str = "this machine's seat keeps another device key, since it has changed too often in 365 days: \
     the license works, but to renew it takes the activation code again; keep the agent's folder when the machine is \
     set up anew";

pub(crate) fn run(common: &Common, args: &ActivateArgs) -> Result<Answer, Failure> {
    let code = code::read(&args.code)?;
    let mut here = Here::read(common, &args.machine, &args.device)?;
    let server = Server::new(&args.server, here.server.as_deref())?;
    let progress = Progress::new(args.output.form());
    let lock =
        here.place.lock(args.server.patience(), || progress.says("waiting for another license-agent"))?;
    // The key is there before the server hears of it: a run that is cut short has not lost it.
    let kept = here.place.key_or_new(&lock)?;
    progress.says(format!("asking {}", server.address().name()));
    // A product may need no machine, and the server knows whether it does; if so, what is known here helps more.
    let fingerprint = here.fingerprint().map(str::to_owned).map_err(Clone::clone);
    let shown = fingerprint.as_deref().unwrap_or_default();
    let reply = server.activate(&code, shown, args.name.as_deref(), &kept.key);
    if let Err(refusal) = &reply {
        here.heed(&lock, here.place.read()?.as_deref(), refusal);
    }
    let reply = match (reply, fingerprint) {
        (Err(error), Err(nothing)) if error.code() == "no-fingerprint" => return Err(nothing.into()),
        (reply, _) => reply?,
    };
    fault::reached("activated");
    drop(progress);
    let replaces = if args.force { Replaces::Anything } else { Replaces::NothingThatLastsLonger };
    let answer = (&*reply.body.license, &*reply.body.key_sets());
    let Taken { accepted, judged, note } =
        take(&mut here, &lock, answer, reply.date, (Source::Server, replaces))?;
    let product = accepted.license.product();
    let title = match accepted.changed {
        true => format!("Activated: {product} is licensed on this machine"),
        false => format!("{product} was activated on this machine already; nothing was changed"),
    };
    let mut notes = std::mem::take(&mut here.machine.notes);
    notes.extend(clock_note(judged).into_iter().chain(note));
    notes.extend(kept.note);
    if accepted.license.device_key().is_some_and(|named| named != kept.key.thumbprint()) {
        notes.push(OTHER_KEY_STAYS.into());
    }
    let installed = Installed::new(&accepted, judged.time(), here.place.path(), notes);
    Ok(installed.with_seats(reply.body.seats_left).answer(&title))
}
