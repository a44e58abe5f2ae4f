//! What a service says: one line for whatever happens, the same trouble only once a day.

use std::collections::BTreeMap;

use license_core::UnixTime;
use serde::Serialize;

use crate::report::{self, Form};

/// Seconds after which trouble that lasts is said again.
const AGAIN: i64 = 86_400;

/// How much a line matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Level {
    Info,
    Warning,
    Error,
}

/// One line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Line {
    pub(crate) level: Level,
    /// A short fixed name; trouble that has the same one is the same trouble.
    pub(crate) event: String,
    pub(crate) message: String,
    /// When the license ends; `null` where there is none, or no end.
    pub(crate) valid_until: Option<String>,
}

/// Where lines go, and which trouble was said when.
#[derive(Debug)]
pub(crate) struct Log {
    form: Form,
    told: BTreeMap<String, UnixTime>,
}

#[derive(Serialize)]
struct Stamped<'a> {
    time: String,
    #[serde(flatten)]
    line: &'a Line,
}

impl Log {
    pub(crate) const fn new(form: Form) -> Self {
        Self { form, told: BTreeMap::new() }
    }

    /// Says a line, unless it is trouble that was just said.
    pub(crate) fn say(&mut self, now: UnixTime, line: &Line) {
        if self.is_new(now, line) {
            let time = now.to_string();
            let text = match self.form {
                Form::Json => report::json_line(&Stamped { time, line }),
                Form::Text if line.level == Level::Info => format!("{time} {}", line.message),
                Form::Text if line.level == Level::Warning => format!("{time} warning: {}", line.message),
                Form::Text => format!("{time} error: {}", line.message),
            };
            report::line(&text.replace('\n', " "));
        }
    }

    /// All trouble is over: what comes is new.
    pub(crate) fn forget(&mut self) {
        self.told.clear();
    }

    fn is_new(&mut self, now: UnixTime, line: &Line) -> bool {
        if line.level == Level::Info {
            return true;
        }
        let is_told = self.told.get(&line.event).is_some_and(|at| (*at..at.plus(AGAIN)).contains(&now));
        if !is_told {
            self.told.insert(line.event.clone(), now);
        }
        !is_told
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trouble_is_said_once_a_day_until_it_is_over() {
        let mut log = Log::new(Form::Text);
        let mut is_new = |secs, level, event: &str| {
            let line = Line { level, event: event.into(), message: String::new(), valid_until: None };
            log.is_new(UnixTime::from_secs(secs), &line)
        };
        assert!(is_new(0, Level::Warning, "unreachable"));
        assert!(!is_new(60, Level::Warning, "unreachable"));
        assert!(is_new(120, Level::Error, "tls"));
        assert!(!is_new(180, Level::Warning, "unreachable"));
        assert!(is_new(AGAIN, Level::Warning, "unreachable"));
        assert!(is_new(100, Level::Warning, "unreachable"), "the clock was set back");
        assert!(is_new(110, Level::Info, "renewed"));
        assert!(is_new(120, Level::Info, "renewed"));
        log.forget();
        let line =
            Line { level: Level::Warning, event: "tls".into(), message: String::new(), valid_until: None };
        assert!(log.is_new(UnixTime::from_secs(130), &line));
    }
}
