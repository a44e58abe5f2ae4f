//! A made-up population of machines, and what the license's matching does to it.
//!
//! The figures come from a data file (`tests/data/population.toml`), each with its source; the machines from a seeded
//! generator; the verdicts from the real code: texts are written and read back, licenses bound and checked.

mod acceptances;
mod clones;
mod data;
mod forms;
mod generate;
mod machine;
mod measure;
mod random;
mod refusals;
mod report;
mod search;
mod swaps;

pub use data::{Data, DataError};
pub use generate::{Population, generate};
pub use measure::{Bound, Figures, Policy, measure};
pub use report::{document, json, markdown};
pub use search::{Found, Samples, search};
