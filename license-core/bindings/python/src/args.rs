//! What Python hands over: texts, times, realms.

use license_core::{Realm, UnixTime};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDelta, PyDeltaAccess as _, PyString};

use crate::trust::Trust;

/// Seconds from 1970 to the beginning of the year 1, which `datetime` begins with.
const FIRST: i64 = -62_135_596_800;

/// What stands for a text that is no Unicode: every format refuses it, and none by an exception of the conversion.
const NO_TEXT: &str = "\0\u{fffd}";

/// A text that comes from outside, as `str` or `bytes`.
pub(crate) fn text(given: &Bound<'_, PyAny>) -> PyResult<String> {
    if let Ok(text) = given.cast::<PyString>() {
        Ok(text.to_str().unwrap_or(NO_TEXT).to_owned())
    } else if let Ok(bytes) = given.cast::<PyBytes>() {
        Ok(std::str::from_utf8(bytes.as_bytes()).unwrap_or(NO_TEXT).to_owned())
    } else {
        Err(PyTypeError::new_err("a text is str or bytes"))
    }
}

/// Under whose name digests are made: that of a [`Trust`], or a name.
pub(crate) fn realm(given: &Bound<'_, PyAny>) -> PyResult<Realm> {
    match given.cast::<Trust>() {
        Ok(trust) => Ok(trust.get().current().realm().clone()),
        Err(_) => Ok(Realm::new(given.extract::<&str>()?)),
    }
}

/// The time that counts: seconds since 1970, a `datetime` with a zone, or the clock's.
pub(crate) fn time(given: Option<&Bound<'_, PyAny>>) -> PyResult<UnixTime> {
    let Some(given) = given else {
        return Ok(clock());
    };
    if let Ok(secs) = given.extract::<i64>() {
        return Ok(UnixTime::from_secs(secs));
    }
    if !given.hasattr("tzinfo")? {
        return Err(PyTypeError::new_err("a time is whole seconds since 1970 or a datetime"));
    }
    if given.getattr("tzinfo")?.is_none() {
        return Err(PyValueError::new_err("this datetime has no time zone: datetime.now(timezone.utc) has"));
    }
    let since = given.sub(epoch(given.py())?)?.cast_into::<PyDelta>()?;
    Ok(UnixTime::from_secs(i64::from(since.get_days()) * 86_400 + i64::from(since.get_seconds())))
}

/// What the machine's clock says, for who names no time.
#[expect(clippy::disallowed_methods, reason = "this is where a program's time enters")]
pub(crate) fn clock() -> UnixTime {
    std::time::SystemTime::now().into()
}

/// A `datetime` in UTC; the nearest one there is for times outside its years.
pub(crate) fn datetime<'py>(py: Python<'py>, time: UnixTime) -> PyResult<Bound<'py, PyAny>> {
    let secs = time.as_secs().clamp(FIRST, UnixTime::LAST.as_secs());
    let days = i32::try_from(secs.div_euclid(86_400)).unwrap_or_default();
    let rest = i32::try_from(secs.rem_euclid(86_400)).unwrap_or_default();
    // Not by `fromtimestamp`, which ends in the year 3000 on Windows.
    epoch(py)?.add(PyDelta::new(py, days, rest, 0, false)?)
}

fn epoch(py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
    let module = py.import("datetime")?;
    let zone = module.getattr("timezone")?.getattr("utc")?;
    module.getattr("datetime")?.call1((1970, 1, 1, 0, 0, 0, 0, zone))
}
