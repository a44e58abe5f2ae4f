//! What storage does when the file or the disk does not play along.

use std::path::Path;

use license_core::{Claims, SigningKey, UnixTime};

use super::{Sqlite, prune_replays};
use crate::engine::Policy;
use crate::engine::catalog::{Catalog, Product};
use crate::engine::codes::Codes;
use crate::engine::ids::{InstanceId, LineId, OrderId, OrderLine};
use crate::engine::request::{Command, FactsSource, Open, Outcome, Request};
use crate::storage::{Address, Database, StorageError};

const NOW: i64 = 1_790_000_000;

fn purchase(n: u32) -> Request {
    let order = OrderLine {
        order: OrderId::parse("order").expect("a name"),
        line: LineId::parse(&format!("line-{n}")).expect("a name"),
    };
    let proposed = InstanceId::parse(&format!("instance-{n}")).expect("a name");
    let command = Command::Open(Open { order, proposed, facts: FactsSource::Catalog });
    Request { replay: None, entropy: [0; 16], command }
}

fn decide(db: &mut Sqlite, requests: &[Request]) -> Result<Vec<Outcome>, StorageError> {
    let policy = Policy {
        catalog: Catalog { default: Some(Product::ordinary()), products: Vec::new() },
        issuer: "i".into(),
        validity_slack: 0,
        max_start_ahead: 0,
        front_end_url: None,
        asks_orders: false,
        lease: crate::engine::LEASE,
        codes: Codes::new(&[5; 32]),
    };
    let key = SigningKey::from_seed(&[1; 32]);
    let sign = |claims: &Claims| {
        key.issue(claims).map(|token| (token.into(), key.id().to_string())).map_err(|e| e.to_string())
    };
    let rules = policy.rules(UnixTime::from_secs(NOW), false, &sign);
    db.decide(&rules, &requests.iter().collect::<Vec<_>>())
}

fn instances(path: &Path) -> usize {
    let db = Address::Sqlite(path.into()).open_for_reading().expect("opens");
    db.instances(UnixTime::default(), None, false, 10_000).expect("readable").len()
}

#[test]
fn a_full_disk_is_named_nothing_is_half_written_and_it_goes_on_when_space_returns() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("license.db");
    let mut db = Sqlite::open(&path).expect("made");
    assert!(decide(&mut db, &[purchase(0)]).is_ok());
    db.connection.pragma_update(None, "max_page_count", 1).expect("as small as the file is");
    let many: Vec<Request> = (1..2_000).map(purchase).collect();
    assert_eq!(decide(&mut db, &many), Err(StorageError::Full));
    assert_eq!(instances(&path), 1);
    db.connection.pragma_update(None, "max_page_count", 1_000_000).expect("set");
    assert!(decide(&mut db, &many).is_ok());
    assert_eq!(instances(&path), 2_000);
}

#[test]
fn a_database_that_another_process_holds_is_named_as_locked() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("license.db");
    let mut db = Sqlite::open(&path).expect("made");
    db.connection.busy_timeout(std::time::Duration::from_millis(20)).expect("set");
    let other = rusqlite::Connection::open(&path).expect("opens");
    other.execute_batch("BEGIN IMMEDIATE").expect("locks");
    assert_eq!(decide(&mut db, &[purchase(0)]), Err(StorageError::Locked));
    other.execute_batch("ROLLBACK").expect("unlocks");
    assert!(decide(&mut db, &[purchase(0)]).is_ok());
}

#[test]
fn a_database_that_cannot_be_written_is_named_as_read_only() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("license.db");
    drop(Sqlite::open(&path).expect("made"));
    let mut db = Sqlite::open_for_reading(&path).expect("opens");
    assert_eq!(decide(&mut db, &[purchase(0)]), Err(StorageError::ReadOnly));
    assert_eq!(db.check_writable(), Err(StorageError::ReadOnly));
}

#[test]
fn a_file_that_is_no_database_and_a_folder_that_is_not_there_are_named() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("license.db");
    std::fs::write(&path, "this is no database, whatever its name says; it only looks like one from afar")
        .expect("written");
    assert!(matches!(Sqlite::open(&path), Err(StorageError::Corrupt(_))));
    let missing = dir.path().join("missing/license.db");
    let error = Sqlite::open(&missing).expect_err("refused").to_string();
    assert!(error.contains("missing/license.db"), "{error}");
}

#[test]
fn a_database_of_a_later_version_is_refused() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("license.db");
    let db = Sqlite::open(&path).expect("made");
    db.connection.pragma_update(None, "user_version", 99).expect("set");
    assert_eq!(Sqlite::open(&path).map(drop), Err(StorageError::Newer { found: 99, known: super::known() }));
}

#[test]
fn many_that_open_a_file_at_once_make_one_schema() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("license.db");
    std::thread::scope(|scope| {
        let opened: Vec<_> = (0..6).map(|_| scope.spawn(|| Sqlite::open(&path).map(drop))).collect();
        for opened in opened {
            assert_eq!(opened.join().expect("no panic"), Ok(()));
        }
    });
    assert_eq!(Sqlite::open_for_reading(&path).expect("opens").version(), Ok(super::known()));
}

#[test]
fn a_file_that_is_open_alone_is_open_to_nobody_else_and_stays_as_it_is() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("license.db");
    let mut db = Sqlite::open(&path).expect("made");
    decide(&mut db, &[purchase(0)]).expect("decided");
    assert_eq!(Sqlite::open_alone(&path).map(drop), Err(StorageError::Locked));
    drop(db);
    // As a backup is.
    let connection = rusqlite::Connection::open(&path).expect("opens");
    connection.pragma_update(None, "journal_mode", "DELETE").expect("set");
    drop(connection);
    let before = std::fs::read(&path).expect("readable");
    let alone = Sqlite::open_alone(&path).expect("opens");
    assert_eq!(Sqlite::open(&path).map(drop), Err(StorageError::Locked));
    drop(alone);
    assert!(std::fs::read(&path).expect("readable") == before);
    assert!(Sqlite::open(&path).is_ok());
}

#[test]
fn a_setting_that_is_kept_cannot_be_changed() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut db = Address::Sqlite(dir.path().join("license.db")).open().expect("made");
    assert_eq!(db.kept_setting("realm"), Ok(None));
    assert_eq!(db.keep_setting("realm", "a"), Ok(()));
    assert_eq!(db.keep_setting("realm", "a"), Ok(()));
    let differs = StorageError::Differs { name: "realm", given: "b".into(), kept: "a".into() };
    assert_eq!(db.keep_setting("realm", "b"), Err(differs));
    assert_eq!(db.kept_setting("realm"), Ok(Some("a".into())));
}

#[test]
fn answers_that_nobody_can_ask_for_again_are_forgotten_and_others_are_not() {
    use crate::engine::request::ReplayKey;
    let dir = tempfile::tempdir().expect("a folder");
    let mut db = Sqlite::open(&dir.path().join("license.db")).expect("made");
    let signed = |n: u8, until| {
        let until = UnixTime::from_secs(NOW + until);
        let key = ReplayKey { signature: [n; 32], until, signed_at_ms: (until.as_secs() - 61) * 1000 };
        Request { replay: Some(key), ..purchase(u32::from(n)) }
    };
    decide(&mut db, &[signed(1, 10), signed(2, 30), signed(3, 20)]).expect("decided");
    let prune = |now, limit| prune_replays(&db.connection, UnixTime::from_secs(NOW + now), limit);
    assert_eq!(prune(10, 100), Ok(0), "the last second counts");
    assert_eq!(prune(21, 1), Ok(1), "no more than allowed at once");
    assert_eq!(prune(21, 100), Ok(1));
    assert_eq!(prune(21, 100), Ok(0));
}

#[test]
fn old_rows_leave_the_files_where_personal_data_is_kept() {
    use crate::storage::retention::Prunable;
    let dir = tempfile::tempdir().expect("a folder");
    let mut db = Sqlite::open(&dir.path().join("license.db")).expect("made");
    let holding = || {
        let files = std::fs::read_dir(dir.path()).expect("readable");
        let held = files.map(|file| std::fs::read(file.expect("an entry").path()).expect("readable"));
        held.filter(|bytes| bytes.windows(12).any(|part| part == b"TO-BE-ERASED")).count()
    };
    db.erase_for_good().expect("set");
    let insert = "INSERT INTO history (instance, at, what, detail) VALUES (1, 1, 'x', 'TO-BE-ERASED')";
    db.execute(insert, &[&[]]).expect("written");
    assert_eq!(holding(), 1);
    let db: &mut dyn Database = &mut db;
    assert_eq!(db.prune(Prunable::History, UnixTime::from_secs(2), &[1]), Ok(1));
    db.check_writable().expect("writable");
    assert_eq!(holding(), 0);
}

#[cfg(unix)]
#[test]
fn the_database_is_its_owners_only() {
    use std::os::unix::fs::PermissionsExt as _;
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("license.db");
    let mut db = Sqlite::open(&path).expect("made");
    decide(&mut db, &[purchase(0)]).expect("decided");
    for entry in std::fs::read_dir(dir.path()).expect("readable") {
        let entry = entry.expect("an entry");
        let mode = entry.metadata().expect("there").permissions().mode();
        assert_eq!(mode & 0o077, 0, "{}: {mode:o}", entry.path().display());
    }
}

#[test]
fn what_machines_ask_for_is_found_by_indexes() {
    let dir = tempfile::tempdir().expect("a folder");
    let db = Sqlite::open(&dir.path().join("license.db")).expect("made");
    for (condition, index) in super::load_activations::LOOK_UPS {
        let query = format!("EXPLAIN QUERY PLAN SELECT * FROM {condition}");
        let mut statement = db.connection.prepare(&query).expect("a query");
        let none = rusqlite::params_from_iter(vec![0; statement.parameter_count()]);
        let plan = statement.query_map(none, |row| row.get::<_, String>(3)).expect("planned");
        let plan: Vec<String> = plan.map(|step| step.expect("a step")).collect();
        assert!(plan.len() == 1 && plan[0].starts_with("SEARCH") && plan[0].contains(index), "{plan:?}");
    }
}
