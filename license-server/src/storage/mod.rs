//! Durable state.

use crate::engine::request::{Outcome, Request};

/// Why storage did not answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StorageError {
    /// Being laid.
    #[error("unavailable")]
    Unavailable,
}

/// The one way to durable state.
#[derive(Clone, Debug)]
pub struct Store;

impl Store {
    /// Decides a request and returns when its changes are on disk.
    ///
    /// # Errors
    /// [`StorageError`]
    pub async fn submit(&self, _request: Request) -> Result<Outcome, StorageError> {
        Err(StorageError::Unavailable)
    }

    /// Whether storage answers.
    ///
    /// # Errors
    /// [`StorageError`]
    pub async fn ready(&self) -> Result<(), StorageError> {
        Err(StorageError::Unavailable)
    }
}
