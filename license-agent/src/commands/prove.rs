//! `prove`: answers a challenge of the vendor's software with this machine's key.

use license_core::PossessionChallenge;
use serde::Serialize;

use crate::check::Standing;
use crate::cli::{Common, ProveArgs};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::here::Here;
use crate::report::{self, Answer};

#[derive(Debug, Serialize)]
struct Proved {
    proof: String,
    license: String,
    notes: Vec<String>,
}

pub(crate) fn run(common: &Common, args: &ProveArgs) -> Result<Answer, Failure> {
    let challenge: PossessionChallenge = args.challenge.parse().map_err(Failure::Challenge)?;
    let here = Here::read(common, &args.machine, &args.device)?;
    let text = here.place.read()?.ok_or_else(|| Failure::NotInstalled(here.trust.product().to_owned()))?;
    let license = match here.check_installed(&text, here.peek(Some(&text), None)) {
        Standing::Holds(license) | Standing::Untimely(license, _) => license,
        Standing::Refused(refusal) => return Err(Failure::Refused(refusal.into())),
    };
    let kept = here.place.read_key()?;
    let (Some(named), Some(kept)) = (license.device_key(), kept) else {
        return Err(Failure::NoDeviceKey(license.product().to_owned()));
    };
    if named != kept.key.thumbprint() {
        return Err(Failure::OtherDeviceKey);
    }
    let proof = challenge.prove(&text, &kept.key);
    let text = format!("{proof}\n");
    let proved = Proved { proof, license: license.id().to_owned(), notes: kept.note.into_iter().collect() };
    Ok(Answer { exit: Exit::Ok, text, json: report::json(&proved), notes: proved.notes, picture: None })
}
