//! The report for a build server: one test suite for each group.

use std::fmt::Write as _;

use super::{CaseResult, Report, Verdict};

/// The report as JUnit XML.
#[must_use]
pub fn junit(report: &Report) -> String {
    let mut groups: Vec<(&str, Vec<&CaseResult>)> = Vec::new();
    for case in &report.cases {
        match groups.iter_mut().find(|(group, _)| *group == case.group) {
            Some((_, cases)) => cases.push(case),
            None => groups.push((case.group, vec![case])),
        }
    }
    let mut out =
        String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"simulate\">\n");
    for (group, cases) in groups {
        suite(&mut out, group, &cases);
    }
    out.push_str("</testsuites>\n");
    out
}

fn suite(out: &mut String, group: &str, cases: &[&CaseResult]) {
    let failures = cases.iter().filter(|case| matches!(case.verdict, Verdict::Failed { .. })).count();
    let skipped = cases.iter().filter(|case| reason(case).is_some()).count();
    let seconds = cases.iter().map(|case| case.ms).sum::<f64>() / 1000.0;
    // Writing to a String cannot fail.
    let _ = writeln!(
        out,
        "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{failures}\" skipped=\"{skipped}\" time=\"{seconds:.3}\">",
        escaped(group),
        cases.len(),
    );
    for case in cases {
        test(out, case);
    }
    out.push_str("  </testsuite>\n");
}

fn test(out: &mut String, case: &CaseResult) {
    let _ = write!(
        out,
        "    <testcase classname=\"{}\" name=\"{}\" time=\"{:.3}\">",
        escaped(case.group),
        escaped(case.name),
        case.ms / 1000.0,
    );
    if let Some(reason) = reason(case) {
        let _ = write!(out, "<skipped message=\"{}\"/>", escaped(reason));
    }
    if let Verdict::Failed { fault, says } = &case.verdict {
        let _ = write!(out, "<failure type=\"{fault}\" message=\"{}\">", escaped(says));
        for step in &case.steps {
            let text = format!("sent {}\nexpected {}\ncame {}\n", step.sent, step.expected, step.came);
            out.push_str(&escaped(&text));
        }
        out.push_str("</failure>");
    }
    out.push_str("</testcase>\n");
}

fn reason(case: &CaseResult) -> Option<&str> {
    match &case.verdict {
        Verdict::NotChecked { reason } | Verdict::LeftOut { reason } => Some(reason),
        _ => None,
    }
}

/// For text and for attributes in double quotes. XML 1.0 has no way to write other control characters.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' => out.push_str("&#10;"),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::super::tests::{failed, report};
    use super::*;

    #[test]
    fn a_failure_carries_its_name_its_sentence_and_its_steps_escaped() {
        let xml = junit(&report(&[Verdict::Passed, failed()]));
        assert!(
            xml.contains(r#"<testsuite name="purchase" tests="2" failures="1" skipped="0" time="0.025">"#),
            "{xml}"
        );
        assert!(
            xml.contains(r#"<failure type="forgotten-repeat" message="another &lt;instance&gt;">"#),
            "{xml}"
        );
        assert!(
            xml.contains("orderId=A&lt;B&#10;expected 000000&#10;came 000005 &quot;oh\u{fffd}&quot;"),
            "{xml}"
        );
        assert_eq!(xml.matches("<testcase").count(), xml.matches("</testcase>").count());
    }

    #[test]
    fn what_was_not_played_is_skipped_with_its_reason() {
        let xml = junit(&report(&[Verdict::NotChecked { reason: "set STORE_URL & co".into() }]));
        assert!(xml.contains(r#"skipped="1""#));
        assert!(xml.contains(r#"<skipped message="set STORE_URL &amp; co"/>"#), "{xml}");
    }
}
