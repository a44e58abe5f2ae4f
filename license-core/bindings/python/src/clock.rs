//! The clock's guard with its mark: in memory, or in a file.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use license_core::atomic_file::{self, Readers};
use license_core::collect::uptime;
use license_core::{ClockKey, Device, Judged, Observation, Trust, UnixTime, UnverifiedLicense};
use pyo3::prelude::*;

use crate::args::text;

/// Longer than any mark that is written.
const LONGEST_MARK: u64 = 4096;

/// Wins a clock that is set back no time, and names it.
#[pyclass(frozen, module = "license_core")]
#[derive(Debug)]
pub(crate) struct ClockGuard {
    file: Option<PathBuf>,
    mark: Mutex<String>,
}

#[pymethods]
impl ClockGuard {
    #[new]
    #[pyo3(signature = (file=None, *, mark=None))]
    fn new(file: Option<PathBuf>, mark: Option<&Bound<'_, PyAny>>) -> PyResult<Self> {
        let mark = mark.map(text).transpose()?.unwrap_or_default();
        Ok(Self { file, mark: Mutex::new(mark) })
    }

    #[getter]
    fn mark(&self) -> String {
        self.mark.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl ClockGuard {
    /// Looks at the clock; what could not be written beside it, in words. Call it detached from the interpreter.
    pub(crate) fn look(
        &self,
        license: &UnverifiedLicense,
        trust: &Trust,
        device: &Device,
        now: UnixTime,
    ) -> (Judged, Option<io::Error>) {
        let mut mark = self.mark.lock().unwrap_or_else(PoisonError::into_inner);
        // One program at a time reads, looks and writes; where another is at it, this one looks and forgets.
        let lock = self.file.as_deref().map(lock);
        if let Some(stored) = self.file.as_deref().and_then(|file| read(file).ok()) {
            *mark = stored;
        }
        let mut guard = license_core::ClockGuard::restore(&ClockKey::of(trust, device), Some(&mark));
        let license = license.signed_at(trust).ok();
        let judged = guard.observe(&Observation { uptime: uptime(), license, ..Observation::at(now) });
        *mark = guard.to_text();
        let unwritten = match (&self.file, lock) {
            (Some(file), Some(Ok(Some(_)))) => {
                atomic_file::replace(file, mark.as_bytes(), Readers::Umask).err()
            }
            (_, Some(Err(error))) => Some(error),
            _ => None,
        };
        (judged, unwritten)
    }
}

/// The lock beside a mark, until it is dropped; none while somebody else has it.
fn lock(file: &Path) -> io::Result<Option<File>> {
    let mut beside = file.as_os_str().to_owned();
    beside.push(".lock");
    let lock = OpenOptions::new().write(true).create(true).truncate(false).open(beside)?;
    match lock.try_lock() {
        Ok(()) => Ok(Some(lock)),
        Err(std::fs::TryLockError::WouldBlock) => Ok(None),
        Err(std::fs::TryLockError::Error(error)) => Err(error),
    }
}

fn read(file: &Path) -> io::Result<String> {
    let mut mark = String::new();
    File::open(file)?.take(LONGEST_MARK).read_to_string(&mut mark)?;
    Ok(mark)
}
