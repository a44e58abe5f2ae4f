//! `install`: verifies a license for this machine, and only then puts it into place.

use std::fs::File;
use std::io;
use std::path::Path;

use license_core::saved_text::{self, SavedTextError};
use license_core::{MAX_KEY_SETS, MAX_TOKEN_LEN};

use crate::accept::{Replaces, Source, Taken, take};
use crate::cli::{Common, InstallArgs};
use crate::failure::Failure;
use crate::here::{Here, clock_note};
use crate::installed::Installed;
use crate::place::{LONGEST_FILE, read_beginning};
use crate::progress::Progress;
use crate::report::Answer;

/// What files are to hold.
const LICENSE: &str = "license";
const KEYS: &str = "set of the vendor's signed keys";

/// How many seconds to wait for another agent.
const PATIENCE: u64 = 60;

pub(crate) fn run(common: &Common, args: &InstallArgs) -> Result<Answer, Failure> {
    let mut here = Here::read(common, &args.machine, &args.device)?;
    let text = read(&args.file, saved_text::license, MAX_TOKEN_LEN, LICENSE)?;
    let longest = MAX_KEY_SETS * (MAX_TOKEN_LEN + 1);
    let keys = args.keys.as_deref().map(|file| read(file, saved_text::key_sets, longest, KEYS));
    let keys = keys.transpose()?.unwrap_or_default();
    let progress = Progress::new(args.output.form());
    let lock = here.place.lock(PATIENCE, || progress.says("waiting for another license-agent"))?;
    let replaces = if args.force { Replaces::Anything } else { Replaces::NothingThatLastsLonger };
    let Taken { accepted, judged, note } =
        take(&mut here, &lock, (&text, &keys), None, (Source::File, replaces))?;
    drop(progress);
    let product = accepted.license.product();
    let title = match accepted.changed {
        true => format!("Installed the license for {product}"),
        false => format!("The license for {product} was installed already; nothing was changed"),
    };
    let mut notes = std::mem::take(&mut here.machine.notes);
    notes.extend(clock_note(judged).into_iter().chain(note));
    Ok(Installed::new(&accepted, judged.time(), here.place.path(), notes).answer(&title))
}

/// What `find` finds in what was given, of at most `longest` bytes.
fn read(
    file: &Path,
    find: fn(&[u8]) -> Result<String, SavedTextError>,
    longest: usize,
    wanted: &'static str,
) -> Result<String, Failure> {
    let read = if file.as_os_str() == "-" {
        read_beginning(io::stdin().lock(), LONGEST_FILE)
    } else {
        File::open(file).and_then(|file| read_beginning(file, LONGEST_FILE))
    };
    let name = || if file.as_os_str() == "-" { "the standard input".into() } else { file.to_owned() };
    let bytes = read.map_err(|error| Failure::Input(name(), error))?;
    let text = find(&bytes).map_err(|why| Failure::InputOther(name(), wanted, why))?;
    if text.len() > longest || bytes.len() > LONGEST_FILE {
        return Err(Failure::InputTooLong(name(), wanted, longest));
    }
    Ok(text)
}
