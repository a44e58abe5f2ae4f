//! PostgreSQL stops to answer, or another one takes its place.

use std::process::Command;

use license_tests::postgres::Cluster;
use license_tests::{eventually, purchase};

use super::book::Book;
use super::callers::{Caller, Load};
use super::chance::Chance;
use super::disk::{code, not_ready, readiness};
use super::replicas::{Door, workplace};
use super::seed;

/// Processes that stand still until this is dropped: their connections stay, and nobody is behind them.
struct Frozen(Vec<String>);

impl Frozen {
    fn new(processes: &str) -> Self {
        let this = Self(processes.split_whitespace().map(str::to_owned).collect());
        assert!(this.0.len() > 3, "the database and three connections: {processes}");
        this.signal("-STOP");
        this
    }

    fn signal(&self, signal: &str) {
        assert!(Command::new("kill").arg(signal).args(&self.0).status().expect("kill runs").success());
    }
}

impl Drop for Frozen {
    fn drop(&mut self) {
        self.signal("-CONT");
    }
}

#[tokio::test(flavor = "multi_thread")]
#[cfg_attr(not(postgres), ignore = "needs PostgreSQL: apt-get install postgresql")]
async fn a_database_that_keeps_its_connections_and_answers_nothing_is_not_waited_for() {
    let cluster = Cluster::start();
    let place = workplace();
    let database = cluster.database();
    let served = place.serve_as("frozen", &database, &[]).await;
    let mut chance = Chance::of(seed());
    let mut load = Load::start(&Door::to(served.address), &mut chance, "frozen");
    load.go_on(100 + chance.below(50)).await;
    let processes = cluster.sql(
        "SELECT string_agg(pid::text, ' ') || ' ' || split_part(pg_read_file('postmaster.pid'), E'\\n', 1) \
         FROM pg_stat_activity WHERE application_name = 'license-server'",
    );
    let frozen = Frozen::new(&processes);
    for n in 0..3 {
        assert_eq!(code(&served, purchase(&format!("away-{n}"))).await, "000005");
    }
    assert_eq!(readiness(&served).await, not_ready());
    drop(frozen);
    load.go_on(100).await;
    let mut book = Book::default();
    book.check(load.end().await, &database);
    book.repeat(&mut Caller { door: Door::to(served.address), chance }, 1).await;
    book.check(Vec::new(), &database);
    book.check_deliveries(&place).await;
    assert_eq!(readiness(&served).await.0, 200);
}

#[tokio::test(flavor = "multi_thread")]
#[cfg_attr(not(postgres), ignore = "needs PostgreSQL: apt-get install postgresql")]
async fn when_a_standby_takes_over_all_that_was_acknowledged_is_there_and_it_goes_on_by_itself() {
    let primary = Cluster::start();
    let only = primary.database();
    let standby = primary.standby();
    // What is acknowledged has to be on both.
    primary.sql("ALTER SYSTEM SET synchronous_standby_names = '*'");
    primary.sql("SELECT pg_reload_conf()");
    let state = "SELECT sync_state FROM pg_stat_replication";
    eventually("the standby follows", || (primary.sql(state) == "sync").then_some(())).await;

    let hosts = |a: &Cluster, b: &Cluster| {
        let both = format!("{}:5432,{}:5432", a.socket(), b.socket());
        only.replacen(&format!("{}:5432", primary.socket()), &both, 1)
    };
    let mut chance = Chance::of(seed());
    // One server names them in this order and one in the other.
    let place = workplace();
    let one = place.serve_as("one", &hosts(&primary, &standby), &[]).await;
    let other = place.serve_as("other", &hosts(&standby, &primary), &[]).await;
    let door = Door::to_all(&[one.address, other.address]);
    let mut load = Load::start(&door, &mut chance, "failover");
    load.go_on(100 + chance.below(100)).await;
    tokio::task::block_in_place(|| primary.stop());
    tokio::task::block_in_place(|| standby.promote());
    load.go_on(100).await;
    let now = hosts(&standby, &primary);
    let mut book = Book::default();
    book.check(load.end().await, &now);
    book.repeat(&mut Caller { door, chance }, 1).await;
    book.check(Vec::new(), &now);
    book.check_deliveries(&place).await;
    assert_eq!((readiness(&one).await.0, readiness(&other).await.0), (200, 200));
}
