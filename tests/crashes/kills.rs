//! Killed at a random moment under load, and started again.

use std::time::Duration;

use license_server::simulator::store::{Behaviour, Fault, SimulatedStore};
use license_tests::postgres::Cluster;

use super::book::Book;
use super::callers::{Caller, Load};
use super::chance::Chance;
use super::leases::with_store;
use super::replicas::{Replicas, file, shared, workplace};
use super::{rounds, seed};

/// What is killed in a round.
enum Victim<'a> {
    /// A server, whichever.
    Server,
    /// The database, which comes back at once.
    Database(&'a Cluster),
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_killed_loses_nothing_on_sqlite() {
    let place = workplace();
    let database = file(&place);
    killed_again_and_again(Replicas::start(place, &database, 1).await, &Victim::Server).await;
}

#[tokio::test(flavor = "multi_thread")]
#[cfg_attr(not(postgres), ignore = "needs PostgreSQL: apt-get install postgresql")]
async fn a_server_that_is_killed_loses_nothing_on_postgresql() {
    let database = shared();
    killed_again_and_again(Replicas::start(workplace(), &database, 1).await, &Victim::Server).await;
}

#[tokio::test(flavor = "multi_thread")]
#[cfg_attr(not(postgres), ignore = "needs PostgreSQL: apt-get install postgresql")]
async fn of_two_servers_on_one_database_either_may_be_killed() {
    let database = shared();
    killed_again_and_again(Replicas::start(workplace(), &database, 2).await, &Victim::Server).await;
}

#[tokio::test(flavor = "multi_thread")]
#[cfg_attr(not(postgres), ignore = "needs PostgreSQL: apt-get install postgresql")]
async fn killed_servers_send_a_store_that_fails_one_license_for_each_event() {
    let database = shared();
    let (store, place) = with_store(&[]).await;
    // It takes one in ten and does not say so.
    store.behave(Behaviour::good().percent(10, Fault::DropAfter, 1).for_uploads());
    let replicas = Replicas::start(place, &database, 2).await;
    killed_with(replicas, &Victim::Server, Some(&store)).await;
    println!("{:?}", store.counts());
    store.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
#[cfg_attr(not(postgres), ignore = "needs PostgreSQL: apt-get install postgresql")]
async fn a_database_that_is_killed_under_two_servers_loses_nothing_and_nobody_waits_for_ever() {
    let cluster = Cluster::start();
    let replicas = Replicas::start(workplace(), &cluster.database(), 2).await;
    killed_again_and_again(replicas, &Victim::Database(&cluster)).await;
}

async fn killed_again_and_again(replicas: Replicas, victim: &Victim<'_>) {
    killed_with(replicas, victim, None).await;
}

async fn killed_with(mut replicas: Replicas, victim: &Victim<'_>, store: Option<&SimulatedStore>) {
    let (rounds, seed) = (rounds(), seed());
    println!("LICENSE_TESTS_ROUNDS={rounds} LICENSE_TESTS_SEED={seed}");
    let mut chance = Chance::of(seed);
    let mut book = Book::default();
    let mut asker = Caller { door: replicas.door(), chance: Chance::of(chance.next()) };
    let servers = replicas.count();
    for round in 0..rounds {
        let mut load = Load::at(store, &replicas.door(), &mut chance, &format!("r{round}"));
        load.go_on(20 + chance.below(200)).await;
        // Any moment, not the one after an answer.
        tokio::time::sleep(Duration::from_micros(chance.below(20_000))).await;
        match victim {
            Victim::Server => {
                let n = usize::try_from(chance.below(servers)).expect("few");
                replicas.kill(n);
                if servers > 1 {
                    load.go_on(chance.below(100)).await;
                }
                replicas.revive(n).await;
            }
            Victim::Database(cluster) => tokio::task::block_in_place(|| cluster.restart_immediately()),
        }
        load.go_on(1 + chance.below(100)).await;
        book.check(load.end().await, &replicas.database);
        book.repeat(&mut asker, 1 + round).await;
    }
    book.repeat(&mut asker, 1).await;
    book.check(Vec::new(), &replicas.database);
    match store {
        Some(store) => book.check_uploads(store).await,
        None => book.check_deliveries(&replicas.place).await,
    }
    println!("{} killed {rounds} times: {}", name(&replicas, victim), book.summary());
}

/// What was killed, for the reader of a run.
fn name(replicas: &Replicas, victim: &Victim<'_>) -> &'static str {
    match (victim, replicas.count()) {
        (Victim::Database(_), _) => "PostgreSQL under two servers",
        (Victim::Server, 1) if replicas.database.starts_with("sqlite") => "a server on SQLite",
        (Victim::Server, 1) => "a server on PostgreSQL",
        (Victim::Server, _) => "one of two servers on PostgreSQL",
    }
}
