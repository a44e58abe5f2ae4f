//! One part turns up in several machines, told to two servers at the same moment.

use std::sync::Arc;

use license_server::config::values;
use license_tests::{Machine, Served, machine, purchase};
use tokio::task::JoinSet;

use super::callers::apply;
use super::disk::code;
use super::replicas::{shared, workplace};
use super::sweep::pairs;

/// The code of an application of a machine.
async fn apply_for(served: &Served, instance: &str, event: &str, machine: &Machine) -> String {
    let (_, mut body) = apply(instance, event, 0);
    body["deviceFingerprint"] = machine.four_part().into();
    code(served, body).await
}

/// All that is noted once every seat was looked at, each pair of seats as often as it is there.
async fn noted(database: &str) -> Vec<(String, String)> {
    let db = values::database(database).expect("an address").open_for_reading().expect("it opens");
    let all_seen = || (!db.has_moved_seats().expect("readable")).then_some(());
    license_tests::eventually("every seat was looked at", all_seen).await;
    let query = "SELECT a.order_id, b.order_id FROM suspect s JOIN instance a ON a.n = s.instance \
         JOIN instance b ON b.n = s.other_instance ORDER BY s.n";
    pairs(&*db, query)
}

#[tokio::test(flavor = "multi_thread")]
#[cfg_attr(not(postgres), ignore = "needs PostgreSQL: apt-get install postgresql")]
async fn two_servers_that_note_the_same_two_seats_at_once_note_them_once() {
    let database = shared();
    let place = workplace();
    let one = place.serve_as("one", &database, &[]).await;
    let other = place.serve_as("other", &database, &[]).await;
    for round in 0..4 {
        let a = one.call(purchase(&format!("a{round}"))).await.instance().to_owned();
        let b = one.call(purchase(&format!("b{round}"))).await.instance().to_owned();
        // Two machines with one disk, which is noted when the second one comes.
        let (mut first, mut second) = (machine(8 * round + 1), machine(8 * round + 2));
        second.disk.clone_from(&first.disk);
        assert_eq!(apply_for(&one, &a, &format!("a{round}"), &first).await, "000000");
        assert_eq!(apply_for(&other, &b, &format!("b{round}"), &second).await, "000000");
        assert_eq!(noted(&database).await.len(), round as usize + 1);
        // Both get another network card at the same moment: both seats move, and both servers note them again.
        first.mac = machine(8 * round + 3).mac;
        second.mac = machine(8 * round + 4).mac;
        let (event_a, event_b) = (format!("a{round}-moved"), format!("b{round}-moved"));
        let both =
            tokio::join!(apply_for(&one, &a, &event_a, &first), apply_for(&other, &b, &event_b, &second));
        assert_eq!(both, ("000000".into(), "000000".into()));
        let noted = noted(&database).await;
        assert_eq!(noted.len(), round as usize + 1, "{noted:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
#[cfg_attr(not(postgres), ignore = "needs PostgreSQL: apt-get install postgresql")]
async fn one_machine_on_many_instances_at_once_is_granted_everywhere_without_an_error() {
    const INSTANCES: usize = 16;
    let database = shared();
    let place = workplace();
    let servers = [
        Arc::new(place.serve_as("one", &database, &[]).await),
        Arc::new(place.serve_as("other", &database, &[]).await),
    ];
    let mut instances = Vec::new();
    for n in 0..INSTANCES {
        instances.push(servers[0].call(purchase(&format!("order-{n}"))).await.instance().to_owned());
    }
    for round in 0..5_u32 {
        let mut calls = JoinSet::new();
        for (n, instance) in instances.iter().enumerate() {
            let (served, instance) = (Arc::clone(&servers[n % 2]), instance.clone());
            let event = format!("e-{round}-{n}");
            calls.spawn(async move { apply_for(&served, &instance, &event, &machine(round + 1)).await });
        }
        while let Some(code) = calls.join_next().await {
            assert_eq!(code.expect("answered"), "000000");
        }
    }
    assert!(!servers.iter().any(|served| served.log().contains("ERROR")), "{}", servers[0].log());
}
