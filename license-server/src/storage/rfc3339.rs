//! Times of rows as programs read them, in RFC 3339: `2026-11-23T10:15:00Z`.

use license_core::UnixTime;
use serde::Serializer;

/// Seconds since 1970 as a text.
pub(crate) fn time<S: Serializer>(secs: &i64, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&UnixTime::from_secs(*secs))
}

/// The same, or null.
pub(crate) fn option<S: Serializer>(secs: &Option<i64>, serializer: S) -> Result<S::Ok, S::Error> {
    match secs {
        Some(secs) => time(secs, serializer),
        None => serializer.serialize_none(),
    }
}
