//! The report for people.

use std::fmt::Write as _;

use super::{CaseResult, ONLY, Report, Step, Verdict};

/// How much of each case is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detail {
    /// The last step of a case.
    Last,
    /// Every step.
    All,
}

/// The report case by case: what was sent, what was expected and why, what came.
#[must_use]
pub fn table(report: &Report, detail: Detail) -> String {
    let mut out = format!("The store, played against {}\n", report.url);
    let mut group = "";
    // Who asks for one case knows that the others were not played; the last lines count them.
    let chosen = |case: &&CaseResult| case.verdict != Verdict::LeftOut { reason: ONLY.into() };
    for case in report.cases.iter().filter(chosen) {
        if case.group != group {
            group = case.group;
            // Writing to a String cannot fail.
            let _ = writeln!(out, "\n{group}");
        }
        push_case(&mut out, case, detail);
    }
    out.push_str(&summary(report));
    out
}

/// One case in a line, for a terminal that is being watched.
#[must_use]
pub fn case_line(case: &CaseResult) -> String {
    let what = match &case.verdict {
        Verdict::Failed { fault, .. } => format!("  {fault}"),
        _ => String::new(),
    };
    format!("{}  {}{what}", mark(&case.verdict), case.name)
}

fn mark(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Passed => "ok  ",
        Verdict::Failed { .. } => "FAIL",
        Verdict::NotChecked { .. } => "?   ",
        Verdict::LeftOut { .. } => "-   ",
    }
}

fn push_case(out: &mut String, case: &CaseResult, detail: Detail) {
    let _ = match &case.verdict {
        Verdict::LeftOut { reason } => {
            writeln!(out, "  -     {:<28} left out: {reason}", case.name)
        }
        Verdict::NotChecked { reason } => {
            writeln!(out, "  ?     {:<28} not checked: {reason}", case.name)
        }
        verdict => {
            writeln!(out, "  {}  {:<28} {:>8.0} ms  page {}", mark(verdict), case.name, case.ms, case.page)
        }
    };
    if matches!(case.verdict, Verdict::LeftOut { .. } | Verdict::NotChecked { .. }) {
        return;
    }
    let shown = match detail {
        Detail::All => case.steps.as_slice(),
        Detail::Last => case.steps.last().map(std::slice::from_ref).unwrap_or_default(),
    };
    for step in shown {
        push_step(out, step);
    }
    let _ = writeln!(out, "          why       {}", case.why);
    if let Verdict::Failed { fault, says } = &case.verdict {
        let _ = writeln!(out, "          {fault}: {says}");
    }
}

fn push_step(out: &mut String, step: &Step) {
    for (name, text) in [("sent", &step.sent), ("expected", &step.expected), ("came", &step.came)] {
        let _ = writeln!(out, "          {name:<8}  {}", visible(text));
    }
}

/// What a server sent must not move the terminal's cursor.
fn visible(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

fn summary(report: &Report) -> String {
    let [passed, failed, unchecked, left_out] = report.counts();
    let mut out = format!("\n{passed} passed, {failed} failed, {unchecked} not checked");
    if left_out > 0 {
        let _ = write!(out, ", {left_out} left out");
    }
    let _ = writeln!(out, " in {:.1} s", report.seconds);
    if let Some(ms) = report.upload_median_ms {
        let of = report.deliveries;
        let _ = writeln!(out, "from reply to upload: {ms:.0} ms, the median of {of} deliveries");
    }
    let faults = report.faults();
    if !faults.is_empty() {
        let _ = writeln!(out, "faults: {}", faults.join(", "));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::super::tests::{failed, report};
    use super::*;

    #[test]
    fn a_failed_case_says_what_was_sent_expected_and_came_and_why() {
        let text = table(&report(&[failed()]), Detail::Last);
        for part in [
            "orderId=A<B",
            "expected  000000",
            "came      000005",
            "why       the store repeats",
            "page 0070649251",
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
        assert!(text.ends_with("faults: forgotten-repeat\n"), "{text}");
        assert!(!text.contains('\u{1}'), "nothing of a reply reaches the terminal as it is");
    }

    #[test]
    fn what_was_not_checked_gives_its_reason_and_is_counted_apart() {
        let text = table(
            &report(&[Verdict::Passed, Verdict::NotChecked { reason: "no uploads".into() }]),
            Detail::All,
        );
        assert!(text.contains("not checked: no uploads"), "{text}");
        assert!(text.contains("1 passed, 0 failed, 1 not checked in 1.5 s"), "{text}");
    }
}
