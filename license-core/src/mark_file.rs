//! The mark of a clock's guard in a file, moved by one thread and program at a time.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind};
use std::path::Path;

use crate::atomic_file::{self, Readers};
use crate::regular_file;

/// Longest mark that is read, in bytes: more than any is long.
const LONGEST: usize = 4096;

/// Hands the mark in a file to `look`, and puts the one that it gives in its place; beside it lies a file that is locked
/// meanwhile, `cad.clock.lock` for `cad.clock`.
///
/// A mark that is missing or cannot be read is none. Nothing is written where the mark stays as it is, an empty one being
/// none, and where somebody else has the lock: that other look counts. No link is followed to write, and no pipe is waited for. What comes with the mark out of `look` is given back.
///
/// # Errors
/// Beside it, why the new mark could not be kept.
pub fn update<T>(path: &Path, look: impl FnOnce(Option<String>) -> (String, T)) -> (T, io::Result<()>) {
    let lock = lock(path);
    let before = regular_file::read_text(path, LONGEST).ok();
    let (mark, looked) = look(before.clone());
    let is_same = before.unwrap_or_default() == mark;
    let kept = match lock {
        Ok(_) if is_same => Ok(()),
        Ok(Some(_held)) => atomic_file::replace(path, mark.as_bytes(), Readers::Umask),
        Ok(None) => Ok(()),
        Err(error) => Err(error),
    };
    (looked, kept)
}

/// The lock beside a mark, until it is dropped; none while somebody else has it.
fn lock(mark: &Path) -> io::Result<Option<File>> {
    let mut beside = mark.as_os_str().to_owned();
    beside.push(".lock");
    let is_other = |found: fs::Metadata| !found.is_file();
    if fs::symlink_metadata(&beside).is_ok_and(is_other) {
        return Err(io::Error::new(ErrorKind::InvalidInput, "the lock beside it is not a file"));
    }
    let lock = OpenOptions::new().write(true).create(true).truncate(false).open(beside)?;
    match lock.try_lock() {
        Ok(()) => Ok(Some(lock)),
        Err(TryLockError::WouldBlock) => Ok(None),
        // Some network file systems have no locks. The mark is still replaced as a whole.
        Err(TryLockError::Error(error)) if error.kind() == ErrorKind::Unsupported => Ok(Some(lock)),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn replace(path: &Path, mark: &str) -> (Option<String>, io::Result<()>) {
        update(path, |found| (mark.to_owned(), found))
    }

    #[test]
    fn a_mark_is_read_and_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("cad.clock");
        let (found, kept) = replace(&path, "one");
        assert!(found.is_none() && kept.is_ok());
        let (found, kept) = replace(&path, "two");
        assert!(found.as_deref() == Some("one") && kept.is_ok());
        fs::write(&path, "x".repeat(LONGEST + 1)).unwrap();
        let (found, kept) = replace(&path, "three");
        assert!(found.is_none() && kept.is_ok(), "too long");
        assert_eq!(fs::read(&path).unwrap(), b"three");
        assert!(replace(&folder.path().join("none/cad.clock"), "one").1.is_err());
        let other = folder.path().join("other.clock");
        assert!(replace(&other, "").1.is_ok() && !other.exists(), "no mark");
    }

    #[test]
    fn while_another_has_the_lock_nothing_is_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("cad.clock");
        let ((), kept) = update(&path, |_| {
            assert!(replace(&path, "inner").1.is_ok());
            assert!(!path.exists());
            ("outer".to_owned(), ())
        });
        assert!(kept.is_ok());
        assert_eq!(fs::read(&path).unwrap(), b"outer");
    }

    #[test]
    fn threads_never_leave_half_a_mark() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("cad.clock");
        let marks: Vec<String> = ('a'..='h').map(|c| c.to_string().repeat(2_000)).collect();
        std::thread::scope(|threads| {
            for mark in &marks {
                threads.spawn(|| {
                    for _ in 0..50 {
                        let (found, kept) = replace(&path, mark);
                        assert!(found.is_none_or(|found| marks.contains(&found)));
                        // On Windows eight readers in a row may keep a mark from being replaced for long.
                        assert!(kept.is_ok() || cfg!(windows), "{kept:?}");
                    }
                });
            }
        });
    }

    #[cfg(unix)]
    #[test]
    fn pipes_folders_and_links_in_the_place_of_a_mark_are_replaced_or_refused_and_nothing_else_is_written() {
        use std::os::unix::fs::symlink;

        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let pipe = |name: &str| {
            assert!(std::process::Command::new("mkfifo").arg(path(name)).status().unwrap().success());
        };
        fs::write(path("victim"), "mine").unwrap();
        pipe("pipe");
        symlink(path("circle"), path("circle")).unwrap();
        symlink(path("victim"), path("link")).unwrap();
        symlink(path("victim"), path(".link.new")).unwrap();
        for name in ["pipe", "circle", "link"] {
            let (_, kept) = replace(&path(name), "mark");
            kept.unwrap();
            assert_eq!(fs::read(path(name)).unwrap(), b"mark", "{name}");
        }
        fs::create_dir(path("folder")).unwrap();
        assert!(replace(&path("folder"), "mark").1.is_err());
        // So it is with the lock.
        pipe("a.lock");
        symlink(path("victim"), path("b.lock")).unwrap();
        symlink(path("nowhere"), path("c.lock")).unwrap();
        for name in ["a", "b", "c"] {
            assert!(replace(&path(name), "mark").1.is_err(), "{name}");
        }
        assert!(!path("nowhere").exists());
        assert_eq!(fs::read(path("victim")).unwrap(), b"mine");
    }
}
