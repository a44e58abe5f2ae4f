//! The cases that matter most to storage, again on PostgreSQL.
