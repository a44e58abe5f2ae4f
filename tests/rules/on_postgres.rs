//! The same rules over PostgreSQL.

#[path = "main.rs"]
mod rules;
