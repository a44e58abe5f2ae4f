//! How long rows are kept.

use super::error::ValueError;
use super::layers::Layers;
use super::read::Faults;
use super::values;
use crate::storage::Retention;

const DAY: i64 = 86_400;

/// Keeps rows for ever.
const NEVER: &str = "never";

pub(super) fn read(layers: &Layers, faults: &mut Faults) -> Retention {
    let standard = Retention::default();
    let mut setting = |name, least, why, standard| {
        faults.of(name, layers.read(name, |text| kept(text, least, why))).unwrap_or(standard)
    };
    let repeats = "the store repeats its calls";
    let refusals = "an application that is repeated gets the answer it got";
    Retention {
        applications: setting("retention_applications", 30, refusals, standard.applications),
        deliveries: setting("retention_deliveries", 1, repeats, standard.deliveries),
        history: setting("retention_history", 1, "operators read it", standard.history),
        notices: setting("retention_notices", 1, repeats, standard.notices),
    }
}

/// Seconds, at least so many days; `None` for ever.
fn kept(text: &str, least: i64, why: &str) -> Result<Option<i64>, ValueError> {
    if text == NEVER {
        return Ok(None);
    }
    // A number alone is nearly always a zero that means never, or nothing at all; it is not guessed which.
    match values::seconds(text) {
        Ok(seconds) if seconds >= least * DAY => Ok(Some(seconds)),
        _ => Err(ValueError::Must(format!(
            "must be at least {least}d and at most 3650d, since {why}, or `{NEVER}` for rows that are never deleted"
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_kept_for_days_or_for_ever() {
        assert_eq!(kept("never", 30, "it is so"), Ok(None));
        assert_eq!(kept("30d", 30, "it is so"), Ok(Some(30 * DAY)));
        assert_eq!(kept("3650d", 30, "it is so"), Ok(Some(3650 * DAY)));
        for text in ["0", "0s", "0d", "719h", "29d", "3651d", "30", "-1d", "", "Never", "ever"] {
            let error = kept(text, 30, "it is so").unwrap_err().to_string();
            assert_eq!(
                error,
                "must be at least 30d and at most 3650d, since it is so, or `never` for rows that are never deleted",
                "{text}"
            );
        }
    }
}
