//! `backup --into`: the same command every night.

use std::fs;
use std::path::{Path, PathBuf};

use license_tests::{Workplace, machine};

use super::backup::{arg, run};

/// The folders of a folder, the oldest first.
fn nights(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry"));
    let mut names: Vec<_> = entries.map(|entry| entry.file_name().into_string().expect("text")).collect();
    names.sort();
    names
}

fn copied(from: &Path, to: &Path) -> PathBuf {
    fs::create_dir(to).expect("made");
    for entry in fs::read_dir(from).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            copied(&path, &to.join(path.file_name().expect("a name")));
        } else {
            fs::copy(&path, to.join(path.file_name().expect("a name"))).expect("copied");
        }
    }
    to.to_owned()
}

#[test]
fn the_same_command_every_night_keeps_the_newest_and_deletes_whole_old_backups_only() {
    let place = Workplace::ready();
    issue_on_sqlite(&place);
    let into = place.path("backups");
    let first = run(&place, &["backup", "--into", arg(&into), "--keep", "3", "--with-keys", "--json"]).json();
    let made = PathBuf::from(first["to"].as_str().expect("a path"));
    assert!(first["made_at"].as_str().expect("a time").ends_with('Z'), "{first}");
    assert_eq!(first["deleted"], serde_json::json!([]));
    let _ = run(&place, &["restore", "--check", arg(&made)]).ok();

    // Other nights; one is not finished, one is damaged, in one lies a letter, and two are not the program's.
    let night = |name: &str| copied(&made, &into.join(name));
    let (oldest, older) = (night("2020-01-01T02-00-00Z"), night("2020-01-02T02-00-00Z"));
    let (kept, newest) = (night("2020-01-08T02-00-00Z"), night("2020-01-09T02-00-00Z"));
    fs::remove_file(night("2020-01-03T02-00-00Z").join("manifest.json")).expect("removed");
    fs::write(night("2020-01-04T02-00-00Z").join("license.db"), "half").expect("written");
    fs::write(night("2020-01-05T02-00-00Z").join("letter"), "of value").expect("written");
    night("before-the-move");
    std::os::unix::fs::symlink(&made, into.join("2020-01-06T02-00-00Z")).expect("linked");
    // Two in one second would have one name.
    fs::rename(&made, night("2020-01-07T02-00-00Z").with_file_name("2020-01-10T02-00-00Z")).expect("moved");

    let said = run(&place, &["backup", "--into", arg(&into), "--keep", "3"]).ok();
    for gone in [&oldest, &older] {
        assert!(!gone.exists() && said.contains(&format!("deleted {}", gone.display())), "{said}");
    }
    for (left, why) in [
        ("2020-01-03T02-00-00Z", "manifest.json"),
        ("2020-01-04T02-00-00Z", "license.db"),
        ("2020-01-05T02-00-00Z", "letter"),
    ] {
        let line = said.lines().find(|line| line.contains(left)).unwrap_or_else(|| panic!("{left}: {said}"));
        assert!(into.join(left).exists() && line.contains("was left") && line.contains(why), "{line}");
    }
    let letter = fs::read_to_string(into.join("2020-01-05T02-00-00Z/letter")).expect("readable");
    assert_eq!(letter, "of value");
    assert!(!kept.exists(), "with the new one there are three: {said}");
    assert!(newest.exists() && into.join("2020-01-10T02-00-00Z").exists(), "{said}");
    let left = nights(&into);
    assert!(
        left.contains(&"before-the-move".to_owned()) && left.contains(&"2020-01-06T02-00-00Z".to_owned())
    );
    assert_eq!(left.len(), 3 + 3 + 2, "{left:?}");
}

#[test]
fn a_backup_into_one_that_is_there_is_refused_and_says_what_the_nightly_form_is() {
    let place = Workplace::ready();
    issue_on_sqlite(&place);
    let dir = place.path("backup");
    let _ = run(&place, &["backup", arg(&dir)]).ok();
    let said = run(&place, &["backup", arg(&dir)]).failed();
    assert!(said.contains("is not empty") && said.contains("--into"), "{said}");
    for wrong in [
        &["backup"][..],
        &["backup", "a", "--into", "b"],
        &["backup", "a", "--keep", "3"],
        &["backup", "--into", "b", "--keep", "0"],
    ] {
        assert_eq!(run(&place, wrong).code, Some(2), "{wrong:?}");
    }
}

/// A license on the folder's SQLite file, on whichever database the other cases run.
fn issue_on_sqlite(place: &Workplace) {
    let df1 = machine(1).df1(&license_core::Realm::new(super::REALM));
    let _ = run(place, &["issue", "--product", "cad", "--fingerprint", &df1, "--end", "2099-01-02"]).ok();
}
