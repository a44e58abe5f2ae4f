//! Orders in, licenses out: with a store that answers, one that does not, and one that answers nonsense.

mod bad_store;
mod crash;
mod orders;
mod outage;
mod personal;
mod strict_tls;
mod uploads;
