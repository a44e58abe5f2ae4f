//! `backup` beside a running server, and a server on what was restored.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use license_server::clock::Clock;
use license_tests::postgres::Cluster;
use license_tests::{
    DAY, Ran, Served, Workplace, eventually, files_that_hold, machine, purchase, ran, store_time,
};
use serde_json::{Value, json};

/// Runs a command on the folder's SQLite file, on whichever database the other cases run.
pub(super) fn run(place: &Workplace, args: &[&str]) -> Ran {
    let mut command = place.bare(args);
    command.env("LICENSE_SERVER_CONFIG", "server.toml").env("LICENSE_SERVER_DATABASE", "sqlite://license.db");
    ran(&mut command)
}

/// A server on that file.
pub(super) async fn serve(place: &Workplace) -> Served {
    place.serve_as("", "sqlite://license.db", &[]).await
}

pub(super) fn application(instance: &str, event: &str, n: u32) -> Value {
    let now = Clock::system().now();
    json!({
        "activity": "getLicenseAsync", "instanceId": instance, "eventId": event,
        "effectiveTime": store_time(now), "expireTime": store_time(now.plus(30 * DAY)),
        "deviceFingerprint": machine(n).four_part(),
    })
}

/// The licenses of a file by their events.
pub(super) fn tokens(file: &Path) -> BTreeMap<String, String> {
    let database = rusqlite::Connection::open(file).expect("the database opens");
    let mut query =
        database.prepare("SELECT event_id, token FROM application WHERE token IS NOT NULL").expect("a query");
    let rows = query.query_map((), |row| Ok((row.get(0)?, row.get(1)?))).expect("rows");
    rows.collect::<Result<_, _>>().expect("readable")
}

/// A path as an argument.
pub(super) fn arg(path: &Path) -> &str {
    path.to_str().expect("text")
}

/// All files of a folder and of those in it.
pub(super) fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    let mut found: Vec<PathBuf> =
        entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect();
    found.sort();
    found
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).expect("there").permissions().mode() & 0o777
}

fn copy_keys(from: &Workplace, to: &Workplace) {
    fs::create_dir(to.path("keys")).expect("made");
    for file in files(&from.path("keys")) {
        let to = to.path("keys").join(file.file_name().expect("a name"));
        // With its mode.
        fs::copy(&file, to).expect("copied");
    }
}

/// What nobody may find in a backup without keys.
fn secrets(place: &Workplace) -> Vec<String> {
    let read = |path: &PathBuf| fs::read_to_string(path).expect("text");
    let pem = files(&place.path("keys")).into_iter().find(|path| arg(path).ends_with(".key.pem"));
    let pem = read(&pem.expect("a private key"));
    let key = pem.lines().nth(1).expect("its text").to_owned();
    let secret = read(&place.path("keys/server.secret")).trim().to_owned();
    vec![key, secret, "PRIVATE KEY".into(), Workplace::ACCESS_KEY.into()]
}

/// Buys and applies until it is told to stop; how many calls were answered is counted.
fn under_calls(
    served: &Arc<Served>,
    ended: &Arc<AtomicBool>,
    answered: &Arc<AtomicUsize>,
) -> tokio::task::JoinHandle<()> {
    let (served, ended, answered) = (Arc::clone(served), Arc::clone(ended), Arc::clone(answered));
    tokio::spawn(async move {
        for n in 0_u32.. {
            if ended.load(Ordering::Relaxed) {
                return;
            }
            let instance = served.call(purchase(&format!("load-{n}"))).await.instance().to_owned();
            let reply = served.call(application(&instance, &format!("load-{n}"), n % 1000 + 100)).await;
            assert_eq!(reply.code(), "000000");
            answered.fetch_add(1, Ordering::Relaxed);
        }
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_made_under_calls_is_whole_and_a_server_on_it_answers_as_before() {
    let place = Workplace::ready();
    let served = Arc::new(serve(&place).await);
    let bought = served.call(purchase("order")).await;
    let instance = bought.instance().to_owned();
    let granted = served.call(application(&instance, "event", 1)).await;
    let (ended, answered) = (Arc::default(), Arc::default());
    let load = under_calls(&served, &ended, &answered);
    let count = || answered.load(Ordering::Relaxed);
    eventually("calls are answered", || (count() > 20).then_some(())).await;
    let (mut before, mut attempts) = (0, 0);
    // A backup of so little is quick: one is wanted during which calls were answered.
    let manifest = loop {
        before = before.max(count());
        attempts += 1;
        let dir = place.path(&format!("backup-{attempts}"));
        let manifest = run(&place, &["backup", arg(&dir), "--json"]).json();
        if count() > before || attempts == 200 {
            break manifest;
        }
    };
    assert!(count() > before, "calls went on");
    ended.store(true, Ordering::Relaxed);
    load.await.expect("no call failed");
    let backup = place.path(&format!("backup-{attempts}"));

    let listed = run(&place, &["keys", "list", "--json"]).json();
    assert_eq!(manifest["keys"][0]["kid"], listed[0]["id"]);
    assert_eq!((&manifest["with_keys"], &manifest["unlisted_keys"]), (&json!(false), &json!([])));
    assert!(manifest["rows"]["application"].as_u64() > Some(20), "{manifest}");
    let (looked_at, found) = files_that_hold(&backup, &secrets(&place));
    assert_eq!((looked_at, found), (3, Vec::new()), "database, manifest and its checksum");
    assert_eq!(mode(&backup), 0o700);
    files(&backup).iter().for_each(|file| assert_eq!(mode(file), 0o600, "{}", file.display()));

    let other = Workplace::new();
    let said = run(&other, &["restore", "--check", arg(&backup)]).ok();
    assert!(said.starts_with("whole: ") && said.contains("MISSING"), "{said}");
    assert!(!other.path("license.db").exists(), "it only looked");
    copy_keys(&place, &other);
    let said = run(&other, &["restore", arg(&backup)]).ok();
    assert!(said.contains("in the folder of keys") && said.contains("restored license.db"), "{said}");
    assert_eq!(mode(&other.path("license.db")), 0o600);
    let kept = tokens(&other.path("license.db"));
    let all = tokens(&place.path("license.db"));
    assert!(kept.len() > 20 && kept.iter().all(|(event, token)| all.get(event) == Some(token)));

    let again = serve(&other).await;
    assert_eq!(again.call(purchase("order")).await.bytes, bought.bytes);
    assert_eq!(again.call(application(&instance, "event", 1)).await.bytes, granted.bytes);
    assert_eq!(again.call(application(&instance, "another", 2)).await.code(), "000900", "its seat is taken");
    for n in 0..20 {
        let bought = again.call(purchase(&format!("load-{n}"))).await;
        assert_eq!(served.call(purchase(&format!("load-{n}"))).await.bytes, bought.bytes);
        assert_eq!(
            again.call(application(bought.instance(), &format!("load-{n}"), n + 100)).await.code(),
            "000000"
        );
    }
    assert_eq!(again.stop().await.code(), Some(0));
    assert_eq!(tokens(&other.path("license.db")), kept, "repeats made no license");
}

#[tokio::test]
async fn a_backup_with_keys_is_all_that_a_server_needs_to_go_on_elsewhere() {
    let place = Workplace::ready();
    let served = serve(&place).await;
    let instance = served.call(purchase("order")).await.instance().to_owned();
    let backup = place.path("backup");
    let said = run(&place, &["backup", arg(&backup), "--with-keys"]).ok();
    assert!(said.contains("whoever has it can sign licenses"), "{said}");
    assert_eq!(mode(&backup.join("keys")), 0o700);
    let made = files(&backup);
    assert_eq!(made.len(), 7, "database, list of keys, two halves, secret, manifest, checksum: {made:?}");
    made.iter().for_each(|file| assert_eq!(mode(file), 0o600, "{}", file.display()));

    let other = Workplace::new();
    let said = run(&other, &["restore", arg(&backup)]).ok();
    assert!(said.contains("in the backup"), "{said}");
    assert_eq!(mode(&other.path("keys")), 0o700);
    files(&other.path("keys")).iter().for_each(|file| assert_eq!(mode(file), 0o600, "{}", file.display()));
    let code = |place: &Workplace| run(place, &["instances", "code", &instance]).ok();
    let key = |place: &Workplace| run(place, &["instances", "show", &instance, "--json"]).json();
    assert_eq!(code(&other), code(&place), "one secret");
    let again = serve(&other).await;
    for (served, event) in [(&served, "there"), (&again, "here")] {
        assert_eq!(served.call(application(&instance, event, 1)).await.code(), "000000");
    }
    let [there, here] = [key(&place), key(&other)].map(|shown| shown["licenses"][0]["key_id"].clone());
    assert!(here.is_string() && here == there, "{here} {there}");
    assert_eq!(again.stop().await.code(), Some(0));

    let said = run(&other, &["restore", arg(&backup)]).failed();
    assert!(said.contains("license.db is there already"), "{said}");
    let said = run(&other, &["restore", "--check", arg(&backup)]).ok();
    assert!(said.starts_with("whole: "), "a server worked on the copy, and not on the backup: {said}");
}

#[tokio::test]
async fn what_a_killed_server_left_in_its_log_is_in_the_backup() {
    let place = Workplace::ready();
    let served = serve(&place).await;
    let bought = served.call(purchase("order")).await;
    assert_eq!(served.call(application(bought.instance(), "event", 1)).await.code(), "000000");
    served.kill();
    assert!(fs::metadata(place.path("license.db-wal")).is_ok_and(|log| log.len() > 0));
    let _ = run(&place, &["backup", "backup", "--with-keys"]).ok();
    let other = Workplace::new();
    let _ = run(&other, &["restore", arg(&place.path("backup"))]).ok();
    let again = serve(&other).await;
    assert_eq!(again.call(purchase("order")).await.bytes, bought.bytes);
    assert_eq!(again.call(application(bought.instance(), "another", 2)).await.code(), "000900");
    assert_eq!(again.stop().await.code(), Some(0));
}

#[tokio::test]
async fn a_backup_is_not_made_of_what_does_not_belong_together_or_where_something_is() {
    let place = Workplace::ready();
    let said = run(&place, &["backup", "backup"]).failed();
    assert!(said.contains("there is no database license.db"), "{said}");
    assert!(!place.path("backup").exists() && !place.path("license.db").exists(), "nothing is made");
    let served = serve(&place).await;
    let instance = served.call(purchase("order")).await.instance().to_owned();
    assert_eq!(served.call(application(&instance, "event", 1)).await.code(), "000000");

    place.write("somewhere", "");
    assert!(run(&place, &["backup", "somewhere"]).failed().contains("somewhere"));
    fs::create_dir(place.path("full")).expect("made");
    place.write("full/something", "of value");
    let said = run(&place, &["backup", "full"]).failed();
    assert!(
        said.contains("full is not empty; name a new folder, or have one made in it with --into"),
        "{said}"
    );
    assert_eq!(files(&place.path("full")).len(), 1);

    // Another vendor's keys: the backup says that they are not those of the licenses.
    let elsewhere = Workplace::ready();
    let keys = arg(&elsewhere.path("keys")).to_owned();
    let said = run(&place, &["backup", "strange", "--keys", &keys]).ok();
    assert!(said.contains("is NOT in the folder of keys"), "{said}");
    let said = run(&place, &["restore", "--check", "strange"]).ok();
    assert!(said.contains("is NOT in the folder of keys"), "{said}");
    let said = run(&place, &["backup", "mixed", "--with-keys", "--keys", &keys]).failed();
    assert!(said.contains("the secret that activation codes are made from"), "{said}");
    let said = run(&place, &["backup", "keyless", "--with-keys", "--keys", "nowhere"]).failed();
    assert!(said.contains("there are no keys in nowhere"), "{said}");
    assert!(!place.path("mixed").exists() && !place.path("keyless").exists());
}

#[tokio::test]
#[cfg_attr(not(postgres), ignore = "needs PostgreSQL: apt-get install postgresql")]
async fn a_postgresql_is_backed_up_with_its_own_tools() {
    let cluster = Cluster::shared();
    let (place, database) = (Workplace::ready(), cluster.database());
    for args in
        [&["backup", "backup"][..], &["restore", "backup"], &["migrate-to", "postgres://nobody@nowhere/x"]]
    {
        let said = ran(place.command(args).env("LICENSE_SERVER_DATABASE", &database)).failed();
        let advice =
            if args[0] == "migrate-to" { "DATABASE must still name the SQLite file" } else { "pg_dump" };
        assert!(said.contains("is a PostgreSQL database") && said.contains(advice), "{said}");
    }
    let served = place.serve_as("dumped", &database, &[]).await;
    let bought = served.call(purchase("order")).await;
    let granted = served.call(application(bought.instance(), "event", 1)).await;
    let dump = place.path("license.dump");
    let schema = database.rsplit_once("%3D").expect("a schema").1;
    cluster.run_program(
        "pg_dump",
        &["--format", "custom", "--schema", schema, "--file", arg(&dump), "postgres"],
    );
    let missed = served.call(purchase("after the dump")).await;
    assert_eq!(served.stop().await.code(), Some(0));

    let restored = format!("restored_{schema}");
    cluster.sql(&format!("CREATE DATABASE {restored}"));
    cluster.run_program("pg_restore", &["--exit-on-error", "--no-owner", "--dbname", &restored, arg(&dump)]);
    let again =
        place.serve_as("restored", &database.replace("/postgres?", &format!("/{restored}?")), &[]).await;
    assert_eq!(again.call(purchase("order")).await.bytes, bought.bytes);
    assert_eq!(again.call(application(bought.instance(), "event", 1)).await.bytes, granted.bytes);
    assert_eq!(again.call(application(bought.instance(), "another", 2)).await.code(), "000900");
    let sold_anew = again.call(purchase("after the dump")).await;
    assert_eq!((sold_anew.code(), sold_anew.instance() == missed.instance()), ("000000", false));
    assert_eq!(again.stop().await.code(), Some(0));
}
