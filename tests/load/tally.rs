//! What came back, and how long it took.

use std::collections::BTreeMap;
use std::time::Duration;

use hdrhistogram::Histogram;
use serde::Deserialize;

use crate::calls::{Call, Kind};
use crate::wire::{Answer, WireError};

/// Latencies are told apart up to this many microseconds.
const LONGEST: u64 = 120_000_000;
/// How many faults are kept word for word.
const FAULTS: usize = 10;

/// Counts of a run.
#[derive(Debug)]
pub struct Tally {
    by_kind: BTreeMap<Kind, Counted>,
    /// Refusals because the server was busy, where those are allowed.
    busy: Option<Histogram<u64>>,
    wrong: u64,
    faults: Vec<String>,
}

/// One kind of call.
#[derive(Debug)]
pub struct Counted {
    /// Microseconds of the right answers.
    pub latency: Histogram<u64>,
}

#[derive(Deserialize)]
struct Reply<'a> {
    #[serde(rename = "resultCode", borrow)]
    code: &'a str,
    #[serde(rename = "resultMsg", borrow, default)]
    message: std::borrow::Cow<'a, str>,
    #[serde(rename = "instanceId", borrow, default)]
    instance: Option<&'a str>,
    #[serde(borrow, default)]
    info: Option<Vec<Seen<'a>>>,
}

/// What queryInstance says of an instance.
#[derive(Deserialize)]
struct Seen<'a> {
    #[serde(rename = "instanceId", borrow)]
    instance: &'a str,
}

impl<'a> Reply<'a> {
    /// The one instance that it is about.
    fn named(&self) -> Option<&'a str> {
        match self.info.as_deref() {
            Some([seen]) => Some(seen.instance),
            Some(_) => None,
            None => self.instance,
        }
    }
}

impl Tally {
    /// Nothing yet; 000005 is a fault unless `busy_is_fine`.
    #[must_use]
    pub fn new(busy_is_fine: bool) -> Self {
        let busy = busy_is_fine.then(histogram);
        Self { by_kind: BTreeMap::new(), busy, wrong: 0, faults: Vec::new() }
    }

    /// Counts an answer, which must be HTTP 200 and 000000, and name the instance where one is expected.
    pub fn answer(
        &mut self,
        call: Call,
        expected: Option<&str>,
        took: Duration,
        answer: Result<Answer<'_>, WireError>,
    ) {
        let micros = u64::try_from(took.as_micros()).unwrap_or(LONGEST).clamp(1, LONGEST);
        // A connection that is closed is a refusal as well.
        let is_closed = matches!(answer, Err(WireError::Io(_) | WireError::Closed));
        let is_full = matches!(&answer, Ok(answer) if answer.status == 503);
        match (judge(expected, answer), &mut self.busy) {
            (Err(_), Some(busy)) if is_closed || is_full => busy.saturating_record(micros),
            (Ok(()), _) => self.of(call.kind()).latency.saturating_record(micros),
            (Err((Some("000005"), _)), Some(busy)) => busy.saturating_record(micros),
            (Err((_, why)), _) => self.fault(format!("{call:?}: {why}")),
        }
    }

    /// Counts something that is not as it should be.
    pub fn fault(&mut self, why: String) {
        self.wrong += 1;
        if self.faults.len() < FAULTS {
            self.faults.push(why);
        }
    }

    fn of(&mut self, kind: Kind) -> &mut Counted {
        self.by_kind.entry(kind).or_insert_with(|| Counted { latency: histogram() })
    }

    /// Each kind that was answered.
    pub fn kinds(&self) -> impl Iterator<Item = (Kind, &Histogram<u64>)> {
        self.by_kind.iter().map(|(kind, counted)| (*kind, &counted.latency))
    }

    /// The right answers, all kinds together.
    #[must_use]
    pub fn all(&self) -> Histogram<u64> {
        let mut all = histogram();
        for (_, latency) in self.kinds() {
            // Both are made by the same bounds.
            let _ = all.add(latency);
        }
        all
    }

    /// Whether nothing came back.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.wrong == 0 && self.by_kind.is_empty() && self.busy.as_ref().is_none_or(Histogram::is_empty)
    }

    /// How many licenses were granted that have to be delivered.
    #[must_use]
    pub fn granted(&self) -> u64 {
        let new = |kind: &Kind| matches!(kind, Kind::New | Kind::Known);
        self.kinds().filter(|(kind, _)| new(kind)).map(|(_, latency)| latency.len()).sum()
    }

    /// Refusals because the server was busy.
    #[must_use]
    pub fn busy(&self) -> Option<&Histogram<u64>> {
        self.busy.as_ref()
    }

    /// Wrong answers, and the first of them in words.
    #[must_use]
    pub fn wrong(&self) -> (u64, &[String]) {
        (self.wrong, &self.faults)
    }
}

fn histogram() -> Histogram<u64> {
    // Fails for other bounds only; three digits of 120 s fit.
    #[expect(clippy::expect_used, reason = "the bounds are constants")]
    Histogram::new_with_bounds(1, LONGEST, 3).expect("good bounds")
}

/// The result code, if there is one, and what is wrong.
fn judge<'a>(
    expected: Option<&str>,
    answer: Result<Answer<'a>, WireError>,
) -> Result<(), (Option<&'a str>, String)> {
    let answer = answer.map_err(|error| (None, error.to_string()))?;
    if answer.status != 200 {
        return Err((None, format!("HTTP {}", answer.status)));
    }
    let reply: Reply<'_> = serde_json::from_slice(answer.body).map_err(|e| (None, e.to_string()))?;
    if reply.code != "000000" {
        return Err((Some(reply.code), format!("{} {}", reply.code, reply.message)));
    }
    match (expected, reply.named()) {
        (Some(expected), found) if found != Some(expected) => {
            Err((None, format!("the instance is {found:?}, not {expected}")))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tallied(busy: bool, expected: Option<&str>, status: u16, body: &str) -> Tally {
        let mut tally = Tally::new(busy);
        let answer = Ok(Answer { status, body: body.as_bytes() });
        tally.answer(Call::Open(1), expected, Duration::from_millis(2), answer);
        tally
    }

    #[test]
    fn only_the_expected_answer_counts() {
        let good = r#"{"resultCode":"000000","resultMsg":"success.","instanceId":"i"}"#;
        let tally = tallied(false, Some("i"), 200, good);
        assert_eq!((tally.all().len(), tally.wrong().0), (1, 0));
        let seen =
            r#"{"resultCode":"000000","resultMsg":"success.","info":[{"instanceId":"i","appInfo":{}}]}"#;
        assert_eq!(tallied(false, Some("i"), 200, seen).wrong().0, 0);
        for (expected, status, body) in [
            (Some("j"), 200, good),
            (None, 500, good),
            (None, 200, r#"{"resultCode":"000003"}"#),
            (None, 200, r#"{"resultCode":"000005"}"#),
            (None, 200, "{}"),
            (Some("i"), 200, r#"{"resultCode":"000000"}"#),
            (Some("i"), 200, r#"{"resultCode":"000000","info":[]}"#),
            (Some("i"), 200, r#"{"resultCode":"000000","info":[{"instanceId":"j"}]}"#),
            (Some("i"), 200, r#"{"resultCode":"000000","info":[{"instanceId":"i"},{"instanceId":"j"}]}"#),
        ] {
            let tally = tallied(false, expected, status, body);
            assert_eq!((tally.all().len(), tally.wrong().0), (0, 1), "{body}");
        }
    }

    #[test]
    fn a_busy_server_is_counted_apart_where_that_is_allowed() {
        let tally = tallied(true, None, 200, r#"{"resultCode":"000005"}"#);
        assert_eq!((tally.busy().map(Histogram::len), tally.wrong().0), (Some(1), 0));
        assert_eq!(tallied(true, None, 503, "").busy().map(Histogram::len), Some(1));
        for (busy, counted) in [(true, (Some(1), 0)), (false, (None, 1))] {
            let mut tally = Tally::new(busy);
            tally.answer(Call::Open(1), None, Duration::from_millis(2), Err(WireError::Closed));
            assert_eq!((tally.busy().map(Histogram::len), tally.wrong().0), counted);
        }
    }
}
