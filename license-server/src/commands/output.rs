//! Text for people, JSON for programs.

use std::io::Write as _;

use license_core::{UnixTime, shown, shown_in_json};
use serde::Serialize;
use serde_json::Value;

use super::{CommandError, Done};
use crate::backup::Manifest;

/// Prints a line; a closed pipe ends the program quietly, as other tools do.
pub(super) fn line(text: impl AsRef<str>) -> Done {
    print(&for_terminal(text.as_ref()))
}

/// A text of several lines with nothing in them that would move, hide or turn around what stands beside it.
#[must_use]
pub fn for_terminal(text: &str) -> String {
    text.split('\n').map(shown).collect::<Vec<_>>().join("\n")
}

/// Prints a value as JSON.
pub(super) fn json(value: &impl Serialize) -> Done {
    let text = serde_json::to_string_pretty(value).map_err(|e| CommandError::Said(e.to_string()))?;
    print(&shown_in_json(&text))
}

fn print(text: &str) -> Done {
    match writeln!(std::io::stdout(), "{text}") {
        Err(e) if e.kind() == std::io::ErrorKind::BrokenPipe => Err(CommandError::Reported),
        other => Ok(other?),
    }
}

/// A backup's manifest with its times in RFC 3339, as everywhere in JSON for programs; its file counts seconds.
pub(super) fn manifest(manifest: &Manifest) -> Result<Value, CommandError> {
    let mut value = serde_json::to_value(manifest).map_err(|e| CommandError::Said(e.to_string()))?;
    let readable = |time: &mut Value| {
        if let Some(secs) = time.as_i64() {
            *time = UnixTime::from_secs(secs).to_string().into();
        }
    };
    value.get_mut("made_at").into_iter().for_each(readable);
    let keys = value.get_mut("keys").and_then(Value::as_array_mut).into_iter().flatten();
    keys.filter_map(|key| key.get_mut("created_at")).for_each(readable);
    Ok(value)
}

/// Prints rows under headings, columns as wide as they need to be.
pub(super) fn table(headings: &[&str], rows: &[Vec<String>]) -> Done {
    // Before they are measured, and with every line break in them: a row is one line.
    let rows: Vec<Vec<String>> =
        rows.iter().map(|row| row.iter().map(|cell| shown(cell).into_owned()).collect()).collect();
    let mut widths: Vec<usize> = headings.iter().map(|heading| heading.chars().count()).collect();
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let format = |cells: &mut dyn Iterator<Item = &str>| {
        let padded: Vec<String> = cells.zip(&widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
        padded.join("  ").trim_end().to_owned()
    };
    line(format(&mut headings.iter().copied()))?;
    rows.iter().try_for_each(|row| line(format(&mut row.iter().map(String::as_str))))
}

/// A time, or a word for none.
pub(super) fn time(secs: Option<i64>, none: &str) -> String {
    secs.map_or_else(|| none.to_owned(), |secs| UnixTime::from_secs(secs).to_string())
}

/// How to see the rest of a list that was cut, beside the list, so that JSON stays JSON.
pub(super) fn cut(limit: u32, next: &str) {
    eprintln!("license-server: there are more than these {limit}; go on with {next}");
}

/// One row more than is shown tells whether the list is cut.
pub(super) fn shorten<T>(rows: &mut Vec<T>, limit: u32) -> bool {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let is_cut = rows.len() > limit;
    rows.truncate(limit);
    is_cut
}
