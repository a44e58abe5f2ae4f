//! The schema, brought up to date by one server while the others wait.

use super::session::Session;
use crate::storage::StorageError;

/// Forward only, with the numbers of SQLite's.
const MIGRATIONS: &[&str] = &[
    include_str!("migrations/0001_first.sql"),
    include_str!("migrations/0002_orders.sql"),
    include_str!("migrations/0003_suspects.sql"),
    include_str!("migrations/0004_activation.sql"),
    include_str!("migrations/0005_narrow.sql"),
    include_str!("migrations/0006_clones.sql"),
    include_str!("migrations/0007_bytes.sql"),
    include_str!("migrations/0008_keys.sql"),
    include_str!("migrations/0009_given.sql"),
    include_str!("migrations/0010_device_key.sql"),
];

/// Held by whoever migrates.
const LOCK: i64 = 0x6c69_6365_6e73_6501;

pub(super) async fn migrate(session: &mut Session) -> Result<(), StorageError> {
    if check_version(session).await? == known() {
        return Ok(());
    }
    // What a migration rewrites may be large.
    session.script("BEGIN; SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = '10min'").await?;
    let migrated = bring_up_to_date(session).await;
    session.script(if migrated.is_ok() { "COMMIT" } else { "ROLLBACK" }).await?;
    migrated
}

async fn bring_up_to_date(session: &mut Session) -> Result<(), StorageError> {
    session.script(&format!("SELECT pg_advisory_xact_lock({LOCK})")).await?;
    // Read again under the lock: another server may have migrated meanwhile.
    let applied = check_version(session).await?;
    for (number, migration) in (1_i64..).zip(MIGRATIONS).filter(|(number, _)| *number > applied) {
        session.script(migration).await?;
        tracing::info!(number, "the database's schema was brought up to date");
    }
    let keep = format!(
        "CREATE TABLE IF NOT EXISTS schema_version (version BIGINT NOT NULL); DELETE FROM schema_version; \
         INSERT INTO schema_version VALUES ({})",
        known()
    );
    session.script(&keep).await
}

/// The schema's version; 0 for an empty database.
pub(super) async fn check_version(session: &mut Session) -> Result<i64, StorageError> {
    // Read from the catalog's table: what is cached of it says for a while that the table is not there.
    let there = "SELECT 1 FROM pg_catalog.pg_tables \
         WHERE tablename = 'schema_version' AND schemaname = ANY(current_schemas(false))";
    let there = session.query(there, &[]).await?;
    if there.is_empty() {
        return Ok(0);
    }
    let found = session.query("SELECT max(version) FROM schema_version", &[]).await?;
    let found = match found.first() {
        Some(row) => row.try_get::<_, Option<i64>>(0)?.unwrap_or(0),
        None => 0,
    };
    if found > known() { Err(StorageError::Newer { found, known: known() }) } else { Ok(found) }
}

pub(super) fn known() -> i64 {
    i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX)
}
