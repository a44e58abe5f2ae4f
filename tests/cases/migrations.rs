//! Databases that earlier versions of the program made, and one that a later version made.

use license_tests::postgres::Cluster;
use license_tests::{Shop, Workplace, database_url, machine, migrations};
use rusqlite::Connection;
use tempfile::TempDir;

const CATALOG: &str = "[default]\ncode = \"cad\"\nseats = 2\n";

/// Puts a folder's rows into a database of an earlier version, which takes the place of the folder's.
pub fn grow_old(dir: &TempDir, version: usize) {
    if database_url(dir.path()).starts_with("postgres") {
        grow_old_on_postgres(Cluster::shared(), dir, version);
    } else {
        grow_old_on_sqlite(dir, version);
    }
}

fn grow_old_on_sqlite(dir: &TempDir, version: usize) {
    let (now, old) = (dir.path().join("license.db"), dir.path().join("old.db"));
    let database = Connection::open(&old).expect("made");
    for migration in &migrations("sqlite")[..version] {
        database.execute_batch(migration).expect("a schema");
    }
    database.pragma_update(None, "user_version", version as i64).expect("set");
    database.execute("ATTACH ?1 AS now", [now.to_str().expect("text")]).expect("attached");
    let texts = |query: &str| -> Vec<(String, String)> {
        let mut query = database.prepare(query).expect("a query");
        let rows = query.query_map((), |row| Ok((row.get(0)?, row.get(1)?))).expect("rows");
        rows.collect::<Result<_, _>>().expect("readable")
    };
    let columns = "SELECT t.name, group_concat(c.name) FROM main.sqlite_master t, pragma_table_info(t.name, 'main') c \
         WHERE t.type = 'table' AND c.name IN (SELECT name FROM pragma_table_info(t.name, 'now')) \
         AND t.name <> 'replay' GROUP BY 1";
    for (table, columns) in texts(columns) {
        let copy = format!("INSERT INTO main.{table} ({columns}) SELECT {columns} FROM now.{table}");
        database.execute(&copy, ()).expect("copied");
    }
    drop(database);
    std::fs::rename(old, now).expect("in its place");
}

fn grow_old_on_postgres(cluster: &Cluster, dir: &TempDir, version: usize) {
    let schema = |url: &str| url.rsplit_once("%3D").expect("a schema").1.to_owned();
    let old = cluster.database();
    let (was, is) = (schema(&database_url(dir.path())), schema(&old));
    cluster.sql(&format!(
        "SET search_path = {is}; {} CREATE TABLE schema_version (version BIGINT NOT NULL); INSERT INTO schema_version VALUES ({version})",
        migrations("postgres")[..version].join("\n")
    ));
    let columns = cluster.sql(&format!(
        "SELECT table_name, string_agg(column_name, ',') FROM information_schema.columns a WHERE table_schema = '{is}' \
         AND table_name NOT IN ('replay', 'writer', 'schema_version') AND EXISTS (SELECT 1 FROM information_schema.columns b \
         WHERE b.table_schema = '{was}' AND b.table_name = a.table_name AND b.column_name = a.column_name) GROUP BY 1"
    ));
    for line in columns.lines() {
        let (table, columns) = line.split_once('|').expect("two columns");
        cluster.sql(&format!(
            "INSERT INTO {is}.{table} ({columns}) OVERRIDING SYSTEM VALUE SELECT {columns} FROM {was}.{table}"
        ));
    }
    for table in ["instance", "application"] {
        cluster.sql(&format!("SELECT setval('{is}.{table}_n', max(n)) FROM {is}.{table}"));
    }
    for table in ["order_change", "notice", "history"] {
        let sequence = format!("pg_get_serial_sequence('{is}.{table}', 'n')");
        cluster.sql(&format!("SELECT setval({sequence}, max(n)) FROM {is}.{table}"));
    }
    std::fs::write(dir.path().join("database.url"), old).expect("kept");
}

/// What must be the same after every migration.
fn kept(shop: &Shop) -> Vec<(String, String)> {
    let queries = [
        "SELECT event_id, token FROM application ORDER BY n",
        "SELECT id, product FROM instance ORDER BY n",
        "SELECT order_id, line_id FROM notice ORDER BY n",
        "SELECT what, detail FROM history ORDER BY n",
        "SELECT holds, rebased_at FROM seat ORDER BY instance, no",
        "SELECT order_id, line_id FROM order_change ORDER BY n",
        "SELECT name, value FROM setting WHERE name IN ('realm', 'code_secret') ORDER BY name",
    ];
    queries.into_iter().flat_map(|query| shop.texts(query)).collect()
}

#[tokio::test]
async fn a_database_of_every_earlier_version_is_brought_up_to_date_with_its_rows() {
    for version in 1..migrations("sqlite").len() {
        let shop = Shop::selling(CATALOG).await;
        let (instance, frozen) = (shop.buy("order").await, shop.buy("frozen").await);
        for n in 1..=2 {
            assert_eq!(shop.apply_for(&instance, &format!("e{n}"), n).await, "000000");
            shop.delivered(&format!("e{n}")).await;
        }
        assert_eq!(
            shop.refresh(&instance, "RENEWAL", "later", shop.now().plus(400 * 86_400)).await,
            "000000"
        );
        assert_eq!(shop.set_status(&frozen, "FREEZE").await, "000000");
        let notice = serde_json::json!({"activity": "orderNotify", "orderId": "CS-7", "orderLineId": "L-1"});
        assert_eq!(shop.call(notice).await.code(), "000000");
        let (before, code) = (kept(&shop), shop.code(&instance));
        let (clock, hand) = (shop.clock.clone(), shop.hand.clone());
        let dir = shop.close().await;
        grow_old(&dir, version);

        let shop = Shop::builder().catalog(CATALOG).clock(clock, hand).in_folder(dir).open().await;
        assert_eq!(kept(&shop), before, "from version {version}");
        assert_eq!(shop.code(&instance), code, "from version {version}");
        assert_eq!(shop.buy("order").await, instance);
        assert_eq!(shop.apply_for(&instance, "e1", 1).await, "000000");
        assert_eq!(shop.apply_for(&instance, "e3", 3).await, "000900", "its seats are counted: {version}");
        assert_eq!(shop.apply_for(&frozen, "e4", 4).await, "000901");
        assert_eq!(kept(&shop), before, "repeats and refusals leave nothing: {version}");
        // What was copied has older keys than what comes now.
        assert_eq!(shop.apply_for(&instance, "e5", 1).await, "000000");
        let newest = shop.texts("SELECT event_id, token FROM application ORDER BY n DESC");
        assert_eq!(newest[0].0, "e5");
        shop.verify(&shop.delivered("e5").await, "cad", &machine(1)).expect("it opens");
    }
}

#[tokio::test]
async fn a_program_does_not_touch_the_database_of_a_later_one() {
    let place = Workplace::ready();
    let url = database_url(place.dir.path());
    let served = place.serve("info").await;
    assert_eq!(served.stop().await.code(), Some(0));
    if url.starts_with("postgres") {
        let cluster = Cluster::shared();
        let schema = url.rsplit_once("%3D").expect("a schema").1;
        let _ = cluster.sql(&format!("UPDATE {schema}.schema_version SET version = 99"));
    } else {
        let database = Connection::open(place.path("license.db")).expect("opens");
        database.pragma_update(None, "user_version", 99).expect("set");
    }
    let known = migrations("sqlite").len();
    let newer =
        format!("the database has schema version 99, this program knows {known}; install a newer program");
    let said = place.refuses_to_serve(&url, &[]);
    assert!(said.contains(&newer), "{said}");
    for args in [&["check"][..], &["instances", "list"], &["seats", "list", "x"]] {
        let said = place.run(args).failed();
        assert!(said.contains(&newer), "{args:?}: {said}");
    }
}
