//! What a run found.

mod junit;
mod table;

use serde::Serialize;

pub use junit::junit;
pub use table::{Detail, case_line, table};

use super::fault::Fault;

/// The wish that leaves out most.
pub(super) const ONLY: &str = "--only";

/// All cases of a run, in the order they were played.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// The address that was called.
    pub url: String,
    /// What came out.
    pub cases: Vec<CaseResult>,
    /// The median time from the reply to an application to the upload of its license, in milliseconds; `None` when no
    /// license came.
    pub upload_median_ms: Option<f64>,
    /// How many deliveries that is the median of.
    pub deliveries: usize,
    /// How long it took in all, in seconds.
    pub seconds: f64,
}

/// One case.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CaseResult {
    /// Its name; it stays the same.
    pub name: &'static str,
    /// What it is about.
    pub group: &'static str,
    /// The page of the store's guide that says what is expected: the number at the end of its address.
    pub page: &'static str,
    /// Why that is expected.
    pub why: &'static str,
    /// How it ended.
    #[serde(flatten)]
    pub verdict: Verdict,
    /// What was done, in order.
    pub steps: Vec<Step>,
    /// How long it took, in milliseconds.
    pub ms: f64,
}

/// How a case ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "verdict", rename_all = "kebab-case")]
pub enum Verdict {
    /// Everything came as expected.
    Passed,
    /// Something else came.
    Failed {
        /// What is wrong.
        fault: Fault,
        /// What came and what to do, for the vendor.
        says: String,
    },
    /// It could not be played; nobody knows how it would have ended.
    NotChecked {
        /// Why, and what to set.
        reason: String,
    },
    /// It was not asked for.
    LeftOut {
        /// By which wish.
        reason: String,
    },
}

/// One thing that was done in a case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Step {
    /// The call and the members that matter.
    pub sent: String,
    /// What should come.
    pub expected: String,
    /// What came.
    pub came: String,
}

impl Report {
    /// The names of the faults that were found, each once, sorted.
    #[must_use]
    pub fn faults(&self) -> Vec<&'static str> {
        let mut names: Vec<_> = self.failed().map(|(_, fault, _)| fault.name()).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// The cases that failed, each with its fault and the sentence for the vendor.
    pub fn failed(&self) -> impl Iterator<Item = (&CaseResult, Fault, &str)> {
        self.cases.iter().filter_map(|case| match &case.verdict {
            Verdict::Failed { fault, says } => Some((case, *fault, says.as_str())),
            _ => None,
        })
    }

    /// How many cases passed, failed, were not checked and were left out.
    #[must_use]
    pub fn counts(&self) -> [usize; 4] {
        let mut counts = [0; 4];
        for case in &self.cases {
            counts[match case.verdict {
                Verdict::Passed => 0,
                Verdict::Failed { .. } => 1,
                Verdict::NotChecked { .. } => 2,
                Verdict::LeftOut { .. } => 3,
            }] += 1;
        }
        counts
    }

    /// 0 when all that was asked for passed, 1 when a case failed, 3 when none failed and some were not checked.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        let [passed, failed, unchecked, _] = self.counts();
        match (failed, passed, unchecked) {
            (1.., ..) => 1,
            (0, 1.., 0) => 0,
            _ => 3,
        }
    }

    /// For programs.
    #[must_use]
    pub fn json(&self) -> String {
        // Texts and finite numbers always serialise.
        serde_json::to_string_pretty(self).unwrap_or_default()
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in super::super) fn report(verdicts: &[Verdict]) -> Report {
        let case = |verdict: &Verdict| CaseResult {
            name: "repeated-purchase",
            group: "purchase",
            page: "0070649251",
            why: "the store repeats itself & waits",
            verdict: verdict.clone(),
            steps: vec![Step {
                sent: "newInstance orderId=A<B".into(),
                expected: "000000".into(),
                came: "000005 \"oh\u{1}\"".into(),
            }],
            ms: 12.5,
        };
        Report {
            url: "http://h/".into(),
            cases: verdicts.iter().map(case).collect(),
            upload_median_ms: Some(3.0),
            deliveries: 2,
            seconds: 1.5,
        }
    }

    pub(in super::super) fn failed() -> Verdict {
        Verdict::Failed { fault: Fault::ForgottenRepeat, says: "another <instance>".into() }
    }

    #[test]
    fn nothing_that_was_not_checked_counts_as_passed() {
        let unchecked = Verdict::NotChecked { reason: "no uploads".into() };
        let out = Verdict::LeftOut { reason: "--only".into() };
        let code = |verdicts: &[Verdict]| report(verdicts).exit_code();
        assert_eq!(code(&[Verdict::Passed, out.clone()]), 0);
        assert_eq!(code(&[Verdict::Passed, unchecked.clone()]), 3);
        assert_eq!(code(&[Verdict::Passed, unchecked, failed()]), 1);
        assert_eq!(code(&[out]), 3, "nothing was played");
        assert_eq!(code(&[]), 3);
    }

    #[test]
    fn the_json_names_verdict_and_fault() {
        let json: serde_json::Value = serde_json::from_str(&report(&[failed()]).json()).unwrap();
        assert_eq!(json["cases"][0]["verdict"], "failed");
        assert_eq!(json["cases"][0]["fault"], "forgotten-repeat");
    }
}
