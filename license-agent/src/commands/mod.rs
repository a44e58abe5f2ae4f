//! One file for each command: arguments in, an answer or a failure out.

pub(crate) mod activate;
pub(crate) mod completions;
pub(crate) mod deactivate;
pub(crate) mod doctor;
pub(crate) mod fingerprint;
pub(crate) mod install;
pub(crate) mod man;
pub(crate) mod play;
pub(crate) mod prove;
pub(crate) mod renew;
pub(crate) mod request;
pub(crate) mod status;
