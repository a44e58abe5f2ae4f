//! Members of the store's JSON, which may be of any type: what cannot be read is not said.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

/// A member as it came: `None` where it is missing or null.
pub(super) type Raw<'a> = Option<&'a RawValue>;

/// A text, or a number as text; nothing else, and nothing blank.
pub(super) fn text(raw: Raw<'_>) -> Option<String> {
    let json = raw?.get();
    let text = match json.as_bytes().first()? {
        b'"' => serde_json::from_str(json).ok()?,
        b'-' | b'0'..=b'9' => json.to_owned(),
        _ => return None,
    };
    (!text.trim().is_empty()).then_some(text)
}

/// A whole number from 1, as a number or as text.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "checked to be a whole number in range"
)]
pub(super) fn count(raw: Raw<'_>) -> Option<u32> {
    let text = text(raw)?;
    let text = text.trim();
    // Rust would read `inf` as well.
    let number: f64 = text.starts_with(|c: char| c.is_ascii_digit()).then(|| text.parse().ok())??;
    (number.fract() == 0.0 && (1.0..=f64::from(u32::MAX)).contains(&number)).then_some(number as u32)
}

/// An object's members; nothing of a list, which serde would take for one.
pub(super) fn object<'a, T: Deserialize<'a>>(raw: &'a RawValue) -> Option<T> {
    raw.get().starts_with('{').then(|| serde_json::from_str(raw.get()).ok())?
}

/// The first `most` entries of a list.
pub(super) fn list(raw: Raw<'_>, most: usize) -> Vec<&RawValue> {
    let entries: Vec<&RawValue> =
        raw.and_then(|raw| serde_json::from_str(raw.get()).ok()).unwrap_or_default();
    entries.into_iter().take(most).collect()
}

/// At most `most` characters that can be seen: no control characters, and none that turn the direction of a line.
pub(super) fn visible(text: &str, most: usize) -> Cow<'_, str> {
    let hidden = |c: char| {
        c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
    };
    if text.chars().any(hidden) || text.chars().nth(most).is_some() {
        text.chars().filter(|c| !hidden(*c)).take(most).collect()
    } else {
        text.into()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn raw(json: &str) -> Raw<'_> {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn a_count_may_be_spelled_in_many_ways() {
        for json in ["50", "50.0", "5e1", "5E+1", "\"50\"", "\" 50.0 \""] {
            assert_eq!(count(raw(json)), Some(50), "{json}");
        }
        assert_eq!(count(raw("4294967295")), Some(u32::MAX));
    }

    #[test]
    fn what_is_no_count_is_not_said() {
        for json in [
            "0",
            "-1",
            "1.5",
            "4294967296",
            "1e999",
            "\"inf\"",
            "\"NaN\"",
            "\"\"",
            "\"many\"",
            "null",
            "true",
            "[1]",
            "{}",
            "\"-0\"",
            "\"+5\"",
        ] {
            assert_eq!(count(raw(json)), None, "{json}");
        }
    }

    #[test]
    fn a_text_may_be_a_number() {
        assert_eq!(text(raw("20251121235959")).as_deref(), Some("20251121235959"));
        assert_eq!(text(raw("\"a\\u4e2d\"")).as_deref(), Some("a中"));
        for json in ["null", "\" \"", "[]", "{}", "false", "\"\\ud800\""] {
            assert_eq!(text(raw(json)), None, "{json}");
        }
    }

    #[test]
    fn what_cannot_be_seen_is_left_out() {
        assert_eq!(visible("a\nb\u{202e}c\u{7}d", 3), "abc");
        assert_eq!(visible("中文字", 2), "中文");
    }

    proptest! {
        #[test]
        fn every_count_is_read_back(number in 1_u32..) {
            for json in [format!("{number}"), format!("\"{number}\""), format!("{number}.0")] {
                prop_assert_eq!(count(raw(&json)), Some(number));
            }
        }
    }
}
