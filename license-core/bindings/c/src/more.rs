//! What few products call: pieces of the check, other sources of trust and devices, and what readers of licenses by other
//! means need. Its header is `include/license_core_more.h`.

mod check;
mod device;
mod file;
mod outcome;
mod trust;
mod verify;
