# `just` lists these. Each is one or two lines that can be typed without it.

# Lists what there is
default:
    @just --list

# Formatting, lints, documentation: what needs no test to run
check:
    cargo fmt --all --check
    cargo clippy --workspace --all-targets --locked -- -D warnings
    RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --locked

# Unit tests, the rules over a database, and one story of the whole system: two minutes once everything is built
quick:
    cargo test --workspace --locked --lib
    cargo test --workspace --locked --test system -- rules:: story::

# Whole-system cases by name, such as `just case seats::`
case NAME:
    cargo test --workspace --locked --test system -- {{NAME}}

# The same on PostgreSQL
case-on-postgres NAME:
    LICENSE_TESTS_DATABASE=postgres cargo test --workspace --locked --test system -- {{NAME}}

# README and the pages, every command as it is printed
pages:
    python3 .ci/pages.py

# The licenses, the sources and the duplicates of all dependencies
deny:
    cargo deny --locked check bans licenses sources

# Everything a change must pass
full:
    bash .ci/run

# The long forms, or some of them: `just nightly kills fuzz`; `just nightly list` says how long each takes
nightly *STEPS:
    bash .ci/nightly {{STEPS}}

# Calls a second, beside what the machine could do without the rules
load:
    bash .ci/nightly load

# The main job on this machine, step by step
demo:
    cargo run --release -p license-server -- demo
