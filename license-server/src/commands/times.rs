//! Times as an operator types them.

use jiff::civil::{Date, DateTime, date};
use jiff::fmt::temporal::Pieces;
use license_core::UnixTime;

const EPOCH: DateTime = date(1970, 1, 1).at(0, 0, 0, 0);

/// Reads `2026-11-23` (midnight UTC) or `2026-11-23T10:15:00Z`, from 1970 to 9999-12-31T23:59:59Z.
///
/// # Errors
/// What is accepted.
pub(super) fn parse(text: &str) -> Result<UnixTime, String> {
    let spelling =
        "a date such as 2026-11-23 or a time such as 2026-11-23T10:15:00Z, to 9999-12-31T23:59:59Z";
    if !text.contains('-') || text.starts_with(['-', '+']) {
        return Err(spelling.into());
    }
    let (local, offset) = match text.parse::<Date>() {
        Ok(date) if text.len() == "2026-11-23".len() => (date.at(0, 0, 0, 0), 0),
        _ => {
            let pieces = Pieces::parse(text).map_err(|_| spelling)?;
            let offset = pieces.to_numeric_offset().ok_or("a time has an offset, such as Z or +08:00")?;
            (pieces.date().to_datetime(pieces.time().ok_or(spelling)?), offset.seconds())
        }
    };
    // Not by way of a timestamp: the library's end before the last day of 9999.
    let time = UnixTime::from_secs(local.duration_since(EPOCH).as_secs() - i64::from(offset));
    if time < UnixTime::from_secs(0) {
        return Err("times are from 1970-01-01T00:00:00Z on".into());
    }
    if time > UnixTime::LAST {
        return Err(format!("the latest time is {}; for no end: --perpetual", UnixTime::LAST));
    }
    Ok(time)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_midnight_and_a_time_is_itself() {
        for (text, time) in [
            ("2026-11-23", "2026-11-23T00:00:00Z"),
            ("2026-11-23T10:15:00+08:00", "2026-11-23T02:15:00Z"),
            ("2026-11-23 10:15:00Z", "2026-11-23T10:15:00Z"),
            ("2026-11-23t10:15:00.75z", "2026-11-23T10:15:00Z"),
            ("2024-02-29", "2024-02-29T00:00:00Z"),
            ("1970-01-01", "1970-01-01T00:00:00Z"),
            ("1969-12-31T23:00:00-01:00", "1970-01-01T00:00:00Z"),
            ("9999-12-30T22:00:01Z", "9999-12-30T22:00:01Z"),
            ("9999-12-31", "9999-12-31T00:00:00Z"),
            ("9999-12-31T23:59:59Z", "9999-12-31T23:59:59Z"),
            ("9999-12-31T23:59:59+14:00", "9999-12-31T09:59:59Z"),
            // A leap second is the second before it, as for all that counts since 1970.
            ("2016-12-31T23:59:60Z", "2016-12-31T23:59:59Z"),
        ] {
            assert_eq!(parse(text).map(|t| t.to_string()).as_deref(), Ok(time), "{text}");
        }
    }

    #[test]
    fn what_is_no_time_from_1970_to_9999_is_refused_with_a_word() {
        for (wrong, says) in [
            ("", "a date such as"),
            ("tomorrow", "a date such as"),
            ("2026-13-01", "a date such as"),
            ("2023-02-29", "a date such as"),
            ("20261123", "a date such as"),
            ("2026-11-23Z", "a date such as"),
            ("2026-11-23T10:15:00", "has an offset"),
            ("2026-11-23T10:15:00[Asia/Shanghai]", "has an offset"),
            ("0000-01-01", "from 1970"),
            ("1969-12-31T23:59:59Z", "from 1970"),
            ("-000001-01-01", "a date such as"),
            ("9999-12-31T23:59:59-00:01", "the latest time is 9999-12-31T23:59:59Z"),
            ("10000-01-01", "a date such as"),
            ("+010000-01-01", "a date such as"),
            ("99999999999999999999", "a date such as"),
        ] {
            let error = parse(wrong).expect_err(wrong);
            assert!(error.contains(says), "{wrong}: {error}");
        }
    }
}
