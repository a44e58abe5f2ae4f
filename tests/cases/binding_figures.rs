//! The promises of matching, counted over a small population; and that a broken promise is seen.
#![expect(clippy::expect_used, reason = "what cannot be read or run fails its test")]

use std::path::Path;
use std::process::{Command, Output};

use license_core::{Kind, Threshold};
use license_population::{Data, Policy, generate, markdown, measure};

const MACHINES: usize = 300;
const PAIRS: u64 = 4_000;

fn data() -> Data {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../data/population.toml");
    Data::parse(&std::fs::read_to_string(path).expect("readable")).expect("good")
}

/// The table, and the promises that are not kept.
fn count(policy: Policy, seed: u64) -> (String, Vec<String>) {
    let data = data();
    let figures = measure(&data, &generate(&data, seed, MACHINES), policy, seed, &mut |_| ());
    let bounds = figures.bounds(PAIRS);
    let broken = bounds.iter().filter(|bound| !bound.holds).map(|bound| bound.what.clone()).collect();
    (markdown(&figures, policy, seed, &bounds), broken)
}

#[test]
fn the_usual_weights_keep_every_promise_and_the_table_hangs_on_the_seed_alone() {
    let (table, broken) = count(Policy::default(), 7);
    assert_eq!(broken, [""; 0], "{table}");
    assert_eq!(count(Policy::default(), 7).0, table);
    assert_ne!(count(Policy::default(), 8).0, table);
}

#[test]
fn weights_that_are_too_strict_or_too_loose_are_told_by_the_promise_they_break() {
    let strict = Policy { threshold: Threshold::try_from(90).expect("in range"), ..Policy::default() };
    let (_, broken) = count(strict, 7);
    assert!(broken.iter().any(|what| what.contains("at most 0.1 % refused")), "{broken:?}");
    // An installation id that decides alone opens every machine of an image.
    let weights = Policy::default().weights.with(Kind::Os, 100).expect("in range");
    let (_, broken) = count(Policy { weights, ..Policy::default() }, 7);
    assert!(broken.iter().any(|what| what.contains("none accepted")), "{broken:?}");
}

#[test]
fn the_command_ends_by_what_it_found() {
    let folder = tempfile::tempdir().expect("a folder");
    let small = ["--machines", "300", "--pairs", "1000", "--check"];
    assert_eq!(run(&small).status.code(), Some(0));
    let broken = run(&[&small[..], &["--threshold", "95"]].concat());
    assert_eq!(broken.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&broken.stderr).contains("not kept: "), "{broken:?}");

    let usual = Path::new(env!("CARGO_MANIFEST_DIR")).join("../data/population.toml");
    let usual = std::fs::read_to_string(usual).expect("readable");
    let other = folder.path().join("other.toml");
    let given = |text: &str| {
        std::fs::write(&other, text).expect("writable");
        run(&[&small[..], &["--population", other.to_str().expect("a name")]].concat())
    };
    let imaged = usual.replace("imaged = { value = 0.15", "imaged = { value = 1.0");
    assert_ne!(imaged, usual);
    let all_imaged = given(&imaged);
    assert_eq!(all_imaged.status.code(), Some(0), "{}", String::from_utf8_lossy(&all_imaged.stderr));
    assert_ne!(all_imaged.stdout, run(&small).stdout);
    for (from, to, names) in [
        ("version = 1", "version = 2", "version"),
        ("imaged = ", "imagined = ", "imagined"),
        ("source = \"docks\"", "source = \"hearsay\"", "hearsay"),
    ] {
        let refused = given(&usual.replace(from, to));
        assert_eq!(refused.status.code(), Some(2), "{from}");
        assert!(String::from_utf8_lossy(&refused.stderr).contains(names), "{refused:?}");
    }
}

fn run(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_population")).args(arguments).output().expect("it runs")
}
