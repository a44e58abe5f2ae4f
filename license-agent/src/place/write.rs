//! A file that is replaced as a whole or not at all, whenever the power is cut.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use crate::fault;

/// Writes a file beside it, makes that last, and gives it the name.
pub(super) fn replace(path: &Path, text: &str) -> io::Result<()> {
    put(path, text, OpenOptions::new().write(true).create_new(true))
}

/// The same for a file that only its owner may read, where the system knows such files.
pub(crate) fn write_privately(path: &Path, text: &str) -> io::Result<()> {
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    put(path, text, options.write(true).create_new(true))
}

fn put(path: &Path, text: &str, options: &OpenOptions) -> io::Result<()> {
    fault::reached_with(path, "file-to-be-written");
    let beside = beside(path);
    // What a crash left behind goes first: the new file is made, never found, so that no link is followed.
    remove(&beside)?;
    let mut file = options.open(&beside)?;
    fault::reached_with(path, "file-made");
    let written = fill(&mut file, text, path);
    // Windows does not rename a file that is open.
    drop(file);
    let placed = written.and_then(|()| {
        fault::reached_with(path, "file-synced");
        fs::rename(&beside, path)
    });
    if placed.is_err() {
        clear(path);
    }
    placed?;
    fault::reached_with(path, "file-renamed");
    if let Some(folder) = path.parent() {
        // The parent of a bare name is empty.
        sync_folder(if folder.as_os_str().is_empty() { Path::new(".") } else { folder });
    }
    fault::reached_with(path, "folder-synced");
    Ok(())
}

/// Takes a file away, if it is there.
pub(super) fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Takes away what a replacement that was cut short left beside a file. It does no harm if it stays.
pub(super) fn clear(path: &Path) {
    _ = fs::remove_file(beside(path));
}

fn fill(file: &mut File, text: &str, path: &Path) -> io::Result<()> {
    let (first, second) = text.as_bytes().split_at(text.len() / 2);
    file.write_all(first)?;
    fault::reached_with(path, "file-half-written");
    file.write_all(second)?;
    fault::reached_with(path, "file-written");
    file.sync_all()
}

/// `.cad.lic.new` for `cad.lic`.
pub(super) fn beside(path: &Path) -> PathBuf {
    let mut name = OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(".new");
    path.with_file_name(name)
}

/// Makes the new name last. Not every file system can, nor need it: the file is in place all the same.
fn sync_folder(folder: &Path) {
    if cfg!(unix) {
        _ = File::open(folder).and_then(|folder| folder.sync_all());
    }
}
