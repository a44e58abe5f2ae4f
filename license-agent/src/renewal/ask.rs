//! One look at the installed license, and one exchange with the server about it.

use license_core::{Judged, License, VerifyError};

use crate::accept::{Accepted, Replaces, Source, accept};
use crate::check::Standing;
use crate::failure::Failure;
use crate::fault;
use crate::here::Here;
use crate::place::Lock;
use crate::refusal::Refusal;
use crate::server::Server;

/// An installed license as far as renewing goes.
#[derive(Debug)]
pub(crate) struct Installation {
    pub(crate) text: String,
    pub(crate) judged: Judged,
    /// Nothing where it does not open on this machine as it is: the server knows more.
    pub(crate) license: Option<Box<License>>,
    /// Why it does not hold now.
    pub(crate) refusal: Option<Refusal>,
}

/// What the server had.
#[derive(Debug)]
pub(crate) struct Asked {
    pub(crate) accepted: Accepted,
    pub(crate) judged: Judged,
    pub(crate) seats_left: Option<u64>,
    /// What there is to say of the machine's key.
    pub(crate) key_note: Option<String>,
}

/// The installed license, if a server could make anything of it.
pub(crate) fn look(here: &Here) -> Result<Installation, Failure> {
    let text = installed(here)?;
    let judged = here.glance(Some(&text));
    weigh(here, text, judged)
}

/// Sends the installed license and puts the one that comes back into place.
pub(crate) fn ask(here: &Here, lock: &Lock, server: &Server) -> Result<Asked, Failure> {
    let text = installed(here)?;
    let judged = here.judge(lock, Some(&text), None);
    let before = weigh(here, text, judged)?;
    let kept = here.place.read_key()?;
    let (key, fingerprint) = (kept.as_ref().map(|kept| &kept.key), here.fingerprint());
    let reply = server.renew(before.text.trim_ascii(), fingerprint.unwrap_or_default(), key);
    if let Err(refusal) = &reply {
        here.heed(lock, Some(&before.text), refusal);
    }
    let reply = match (reply, fingerprint) {
        (Err(error), Err(nothing)) if error.code() == "no-fingerprint" => return Err(nothing.clone().into()),
        (reply, _) => reply?,
    };
    fault::reached("renewed");
    let judged = here.judge(lock, Some(&reply.body.license), reply.date);
    // What the vendor grants now counts, also where that is less.
    let accepted = accept(here, lock, &reply.body.license, judged, Source::Server, Replaces::Anything)?;
    Ok(Asked {
        accepted,
        judged,
        seats_left: reply.body.seats_left,
        key_note: kept.and_then(|kept| kept.note),
    })
}

fn installed(here: &Here) -> Result<String, Failure> {
    here.place.read()?.ok_or_else(|| Failure::NotInstalled(here.trust.product().to_owned()))
}

fn weigh(here: &Here, text: String, judged: Judged) -> Result<Installation, Failure> {
    let (license, refusal) = match here.check(&text, judged) {
        Standing::Holds(license) => (Some(license), None),
        Standing::Untimely(license, refusal) => (Some(license), Some(refusal)),
        Standing::Refused(refusal) => match refusal.error {
            VerifyError::Device(_) | VerifyError::NeedsPrivileges(_) => (None, Some(refusal)),
            _ => return Err(Failure::Refused(refusal)),
        },
    };
    Ok(Installation { text, judged, license, refusal })
}
