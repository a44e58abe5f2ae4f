//! On which database a program of cases runs.

use std::path::Path;

use license_server::storage::Address;

use crate::postgres::Cluster;

/// Runs every case of a program on PostgreSQL: `postgres`.
const ON: &str = "LICENSE_TESTS_DATABASE";

/// An empty database for one case: a file in the folder, or one of PostgreSQL's in programs whose names end in
/// `_on_postgres`. Where PostgreSQL is not installed, they run on SQLite, and that was said.
#[must_use]
pub fn empty_database(folder: &Path) -> Address {
    match Cluster::shared_if(runs_on_postgres()) {
        Some(cluster) => cluster.database(),
        None => Address::Sqlite(folder.join("license.db")),
    }
}

/// Whether this program's cases are to run on PostgreSQL.
#[must_use]
pub fn runs_on_postgres() -> bool {
    let named = std::env::current_exe().ok();
    let named = named.as_deref().and_then(Path::file_stem).and_then(|name| name.to_str());
    let is_by_name =
        named.and_then(|name| name.rsplit_once('-')).is_some_and(|(name, _)| name.ends_with("_on_postgres"));
    is_by_name || std::env::var(ON).is_ok_and(|value| value == "postgres")
}
