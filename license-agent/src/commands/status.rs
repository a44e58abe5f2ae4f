//! `status`: verifies the installed license on this machine.

use license_core::UnixTime;

use crate::check::check;
use crate::cli::{Common, StatusArgs};
use crate::failure::Failure;
use crate::machine;
use crate::place::Place;
use crate::report::Answer;
use crate::screen::Screen;
use crate::trust::Vendor;

pub(crate) fn run(common: &Common, args: &StatusArgs, now: UnixTime) -> Result<Answer, Failure> {
    let trust = Vendor::load(common)?.trust;
    let place = Place::of(common, trust.product())?;
    let (device, notes) = machine::device(&args.machine, &args.device, trust.realm())?;
    let screen = Screen::empty(trust.product(), trust.issuer(), place.path(), notes);
    Ok(match place.read()? {
        None => screen.answer(),
        Some(text) => screen.of(&check(&text, &trust, &device, now), now).answer(),
    })
}
