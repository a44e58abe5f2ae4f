//! Servers and databases are killed, cut off and filled up under load: nothing that was acknowledged is lost, and
//! nothing is granted twice.
//!
//! `LICENSE_TESTS_ROUNDS` says how often something is killed in each case, once unless it is set;
//! `LICENSE_TESTS_SEED` repeats the choices of an earlier run. Both are printed. `LICENSE_TESTS_DELIVERIES` says how many
//! licenses wait in an outbox, 1,000 unless it is set.

mod book;
mod callers;
mod chance;
mod copies;
mod disk;
mod failover;
mod kills;
mod leases;
mod memory;
mod outbox;
mod overload;
mod postgres;
mod replicas;
mod suspects;
mod sweep;
mod tls;

/// How often something is killed in a case.
fn rounds() -> u64 {
    from_environment("LICENSE_TESTS_ROUNDS").unwrap_or(1)
}

/// What the choices of a case follow from.
fn seed() -> u64 {
    let fresh = || u64::from_le_bytes(uuid::Uuid::new_v4().as_bytes()[..8].try_into().expect("8 bytes"));
    from_environment("LICENSE_TESTS_SEED").unwrap_or_else(fresh)
}

fn from_environment(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().expect("a number"))
}
