//! Whole-system cases: a real server over HTTP, from a purchase to an offline check.

mod agent;
mod agent_api;
mod applications;
mod bad_input;
mod changing_devices;
mod debug_cases;
mod floods;
mod migrations;
mod open_api;
mod operator;
mod privacy;
mod races;
mod renewals;
mod replays;
mod retention;
mod seats;
mod simulator;
mod simulator_command;
mod store_requests;
mod story;
mod table;
mod tls;
mod weak_devices;
