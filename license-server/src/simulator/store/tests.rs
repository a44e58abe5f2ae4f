//! The whole store over TCP.
