//! Where the license lies: one file for each product in one folder, replaced as a whole or not at all.

use std::fmt::Write as _;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write as _};
use std::path::{Path, PathBuf};

use license_core::MAX_TOKEN_LEN;

use crate::cli::Common;

/// Longest file name without its suffix, in bytes; file systems allow 255.
const LONGEST_NAME: usize = 240;

/// The installed license's place.
#[derive(Debug)]
pub(crate) struct Place {
    folder: PathBuf,
    name: String,
}

/// Why a license cannot be read from its place or put there.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PlaceError {
    #[error("there is no folder for licenses, since {0} is not set")]
    NoFolder(&'static str),
    #[error("the product code in the vendor file is too long to name a file")]
    LongName,
    #[error("the installed license {path} cannot be read: {source}")]
    Read { path: PathBuf, source: io::Error },
    #[error("the license cannot be written to {folder}: {source}")]
    Write { folder: PathBuf, source: io::Error },
}

impl PlaceError {
    pub(crate) const fn code(&self) -> &'static str {
        match self {
            Self::NoFolder(_) => "no-folder",
            Self::LongName => "product-code-too-long",
            Self::Read { .. } => "license-unreadable",
            Self::Write { .. } => "folder-not-writable",
        }
    }

    pub(crate) fn advice(&self) -> String {
        match self {
            Self::NoFolder(_) => "name a folder: --dir DIR, or its path in LICENSE_AGENT_DIR",
            Self::LongName => "ask the vendor for a shorter product code",
            Self::Read { .. } => "check that you may read the file, or name another folder: --dir DIR",
            Self::Write { .. } => {
                "nothing was changed; check that you may write there and that the disk is not full, or name another \
                 folder: --dir DIR"
            }
        }
        .into()
    }
}

/// Why a text could not be read.
#[derive(Debug)]
pub(crate) enum ReadError {
    Io(io::Error),
    TooLong,
    NotText,
}

impl From<io::Error> for ReadError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// Reads UTF-8 of at most `longest` bytes.
pub(crate) fn read_bounded(source: impl Read, longest: usize) -> Result<String, ReadError> {
    let mut bytes = Vec::new();
    source.take(longest as u64 + 1).read_to_end(&mut bytes)?;
    if bytes.len() > longest {
        return Err(ReadError::TooLong);
    }
    String::from_utf8(bytes).map_err(|_| ReadError::NotText)
}

impl Place {
    /// The place of a product's license.
    pub(crate) fn of(common: &Common, product: &str) -> Result<Self, PlaceError> {
        let folder = common.dir.clone().map_or_else(own_folder, Ok)?;
        let name = file_name(product);
        if name.len() > LONGEST_NAME {
            return Err(PlaceError::LongName);
        }
        Ok(Self { folder, name: name + ".lic" })
    }

    /// The file.
    pub(crate) fn path(&self) -> PathBuf {
        self.folder.join(&self.name)
    }

    /// The installed text; nothing if none is installed. One that is no license comes back empty.
    pub(crate) fn read(&self) -> Result<Option<String>, PlaceError> {
        let path = self.path();
        match File::open(&path).map_err(ReadError::from).and_then(|file| read_bounded(file, MAX_TOKEN_LEN)) {
            Ok(text) => Ok(Some(text)),
            Err(ReadError::Io(error))
                if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) =>
            {
                Ok(None)
            }
            Err(ReadError::Io(source)) => Err(PlaceError::Read { path, source }),
            Err(ReadError::TooLong | ReadError::NotText) => Ok(Some(String::new())),
        }
    }

    /// Replaces the installed license. After a failure or a power cut either the old or the new one is there.
    pub(crate) fn write(&self, token: &str) -> Result<(), PlaceError> {
        self.replace(token).map_err(|source| PlaceError::Write { folder: self.folder.clone(), source })
    }

    fn replace(&self, token: &str) -> io::Result<()> {
        fs::create_dir_all(&self.folder)?;
        let (beside, mut file) = self.new_file_beside()?;
        let written = file.write_all(format!("{token}\n").as_bytes()).and_then(|()| file.sync_all());
        // Windows does not rename a file that is open.
        drop(file);
        let placed = written.and_then(|()| fs::rename(&beside, self.path()));
        if placed.is_err() {
            _ = fs::remove_file(&beside);
        }
        placed?;
        sync_folder(&self.folder);
        Ok(())
    }

    /// A file of its own in the same folder. A name that another run left behind is passed over, never followed.
    fn new_file_beside(&self) -> io::Result<(PathBuf, File)> {
        let process = std::process::id();
        for attempt in 0..100 {
            let path = self.folder.join(format!(".new-{process}-{attempt}"));
            match OpenOptions::new().write(true).create_new(true).open(&path) {
                Ok(file) => return Ok((path, file)),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        }
        Err(io::ErrorKind::AlreadyExists.into())
    }
}

/// Makes the new name last. Not every file system can, nor need it: the license is in place all the same.
fn sync_folder(folder: &Path) {
    if cfg!(unix) {
        _ = File::open(folder).and_then(|folder| folder.sync_all());
    }
}

/// The product code with everything outside `[A-Za-z0-9._-]`, and a leading dot, percent-encoded.
fn file_name(product: &str) -> String {
    let mut name = String::with_capacity(product.len());
    for (at, byte) in product.bytes().enumerate() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-') || (byte == b'.' && at > 0) {
            name.push(char::from(byte));
        } else {
            _ = write!(name, "%{byte:02X}");
        }
    }
    name
}

/// The user's own folder for the agent's data.
fn own_folder() -> Result<PathBuf, PlaceError> {
    let folder = |variable| {
        std::env::var_os(variable)
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
            .ok_or(PlaceError::NoFolder(variable))
    };
    let data = if cfg!(windows) {
        folder("LOCALAPPDATA")?
    } else if cfg!(target_os = "macos") {
        folder("HOME")?.join("Library/Application Support")
    } else {
        // A relative path there is to be ignored: XDG Base Directory Specification.
        folder("XDG_DATA_HOME").or_else(|_| Ok(folder("HOME")?.join(".local/share")))?
    };
    Ok(data.join("license-agent"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_product_code_cannot_leave_the_folder() {
        for (product, name) in [
            ("cad-pro", "cad-pro"),
            ("../../etc/x", "%2E.%2F..%2Fetc%2Fx"),
            (".hidden", "%2Ehidden"),
            ("a b%c\\d", "a%20b%25c%5Cd"),
            ("中\0", "%E4%B8%AD%00"),
        ] {
            assert_eq!(file_name(product), name);
        }
    }

    #[test]
    fn a_license_replaces_the_old_one_and_leaves_nothing_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let place = Place { folder: folder.path().join("new/folder"), name: "cad.lic".into() };
        assert_eq!(place.read().unwrap(), None);
        place.write("one").unwrap();
        // A run that was cut short left its file.
        let left = place.folder.join(format!(".new-{}-0", std::process::id()));
        fs::write(&left, "half").unwrap();
        place.write("two").unwrap();
        assert_eq!(place.read().unwrap().as_deref(), Some("two\n"));
        assert_eq!(fs::read_to_string(left).unwrap(), "half");
        assert_eq!(fs::read_dir(&place.folder).unwrap().count(), 2);
    }

    #[test]
    fn a_file_that_cannot_be_replaced_leaves_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        let place = Place { folder: folder.path().into(), name: "cad.lic".into() };
        fs::create_dir(place.path()).unwrap();
        assert!(matches!(place.write("one"), Err(PlaceError::Write { .. })));
        assert_eq!(fs::read_dir(&place.folder).unwrap().count(), 1);
    }

    #[test]
    fn what_is_too_long_or_no_text_is_no_license() {
        assert!(matches!(read_bounded(&b"abc"[..], 3).as_deref(), Ok("abc")));
        assert!(matches!(read_bounded(&b"abcd"[..], 3), Err(ReadError::TooLong)));
        assert!(matches!(read_bounded(&b"\xff\xfe"[..], 3), Err(ReadError::NotText)));
    }
}
