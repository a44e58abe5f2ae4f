//! Files that are replaced as a whole or not at all, whenever the power is cut.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

/// Who may read a file; systems other than Unix give it the rights of its folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Readers {
    /// Its owner only: 0600.
    Owner,
    /// Its owner and the owner's group: 0640.
    Group,
    /// Whoever may enter the folder: 0644.
    All,
    /// Whoever the process's umask lets.
    Umask,
}

/// How far a replacement is, for whoever wants to stop it there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Nothing was done yet.
    Begins,
    /// There is an empty file beside the place.
    Made,
    /// Half of it is written.
    HalfWritten,
    /// All of it is written, and not yet made to last.
    Written,
    /// It would outlast a power cut.
    Synced,
    /// It is in its place.
    Renamed,
    /// Its name would outlast a power cut as well.
    FolderSynced,
}

/// Writes a file beside its place, makes it last, and gives it the name; then the name is made to last.
///
/// What lies beside the place is removed and made anew, never opened, so no link there is followed; one at the place
/// itself is replaced. One caller at a time may write a name.
///
/// # Errors
/// What the system says; then the old file is there as it was, and nothing is left beside it.
pub fn replace(path: &Path, bytes: &[u8], readers: Readers) -> io::Result<()> {
    replace_in_steps(path, bytes, readers, |_| {})
}

/// [`replace`] that tells how far it is.
///
/// # Errors
/// What the system says; then the old file is there as it was, and nothing is left beside it.
pub fn replace_in_steps(
    path: &Path,
    bytes: &[u8],
    readers: Readers,
    mut reached: impl FnMut(Step),
) -> io::Result<()> {
    let beside = beside(path)?;
    reached(Step::Begins);
    // What a crash left behind goes first: the new file is made, never found.
    remove(&beside)?;
    let mut file = create(&beside, readers)?;
    reached(Step::Made);
    let written = fill(&mut file, bytes, &mut reached);
    // Windows does not rename a file that is open.
    drop(file);
    let placed = written.and_then(|()| {
        reached(Step::Synced);
        rename(&beside, path)
    });
    if placed.is_err() {
        clear(path);
    }
    placed?;
    reached(Step::Renamed);
    sync_folder(path.parent().unwrap_or(Path::new("")))?;
    reached(Step::FolderSynced);
    Ok(())
}

/// Gives a file another's name. Some Windows and file systems replace none that somebody reads at that moment: there it is
/// tried again for a tenth of a second.
fn rename(from: &Path, to: &Path) -> io::Result<()> {
    const TRIES: u32 = 20;
    const PAUSE: Duration = Duration::from_millis(5);
    let is_read = |error: &io::Error| cfg!(windows) && error.kind() == ErrorKind::PermissionDenied;
    for _ in 1..TRIES {
        match fs::rename(from, to) {
            Err(error) if is_read(&error) => thread::sleep(PAUSE),
            done => return done,
        }
    }
    fs::rename(from, to)
}

/// Makes a new file, or puts nothing in the place of one that is there; then it says `false`. Whoever reads it finds it
/// whole.
///
/// # Errors
/// What the system says.
pub fn create_once(path: &Path, bytes: &[u8], readers: Readers) -> io::Result<bool> {
    let mut name = beside(path)?.into_os_string();
    // Several may try at once; each has a file of its own.
    name.push(format!("-{}", std::process::id()));
    let beside = PathBuf::from(name);
    remove(&beside)?;
    let mut file = create(&beside, readers)?;
    let linked = fill(&mut file, bytes, &mut |_| {}).and_then(|()| fs::hard_link(&beside, path));
    drop(file);
    remove(&beside)?;
    match linked {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(error),
        Ok(()) => sync_folder(path.parent().unwrap_or(Path::new(""))).map(|()| true),
    }
}

/// Takes a file away, if it is there.
///
/// # Errors
/// What the system says.
pub fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Whether a replacement that was cut short left something beside a file.
#[must_use]
pub fn has_leftover(path: &Path) -> bool {
    beside(path).is_ok_and(|beside| beside.symlink_metadata().is_ok())
}

/// Takes away what a replacement that was cut short left beside a file. It does no harm if it stays.
pub fn clear(path: &Path) {
    if let Ok(beside) = beside(path) {
        _ = fs::remove_file(beside);
    }
}

/// Makes the names in a folder last; the folder of a bare name is empty. Not every file system can, nor must it: the
/// files are there all the same.
///
/// # Errors
/// What the system says.
pub fn sync_folder(folder: &Path) -> io::Result<()> {
    if !cfg!(unix) {
        return Ok(());
    }
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    match File::open(folder).and_then(|folder| folder.sync_all()) {
        // A folder that may be written and not read, and file systems that do not know this.
        Err(error)
            if matches!(
                error.kind(),
                ErrorKind::PermissionDenied | ErrorKind::InvalidInput | ErrorKind::Unsupported
            ) =>
        {
            Ok(())
        }
        other => other,
    }
}

/// Makes a folder, and those above it that are missing, for its owner only, or for the group to look into as well.
///
/// # Errors
/// What the system says.
pub fn create_folder(path: &Path, readers: Readers) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    match readers {
        Readers::Owner => _ = std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700),
        Readers::Group => _ = std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o750),
        Readers::All => _ = std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o755),
        Readers::Umask => {}
    }
    #[cfg(not(unix))]
    let _ = readers;
    builder.create(path)
}

fn create(path: &Path, readers: Readers) -> io::Result<File> {
    let mut options = OpenOptions::new();
    // Exclusive: where a link of that name is, even one to nowhere, this fails.
    options.write(true).create_new(true);
    #[cfg(unix)]
    match readers {
        Readers::Owner => _ = std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600),
        Readers::Group => _ = std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o640),
        Readers::All => _ = std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o644),
        Readers::Umask => {}
    }
    #[cfg(not(unix))]
    let _ = readers;
    options.open(path)
}

fn fill(file: &mut File, bytes: &[u8], reached: &mut impl FnMut(Step)) -> io::Result<()> {
    let (first, second) = bytes.split_at(bytes.len() / 2);
    file.write_all(first)?;
    reached(Step::HalfWritten);
    file.write_all(second)?;
    reached(Step::Written);
    file.sync_all()
}

/// `.cad.lic.new` for `cad.lic`.
fn beside(path: &Path) -> io::Result<PathBuf> {
    let name = path.file_name().ok_or_else(|| io::Error::new(ErrorKind::InvalidInput, "not a file name"))?;
    let mut beside = OsString::from(".");
    beside.push(name);
    beside.push(".new");
    Ok(path.with_file_name(beside))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
        let mut names: Vec<_> = entries.map(|name| name.into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn a_file_is_replaced_whole_and_nothing_else_is_left() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("cad.lic");
        let mut steps = Vec::new();
        replace_in_steps(&path, b"one", Readers::Owner, |step| steps.push(step)).unwrap();
        assert_eq!(steps.len(), 7);
        replace(&path, b"two", Readers::Owner).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
        fs::write(folder.path().join(".cad.lic.new"), "half").unwrap();
        assert!(has_leftover(&path));
        replace(&path, b"three", Readers::Owner).unwrap();
        assert_eq!(names(folder.path()), ["cad.lic"]);
        assert!(replace(Path::new(".."), b"", Readers::Owner).is_err());
    }

    #[test]
    fn what_cannot_be_replaced_leaves_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("cad.lic");
        fs::create_dir(&path).unwrap();
        assert!(replace(&path, b"one", Readers::Owner).is_err());
        assert_eq!(names(folder.path()), ["cad.lic"]);
    }

    #[test]
    fn what_is_made_once_stays() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        assert!(create_once(&path, b"one", Readers::Owner).unwrap());
        assert!(!create_once(&path, b"two", Readers::Owner).unwrap());
        assert_eq!(fs::read(&path).unwrap(), b"one");
        assert_eq!(names(folder.path()), ["secret"]);
    }

    #[cfg(unix)]
    #[test]
    fn no_link_is_followed() {
        use std::os::unix::fs::symlink;
        let folder = tempfile::tempdir().unwrap();
        let (path, victim) = (folder.path().join("cad.lic"), folder.path().join("victim"));
        fs::write(&victim, "mine").unwrap();
        for target in [victim.clone(), folder.path().join("nowhere")] {
            symlink(&target, folder.path().join(".cad.lic.new")).unwrap();
            replace(&path, b"one", Readers::Owner).unwrap();
            fs::remove_file(&path).unwrap();
            symlink(&target, &path).unwrap();
            replace(&path, b"two", Readers::Owner).unwrap();
            assert!(path.symlink_metadata().unwrap().is_file());
        }
        assert_eq!(fs::read_to_string(&victim).unwrap(), "mine");
        assert_eq!(names(folder.path()), ["cad.lic", "victim"]);
    }

    #[cfg(unix)]
    #[test]
    fn each_has_the_mode_that_its_readers_need() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        for (readers, most) in [(Readers::Owner, 0o600), (Readers::Group, 0o640), (Readers::All, 0o644)] {
            let path = folder.path().join(format!("{readers:?}"));
            replace(&path, b"x", readers).unwrap();
            let mode = fs::metadata(&path).unwrap().permissions().mode() & 0o777;
            assert_eq!(mode & !most, 0, "{readers:?}: {mode:o}");
        }
    }
}
