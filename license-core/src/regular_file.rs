//! Files that somebody else may have put there: of bounded length, and no pipe that is waited for.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::Path;

/// Opens a file to be read. A folder, a pipe or a device is an error, and nobody waits for it.
///
/// # Errors
/// What the system says, or that it is not a file.
pub fn open(path: &Path) -> io::Result<File> {
    // Looked at before it is opened: opening a pipe waits for whoever writes into it.
    check(&fs::metadata(path)?)?;
    let file = File::open(path)?;
    check(&file.metadata()?)?;
    Ok(file)
}

/// Reads at most `longest` bytes and one more, which tells that there are more.
///
/// # Errors
/// As [`open`].
pub fn read_beginning(path: &Path, longest: usize) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    open(path)?.take((longest as u64).saturating_add(1)).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Reads UTF-8 of at most `longest` bytes.
///
/// # Errors
/// As [`open`]; [`InvalidData`](io::ErrorKind::InvalidData) for what is longer, or no UTF-8.
pub fn read_text(path: &Path, longest: usize) -> io::Result<String> {
    let bytes = read_beginning(path, longest)?;
    if bytes.len() > longest {
        return Err(io::Error::new(io::ErrorKind::InvalidData, format!("it is longer than {longest} bytes")));
    }
    String::from_utf8(bytes).map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "it is not UTF-8"))
}

fn check(found: &fs::Metadata) -> io::Result<()> {
    if found.is_file() {
        return Ok(());
    }
    Err(io::Error::new(io::ErrorKind::InvalidInput, "it is not a file"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_up_to_its_bound() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("mark");
        fs::write(&path, "1234").unwrap();
        assert_eq!(read_text(&path, 4).unwrap(), "1234");
        assert_eq!(read_beginning(&path, 3).unwrap(), b"1234");
        assert_eq!(read_beginning(&path, 2).unwrap(), b"123");
        assert_eq!(read_text(&path, 3).unwrap_err().kind(), io::ErrorKind::InvalidData);
        fs::write(&path, b"\xff").unwrap();
        assert_eq!(read_text(&path, 4).unwrap_err().kind(), io::ErrorKind::InvalidData);
        assert_eq!(open(&folder.path().join("none")).unwrap_err().kind(), io::ErrorKind::NotFound);
    }

    #[cfg(unix)]
    #[test]
    fn what_is_no_file_is_not_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let [pipe, circle, link] = ["pipe", "circle", "link"].map(|name| folder.path().join(name));
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        std::os::unix::fs::symlink(&circle, &circle).unwrap();
        std::os::unix::fs::symlink(&pipe, &link).unwrap();
        for path in [pipe.as_path(), &circle, &link, folder.path(), Path::new("/dev/zero")] {
            assert!(open(path).is_err(), "{path:?}");
        }
    }
}
