//! What must hold for every license, not only for those of the vectors.

#![expect(clippy::unwrap_used, reason = "the helpers of a test fail it")]

mod checks;
mod form;
mod maker;
mod random;
