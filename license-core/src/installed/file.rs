//! An installed license's file, and a cheap look whether it is another one by now.

use std::fs::{self, Metadata};
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::places::{NameTooLong, Places};
use crate::{MAX_KEY_SETS, MAX_TOKEN_LEN, regular_file, saved_text};

/// Longest file of a license that is read, in bytes: a mail around one is longer than it is.
const LONGEST_FILE: usize = 16 * MAX_TOKEN_LEN;

/// Longest text of learned keys that is read, in bytes.
const LONGEST_KEYS: usize = MAX_KEY_SETS * (MAX_TOKEN_LEN + 1);

/// A product's installed license, as it was when it was last looked at.
///
/// It is the first of the [places](Places::licenses) at which there is a file. Nothing in it is verified.
#[derive(Clone, Debug)]
pub struct LicenseFile {
    places: Vec<PathBuf>,
    /// Which of the places, and what lies there.
    installed: Option<(usize, Snapshot)>,
    /// What lies beside it under `.keys`.
    keys: Snapshot,
}

/// Why there is no license to verify.
#[derive(Debug, thiserror::Error)]
pub enum LicenseFileError {
    /// None of the places has a file.
    #[error("no license is installed; looked for {}", listed(looked_at))]
    NotInstalled {
        /// Where it would lie, in the order of the search.
        looked_at: Vec<PathBuf>,
    },
    /// The file is there and cannot be read.
    #[error("the installed license {} cannot be read: {reason}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        reason: io::Error,
    },
}

/// What tells a file that was replaced from one that was not, without reading it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stamp {
    len: u64,
    modified: Option<SystemTime>,
    /// Inode and device, where the system has them: the agent replaces a file by another one.
    identity: Option<(u64, u64)>,
}

/// A file at one time.
#[derive(Clone, Debug)]
struct Snapshot {
    stamp: Option<Stamp>,
    /// What is in it: a text of bounded length, an empty one if it is none, or why it could not be read.
    text: Result<String, Refused>,
}

/// Kind and text of an error, for an [`io::Error`] cannot be kept twice.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Refused(io::ErrorKind, String);

impl LicenseFile {
    /// Looks for a product's license where the agent puts it on this machine.
    ///
    /// # Errors
    /// [`NameTooLong`] for the product code; that no license is there is for [`text`](Self::text) to say.
    pub fn find(product: &str) -> Result<Self, NameTooLong> {
        Places::here().licenses(product).map(Self::among)
    }

    /// Looks for a license in one file alone.
    #[must_use]
    pub fn at(path: PathBuf) -> Self {
        Self::among(vec![path])
    }

    /// Looks for a license in several files, of which the first that is there counts.
    #[must_use]
    pub fn among(places: Vec<PathBuf>) -> Self {
        let mut file = Self { places, installed: None, keys: Snapshot::default() };
        file.refresh();
        file
    }

    /// The license's text, to be parsed and verified, read as [`saved_text::license`] reads files that people save; what
    /// is too long or no license comes as an empty one.
    ///
    /// # Errors
    /// [`LicenseFileError`]
    pub fn text(&self) -> Result<&str, LicenseFileError> {
        let Some((at, snapshot)) = &self.installed else {
            return Err(LicenseFileError::NotInstalled { looked_at: self.places.clone() });
        };
        snapshot.text.as_deref().map_err(|Refused(kind, says)| LicenseFileError::Unreadable {
            path: self.places[*at].clone(),
            reason: io::Error::new(*kind, says.clone()),
        })
    }

    /// The signed key sets that the agent learned, for [`Trust::learn`](crate::Trust::learn); empty if there are none.
    #[must_use]
    pub fn learned_keys(&self) -> &str {
        self.keys.text.as_deref().unwrap_or_default()
    }

    /// The file that is read; `None` while there is none.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        self.installed.as_ref().map(|(at, _)| self.places[*at].as_path())
    }

    /// Looks again; whether license or learned keys are others than before, or came or went.
    ///
    /// A file is only read where size, time of the last change or identity differ, so it costs a few microseconds and
    /// may be called before every use. No thread and no handle stays behind.
    pub fn refresh(&mut self) -> bool {
        let there = self.places.iter().position(|path| is_there(path));
        let Some(at) = there else {
            let was_there = self.installed.take().is_some();
            self.keys = Snapshot::default();
            return was_there;
        };
        let path = &self.places[at];
        let mut license = match self.installed.take() {
            Some((place, snapshot)) if place == at => snapshot,
            _ => {
                // Another place has other keys.
                self.keys = Snapshot::default();
                Snapshot::default()
            }
        };
        let is_first = license.stamp.is_none();
        let license_changed = license.refresh(path, LONGEST_FILE, license_in) || is_first;
        let keys_changed = self.keys.refresh(&path.with_extension("keys"), LONGEST_KEYS, text_in);
        self.installed = Some((at, license));
        license_changed || keys_changed
    }
}

impl Default for Snapshot {
    /// No file.
    fn default() -> Self {
        Self { stamp: None, text: Ok(String::new()) }
    }
}

impl Snapshot {
    /// Reads the file again if it looks like another one; whether what is in it changed.
    fn refresh(&mut self, path: &Path, longest: usize, decode: fn(Vec<u8>) -> String) -> bool {
        let looked = fs::metadata(path);
        let is_missing = looked.as_ref().is_err_and(is_none_there);
        let stamp = looked.as_ref().ok().map(Stamp::of);
        // What could not be read may be readable now, though nothing about the file changed.
        if stamp == self.stamp && (is_missing || (stamp.is_some() && self.text.is_ok())) {
            return false;
        }
        let text = read(path, longest).map(decode);
        let is_another = text != self.text;
        *self = Self { stamp, text };
        is_another
    }
}

impl Stamp {
    fn of(file: &Metadata) -> Self {
        Self { len: file.len(), modified: file.modified().ok(), identity: identity(file) }
    }
}

#[cfg(unix)]
fn identity(file: &Metadata) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt as _;

    Some((file.ino(), file.dev()))
}

#[cfg(not(unix))]
fn identity(_: &Metadata) -> Option<(u64, u64)> {
    None
}

fn is_there(path: &Path) -> bool {
    match fs::metadata(path) {
        Ok(_) => true,
        Err(error) => !is_none_there(&error),
    }
}

fn is_none_there(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

fn read(path: &Path, longest: usize) -> Result<Vec<u8>, Refused> {
    let read = regular_file::read_beginning(path, longest);
    let bytes = read.map_err(|error| Refused(error.kind(), error.to_string()))?;
    Ok(if bytes.len() > longest { Vec::new() } else { bytes })
}

fn text_in(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap_or_default()
}

/// The license in a file, also in one that somebody has saved there by hand.
fn license_in(bytes: Vec<u8>) -> String {
    let license = saved_text::license(&bytes).ok();
    license.filter(|text| text.len() <= MAX_TOKEN_LEN).unwrap_or_default()
}

fn listed(paths: &[PathBuf]) -> String {
    let paths: Vec<_> = paths.iter().map(|path| path.display().to_string()).collect();
    if paths.is_empty() { "no folder, since none is known for this user".into() } else { paths.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Puts a text in place as the agent does.
    fn put(path: &Path, text: &str) {
        let new = path.with_extension("new");
        fs::write(&new, text).unwrap();
        fs::rename(&new, path).unwrap();
    }

    #[test]
    fn a_renewed_license_is_seen_and_one_that_stayed_is_not_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("cad.pro.lic");
        let mut file = LicenseFile::at(path.clone());
        assert!(
            matches!(file.text(), Err(LicenseFileError::NotInstalled { looked_at }) if looked_at == [path.clone()])
        );
        assert!(!file.refresh());
        put(&path, "one");
        assert!(file.refresh() && !file.refresh());
        assert_eq!((file.text().unwrap(), file.path()), ("one", Some(path.as_path())));
        put(&path, "two");
        assert!(file.refresh());
        assert_eq!(file.text().unwrap(), "two");
        put(&path, "\u{feff}two\r\n");
        assert!(!file.refresh(), "another file with the same license");
        put(&folder.path().join("cad.pro.keys"), "keys\n");
        assert!(file.refresh());
        assert_eq!(file.learned_keys(), "keys\n");
        fs::remove_file(&path).unwrap();
        assert!(file.refresh() && !file.refresh());
        assert!(file.text().is_err() && file.learned_keys().is_empty());
    }

    #[test]
    fn the_first_place_with_a_file_counts_and_brings_its_own_keys() {
        let folder = tempfile::tempdir().unwrap();
        let places = ["own.lic", "none/of.lic", "machine.lic"].map(|name| folder.path().join(name));
        put(&places[2], "machine's");
        put(&places[2].with_extension("keys"), "keys");
        let mut file = LicenseFile::among(places.to_vec());
        assert_eq!((file.text().unwrap(), file.learned_keys()), ("machine's", "keys"));
        put(&places[0], "own");
        assert!(file.refresh());
        assert_eq!((file.text().unwrap(), file.learned_keys()), ("own", ""));
        fs::remove_file(&places[0]).unwrap();
        assert!(file.refresh());
        assert_eq!((file.text().unwrap(), file.learned_keys()), ("machine's", "keys"));
    }

    #[test]
    fn what_cannot_be_read_is_named_and_what_is_no_license_is_empty() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("cad.lic");
        fs::create_dir(&path).unwrap();
        let mut file = LicenseFile::at(path.clone());
        assert!(matches!(file.text(), Err(LicenseFileError::Unreadable { .. })));
        fs::remove_dir(&path).unwrap();
        fs::write(&path, "x".repeat(MAX_TOKEN_LEN + 1)).unwrap();
        assert!(file.refresh());
        assert_eq!(file.text().unwrap(), "");
        fs::write(&path, b"\xff").unwrap();
        assert!(!file.refresh(), "still none");
        assert_eq!(file.text().unwrap(), "");
    }

    #[cfg(unix)]
    #[test]
    fn what_is_no_file_is_unreadable_and_nobody_waits_for_it() {
        let folder = tempfile::tempdir().unwrap();
        let (pipe, circle) = (folder.path().join("pipe.lic"), folder.path().join("circle.lic"));
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        std::os::unix::fs::symlink(&circle, &circle).unwrap();
        for path in [pipe, circle, folder.path().to_owned()] {
            let mut file = LicenseFile::at(path.clone());
            assert!(matches!(file.text(), Err(LicenseFileError::Unreadable { .. })), "{path:?}");
            file.refresh();
            assert!(file.text().is_err(), "{path:?}");
        }
        // So beside a good license, whose own keys then are those of the vendor file.
        let license = folder.path().join("cad.lic");
        put(&license, include_str!("../../examples/cad-pro.lic"));
        std::process::Command::new("mkfifo").arg(folder.path().join("cad.keys")).status().unwrap();
        assert_eq!(LicenseFile::at(license).learned_keys(), "");
    }
}
