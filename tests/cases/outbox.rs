//! A thousand licenses, or ten thousand, for a store that fails three times out of ten.
//!
//! The case is alone in its process, because the process's memory is looked at.

use std::collections::HashMap;
use std::sync::Arc;

use license_server::simulator::store::{Behaviour, Fault};
use license_tests::{Market, eventually, hundreds_of_deliveries, machine};

const DEVICES: u32 = 100;

/// Resident memory of this process in MiB.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux tells of processes");
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).expect("resident memory");
    let kib: u64 = line.split_whitespace().nth(1).and_then(|n| n.parse().ok()).expect("a number");
    kib / 1024
}

/// What is delivered by now.
fn delivered(market: &Market) -> usize {
    usize::try_from(market.shop.count("delivery WHERE status = 1")).expect("not negative")
}

async fn apply(market: &Arc<Market>, instances: &[String]) {
    let mut callers = tokio::task::JoinSet::new();
    for caller in 0..16_usize {
        let (market, instances) = (Arc::clone(market), instances.to_vec());
        callers.spawn(async move {
            for (at, instance) in instances.iter().enumerate().filter(|(at, _)| at % 16 == caller) {
                for device in 0..DEVICES {
                    let n = u32::try_from(at).expect("few") * DEVICES + device;
                    assert_eq!(market.shop.apply_for(instance, &format!("e{n}"), n).await, "000000");
                }
            }
        });
    }
    while let Some(ended) = callers.join_next().await {
        ended.expect("answered");
    }
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn every_license_reaches_a_store_that_fails_three_times_out_of_ten() {
    let market = Arc::new(Market::open().await);
    let count = hundreds_of_deliveries();
    let deliveries = (count * DEVICES) as usize;
    let mut instances = Vec::new();
    for n in 0..count {
        instances.push(market.buy(&format!("order-{n}"), u64::from(DEVICES)).await);
    }
    // Each kind of failure takes its turn: refused, broken before and after it was carried out, half an answer.
    let faults =
        [Fault::Status(503), Fault::Drop, Fault::DropAfter, Fault::HalfJson, Fault::Code("MKT.0999".into())];
    let failing = |round: u64| {
        let fault = faults[usize::try_from(round).expect("small") % faults.len()].clone();
        Behaviour::good().percent(30, fault, round).for_uploads()
    };
    market.store.behave(failing(0));
    apply(&market, &instances).await;

    let mut round = 1;
    let (mut early, mut seen) = (None, 0);
    while seen < deliveries {
        market.store.behave(failing(round));
        round += 1;
        // A round is over when nothing is due at this time; then the clock goes on to the next retries.
        seen = eventually("a round of deliveries ends", || {
            let due = market.shop.database().has_due_deliveries(market.shop.now()).expect("readable");
            (!due).then(|| delivered(&market))
        })
        .await;
        if seen > deliveries / 2 && early.is_none() {
            early = Some(resident());
        }
        market.shop.hand.advance_ms(2_000);
        assert!(round < 2_000, "{seen} of {deliveries} after {round} rounds");
    }

    let (early, late) = (early.expect("half was delivered first"), resident());
    let stored: HashMap<String, String> =
        market.shop.texts("SELECT event_id, token FROM application").into_iter().collect();
    assert_eq!(stored.len(), deliveries);
    let mut arrived: HashMap<String, usize> = HashMap::new();
    for upload in market.store.all_uploads() {
        assert_eq!(upload.license, stored[&upload.event].as_bytes(), "no other bytes for {}", upload.event);
        *arrived.entry(upload.event).or_default() += 1;
    }
    assert_eq!(arrived.len(), deliveries, "every event got its license");
    assert_eq!(market.store.complaints(), []);
    assert!(market.store.counts().faults > deliveries as u64 / 5, "{:?}", market.store.counts());
    market.shop.verify(&stored["e42"], "cad", &machine(42)).expect("it opens");
    // What the played store remembers, some 12 MiB, is in this process as well.
    assert!(late < early + 32, "memory is flat: {early} MiB at half, {late} MiB at the end");
    println!("{round} rounds, {:?}, {early} MiB at half, {late} MiB at the end", market.store.counts());
}
