//! Every mode of every secret, whatever the umask.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};

use license_tests::{Ran, Workplace, eventually, put_on_sqlite, ran};

use super::{application, logs, purchase};

/// Those that keep a secret, and those that do not.
const CLOSED: [u32; 2] = [0o600, 0o400];
const OPEN: [u32; 9] = [0o640, 0o604, 0o644, 0o660, 0o606, 0o666, 0o602, 0o620, 0o777];

fn set(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).expect("set");
}

fn mode(path: &Path) -> u32 {
    fs::symlink_metadata(path).expect("there").permissions().mode() & 0o7777
}

/// A folder with every secret that there can be, and their names.
fn with_every_secret() -> (Workplace, Vec<String>) {
    let place = Workplace::ready();
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
    place.write("cert.pem", &made.cert.pem());
    place.write("tls-key.pem", &made.signing_key.serialize_pem());
    place.write("ak", "AK0123456789\n");
    place.write("sk", "SK0123456789secret\n");
    place.write("codes.secret", &"5e".repeat(32));
    place.configure("tls_cert = \"cert.pem\"\ntls_key = \"tls-key.pem\"\nsecret_file = \"codes.secret\"");
    place.configure("store_url = \"https://127.0.0.1:9\"\nstore_ak_file = \"ak\"\nstore_sk_file = \"sk\"");
    let keys = fs::read_dir(place.path("keys")).expect("readable");
    let keys = keys.map(|entry| entry.expect("an entry").file_name().into_string().expect("a name"));
    let private = keys.into_iter().find(|name| name.ends_with(".key.pem")).expect("a private key");
    let mut secrets = vec![format!("keys/{private}")];
    secrets.extend(["access-key", "ak", "sk", "tls-key.pem", "codes.secret"].map(str::to_owned));
    (place, secrets)
}

fn check(place: &Workplace) -> Ran {
    place.run(&["check"])
}

#[test]
fn every_mode_of_every_secret_is_taken_or_refused_by_name() {
    let (place, secrets) = with_every_secret();
    let _ = check(&place).ok();
    let mut missed = Vec::new();
    for secret in &secrets {
        let file = place.path(secret);
        for mode in CLOSED {
            set(&file, mode);
            let said = check(&place);
            if said.code != Some(0) {
                missed.push(format!("{secret} {mode:04o} is refused: {said:?}"));
            }
        }
        let name = secret.rsplit('/').next().expect("a name");
        for mode in OPEN {
            set(&file, mode);
            let said = check(&place);
            let names = said.out.contains(name) && said.out.contains(&format!("{mode:04o}"));
            if said.code != Some(1) || !names || !said.out.contains("chmod 600") {
                missed.push(format!("{secret} {mode:04o}: {said:?}"));
            }
        }
        let said = place.run_briefly(&["serve"]);
        if said.code != Some(1) || !said.err.contains(name) {
            missed.push(format!("serve starts with {secret} {:04o}: {said:?}", mode(&file)));
        }
        set(&file, 0o600);
    }
    assert!(missed.is_empty(), "{}", missed.join("\n"));
}

#[test]
fn a_settings_file_with_a_secret_in_it_is_one_and_another_is_not() {
    let place = Workplace::ready();
    set(&place.path("server.toml"), 0o644);
    let _ = check(&place).ok();
    place.write(
        "server.toml",
        &fs::read_to_string(place.path("server.toml"))
            .expect("readable")
            .replace("access_keys_file = \"access-key\"", "access_keys = \"written-into-the-settings\""),
    );
    let _ = check(&place).ok();
    set(&place.path("server.toml"), 0o644);
    let said = check(&place).failed();
    assert!(said.contains("server.toml") && said.contains("0644"), "{said}");
    assert!(!said.contains("written-into-the-settings"), "{said}");
}

#[test]
fn a_folder_of_keys_that_others_can_write_is_refused() {
    let place = Workplace::ready();
    let keys = place.path("keys");
    for (before, after) in [(0o700, 0o700), (0o755, 0o755), (0o711, 0o711), (0o775, 0o755), (0o730, 0o710)] {
        set(&keys, before);
        let _ = check(&place).ok();
        assert_eq!(mode(&keys), after, "{before:o}: a group's right to write is taken away");
    }
    for mode in [0o777, 0o757, 0o722] {
        set(&keys, mode);
        let said = check(&place).failed();
        assert!(
            said.contains("keys") && said.contains(&format!("{mode:04o}")) && said.contains("chmod go-w"),
            "{said}"
        );
        assert!(place.run_briefly(&["serve"]).err.contains("chmod go-w"));
    }
}

#[tokio::test]
async fn an_old_database_that_is_open_to_others_is_closed_and_that_is_said() {
    let place = Workplace::new();
    put_on_sqlite(place.dir.path());
    let _ = place.run(&["keys", "generate"]).ok();
    let served = place.serve("info").await;
    let _ = served.call(purchase("bought")).await;
    served.kill();
    let files: Vec<PathBuf> =
        ["", "-wal", "-shm"].iter().map(|end| place.path(&format!("license.db{end}"))).collect();
    let there = || files.iter().filter(|file| file.exists());
    assert!(there().count() > 1, "SQLite's log is there after a kill");
    there().for_each(|file| set(file, 0o666));
    let served = place.serve("info").await;
    logs(&served, "the database was open to other users; that right was taken away").await;
    // One after the other, each with a line of its own.
    license_tests::eventually("all of them are closed", || {
        there().all(|file| mode(file) == 0o600).then_some(())
    })
    .await;
    assert!(served.stop().await.success());
    set(&files[0], 0o644);
    assert!(check(&place).ok().contains("it was open to other users, and is not any more"));
    assert_eq!(mode(&files[0]), 0o600);
}

/// Every file and folder below one.
fn all(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("readable").map(|entry| entry.expect("an entry").path());
    let below = |path: PathBuf| if path.is_dir() { [all(&path), vec![path]].concat() } else { vec![path] };
    entries.flat_map(below).collect()
}

#[tokio::test]
async fn with_no_umask_at_all_nothing_that_the_server_makes_is_open_to_others() {
    let place = Workplace::new();
    let ours = all(place.dir.path());
    let bare = ["sh", "-c", "umask 000; exec \"$@\"", "sh"];
    let mut generate = std::process::Command::new(bare[0]);
    let command = place.command(&["keys", "generate"]);
    generate.args(&bare[1..]).arg(command.get_program()).args(command.get_args());
    generate.current_dir(place.dir.path()).env("LICENSE_SERVER_CONFIG", "server.toml");
    let _ = ran(&mut generate).ok();
    let database = license_tests::database_url(place.dir.path());
    let served = place.serve_as("", &database, &bare).await;
    let _ = served.call(purchase("bought")).await;
    assert_eq!(served.call(application("bought", "event")).await.code(), "000000");
    let license = place.path("delivered/event.lic");
    eventually("it is delivered", || license.exists().then_some(())).await;
    let made = all(place.dir.path()).into_iter().filter(|path| !ours.contains(path));
    let by_harness = ["log", "out", "reached", "database.url"].map(|name| place.path(name));
    let made: Vec<_> = made.filter(|path| !by_harness.contains(path)).collect();
    assert!(made.len() >= 7, "{made:?}");
    for path in made {
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        let is_public = name == "keys.json" || name.ends_with(".pub.pem");
        let allowed = match name.as_str() {
            _ if is_public => 0o644,
            "event.lic" => 0o640,
            "delivered" => 0o750,
            _ if path.is_dir() => 0o700,
            _ => 0o600,
        };
        assert_eq!(mode(&path) & !allowed, 0, "{} {:04o}", path.display(), mode(&path));
    }
    assert!(served.stop().await.success());
}

#[tokio::test]
async fn a_link_that_was_laid_where_a_license_is_written_is_not_followed() {
    let place = Workplace::ready();
    fs::create_dir(place.path("delivered")).expect("made");
    place.write("victim", "mine");
    for name in [".event.lic.tmp", ".event.lic.new", "event.lic"] {
        symlink(place.path("victim"), place.path("delivered").join(name)).expect("laid");
    }
    let served = place.serve("info").await;
    let _ = served.call(purchase("bought")).await;
    assert_eq!(served.call(application("bought", "event")).await.code(), "000000");
    let license = place.path("delivered/event.lic");
    eventually("it is delivered", || fs::symlink_metadata(&license).ok().filter(|found| found.is_file()))
        .await;
    assert_eq!(fs::read_to_string(place.path("victim")).expect("readable"), "mine");
}
