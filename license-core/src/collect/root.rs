//! A machine's files under a root folder, in bounded bites.

use std::fs::{self, File};
use std::io::{ErrorKind, Read as _};
use std::path::{Path, PathBuf};

use super::capture::Recorder;
use super::fact::LeftOut;
use super::parse;
use super::played::Files;

/// Longest part of a file that is read, in bytes: what a file under `/sys` can hold.
const FILE: u64 = 4096;
/// The same for the few files that tell of many things, such as mounts.
const LONG_FILE: u64 = 256 * 1024;
/// Most names taken from a folder: a host of containers has thousands of network interfaces.
const NAMES: usize = 65_536;

/// What stands for `/`.
pub(super) enum Root<'a> {
    /// A folder.
    Folder(&'a Path),
    /// A machine in memory: on every platform, also where folders hold no links.
    Played(&'a Files),
    /// Another root, of which everything is noted that it is asked for.
    Recorded(&'a Recorder<'a>),
}

/// Whether something is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Presence {
    There,
    Absent,
    /// The system would not say.
    Denied,
}

impl Root<'_> {
    /// The file's text; nothing if there is no such file.
    pub(super) fn text(&self, path: &str) -> Option<Result<String, LeftOut>> {
        self.bytes(path).map(|bytes| bytes.map(|bytes| parse::text(&bytes)))
    }

    /// The file's first bytes; nothing if there is no such file.
    pub(super) fn bytes(&self, path: &str) -> Option<Result<Vec<u8>, LeftOut>> {
        self.first_bytes(path, FILE)
    }

    /// The text of a file that may be longer, if it can be read.
    pub(super) fn long_text(&self, path: &str) -> Option<String> {
        let bytes = self.first_bytes(path, LONG_FILE)?.ok()?;
        Some(String::from_utf8_lossy(&bytes).into_owned())
    }

    pub(super) fn first_bytes(&self, path: &str, most: u64) -> Option<Result<Vec<u8>, LeftOut>> {
        let path = match self {
            Self::Folder(root) => place(root, path),
            Self::Played(files) => return files.bytes(path, most),
            Self::Recorded(recorder) => return recorder.bytes(path, most),
        };
        // Opening a pipe would wait for a writer.
        match fs::metadata(&path) {
            Ok(about) if about.is_file() => {}
            Err(error) if error.kind() == ErrorKind::PermissionDenied => {
                return Some(Err(LeftOut::Unreadable));
            }
            _ => return None,
        }
        let mut bytes = Vec::new();
        match File::open(&path).and_then(|file| file.take(most).read_to_end(&mut bytes)) {
            Ok(_) => Some(Ok(bytes)),
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            Err(_) => Some(Err(LeftOut::Unreadable)),
        }
    }

    pub(super) fn exists(&self, path: &str) -> bool {
        self.presence(path) == Presence::There
    }

    /// Whether there is a file, folder or link of this name.
    pub(super) fn presence(&self, path: &str) -> Presence {
        match self {
            Self::Folder(root) => match fs::symlink_metadata(place(root, path)) {
                Ok(_) => Presence::There,
                Err(error) if error.kind() == ErrorKind::PermissionDenied => Presence::Denied,
                Err(_) => Presence::Absent,
            },
            Self::Played(files) => files.presence(path),
            Self::Recorded(recorder) => recorder.presence(path),
        }
    }

    /// Whether there is a folder of this name, itself no link.
    pub(super) fn is_folder(&self, path: &str) -> bool {
        match self {
            Self::Folder(root) => fs::symlink_metadata(place(root, path)).is_ok_and(|about| about.is_dir()),
            Self::Played(files) => files.is_folder(path),
            Self::Recorded(recorder) => recorder.is_folder(path),
        }
    }

    /// Where a link points, as written in it.
    pub(super) fn link(&self, path: &str) -> Option<String> {
        match self {
            Self::Folder(root) => fs::read_link(place(root, path)).ok()?.into_os_string().into_string().ok(),
            Self::Played(files) => files.link(path),
            Self::Recorded(recorder) => recorder.link(path),
        }
    }

    /// The names in a folder, sorted; none if there is no such folder.
    ///
    /// # Errors
    /// [`LeftOut::Unreadable`] if this user may not list it.
    pub(super) fn names(&self, path: &str) -> Result<Vec<String>, LeftOut> {
        let entries = match self {
            Self::Folder(root) => fs::read_dir(place(root, path)),
            Self::Played(files) => return files.names(path),
            Self::Recorded(recorder) => return recorder.names(path),
        };
        let entries = match entries {
            Ok(entries) => entries,
            Err(error) if error.kind() == ErrorKind::PermissionDenied => return Err(LeftOut::Unreadable),
            Err(_) => return Ok(Vec::new()),
        };
        let names = entries.take(NAMES).filter_map(|entry| entry.ok()?.file_name().into_string().ok());
        let mut names: Vec<_> = names.collect();
        names.sort();
        Ok(names)
    }
}

fn place(root: &Path, path: &str) -> PathBuf {
    root.join(path.trim_start_matches('/'))
}
