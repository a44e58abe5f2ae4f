//! Whole-system cases: a real server over HTTP, from a purchase to an offline check; the rules over a database; and
//! servers and databases that are killed, cut off and filled up.
//!
//! `LICENSE_TESTS_DATABASE=postgres` runs the cases on PostgreSQL that name no database. Those that need one either way
//! are ignored where it is not installed.

mod agent;
mod agent_api;
mod applications;
mod bad_input;
mod changing_devices;
mod clock_jumps;
mod debug_cases;
mod floods;
mod lists;
mod migrations;
mod one_machine;
mod open_api;
mod operator;
mod pasted;
mod postgres;
mod privacy;
mod races;
mod renewals;
mod replays;
mod retention;
mod rule_numbers;
mod safe_process;
mod seats;
mod shared_values;
mod signing_keys;
mod simulator;
mod simulator_command;
mod store_requests;
mod story;
mod table;
mod tls;
mod weak_devices;

#[path = "../crashes/mod.rs"]
mod crashes;
#[path = "../rules/mod.rs"]
mod rules;
