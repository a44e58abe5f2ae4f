//! On which database a program of cases runs.

use std::path::Path;

use license_server::config::values;
use license_server::storage::Address;

use crate::postgres::Cluster;

/// Runs every case of a program on PostgreSQL: `postgres`.
const ON: &str = "LICENSE_TESTS_DATABASE";

/// The database that belongs to a folder, empty at first: a file in it, or one of PostgreSQL's in programs whose names
/// end in `_on_postgres`. Where PostgreSQL is not installed, they run on SQLite, and that was said.
#[must_use]
pub fn database_of(folder: &Path) -> Address {
    values::database(&database_url(folder)).expect("an address")
}

/// Where that is.
#[must_use]
pub fn database_url(folder: &Path) -> String {
    let kept = folder.join("database.url");
    if let Ok(url) = std::fs::read_to_string(&kept) {
        return url;
    }
    match Cluster::shared_if(runs_on_postgres()) {
        Some(cluster) => {
            let url = cluster.database();
            std::fs::write(&kept, &url).expect("kept");
            url
        }
        None => format!("sqlite://{}", folder.join("license.db").display()),
    }
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

/// Whether this program's cases are to run on PostgreSQL.
#[must_use]
pub fn runs_on_postgres() -> bool {
    let named = std::env::current_exe().ok();
    let named = named.as_deref().and_then(Path::file_stem).and_then(|name| name.to_str());
    let is_by_name =
        named.and_then(|name| name.rsplit_once('-')).is_some_and(|(name, _)| name.ends_with("_on_postgres"));
    is_by_name || std::env::var(ON).is_ok_and(|value| value == "postgres")
}
