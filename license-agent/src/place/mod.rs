//! Where the license lies: one file for each product in one folder, replaced as a whole or not at all.

mod key;
mod lock;
mod write;

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use license_core::installed::{NameTooLong, NoFolder, Places, file_stem};
use license_core::saved_text::{SavedText, SavedTextError};
use license_core::{
    Binding, MAX_KEY_SETS, MAX_TOKEN_LEN, UnixTime, UnverifiedLicense, regular_file, saved_text,
};

use crate::cli::Common;

pub(crate) use key::KeyFileError;
pub(crate) use lock::Lock;
pub(crate) use write::write_privately;

/// Longest file that is looked into for a license, in bytes: a mail may stand around it.
pub(crate) const LONGEST_FILE: usize = 1024 * 1024;

/// Longest file in a license's place that is read, in bytes: as much as products read there.
const LONGEST_INSTALLED: usize = 16 * MAX_TOKEN_LEN;

/// How much of a longer one is looked at, to tell what it is.
const LOOKED_AT: usize = 4096;

/// Longest text of the clock that is read, in bytes.
const LONGEST_CLOCK: usize = 1024;

/// Longest text of learned keys that is read, in bytes.
const LONGEST_KEYS: usize = MAX_KEY_SETS * (MAX_TOKEN_LEN + 1);

/// What is replaced as a whole, and so may leave something behind.
const REPLACED: [&str; 3] = [".lic", ".keys", ".clock"];

/// The installed license's place: `<product>.lic`, and beside it what the agent keeps for itself.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    folder: PathBuf,
    /// What the files of this product begin with.
    name: String,
}

/// Why a license cannot be read from its place or put there.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PlaceError {
    #[error(transparent)]
    NoFolder(#[from] NoFolder),
    #[error("the product code in the vendor file is too long to name a file")]
    LongName(#[from] NameTooLong),
    #[error("the installed license {path} cannot be read: {source}")]
    Read { path: PathBuf, source: io::Error },
    #[error("the license cannot be written to {folder}: {source}")]
    Write { folder: PathBuf, source: io::Error },
    #[error("another license-agent is at work on this product's license, and was not done within {waited} s")]
    Busy { waited: u64 },
}

impl PlaceError {
    pub(crate) const fn code(&self) -> &'static str {
        match self {
            Self::NoFolder(_) => "no-folder",
            Self::LongName(_) => "product-code-too-long",
            Self::Read { .. } => "license-unreadable",
            Self::Write { .. } => "folder-not-writable",
            Self::Busy { .. } => "busy-here",
        }
    }

    pub(crate) fn advice(&self) -> String {
        match self {
            Self::NoFolder(_) => "name a folder: --dir DIR, or its path in LICENSE_AGENT_DIR",
            Self::LongName(_) => "ask the vendor for a shorter product code",
            Self::Read { .. } => "check that you may read the file, or name another folder: --dir DIR",
            Self::Write { .. } => {
                "nothing was changed; check that you may write there and that the disk is not full, or name another \
                 folder: --dir DIR"
            }
            Self::Busy { .. } => "nothing was changed; try again, or end the other one if it hangs",
        }
        .into()
    }
}

/// Reads at most `longest` bytes and one more, which tells that there are more.
pub(crate) fn read_beginning(source: impl Read, longest: usize) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    source.take(longest as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The installed license as it lies there.
#[derive(Debug)]
pub(crate) struct Stored {
    /// The license; empty if what is there is none.
    pub(crate) text: String,
    /// What is there in its place, where that is known.
    pub(crate) instead: Option<SavedTextError>,
    /// What there is to say of a license that the agent has not written so.
    pub(crate) note: Option<String>,
}

impl Place {
    /// The place of a product's license.
    pub(crate) fn of(common: &Common, product: &str) -> Result<Self, PlaceError> {
        let folder = common.dir.clone().map_or_else(|| Places::here().own_folder(), Ok)?;
        Ok(Self { folder, name: file_stem(product)? })
    }

    /// The machine that the installed license says it is for; nothing where none can be read. Only a hint, since nothing
    /// of it is checked.
    pub(crate) fn read_binding(&self) -> Option<Binding> {
        let text = self.read().ok().flatten()?;
        text.trim_ascii().parse::<UnverifiedLicense>().ok()?.unverified_binding()
    }

    /// The file.
    pub(crate) fn path(&self) -> PathBuf {
        self.file(".lic")
    }

    /// The folder.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// The installed text; nothing if none is installed. One that is no license comes back empty.
    pub(crate) fn read(&self) -> Result<Option<String>, PlaceError> {
        Ok(self.look()?.map(|stored| stored.text))
    }

    /// The same, and what there is to say of a file that somebody else has saved there.
    pub(crate) fn look(&self) -> Result<Option<Stored>, PlaceError> {
        let path = self.path();
        let bytes = match regular_file::read_beginning(&path, LONGEST_INSTALLED) {
            Ok(bytes) => bytes,
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
                return Ok(None);
            }
            Err(source) => return Err(PlaceError::Read { path, source }),
        };
        let none = |instead| Stored { text: String::new(), instead, note: None };
        if bytes.len() > LONGEST_INSTALLED {
            // One that a mail of any length stands around is read where it is installed, and written by itself.
            let beginning = &bytes[..bytes.len().min(LOOKED_AT)];
            return Ok(Some(none(saved_text::what_is(beginning, Some(SavedText::License)))));
        }
        let stored = match saved_text::license(&bytes) {
            Ok(text) if text.len() > MAX_TOKEN_LEN => none(None),
            Ok(text) if text.as_bytes() == bytes.trim_ascii() => Stored { text, instead: None, note: None },
            Ok(text) => {
                let note = "the license file is not as license-agent writes it, and products may not read it; put it into \
                     place anew: license-agent install FILE";
                Stored { text, instead: None, note: Some(note.to_owned()) }
            }
            Err(what) => none(Some(what)),
        };
        Ok(Some(stored))
    }

    /// Replaces the installed license. After a failure or a power cut either the old or the new one is there.
    pub(crate) fn write(&self, lock: &Lock, token: &str) -> Result<(), PlaceError> {
        self.put(lock, ".lic", &format!("{token}\n"))
    }

    /// The signed key sets that were learned; empty if there are none, or they cannot be read.
    pub(crate) fn read_keys(&self) -> String {
        regular_file::read_text(&self.file(".keys"), LONGEST_KEYS).unwrap_or_default()
    }

    /// Remembers them.
    pub(crate) fn write_keys(&self, lock: &Lock, sets: &str) -> Result<(), PlaceError> {
        self.put(lock, ".keys", sets)
    }

    /// What was seen of the clock; nothing if that cannot be read.
    pub(crate) fn read_clock(&self) -> Option<String> {
        regular_file::read_text(&self.file(".clock"), LONGEST_CLOCK).ok()
    }

    /// Whether that was written after a time, and not in the future.
    pub(crate) fn has_clock_since(&self, time: UnixTime) -> bool {
        let written = fs::metadata(self.file(".clock")).and_then(|file| file.modified());
        written.is_ok_and(|at| (time..crate::clock::now().plus(1)).contains(&UnixTime::from(at)))
    }

    /// Remembers what was seen of the clock.
    pub(crate) fn write_clock(&self, lock: &Lock, text: &str) -> Result<(), PlaceError> {
        self.put(lock, ".clock", &format!("{text}\n"))
    }

    /// Whether the folder was made.
    pub(crate) fn is_there(&self) -> bool {
        self.folder.is_dir()
    }

    /// Whether files can be made in a folder, by making one.
    pub(crate) fn probe(&self, folder: &Path) -> Result<(), PlaceError> {
        let path = folder.join(format!(".{}.probe-{}", self.name, std::process::id()));
        let made = File::options().write(true).create_new(true).open(&path);
        made.and_then(|file| {
            drop(file);
            fs::remove_file(path)
        })
        .map_err(|source| PlaceError::Write { folder: folder.to_owned(), source })
    }

    /// Whether a run that was cut short left anything.
    pub(crate) fn has_leftovers(&self) -> bool {
        REPLACED.iter().any(|suffix| write::has_leftover(&self.file(suffix)))
    }

    /// Whether another agent is at work.
    pub(crate) fn is_busy(&self) -> bool {
        self.file(".lock").exists() && self.try_lock().is_none()
    }

    /// Takes the installed license away.
    pub(crate) fn remove(&self, _: &Lock) -> Result<(), PlaceError> {
        write::remove(&self.path()).map_err(|source| self.not_written(source))
    }

    /// Waits until no other agent is at work on this product; `waiting` is told once if there is one.
    pub(crate) fn lock(&self, patience: u64, waiting: impl FnOnce()) -> Result<Lock, PlaceError> {
        fs::create_dir_all(&self.folder).map_err(|source| self.not_written(source))?;
        let lock = Lock::take(&self.file(".lock"), patience, waiting);
        let lock =
            lock.map_err(|source| self.not_written(source))?.ok_or(PlaceError::Busy { waited: patience })?;
        // Whoever left it holds no lock any more.
        REPLACED.iter().for_each(|suffix| write::clear(&self.file(suffix)));
        Ok(lock)
    }

    /// The same without waiting, for what can be left undone.
    pub(crate) fn try_lock(&self) -> Option<Lock> {
        Lock::take(&self.file(".lock"), 0, || {}).ok().flatten()
    }

    fn put(&self, _: &Lock, suffix: &str, text: &str) -> Result<(), PlaceError> {
        write::replace(&self.file(suffix), text).map_err(|source| self.not_written(source))
    }

    fn file(&self, suffix: &str) -> PathBuf {
        self.folder.join(format!("{}{suffix}", self.name))
    }

    fn not_written(&self, source: io::Error) -> PlaceError {
        PlaceError::Write { folder: self.folder.clone(), source }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let names =
            fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<_> = names.collect();
        names.sort();
        names
    }

    #[test]
    fn a_license_replaces_the_old_one_and_what_a_crash_left_behind_is_cleared() {
        let folder = tempfile::tempdir().unwrap();
        let place = Place { folder: folder.path().join("new/folder"), name: "cad".into() };
        assert_eq!(place.read().unwrap(), None);
        place.write(&place.lock(1, || {}).unwrap(), "one").unwrap();
        // A run that was cut short left its file; another product's is not touched.
        fs::write(place.folder.join(".cad.lic.new"), "half").unwrap();
        fs::write(place.folder.join(".cad.clock.new"), "half").unwrap();
        fs::write(place.folder.join(".cad.keys.new"), "half").unwrap();
        fs::write(place.folder.join(".cam.lic.new"), "half").unwrap();
        let lock = place.lock(1, || {}).unwrap();
        assert_eq!(names(&place.folder), [".cam.lic.new", "cad.lic", "cad.lock"]);
        place.write(&lock, "two").unwrap();
        assert_eq!(place.read().unwrap().as_deref(), Some("two"));
        place.remove(&lock).unwrap();
        place.remove(&lock).unwrap();
        assert_eq!(names(&place.folder), [".cam.lic.new", "cad.lock"]);
    }

    #[test]
    fn a_file_that_cannot_be_replaced_leaves_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        let place = Place { folder: folder.path().into(), name: "cad".into() };
        fs::create_dir(place.path()).unwrap();
        let lock = place.lock(1, || {}).unwrap();
        assert!(matches!(place.write(&lock, "one"), Err(PlaceError::Write { .. })));
        assert_eq!(names(folder.path()), ["cad.lic", "cad.lock"]);
    }

    #[cfg(unix)]
    #[test]
    fn pipes_in_the_place_of_its_files_are_not_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let place = Place { folder: folder.path().into(), name: "cad".into() };
        for end in REPLACED {
            assert!(std::process::Command::new("mkfifo").arg(place.file(end)).status().unwrap().success());
        }
        assert!(matches!(place.look(), Err(PlaceError::Read { .. })));
        assert_eq!((place.read_keys().as_str(), place.read_clock()), ("", None));
        let lock = place.lock(1, || {}).unwrap();
        place.write(&lock, "one").unwrap();
        assert_eq!(place.read().unwrap().as_deref(), Some("one"));
    }

    #[test]
    fn one_agent_at_a_time_is_at_work_on_a_product() {
        let folder = tempfile::tempdir().unwrap();
        let place = Place { folder: folder.path().into(), name: "cad".into() };
        let other = Place { name: "cam".into(), ..place.clone() };
        let lock = place.lock(1, || {}).unwrap();
        assert!(place.try_lock().is_none() && other.try_lock().is_some());
        let mut told = 0;
        assert!(matches!(place.lock(0, || told += 1), Err(PlaceError::Busy { waited: 0 })));
        assert_eq!(told, 1);
        drop(lock);
        assert!(place.try_lock().is_some());
    }
}
