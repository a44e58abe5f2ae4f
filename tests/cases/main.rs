//! Whole-system cases: a real server over HTTP, from a purchase to an offline check.

mod story;
