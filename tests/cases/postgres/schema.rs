//! The schema of a shared database.

use license_server::storage::{Address, StorageError};
use license_tests::postgres::Cluster;
use license_tests::{Shop, Workplace, database_of, database_url, folder_on_postgres, migrations, purchase};

/// An empty database.
fn empty() -> Address {
    Cluster::shared().address()
}

/// The schema of this program.
fn known() -> i64 {
    i64::try_from(migrations("postgres").len()).expect("few")
}

#[test]
#[cfg_attr(not(postgres), ignore = "needs PostgreSQL: apt-get install postgresql")]
fn many_servers_that_start_at_once_on_an_empty_database_make_one_schema() {
    let address = empty();
    std::thread::scope(|scope| {
        let starts: Vec<_> = (0..6).map(|_| scope.spawn(|| address.open().map(drop))).collect();
        for start in starts {
            assert_eq!(start.join().expect("no panic"), Ok(()));
        }
    });
    let mut versions = Vec::new();
    let db = address.open_for_reading().expect("opens");
    let read = db.select("SELECT version FROM schema_version", &[], &mut |row| {
        versions.push(row.int(0)?);
        Ok(())
    });
    let known = i64::try_from(migrations("postgres").len()).ok();
    assert_eq!((read, versions), (Ok(()), vec![known]));
}

#[tokio::test]
#[cfg_attr(not(postgres), ignore = "needs PostgreSQL: apt-get install postgresql")]
async fn servers_that_start_at_once_on_an_old_database_bring_it_up_to_date_once() {
    let shop = Shop::builder().in_folder(folder_on_postgres()).open().await;
    let instance = shop.buy("order").await;
    let dir = shop.close().await;
    crate::migrations::grow_old(&dir, 1);
    let (place, database) = (Workplace::ready(), database_url(dir.path()));
    // With the keys and the secret that it was made with.
    std::fs::remove_dir_all(place.path("keys")).expect("removed");
    std::fs::rename(dir.path().join("keys"), place.path("keys")).expect("moved");
    let [one, two, three] = ["one", "two", "three"].map(|name| place.serve_as(name, &database, &[]));
    let (one, two, three) = tokio::join!(one, two, three);
    for served in [&one, &two, &three] {
        assert_eq!(served.call(purchase("order")).await.instance(), instance);
    }
    let schema = database.rsplit_once("%3D").expect("a schema").1;
    let found = Cluster::shared().sql(&format!("SELECT version FROM {schema}.schema_version"));
    assert_eq!(found, migrations("postgres").len().to_string());
}

#[test]
#[cfg_attr(not(postgres), ignore = "needs PostgreSQL: apt-get install postgresql")]
fn a_database_of_a_later_version_is_refused() {
    let address = empty();
    let mut db = address.open().expect("made");
    db.execute("UPDATE schema_version SET version = 99", &[&[]]).expect("written");
    let newer = StorageError::Newer { found: 99, known: known() };
    assert_eq!(address.open().map(drop), Err(newer.clone()));
    assert_eq!(address.open_for_reading().map(drop), Err(newer));
}

#[test]
#[cfg_attr(not(postgres), ignore = "needs PostgreSQL: apt-get install postgresql")]
fn an_empty_database_is_not_read_before_a_server_has_made_its_tables() {
    let address = empty();
    assert_eq!(address.open_for_reading().map(drop), Err(StorageError::Older { found: 0, known: known() }));
}

#[test]
#[cfg_attr(not(postgres), ignore = "needs PostgreSQL: apt-get install postgresql")]
fn a_setting_that_is_kept_cannot_be_changed() {
    let dir = folder_on_postgres();
    let mut db = database_of(dir.path()).open().expect("made");
    assert_eq!(db.kept_setting("realm"), Ok(None));
    assert_eq!(db.keep_setting("realm", "a"), Ok(()));
    let differs = StorageError::Differs { name: "realm", given: "b".into(), kept: "a".into() };
    assert_eq!(db.keep_setting("realm", "b"), Err(differs));
}
