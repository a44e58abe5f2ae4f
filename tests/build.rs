//! Tells the cases whether there are a PostgreSQL and a program that plays a terminal: those that need one are ignored,
//! and say so, where there is none.

use std::path::{Path, PathBuf};

/// The folder of `initdb` and the others, where it is not the usual one.
const PROGRAMS: &str = "LICENSE_TESTS_POSTGRES_BIN";
/// Where Debian's packages put one folder for each version.
const VERSIONS: &str = "/usr/lib/postgresql";
/// Runs a command on a terminal of its own.
const TERMINAL: &str = "/usr/bin/script";

fn main() {
    println!("cargo::rustc-check-cfg=cfg(postgres, terminal)");
    if Path::new(TERMINAL).exists() {
        println!("cargo::rustc-cfg=terminal");
    }
    watch(TERMINAL);
    println!("cargo::rerun-if-env-changed={PROGRAMS}");
    watch(VERSIONS);
    if let Some(programs) = programs() {
        println!("cargo::rustc-cfg=postgres");
        println!("cargo::rustc-env=POSTGRES_PROGRAMS={}", programs.display());
    }
}

/// Has this run again when a path comes or changes. One that is not there would have it run every time: its folder
/// changes when it comes.
fn watch(path: &str) {
    let watched = Path::new(path).ancestors().find(|path| path.exists());
    println!("cargo::rerun-if-changed={}", watched.unwrap_or(Path::new("build.rs")).display());
}

/// Where the newest version's programs are.
fn programs() -> Option<PathBuf> {
    if let Some(named) = std::env::var_os(PROGRAMS) {
        return Some(PathBuf::from(named));
    }
    let versions = std::fs::read_dir(VERSIONS).into_iter().flatten().flatten();
    let newest = versions
        .filter_map(|entry| {
            Some((entry.file_name().to_str()?.parse::<u32>().ok()?, entry.path().join("bin")))
        })
        .filter(|(_, programs)| programs.join("initdb").exists())
        .max();
    newest.map(|(_, programs)| programs)
}
