//! On which database cases run.

use std::path::Path;

use license_server::config::values;
use license_server::storage::Address;
use tempfile::TempDir;

use crate::postgres::Cluster;

/// The database on which cases run that name none: `postgres`, or `sqlite`, which is the default.
const DATABASE: &str = "LICENSE_TESTS_DATABASE";
/// The file in which a folder keeps the address of its database on PostgreSQL.
const KEPT: &str = "database.url";

/// The database that belongs to a folder, empty at first: a file in it, or a schema of PostgreSQL's.
#[must_use]
pub fn database_of(folder: &Path) -> Address {
    values::database(&database_url(folder)).expect("an address")
}

/// Where that is.
#[must_use]
pub fn database_url(folder: &Path) -> String {
    if runs_on_postgres() {
        put_on_postgres(folder);
    }
    kept(folder).unwrap_or_else(|| format!("sqlite://{}", folder.join("license.db").display()))
}

/// Gives a folder a database on PostgreSQL, whatever the setting of the run says, unless it has one.
pub fn put_on_postgres(folder: &Path) {
    if kept(folder).is_none() {
        std::fs::write(folder.join(KEPT), Cluster::shared().database()).expect("kept");
    }
}

/// Gives a folder a database in a file of its own, whatever the setting of the run says, unless it has one.
pub fn put_on_sqlite(folder: &Path) {
    if kept(folder).is_none() {
        let url = format!("sqlite://{}", folder.join("license.db").display());
        std::fs::write(folder.join(KEPT), url).expect("kept");
    }
}

/// A folder whose database is on PostgreSQL.
#[must_use]
pub fn folder_on_postgres() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    put_on_postgres(folder.path());
    folder
}

fn kept(folder: &Path) -> Option<String> {
    std::fs::read_to_string(folder.join(KEPT)).ok()
}

/// The migrations of a database, `sqlite` or `postgres`, in their order. The number of the last one is the schema's.
#[must_use]
pub fn migrations(of: &str) -> Vec<String> {
    let storage = concat!(env!("CARGO_MANIFEST_DIR"), "/../license-server/src/storage");
    let folder = Path::new(storage).join(of).join("migrations");
    let entries = std::fs::read_dir(folder).expect("a folder");
    let mut files: Vec<_> = entries.map(|entry| entry.expect("an entry").path()).collect();
    files.sort();
    files.iter().map(|file| std::fs::read_to_string(file).expect("text")).collect()
}

/// Whether cases that name no database run on PostgreSQL: a setting of the run.
///
/// # Panics
/// When it is set to anything but `sqlite` or `postgres`.
#[must_use]
pub fn runs_on_postgres() -> bool {
    match std::env::var(DATABASE).as_deref() {
        Err(_) | Ok("sqlite") => false,
        Ok("postgres") => true,
        Ok(other) => panic!("{DATABASE} is sqlite or postgres, not {other}"),
    }
}
