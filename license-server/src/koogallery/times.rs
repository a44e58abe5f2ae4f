//! The store's calendar times, all UTC.

use jiff::civil::{DateTime, date};
use license_core::UnixTime;

const EPOCH: DateTime = date(1970, 1, 1).at(0, 0, 0, 0);

/// A text that is no time of the store's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TimeError {
    /// Neither of the two spellings.
    #[error("is neither `yyyyMMddHHmmss` nor `yyyy-MM-dd HH:mm:ss z`")]
    Spelling,
    /// Spelled well, but there is no such day or hour, or it lies before 1970.
    #[error("is no time of the calendar from 1970 to 9999")]
    Calendar,
}

/// Reads `yyyyMMddHHmmss`, with or without milliseconds (dropped), or `yyyy-MM-dd HH:mm:ss z`, the `z` in either case
/// and with or without the space before it.
///
/// # Errors
/// [`TimeError`]
pub fn parse_time(text: &str) -> Result<UnixTime, TimeError> {
    let bytes = text.as_bytes();
    // R106
    match bytes.len() {
        14 | 17 => compact(bytes),
        20 | 21 => spaced(bytes),
        _ => Err(TimeError::Spelling),
    }
}

fn compact(bytes: &[u8]) -> Result<UnixTime, TimeError> {
    // All of it, the milliseconds that are dropped included.
    digits(bytes)?;
    let (date, time) = bytes.split_at(8);
    civil([&date[..4], &date[4..6], &date[6..], &time[..2], &time[2..4], &time[4..6]])
}

fn spaced(bytes: &[u8]) -> Result<UnixTime, TimeError> {
    let (date_time, zone) = bytes.split_at(19);
    let marks = [(4, b'-'), (7, b'-'), (10, b' '), (13, b':'), (16, b':')];
    if !matches!(zone, b"z" | b"Z" | b" z" | b" Z") || marks.iter().any(|&(at, mark)| date_time[at] != mark) {
        return Err(TimeError::Spelling);
    }
    civil([
        &date_time[..4],
        &date_time[5..7],
        &date_time[8..10],
        &date_time[11..13],
        &date_time[14..16],
        &date_time[17..],
    ])
}

/// Year, month, day, hour, minute, second.
fn civil(parts: [&[u8]; 6]) -> Result<UnixTime, TimeError> {
    let mut numbers = [0; 6];
    for (number, part) in numbers.iter_mut().zip(parts) {
        *number = digits(part)?;
    }
    let [year, rest @ ..] = numbers;
    let year = i16::try_from(year).map_err(|_| TimeError::Calendar)?;
    let mut small = [0; 5];
    for (small, number) in small.iter_mut().zip(rest) {
        *small = i8::try_from(number).map_err(|_| TimeError::Calendar)?;
    }
    let [month, day, hour, minute, second] = small;
    if year < 1970 {
        return Err(TimeError::Calendar);
    }
    // Not by way of a timestamp: the library's end before the last day of 9999, which stands for ever in orders.
    DateTime::new(year, month, day, hour, minute, second, 0)
        .map(|time| UnixTime::from_secs(time.duration_since(EPOCH).as_secs()))
        .map_err(|_| TimeError::Calendar)
}

/// A number of ASCII digits; 17 of them are the most that is asked, so it cannot overflow.
fn digits(bytes: &[u8]) -> Result<u64, TimeError> {
    bytes.iter().try_fold(0_u64, |number, byte| {
        byte.is_ascii_digit().then(|| number * 10 + u64::from(byte - b'0')).ok_or(TimeError::Spelling)
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// R106
    #[test]
    fn both_spellings_of_a_time_are_read() {
        let expected = Ok(UnixTime::from_secs(1_698_402_615));
        for text in [
            "2023-10-27 10:30:15 z",
            "2023-10-27 10:30:15 Z",
            "2023-10-27 10:30:15z",
            "20231027103015",
            "20231027103015999",
        ] {
            assert_eq!(parse_time(text), expected, "{text}");
        }
        assert_eq!(parse_time("19700101000000"), Ok(UnixTime::from_secs(0)));
        assert_eq!(parse_time("99991230235959"), Ok(UnixTime::from_secs(253_402_214_399)));
        assert_eq!(parse_time("99991231235959"), Ok(UnixTime::from_secs(253_402_300_799)));
    }

    /// R106
    #[test]
    fn a_time_that_no_calendar_has_is_refused() {
        for text in [
            "20230229000000",
            "20231301000000",
            "20231000000000",
            "20231027240000",
            "20231027236000",
            "20231027235960",
            "19691231235959",
            "2023-02-30 10:30:15 z",
            "2100-02-29 00:00:00 z",
        ] {
            assert_eq!(parse_time(text), Err(TimeError::Calendar), "{text}");
        }
    }

    #[test]
    fn any_other_spelling_is_refused() {
        for text in [
            "",
            "2023102710301",
            "202310271030150",
            "2023102710301599a",
            "+0231027103015",
            "2023-10-27 10:30:15",
            "2023-10-27T10:30:15 z",
            "2023-10-27 10:30:15  ",
            "2023-10-27 10:30:15+z",
            "2023/10/27 10:30:15 z",
            "２023102710301",
            "2023-10-27 10:30:15 x",
        ] {
            assert_eq!(parse_time(text), Err(TimeError::Spelling), "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_gets_an_answer(text in "\\PC{0,24}") {
            let _ = parse_time(&text);
        }

        #[test]
        fn every_second_until_9999_is_read_back_in_both_spellings(secs in 0_i64..=253_402_300_799) {
            let time = UnixTime::from_secs(secs);
            let rfc = time.to_string();
            let compact: String = rfc.chars().filter(char::is_ascii_digit).collect();
            let spaced = rfc.replace('T', " ").replace('Z', " z");
            prop_assert_eq!(parse_time(&compact), Ok(time));
            prop_assert_eq!(parse_time(&format!("{compact}123")), Ok(time));
            prop_assert_eq!(parse_time(&spaced), Ok(time));
        }
    }
}
