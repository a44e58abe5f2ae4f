//! Asks a program and the core the same, and keeps what differs.

use std::collections::VecDeque;

use serde_json::Value;

use crate::answer::answer;
use crate::cases::Case;
use crate::compare::differences;
use crate::coverage::Coverage;
use crate::program::{Greeting, Program, ProgramError, WINDOW};

/// Most differences that are kept; what else differs is counted.
const MOST_KEPT: usize = 200;

/// One case that the program answers otherwise than the core.
#[derive(Debug)]
pub struct Difference {
    /// The case.
    pub case: Case,
    /// What the core answers.
    pub expected: Value,
    /// What the program answered.
    pub answer: Value,
    /// What differs, a line each.
    pub lines: Vec<String>,
}

/// What came of a run.
#[derive(Debug, Default)]
pub struct Outcome {
    /// What the program says of itself.
    pub program: Greeting,
    /// Cases that were answered, by operation.
    pub asked: Vec<(String, Tally)>,
    /// The first differences.
    pub differences: Vec<Difference>,
    /// What occurred.
    pub coverage: Coverage,
    /// Why it ended early, and at which case.
    pub trouble: Option<(Option<Case>, ProgramError)>,
}

/// What became of the cases of one operation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// How many were asked and answered.
    pub cases: u64,
    /// How many of them differ.
    pub differ: u64,
    /// How many the program cannot be asked.
    pub left_out: u64,
}

/// A question that waits for its answer.
struct Waiting {
    id: u64,
    case: Case,
    expected: Value,
}

/// Puts every case to the program and to the core.
pub fn run(mut program: Program, cases: impl Iterator<Item = Case>) -> Outcome {
    let mut outcome =
        Outcome { program: program.hello.clone(), coverage: Coverage::new(), ..Outcome::default() };
    let mut waiting: VecDeque<Waiting> = VecDeque::with_capacity(WINDOW);
    let mut cases = cases.fuse();
    let mut id = 0;
    loop {
        while waiting.len() < WINDOW {
            let Some(case) = cases.next() else { break };
            let op = case.op().to_owned();
            let Some(case) = case.for_ops(&outcome.program.ops) else {
                outcome.tally(&op).left_out += 1;
                continue;
            };
            id += 1;
            let mut question = case.ask.clone();
            question["id"] = id.into();
            program.ask(&question);
            // The core thinks while the program does.
            let expected = serde_json::to_value(answer(&case.ask)).unwrap_or_default();
            outcome.coverage.add(case.op(), &expected);
            waiting.push_back(Waiting { id, case, expected });
        }
        let Some(next) = waiting.pop_front() else { break };
        match program.answer() {
            Ok(answer) => outcome.compare(next, answer),
            Err(error) => {
                outcome.trouble = Some((Some(next.case), error));
                return outcome;
            }
        }
    }
    outcome.trouble = program.finish().err().map(|error| (None, error));
    outcome
}

impl Outcome {
    fn compare(&mut self, Waiting { id, case, expected }: Waiting, answer: Value) {
        let mut lines = differences(&expected, &answer);
        if answer["id"].as_u64().is_some_and(|found| found != id) {
            lines.push(format!("it answers question {}, and this is {id}", answer["id"]));
        }
        let tally = self.tally(case.op());
        tally.cases += 1;
        if lines.is_empty() {
            return;
        }
        tally.differ += 1;
        if self.differences.len() < MOST_KEPT {
            self.differences.push(Difference { case, expected, answer, lines });
        }
    }

    fn tally(&mut self, op: &str) -> &mut Tally {
        let at = self.asked.iter().position(|(known, _)| known == op).unwrap_or_else(|| {
            self.asked.push((op.to_owned(), Tally::default()));
            self.asked.len() - 1
        });
        &mut self.asked[at].1
    }

    /// All operations together.
    #[must_use]
    pub fn total(&self) -> Tally {
        self.asked.iter().fold(Tally::default(), |sum, (_, tally)| Tally {
            cases: sum.cases + tally.cases,
            differ: sum.differ + tally.differ,
            left_out: sum.left_out + tally.left_out,
        })
    }
}
