//! `migrate-to` is killed, and run again: nothing is lost, and no server works on half a database.

use std::process::{Child, Stdio};
use std::time::Duration;

use license_server::config::values;
use license_server::storage::Database;
use license_tests::postgres::Cluster;
use license_tests::{Workplace, eventually, purchase, ran};
use serde_json::{Value, json};

use super::callers::apply;
use super::chance::Chance;
use super::disk::code;
use super::replicas::{file, shared, workplace};
use super::{rounds, seed};

/// So many applications that more than one page of them is copied.
const MANY: u32 = 2_500;

/// A file with a purchase, its license, and many rows more.
async fn filled(place: &Workplace) -> String {
    let served = place.serve_as("before", &file(place), &[]).await;
    let instance = served.call(purchase("order")).await.instance().to_owned();
    assert_eq!(code(&served, apply(&instance, "event", 1).1).await, "000000");
    assert_eq!(served.stop().await.code(), Some(0));
    change(
        place,
        &format!(
            "WITH RECURSIVE k(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM k WHERE i < {MANY}) \
         INSERT INTO application (instance, event_id, identity, created_at, status, detail) \
         SELECT 1, 'old-' || i, x'00', i, 2, '{{}}' FROM k"
        ),
    );
    change(
        place,
        "INSERT INTO history (instance, at, what, detail) SELECT 1, n, 'note', 'a detail' FROM application",
    );
    instance
}

fn change(place: &Workplace, statement: &str) {
    let database = rusqlite::Connection::open(place.path("license.db")).expect("opens");
    database.execute_batch(statement).expect("changed");
}

fn command(place: &Workplace, target: &str) -> std::process::Command {
    let mut command = place.command(&["migrate-to", target, "--json"]);
    command.env("LICENSE_SERVER_DATABASE", file(place));
    command
}

/// Runs it to its end: how each table came to be there.
fn migrate(place: &Workplace, target: &str) -> Value {
    ran(&mut command(place, target)).json()["tables"].clone()
}

/// One that runs; it is killed when it is not needed any more.
struct Copying(Child);

impl Drop for Copying {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Starts it and waits until it stands still at a point.
async fn migrate_until(place: &Workplace, target: &str, point: &str) -> Copying {
    let reached = place.path(point);
    let mut command = command(place, target);
    command.env("FAULT_POINT", point).env("FAULT_REACHED", &reached).stdout(Stdio::null());
    let copying = Copying(command.spawn().expect("it starts"));
    eventually("it reaches the point", || reached.exists().then_some(())).await;
    copying
}

fn was_there(tables: &Value) -> Vec<&str> {
    let tables = tables.as_array().expect("tables").iter();
    tables
        .filter(|table| table["was_there"] == true)
        .map(|table| table["table"].as_str().expect("a name"))
        .collect()
}

fn open(database: &str) -> Box<dyn Database> {
    values::database(database).expect("an address").open_for_reading().expect("it opens")
}

fn number(db: &dyn Database, query: &str) -> i64 {
    let mut found = None;
    let read = db.select(query, &[], &mut |row| {
        found = row.int(0)?;
        Ok(())
    });
    read.expect("readable");
    found.expect("a number")
}

#[tokio::test(flavor = "multi_thread")]
#[cfg_attr(not(postgres), ignore = "needs PostgreSQL: apt-get install postgresql")]
async fn a_copy_that_is_killed_at_any_step_goes_on_and_servers_refuse_it_meanwhile() {
    let target = shared();
    let place = workplace();
    let instance = filled(&place).await;
    for point in ["copy-marked", "copy-of-applications", "copy-compared"] {
        let copying = migrate_until(&place, &target, point).await;
        let said = place.refuses_to_serve(&target, &[]);
        assert!(
            said.contains("unfinished copy of another one; run `license-server migrate-to`"),
            "{point}: {said}"
        );
        let said = place.refuses_to_serve(&file(&place), &[]);
        assert!(said.contains("locked by another process"), "{point}: {said}");
        let said = ran(&mut command(&place, &target)).failed();
        assert!(said.contains("the SQLite database is in use; stop its server"), "{point}: {said}");
        drop(copying);
        let said = place.refuses_to_serve(&target, &[]);
        assert!(said.contains("unfinished copy"), "{point}: {said}");
    }
    let tables = migrate(&place, &target);
    let there = was_there(&tables);
    assert!(there.contains(&"application") && there.contains(&"history"), "all was compared: {tables}");
    // The last word may have been missed: it is said again, and nothing changes.
    assert_eq!(
        was_there(&migrate(&place, &target)),
        tables
            .as_array()
            .expect("tables")
            .iter()
            .map(|table| table["table"].as_str().expect("a name"))
            .collect::<Vec<_>>()
    );

    let (source, copied) = (open(&file(&place)), open(&target));
    let highest = |db: &dyn Database| number(db, "SELECT max(n) FROM application");
    let last = highest(&*source);
    assert_eq!(
        (highest(&*copied), number(&*copied, "SELECT count(*) FROM application")),
        (last, i64::from(MANY) + 1)
    );
    // Whoever has it open is in the way.
    drop(source);
    let served = place.serve_as("after", &target, &[]).await;
    assert_eq!(served.call(purchase("order")).await.instance(), instance);
    assert_eq!(code(&served, apply(&instance, "event", 1).1).await, "000000");
    assert_eq!(highest(&*copied), last, "it was a repeat");
    assert_eq!(code(&served, apply(&instance, "new", 2).1).await, "000000");
    assert!(highest(&*copied) > last, "new keys come after the copied ones");
    let said = ran(&mut command(&place, &target)).failed();
    assert!(said.contains("is not empty: table instance has rows; nothing was changed"), "{said}");
    assert_eq!(code(&served, apply(&instance, "newer", 3).1).await, "000000");
}

#[tokio::test(flavor = "multi_thread")]
#[cfg_attr(not(postgres), ignore = "needs PostgreSQL: apt-get install postgresql")]
async fn a_copy_that_is_killed_at_random_moments_is_complete_in_the_end() {
    let target = shared();
    let place = workplace();
    filled(&place).await;
    let seed = seed();
    println!("seed {seed}");
    let mut chance = Chance::of(seed);
    let mut killed = 0;
    for _ in 0..rounds() * 3 {
        let begun = command(&place, &target).stdout(Stdio::null()).spawn();
        let mut copying = Copying(begun.expect("it starts"));
        tokio::time::sleep(Duration::from_millis(chance.below(1_500))).await;
        let is_done = copying.0.try_wait().expect("a child").is_some();
        drop(copying);
        if is_done {
            break;
        }
        killed += 1;
    }
    println!("killed {killed} times");
    let tables = migrate(&place, &target);
    let (source, copied) = (open(&file(&place)), open(&target));
    for table in tables.as_array().expect("tables") {
        let name = table["table"].as_str().expect("a name");
        // What each database notes of itself is not copied.
        let own = if name == "setting" { " WHERE name <> 'checked'" } else { "" };
        let count = format!("SELECT count(*) FROM {name}{own}");
        let rows = number(&*source, &count);
        assert_eq!((json!(rows), number(&*copied, &count)), (table["rows"].clone(), rows), "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
#[cfg_attr(not(postgres), ignore = "needs PostgreSQL: apt-get install postgresql")]
async fn what_changed_in_the_source_between_two_runs_is_noticed() {
    let target = shared();
    let place = workplace();
    filled(&place).await;
    drop(migrate_until(&place, &target, "copy-compared").await);
    let other = "UPDATE history SET detail = 'another detail' WHERE n = 1234; \
         UPDATE application SET until = 0 WHERE event_id = 'old-77'; \
         DELETE FROM order_change; INSERT INTO order_change (instance, order_id, line_id, kind, cancelled) VALUES (1, 'a', 'b', 2, 0)";
    change(&place, other);
    let tables = migrate(&place, &target);
    let anew = ["order_change", "application", "history"];
    for table in tables.as_array().expect("tables") {
        let is_anew = anew.iter().any(|name| table["table"] == *name);
        assert!(!(is_anew && table["was_there"] == true), "{table}");
    }
    assert!(was_there(&tables).contains(&"instance"), "the others stay: {tables}");
    let copied = open(&target);
    assert_eq!(
        number(&*copied, "SELECT count(*) FROM history WHERE detail = 'another detail' AND n = 1234"),
        1
    );
    assert_eq!(
        number(&*copied, "SELECT until FROM application WHERE event_id = 'old-77'"),
        0,
        "and not NULL"
    );
}

#[tokio::test(flavor = "multi_thread")]
#[cfg_attr(not(postgres), ignore = "needs PostgreSQL: apt-get install postgresql")]
async fn what_a_server_sold_on_the_target_before_it_was_shut_out_is_not_overwritten() {
    let target = shared();
    let place = workplace();
    filled(&place).await;
    let served = place.serve_as("early", &target, &[]).await;
    let copying = migrate_until(&place, &target, "copy-marked").await;
    let early = served.call(purchase("early")).await;
    assert_eq!(early.code(), "000000", "the copy has looked, and has not shut it out yet");
    drop(copying);
    let said = ran(&mut command(&place, &target)).failed();
    assert!(said.contains("is not empty: table instance has rows; nothing was changed"), "{said}");
    assert_eq!(served.call(purchase("early")).await.bytes, early.bytes);
    assert_eq!(code(&served, purchase("later")).await, "000000", "it goes on");
    assert_eq!(served.stop().await.code(), Some(0));
    let served = place.serve_as("again", &target, &[]).await;
    assert_eq!(served.call(purchase("early")).await.bytes, early.bytes);
}

#[tokio::test(flavor = "multi_thread")]
#[cfg_attr(not(postgres), ignore = "needs PostgreSQL: apt-get install postgresql")]
async fn a_server_that_is_at_work_on_the_target_is_shut_out_until_everything_is_there() {
    let target = Cluster::shared().database();
    let place = workplace();
    let instance = filled(&place).await;
    let served = place.serve_as("shut-out", &target, &[]).await;
    let copying = migrate_until(&place, &target, "copy-of-applications").await;
    for n in 0..3 {
        assert_eq!(code(&served, purchase(&format!("meanwhile-{n}"))).await, "000005");
    }
    eventually("it says why", || served.log().contains("unfinished copy").then_some(())).await;
    drop(copying);
    assert_eq!(code(&served, purchase("still")).await, "000005");
    let tables = migrate(&place, &target);
    assert_eq!(tables[1]["rows"], json!(1), "one instance: {tables}");
    assert_eq!(served.call(purchase("order")).await.instance(), instance, "and it goes on by itself");
    assert_eq!(code(&served, purchase("meanwhile-0")).await, "000000");
}
