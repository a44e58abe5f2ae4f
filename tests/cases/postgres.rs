//! Servers that share one PostgreSQL, and a PostgreSQL that goes away.
