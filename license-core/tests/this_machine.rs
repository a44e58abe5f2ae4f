//! Reads the machine that runs the tests, whatever it is.
#![cfg(feature = "collect")]

use license_core::collect::{CollectOptions, FactStatus, collect};
use license_core::{Kind, Realm};

#[test]
fn this_machine_can_be_read() {
    let collected = collect(&CollectOptions::default());
    let cpu = collected.facts().iter().find(|f| f.kind == Kind::Cpu).unwrap();
    assert_eq!(cpu.status == FactStatus::Used, cfg!(target_arch = "x86_64"));
    assert!(collected.system().is_some());
    assert!(collected.device(&Realm::new("https://vendor.example")).is_ok());
    let again = collect(&CollectOptions::default());
    assert_eq!(again.facts(), collected.facts());
}
