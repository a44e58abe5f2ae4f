//! Servers that share one PostgreSQL.

mod outage;
mod races;
mod schema;

use license_tests::{Shop, folder_on_postgres};

/// Two servers of one shop.
async fn two_servers(catalog: &str) -> (Shop, Shop) {
    let first = Shop::builder().catalog(catalog).in_folder(folder_on_postgres()).open().await;
    let second = first.beside().await;
    (first, second)
}
