//! The C ABI of `license-core`: opaque handles, texts with their lengths, outcomes as stable numbers.
//!
//! Each exported function turns the caller's pointers into references, once, at its beginning; everything behind that is
//! safe code that returns what it came to. A panic, which no input should reach, comes out as a number. The header is
//! `include/license_core.h`, made from these files; the rules that callers keep stand at its top, once for all functions. What
//! few products call is in [`more`], and in a header of its own, `include/license_core_more.h`.

// The caller's half of each contract is at the top of the header; what is public here is so for C.
#![allow(unsafe_code, unreachable_pub, clippy::missing_safety_doc)]

mod boundary;
mod check;
mod check_json;
mod device;
mod file;
mod more;
mod outcome;
mod trust;
mod verify;

#[cfg(test)]
mod tests;

// Compiled in, so that every handle may be used from several threads at once.
const _: () = {
    const fn is_shared<T: Send + Sync>() {}
    is_shared::<trust::Trust>();
    is_shared::<device::Device>();
    is_shared::<file::File>();
    is_shared::<check::Check>();
};
