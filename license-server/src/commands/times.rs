//! Times as an operator types them.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use license_core::UnixTime;

/// Reads `2026-11-23` (midnight UTC) or `2026-11-23T10:15:00Z`.
///
/// # Errors
/// What is accepted.
pub(super) fn parse(text: &str) -> Result<UnixTime, String> {
    let timestamp = match text.parse::<Date>() {
        Ok(date) if text.len() == "2026-11-23".len() => {
            TimeZone::UTC.to_timestamp(date.at(0, 0, 0, 0)).map_err(|e| e.to_string())?
        }
        _ => text
            .parse::<Timestamp>()
            .map_err(|_| "a date such as 2026-11-23 or a time such as 2026-11-23T10:15:00Z".to_owned())?,
    };
    Ok(UnixTime::from_secs(timestamp.as_second()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_midnight_and_a_time_is_itself() {
        assert_eq!(parse("2026-11-23").map(|t| t.to_string()), Ok("2026-11-23T00:00:00Z".into()));
        assert_eq!(
            parse("2026-11-23T10:15:00+08:00").map(|t| t.to_string()),
            Ok("2026-11-23T02:15:00Z".into())
        );
        for wrong in ["", "tomorrow", "2026-13-01", "2026-11-23T10:15:00", "20261123"] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }
}
