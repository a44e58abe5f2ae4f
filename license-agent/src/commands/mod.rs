//! One file for each command: arguments in, an answer or a failure out.

pub(crate) mod completions;
pub(crate) mod fingerprint;
pub(crate) mod install;
pub(crate) mod status;
