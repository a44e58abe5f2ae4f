//! The agent as a process, on machines that are played from folders.

mod bench;
mod capture;
mod carried;
mod closed;
mod device_id;
mod doctor;
mod fingerprint;
mod first_steps;
mod install;
mod machines;
#[cfg(windows)]
mod registry;
mod saved_files;
mod status;
mod this_machine;
mod windows;
