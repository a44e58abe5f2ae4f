//! Whole-system cases: a real server over HTTP, from a purchase to an offline check.

mod applications;
mod debug_cases;
mod privacy;
mod races;
mod renewals;
mod replays;
mod seats;
mod story;
mod table;
