//! Servers that share one PostgreSQL.

mod outage;
mod races;
mod schema;

use std::io::Write as _;

use license_server::storage::Address;
use license_tests::postgres::Cluster;
use license_tests::{Shop, runs_on_postgres};

/// Two servers of one shop; nothing where PostgreSQL is not installed, which was said then.
async fn two_servers(catalog: &str) -> Option<(Shop, Shop)> {
    Cluster::shared()?;
    let first = Shop::selling(catalog).await;
    let second = first.beside().await;
    Some((first, second))
}

#[tokio::test]
async fn these_cases_run_on_postgresql_where_it_is_installed_and_say_so_where_it_is_not() {
    assert!(runs_on_postgres(), "by its name this program's cases run on PostgreSQL");
    let shop = Shop::open().await;
    let is_on_postgres = matches!(shop.settings.database, Address::Postgres(_));
    assert_eq!(is_on_postgres, Cluster::shared().is_some());
    if !is_on_postgres {
        let _ = writeln!(std::io::stderr(), "this program's cases ran on SQLite instead");
    }
}
