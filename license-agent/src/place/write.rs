//! A file that is replaced as a whole or not at all, with the places at which tests stop the agent.

use std::io;
use std::path::Path;

use license_core::atomic_file::{Readers, Step, replace_in_steps};
pub(super) use license_core::atomic_file::{clear, has_leftover, remove};

use crate::fault;

/// Writes a file beside it, makes that last, and gives it the name.
pub(super) fn replace(path: &Path, text: &str) -> io::Result<()> {
    put(path, text, Readers::Umask)
}

/// [`replace`] for a file that only its owner may read, where the system knows such files.
pub(crate) fn write_privately(path: &Path, text: &str) -> io::Result<()> {
    put(path, text, Readers::Owner)
}

fn put(path: &Path, text: &str, readers: Readers) -> io::Result<()> {
    let reached = |step| {
        fault::reached_with(
            path,
            match step {
                Step::Begins => "file-to-be-written",
                Step::Made => "file-made",
                Step::HalfWritten => "file-half-written",
                Step::Written => "file-written",
                Step::Synced => "file-synced",
                Step::Renamed => "file-renamed",
                Step::FolderSynced => "folder-synced",
            },
        );
    };
    replace_in_steps(path, text.as_bytes(), readers, reached)
}
