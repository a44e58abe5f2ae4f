//! Tells the cases whether there is a PostgreSQL, and a program that plays a terminal: those that need one are ignored,
//! and say so, where there is none.

use std::path::{Path, PathBuf};

/// The folder of `initdb` and the others, where it is not the usual one.
const PROGRAMS: &str = "LICENSE_TESTS_POSTGRES_BIN";
/// Where Debian's packages put one folder for each version.
const VERSIONS: &str = "/usr/lib/postgresql";

fn main() {
    println!("cargo::rustc-check-cfg=cfg(postgres, script)");
    println!("cargo::rerun-if-env-changed={PROGRAMS}");
    // A path that is not there would have this run every time: its parent changes when it comes.
    let watched = Path::new(VERSIONS).ancestors().find(|path| path.is_dir());
    println!("cargo::rerun-if-changed={}", watched.unwrap_or(Path::new("build.rs")).display());
    // What plays a terminal for a program.
    let paths = std::env::var_os("PATH").unwrap_or_default();
    if std::env::split_paths(&paths).any(|folder| folder.join("script").is_file()) {
        println!("cargo::rustc-cfg=script");
    }
    if let Some(programs) = programs() {
        println!("cargo::rustc-cfg=postgres");
        println!("cargo::rustc-env=POSTGRES_PROGRAMS={}", programs.display());
    }
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
