//! Rows, and what is to be written of them.

use super::instance::Instance;
use super::seat::SeatCounts;

/// A row and what became of it.
#[derive(Clone, Debug)]
pub struct Tracked<T> {
    value: T,
    change: Change,
}

/// What became of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// As it was loaded.
    None,
    /// Of an instance, what is counted of its seats is to be updated.
    Counted,
    /// To be updated.
    Changed,
    /// To be inserted.
    New,
}

impl<T> Tracked<T> {
    /// A row as storage has it.
    pub fn loaded(value: T) -> Self {
        Self { value, change: Change::None }
    }

    /// A row that storage does not have.
    pub fn new(value: T) -> Self {
        Self { value, change: Change::New }
    }

    /// What became of it.
    pub fn change(&self) -> Change {
        self.change
    }

    /// To be changed.
    pub fn edit(&mut self) -> &mut T {
        if matches!(self.change, Change::None | Change::Counted) {
            self.change = Change::Changed;
        }
        &mut self.value
    }
}

impl Tracked<Instance> {
    /// What is counted of its seats, to be changed, and nothing else of it.
    pub fn count(&mut self) -> &mut SeatCounts {
        if self.change == Change::None {
            self.change = Change::Counted;
        }
        &mut self.value.counts
    }
}

impl<T> std::ops::Deref for Tracked<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}
