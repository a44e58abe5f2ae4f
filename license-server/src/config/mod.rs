//! What the operator decides.

mod secret;

pub use secret::Secret;
