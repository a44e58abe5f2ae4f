//! A machine's files under a root folder, in bounded bites.

use std::fs::{self, File};
use std::io::{ErrorKind, Read as _};
use std::path::{Path, PathBuf};

use super::fact::LeftOut;
use super::parse;

/// Longest part of a file that is read, in bytes: what a file under `/sys` can hold.
const FILE: u64 = 4096;
/// Most names taken from a folder.
const NAMES: usize = 4096;

/// The folder that stands for `/`.
pub(super) struct Root<'a>(pub(super) &'a Path);

impl Root<'_> {
    /// The file's text; nothing if there is no such file.
    pub(super) fn text(&self, path: &str) -> Option<Result<String, LeftOut>> {
        self.bytes(path).map(|bytes| bytes.map(|bytes| parse::text(&bytes)))
    }

    /// The file's first bytes; nothing if there is no such file.
    pub(super) fn bytes(&self, path: &str) -> Option<Result<Vec<u8>, LeftOut>> {
        let path = self.place(path);
        // Opening a pipe would wait for a writer.
        if !fs::metadata(&path).ok()?.is_file() {
            return None;
        }
        let mut bytes = Vec::new();
        match File::open(&path).and_then(|file| file.take(FILE).read_to_end(&mut bytes)) {
            Ok(_) => Some(Ok(bytes)),
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            Err(_) => Some(Err(LeftOut::Unreadable)),
        }
    }

    pub(super) fn exists(&self, path: &str) -> bool {
        fs::symlink_metadata(self.place(path)).is_ok()
    }

    /// Where a link points, as written in it.
    pub(super) fn link(&self, path: &str) -> Option<String> {
        fs::read_link(self.place(path)).ok()?.into_os_string().into_string().ok()
    }

    /// The names in a folder, sorted.
    pub(super) fn names(&self, path: &str) -> Vec<String> {
        let Ok(entries) = fs::read_dir(self.place(path)) else { return Vec::new() };
        let names = entries.take(NAMES).filter_map(|entry| entry.ok()?.file_name().into_string().ok());
        let mut names: Vec<_> = names.collect();
        names.sort();
        names
    }

    fn place(&self, path: &str) -> PathBuf {
        self.0.join(path.trim_start_matches('/'))
    }
}
