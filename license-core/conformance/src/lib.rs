//! One truth for every language: asks a program and the core the same questions, over pipes, and compares what they say.
//!
//! The protocol is written down in `docs/sdk/conformance.md`. [`vectors`](cases::vectors) and
//! [`generated`](generate::case) make the questions, [`answer`](answer::answer) is the core's own answer,
//! [`Program`](program::Program) speaks with the other side, and [`run`](run::run) holds both against each other.

pub mod answer;
pub mod cases;
pub mod cli;
pub mod compare;
pub mod coverage;
pub mod generate;
pub mod program;
pub mod report;
pub mod run;
