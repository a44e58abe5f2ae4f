//! A license that arrives: verified for this machine, compared with the one that is there, and only then put into
//! place.

use license_core::{Judged, License, UnixTime, UnverifiedLicense};

use crate::check::Standing;
use crate::failure::Failure;
use crate::here::Here;
use crate::place::Lock;

/// Where a license came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// A file, or the standard input.
    File,
    /// The vendor's server.
    Server,
}

/// Which installed licenses it may replace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Replaces {
    /// One that lasts no longer, or does not hold.
    NothingThatLastsLonger,
    /// Whatever is there.
    Anything,
}

/// What is in place now.
#[derive(Debug)]
pub(crate) struct Accepted {
    pub(crate) license: Box<License>,
    /// Whether the file was written: it is left alone where it holds this very license.
    pub(crate) changed: bool,
    /// The end of the license that was replaced, if that was later.
    pub(crate) shortened_from: Option<End>,
}

/// When a license ends; a perpetual one is the latest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum End {
    At(UnixTime),
    Never,
}

impl End {
    pub(crate) fn of(license: &License) -> Self {
        license.expires_at().map_or(Self::Never, Self::At)
    }
}

impl std::fmt::Display for End {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::At(end) => end.fmt(f),
            Self::Never => f.write_str("for ever"),
        }
    }
}

/// A license that came with key sets, and what became of both.
#[derive(Debug)]
pub(crate) struct Taken {
    pub(crate) accepted: Accepted,
    pub(crate) judged: Judged,
    /// Why the vendor's newest keys were not taken.
    pub(crate) note: Option<String>,
}

/// Takes the key sets that came with a license, then the license.
///
/// Each file is replaced as a whole, one after the other, in the order that leaves a license that works wherever it is
/// cut short: a set that withdraws the installed license's key comes after the license that replaces it, and a set that
/// the license needs comes before it.
pub(crate) fn take(
    here: &mut Here,
    lock: &Lock,
    (license, key_sets): (&str, &str),
    server: Option<UnixTime>,
    (source, replaces): (Source, Replaces),
) -> Result<Taken, Failure> {
    let before = here.trust.clone();
    let note =
        here.learn(key_sets).err().map(|why| format!("the vendor's newest keys were not taken: {why}"));
    let judged = here.judge(lock, Some(license), server);
    let parsed = license.parse::<UnverifiedLicense>();
    let needs_keys = !parsed.is_ok_and(|license| license.signed_at(&before).is_ok());
    if needs_keys {
        here.keep_keys(lock)?;
    }
    let accepted = accept(here, lock, license, judged, source, replaces);
    if !needs_keys {
        here.keep_keys(lock)?;
    }
    Ok(Taken { accepted: accepted?, judged, note })
}

/// Puts a license into place, or says why not; then nothing was changed.
fn accept(
    here: &Here,
    lock: &Lock,
    text: &str,
    judged: Judged,
    source: Source,
    replaces: Replaces,
) -> Result<Accepted, Failure> {
    let license = match here.check(text, judged) {
        Standing::Holds(license) => license,
        Standing::Untimely(_, refusal) | Standing::Refused(refusal) => {
            return Err(match source {
                Source::File => Failure::Refused(refusal.into()),
                Source::Server => Failure::RefusedAnswer(refusal.into()),
            });
        }
    };
    let token = text.trim_ascii();
    let stored = here.place.look()?;
    // A file that was saved otherwise is written anew, so that products can read it.
    if stored.as_ref().is_some_and(|old| old.note.is_none() && old.text.trim_ascii() == token) {
        return Ok(Accepted { license, changed: false, shortened_from: None });
    }
    let old = stored.map(|stored| stored.text);
    let new_end = End::of(&license);
    let old_end = match old.map(|old| here.check(&old, judged)) {
        Some(Standing::Holds(old)) => Some(End::of(&old)),
        _ => None,
    };
    let shortened_from = old_end.filter(|old| *old > new_end);
    if let (Some(installed), Replaces::NothingThatLastsLonger) = (shortened_from, replaces) {
        return Err(Failure::LastsLonger { installed, new: new_end });
    }
    here.place.write(lock, token)?;
    Ok(Accepted { license, changed: true, shortened_from })
}
