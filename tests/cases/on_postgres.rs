//! The cases that matter most to storage, again on PostgreSQL.

mod agent_api;
mod applications;
mod changing_devices;
mod lists;
mod migrations;
mod open_api;
mod postgres;
mod races;
mod renewals;
mod replays;
mod retention;
mod seats;
mod store_requests;
mod story;
mod table;
