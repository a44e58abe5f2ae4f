//! `status`: verifies the installed license on this machine.

use crate::cli::{Common, StatusArgs};
use crate::failure::Failure;
use crate::here::{Here, clock_note};
use crate::report::Answer;
use crate::screen::Screen;

pub(crate) fn run(common: &Common, args: &StatusArgs) -> Result<Answer, Failure> {
    let mut here = Here::read(common, &args.machine, &args.device)?;
    let (text, note) = here.place.look()?.map_or((None, None), |stored| (Some(stored.text), stored.note));
    let judged = here.glance(text.as_deref());
    let mut notes = std::mem::take(&mut here.machine.notes);
    notes.extend(note);
    let has_server = here.server.is_some();
    let screen =
        Screen::empty(here.trust.product(), here.trust.issuer(), has_server, here.place.path(), notes);
    let screen = match text {
        None => screen,
        Some(text) => screen.of(&here.check_installed(&text, judged), judged.time()),
    };
    Ok(screen.with_clock(clock_note(judged)).answer())
}
