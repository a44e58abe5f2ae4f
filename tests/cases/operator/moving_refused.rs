//! What `migrate-to` does not copy, and what it shows while it does.

use std::io::Read as _;
use std::process::Stdio;

use license_tests::postgres::Cluster;
use license_tests::{Workplace, eventually, migrations, purchase};

use super::backup::{application, serve};
use super::moving::migrate;

const SOURCE: &str = "sqlite://license.db";

/// A folder with a purchase and its license.
async fn sold() -> Workplace {
    let place = Workplace::ready();
    let served = serve(&place).await;
    let instance = served.call(purchase("order")).await.instance().to_owned();
    assert_eq!(served.call(application(&instance, "event", 1)).await.code(), "000000");
    assert_eq!(served.stop().await.code(), Some(0));
    place
}

/// The schema of this program.
fn known() -> i64 {
    i64::try_from(migrations("sqlite").len()).expect("few")
}

fn schema(database: &str) -> &str {
    database.rsplit_once("%3D").expect("a schema").1
}

fn set_version(place: &Workplace, version: i64) {
    let database = rusqlite::Connection::open(place.path("license.db")).expect("opens");
    database.pragma_update(None, "user_version", version).expect("set");
}

#[tokio::test(flavor = "multi_thread")]
#[cfg_attr(not(postgres), ignore = "needs PostgreSQL: apt-get install postgresql")]
async fn a_source_that_is_in_use_or_of_another_version_is_refused_and_nothing_is_changed() {
    let cluster = Cluster::shared();
    let (place, target, known) = (sold().await, cluster.database(), known());
    let served = serve(&place).await;
    let said = migrate(&place, SOURCE, &[&target]).failed();
    assert!(said.contains("the SQLite database is in use; stop its server"), "{said}");
    assert_eq!(served.call(purchase("another")).await.code(), "000000", "it goes on");
    assert_eq!(served.stop().await.code(), Some(0));
    for (version, says) in [
        (
            known - 1,
            format!("schema version {}, this program needs {known}; the server brings it up", known - 1),
        ),
        (known + 1, format!("schema version {}, this program knows {known}; install a newer", known + 1)),
    ] {
        set_version(&place, version);
        let before = std::fs::read(place.path("license.db")).expect("readable");
        let said = migrate(&place, SOURCE, &[&target]).failed();
        assert!(said.contains(&says), "{said}");
        assert!(std::fs::read(place.path("license.db")).expect("readable") == before, "{version}");
    }
    let said = migrate(&place, "sqlite://missing.db", &[&target]).failed();
    assert!(said.contains("there is no database missing.db") && !place.path("missing.db").exists(), "{said}");
    let tables = format!("SELECT count(*) FROM pg_tables WHERE schemaname = '{}'", schema(&target));
    assert_eq!(cluster.sql(&tables), "0", "the target is as it was");
    set_version(&place, known);
    let _ = migrate(&place, SOURCE, &[&target]).ok();
}

#[tokio::test(flavor = "multi_thread")]
#[cfg_attr(not(postgres), ignore = "needs PostgreSQL: apt-get install postgresql")]
async fn a_target_that_is_not_empty_or_of_another_version_is_refused_and_nothing_is_changed() {
    let cluster = Cluster::shared();
    let (place, target, known) = (sold().await, cluster.database(), known());
    let other = Workplace::ready();
    let served = other.serve_as("other", &target, &[]).await;
    assert_eq!(served.call(purchase("another")).await.code(), "000000");
    let said = migrate(&place, SOURCE, &[&target]).failed();
    assert!(said.contains("is not empty: table instance has rows; nothing was changed"), "{said}");
    assert_eq!(served.call(purchase("a-third")).await.code(), "000000", "it was not disturbed");
    assert!(!served.log().contains("WARN") && !served.log().contains("ERROR"), "{}", served.log());
    assert_eq!(served.stop().await.code(), Some(0));
    let schema = schema(&target);
    for (version, says) in [
        (
            known - 1,
            format!("by an earlier version of this program (schema {}, this one needs {known})", known - 1),
        ),
        (known + 1, format!("schema version {}, this program knows {known}; install a newer", known + 1)),
    ] {
        cluster.sql(&format!("UPDATE {schema}.schema_version SET version = {version}"));
        let said = migrate(&place, SOURCE, &[&target]).failed();
        assert!(said.contains(&says), "{said}");
        let found =
            format!("SELECT version, (SELECT count(*) FROM {schema}.instance) FROM {schema}.schema_version");
        assert_eq!(cluster.sql(&found), format!("{version}|2"));
    }
    let said = migrate(&place, SOURCE, &["sqlite://other.db"]).failed();
    assert!(said.contains("the new database must be postgres://"), "{said}");
    let said =
        migrate(&place, SOURCE, &["postgres://license:hunter2@127.0.0.1:9/none?connect_timeout=1"]).failed();
    assert!(said.contains("cannot be reached") && !said.contains("hunter2"), "{said}");
    assert_eq!(migrate(&place, SOURCE, &[]).code, Some(2), "no target");
}

#[tokio::test(flavor = "multi_thread")]
#[cfg_attr(not(postgres), ignore = "needs PostgreSQL: apt-get install postgresql")]
async fn the_address_may_be_in_a_file_and_in_a_pipe_nothing_but_the_answer_is_shown() {
    let cluster = Cluster::shared();
    let (place, target) = (sold().await, cluster.database());
    place.write("target", &format!("{}\n", target.replacen("license@", "license:hunter2@", 1)));
    let copied = migrate(&place, SOURCE, &["--to-file", "target", "--json"]);
    assert_eq!(copied.err, "");
    assert!(!copied.out.contains("hunter2") && copied.json()["to"].as_str().is_some());
    let backup = super::backup::run(&place, &["backup", "backup", "--json"]);
    assert_eq!(backup.err, "");
    assert_eq!(backup.json()["with_keys"], false);
}

#[tokio::test(flavor = "multi_thread")]
#[cfg_attr(
    not(all(postgres, terminal)),
    ignore = "needs PostgreSQL and script: apt-get install postgresql bsdutils"
)]
async fn progress_is_shown_on_a_terminal_and_what_was_interrupted_goes_on() {
    let cluster = Cluster::shared();
    let (place, target) = (sold().await, cluster.database());
    place.write("target", &target);
    let args = ["migrate-to", "--to-file", "target", "--json"];

    // Until it stands still; what it prints as JSON goes elsewhere.
    let told = args.join(" ");
    let program = place.bare(&[]).get_program().to_str().expect("text").to_owned();
    let mut terminal = std::process::Command::new("script");
    let line = format!("echo $$ > id; exec '{program}' {told} > on-terminal");
    terminal.args(["-qfec", &line, "/dev/null"]);
    terminal.current_dir(place.dir.path()).env("LICENSE_SERVER_CONFIG", "server.toml").env("TERM", "xterm");
    terminal.env("LICENSE_SERVER_DATABASE", SOURCE).stdin(Stdio::null()).stdout(Stdio::piped());
    terminal.env("FAULT_POINT", "copy-compared").env("FAULT_REACHED", place.path("reached"));
    let mut child = terminal.spawn().expect("script is there");
    let mut shown = child.stdout.take().expect("an output");
    let reader = std::thread::spawn(move || {
        let (mut text, mut piece) = (String::new(), [0; 1024]);
        while !text.contains("100 %") {
            match shown.read(&mut piece) {
                Ok(read @ 1..) => text += &String::from_utf8_lossy(&piece[..read]),
                _ => break,
            }
        }
        text
    });
    eventually("it reaches the point", || place.path("reached").exists().then_some(())).await;
    let shown = tokio::task::spawn_blocking(move || reader.join().expect("no panic")).await.expect("read");
    assert!(shown.contains("100 %"), "{shown:?}");
    // The end of the terminal alone is not enough where this run ignores hangups, as under nohup.
    let id = std::fs::read_to_string(place.path("id")).expect("an id");
    let ended = std::process::Command::new("kill").args(["-KILL", id.trim()]).status().expect("kill");
    assert!(ended.success());
    child.wait().expect("ended");
    assert_eq!(std::fs::read_to_string(place.path("on-terminal")).expect("text"), "");

    let copied = eventually("the first one is gone", || {
        let ran = migrate(&place, SOURCE, &args[1..]);
        (!ran.err.contains("is in use")).then_some(ran)
    })
    .await;
    assert_eq!(copied.err, "");
}
