//! What a run came to, for people and for programs.

use std::fmt::Write as _;
use std::path::Path;
use std::{fs, io};

use license_core::{shown, shown_in_json};
use serde_json::{Value, json};

use crate::run::{Difference, Outcome};

/// How many differences are shown in full.
const SHOWN: usize = 10;

/// Rare outcomes are marked below this count.
pub const OFTEN: u64 = 20;

/// The report as text.
#[must_use]
pub fn text(outcome: &Outcome, show: bool) -> String {
    let mut text = format!("{} {}\n\n", shown(&outcome.program.name), shown(&outcome.program.version));
    _ = writeln!(text, "{:<12} {:>8} {:>8} {:>9}", "", "cases", "differ", "left out");
    for (op, tally) in &outcome.asked {
        _ = writeln!(text, "{op:<12} {:>8} {:>8} {:>9}", tally.cases, tally.differ, tally.left_out);
    }
    if show {
        text.push('\n');
        for (subject, word, count) in outcome.coverage.rows() {
            let mark = if count < OFTEN { "  rare" } else { "" };
            _ = writeln!(text, "{subject:<12} {word:<20} {count:>7}{mark}");
        }
    }
    for Difference { case, expected, answer, lines } in outcome.differences.iter().take(SHOWN) {
        _ = write!(text, "\n{}: {}\n", shown(&case.name), shown(&case.why));
        lines.iter().for_each(|line| _ = writeln!(text, "  {line}"));
        for (name, value) in [("asked", &case.ask), ("due", expected), ("answered", answer)] {
            _ = writeln!(text, "  {name}: {}", shortened(value));
        }
    }
    let total = outcome.total();
    if outcome.differences.len() > SHOWN {
        _ = write!(text, "\nand {} more; --keep FOLDER writes them\n", total.differ - SHOWN as u64);
    }
    text.push('\n');
    if let Some((case, error)) = &outcome.trouble {
        let at = case.as_ref().map(|case| format!(" at {}: {}", shown(&case.name), shown(&case.why)));
        _ = writeln!(text, "stopped{}\n{error}", at.unwrap_or_default());
        if let Some(case) = case {
            _ = writeln!(text, "  asked: {}", shortened(&case.ask));
        }
    } else if total.differ == 0 {
        _ = writeln!(text, "{} cases, no difference", total.cases);
    } else {
        _ = writeln!(text, "{} cases, {} differ", total.cases, total.differ);
    }
    text
}

/// The report as one object.
#[must_use]
pub fn json(outcome: &Outcome) -> Value {
    let total = outcome.total();
    let ops = outcome.asked.iter().map(|(op, tally)| {
        let counts = json!({"cases": tally.cases, "differ": tally.differ, "left_out": tally.left_out});
        (op.clone(), counts)
    });
    let outcomes = outcome
        .coverage
        .rows()
        .map(|(subject, word, count)| json!({"subject": subject, "word": word, "count": count}));
    let trouble =
        outcome.trouble.as_ref().map(|(case, error)| json!({"message": error.to_string(), "case": case}));
    json!({
        "program": {"name": outcome.program.name, "version": outcome.program.version, "ops": outcome.program.ops},
        "cases": total.cases,
        "differ": total.differ,
        "left_out": total.left_out,
        "ops": ops.collect::<serde_json::Map<_, _>>(),
        "outcomes": outcomes.collect::<Vec<_>>(),
        "differences": outcome.differences.iter().map(kept).collect::<Vec<_>>(),
        "trouble": trouble,
    })
}

/// Writes each difference to a file of its own.
///
/// # Errors
/// What the system says.
pub fn keep(outcome: &Outcome, folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    for difference in &outcome.differences {
        let name: String = difference.case.name.chars().map(|c| if is_plain(c) { c } else { '_' }).collect();
        let text = serde_json::to_string_pretty(&kept(difference))?;
        fs::write(folder.join(format!("{name}.json")), format!("{}\n", shown_in_json(&text)))?;
    }
    Ok(())
}

fn kept(difference: &Difference) -> Value {
    let Difference { case, expected, answer, lines } = difference;
    json!({
        "name": case.name,
        "why": case.why,
        "ask": case.ask,
        "expect": expected,
        "answer": answer,
        "differs": lines,
    })
}

const fn is_plain(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_')
}

fn shortened(value: &Value) -> String {
    let text = value.to_string();
    let mut start: String = shown(&text).chars().take(2000).collect();
    if start.len() < text.len() {
        start.push('…');
    }
    start
}
