//! Backups that are damaged, and places where something is.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use data_encoding::HEXLOWER;
use license_tests::{Workplace, purchase};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::backup::{arg, files, run, serve};

/// A folder with a backup in it that has everything.
async fn backed_up() -> Workplace {
    let place = Workplace::ready();
    let served = serve(&place).await;
    for n in 0..200 {
        assert_eq!(served.call(purchase(&format!("order-{n}"))).await.code(), "000000");
    }
    let _ = run(&place, &["backup", "backup", "--with-keys"]).ok();
    place
}

fn copy(from: &Path, to: &Path) {
    for file in files(from) {
        let to = to.join(file.strip_prefix(from).expect("inside"));
        fs::create_dir_all(to.parent().expect("a folder")).expect("made");
        fs::copy(file, to).expect("copied");
    }
}

fn flip(path: &Path) {
    let mut bytes = fs::read(path).expect("readable");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(path, bytes).expect("written");
}

/// The one file of a backup whose name ends so.
fn file(backup: &Path, ending: &str) -> PathBuf {
    files(backup).into_iter().find(|path| arg(path).ends_with(ending)).expect("there")
}

fn sha256(path: &Path) -> String {
    HEXLOWER.encode(&Sha256::digest(fs::read(path).expect("readable")))
}

/// Somebody changes the manifest and takes care that it fits its checksum.
fn rewrite(backup: &Path, change: impl FnOnce(&mut Value)) {
    let path = backup.join("manifest.json");
    let mut manifest = serde_json::from_slice(&fs::read(&path).expect("readable")).expect("JSON");
    change(&mut manifest);
    fs::write(&path, manifest.to_string()).expect("written");
    fs::write(backup.join("manifest.sha256"), format!("{}  manifest.json\n", sha256(&path)))
        .expect("written");
}

/// A file more, which is there and as it is said to be.
fn name(backup: &Path, path: &str) {
    let target = backup.join(path);
    let size = fs::metadata(&target).map_or(0, |found| found.len());
    let sha = if target.exists() { sha256(&target) } else { String::new() };
    rewrite(backup, |manifest| {
        let more = json!({"path": path, "bytes": size, "sha256": sha});
        manifest["files"].as_array_mut().expect("files").push(more);
    });
}

#[tokio::test]
async fn whatever_is_damaged_in_a_backup_is_named_and_nothing_is_restored() {
    type Damage = (&'static str, fn(&Path));
    let place = backed_up().await;
    place.write("outside", "a file that is in no backup");
    let damages: &[Damage] = &[
        ("license.db of the backup is damaged: its SHA-256", |b| flip(&b.join("license.db"))),
        ("license.db of the backup is damaged: it has", |b| {
            let file = fs::OpenOptions::new().write(true).open(b.join("license.db")).expect("opens");
            file.set_len(8192).expect("cut");
        }),
        ("license.db of the backup is damaged", |b| fs::remove_file(b.join("license.db")).expect("removed")),
        (".key.pem of the backup is damaged", |b| flip(&file(b, ".key.pem"))),
        (".pub.pem of the backup is damaged", |b| flip(&file(b, ".pub.pem"))),
        ("keys/keys.json of the backup is damaged", |b| flip(&b.join("keys/keys.json"))),
        ("keys/server.secret of the backup is damaged", |b| {
            fs::remove_file(b.join("keys/server.secret")).expect("removed");
        }),
        ("manifest.json of the backup is damaged", |b| flip(&b.join("manifest.json"))),
        ("manifest.json of the backup is damaged", |b| flip(&b.join("manifest.sha256"))),
        ("manifest.sha256 of the backup is damaged", |b| {
            fs::remove_file(b.join("manifest.sha256")).expect("removed");
        }),
        ("has no manifest.json: it is no backup, or one that was not finished", |b| {
            fs::remove_file(b.join("manifest.json")).expect("removed");
        }),
        ("it has form 2, this program knows 1", |b| {
            rewrite(b, |m| *m = json!({"format": 2, "more": "than is known"}));
        }),
        ("missing field", |b| rewrite(b, |m| *m = json!({"format": 1}))),
        ("its tables are not those of the manifest", |b| {
            rewrite(b, |m| m["rows"]["instance"] = json!(199));
        }),
        ("its tables are not those of the manifest", |b| rewrite(b, |m| m["schema_version"] = json!(5))),
        ("it names no license.db", |b| rewrite(b, |m| m["files"] = json!([]))),
        ("it names license.db twice", |b| name(b, "license.db")),
        ("it names \"../outside\", which is no file of a backup", |b| name(b, "../outside")),
        ("it names \"keys/../../outside\"", |b| name(b, "keys/../../outside")),
        ("it names \"/etc/hostname\"", |b| name(b, "/etc/hostname")),
        ("it names \"manifest.json\"", |b| name(b, "manifest.json")),
        ("it names \"keys/authorized_keys\"", |b| {
            fs::write(b.join("keys/authorized_keys"), "somebody").expect("written");
            name(b, "keys/authorized_keys");
        }),
        ("license.db of the backup is damaged: it is a link", |b| {
            let away = b.with_file_name("away.db");
            fs::rename(b.join("license.db"), &away).expect("moved");
            symlink(away, b.join("license.db")).expect("linked");
        }),
        ("of the backup is damaged: it is a link", |b| {
            let away = b.with_file_name("away-keys");
            fs::rename(b.join("keys"), &away).expect("moved");
            symlink(away, b.join("keys")).expect("linked");
        }),
        // Damaged before it was backed up, or written by somebody who can count.
        ("license.db of the backup is damaged: ", |b| {
            let path = b.join("license.db");
            let mut bytes = fs::read(&path).expect("readable");
            let last = bytes.len() - 4096;
            bytes[last..].fill(0xa5);
            fs::write(&path, bytes).expect("written");
            rewrite(b, |m| m["files"][0]["sha256"] = json!(sha256(&path)));
        }),
    ];
    for (said, damage) in damages {
        let target = Workplace::new();
        let backup = target.path("damaged/backup");
        copy(&place.path("backup"), &backup);
        fs::write(target.path("damaged/outside"), "a file that is in no backup").expect("written");
        damage(&backup);
        let before = files(target.dir.path());
        for args in [&["restore", "--check", arg(&backup)][..], &["restore", arg(&backup)]] {
            let found = run(&target, args).failed();
            assert!(found.contains(said), "{said}: {found}");
        }
        assert_eq!(files(target.dir.path()), before, "{said}: nothing is written");
        assert!(!target.path("keys").exists(), "{said}");
    }
    assert!(run(&place, &["restore", "--check", "backup"]).ok().starts_with("whole: "));
}

#[tokio::test]
async fn nothing_that_is_there_is_overwritten_and_a_restore_that_was_cut_off_goes_on() {
    let place = backed_up().await;
    let backup = place.path("backup");
    let in_the_way: [(&str, &str); 6] = [
        ("license.db", "license.db is there already"),
        ("license.db-wal", "license.db-wal is there already"),
        ("license.db-shm", "license.db-shm is there already"),
        ("license.db-journal", "license.db-journal is there already"),
        ("keys/keys.json", "keys/keys.json is there already"),
        ("keys/server.secret", "keys/server.secret is there already"),
    ];
    for (path, said) in in_the_way {
        let target = Workplace::new();
        fs::create_dir(target.path("keys")).expect("made");
        target.write(path, "of value");
        let before = files(target.dir.path());
        let found = run(&target, &["restore", arg(&backup)]).failed();
        assert!(found.contains(said), "{found}");
        assert_eq!(files(target.dir.path()), before);
        assert_eq!(fs::read_to_string(target.path(path)).expect("text"), "of value");
    }
    // A link that leads nowhere yet is somebody's intention as well.
    let target = Workplace::new();
    symlink(target.path("mounted-later.db"), target.path("license.db")).expect("linked");
    assert!(run(&target, &["restore", arg(&backup)]).failed().contains("license.db is there already"));
    assert!(!target.path("mounted-later.db").exists());

    // The keys were there and half of the database: what is the same stays, what is half is made anew.
    let target = Workplace::new();
    copy(&backup.join("keys"), &target.path("keys"));
    target.write("license.db.restored", "half a data");
    let restored = run(&target, &["restore", arg(&backup), "--json"]).json();
    assert_eq!(restored["restored"], json!(["license.db"]));
    assert!(!target.path("license.db.restored").exists());
    assert_eq!(fs::read(target.path("license.db")).ok(), fs::read(backup.join("license.db")).ok());
    let served = serve(&target).await;
    assert_eq!(served.call(purchase("order-7")).await.code(), "000000");
}
