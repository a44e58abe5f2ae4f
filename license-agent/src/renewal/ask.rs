//! One look at the installed license, and one exchange with the server about it.

use license_core::{Judged, License, VerifyError};

use crate::accept::{Accepted, Replaces, Source, Taken, take};
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
    /// Why the vendor's newest keys were not taken.
    pub(crate) note: Option<String>,
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
pub(crate) fn ask(here: &mut Here, lock: &Lock, server: &Server) -> Result<Asked, Failure> {
    let text = installed(here)?;
    let judged = here.judge(lock, Some(&text), None);
    let before = weigh(here, text, judged)?;
    let kept = here.place.read_key()?;
    let key = kept.as_ref().map(|kept| &kept.key);
    let fingerprint = here.fingerprint().map(str::to_owned).map_err(Clone::clone);
    let shown = fingerprint.as_deref().unwrap_or_default();
    let reply = server.renew(before.text.trim_ascii(), shown, key);
    if let Err(refusal) = &reply {
        here.heed(lock, Some(&before.text), refusal);
    }
    let reply = match (reply, fingerprint) {
        (Err(error), Err(nothing)) if error.code() == "no-fingerprint" => return Err(nothing.into()),
        (reply, _) => reply?,
    };
    fault::reached("renewed");
    let (granted, key_sets) = (&reply.body, reply.body.key_sets());
    // What the vendor grants now counts, also where that is less.
    let how = (Source::Server, Replaces::Anything);
    let Taken { accepted, judged, note } = take(here, lock, (&granted.license, &key_sets), reply.date, how)?;
    Ok(Asked {
        accepted,
        judged,
        seats_left: granted.seats_left,
        note,
        key_note: kept.and_then(|kept| kept.note),
    })
}

fn installed(here: &Here) -> Result<String, Failure> {
    here.place.read()?.ok_or_else(|| Failure::NotInstalled(here.trust.product().to_owned()))
}

fn weigh(here: &Here, text: String, judged: Judged) -> Result<Installation, Failure> {
    let (license, refusal) = match here.check_installed(&text, judged) {
        Standing::Holds(license) => (Some(license), None),
        Standing::Untimely(license, refusal) => (Some(license), Some(refusal)),
        Standing::Refused(refusal) => match refusal.error {
            // The vendor may have withdrawn the key: it knows what it issued, and gives a license of another one.
            VerifyError::Device(_) | VerifyError::NeedsPrivileges(_) | VerifyError::UnknownKey { .. } => {
                (None, Some(refusal))
            }
            _ => return Err(Failure::Refused(refusal.into())),
        },
    };
    Ok(Installation { text, judged, license, refusal })
}
