//! SQLite's write-ahead log while somebody reads on.

use license_tests::{PATIENCE, Served, Workplace, eventually, get, put_on_sqlite};
use serde_json::{Value, json};

const GROWS: &str = "the database's log cannot be emptied and grows";
const EMPTIED: &str = "the database's log is emptied again";

async fn buy(served: &Served, n: u32) {
    let order = format!("order-{n}");
    let call = json!({"activity": "newInstance", "orderId": order, "orderLineId": "l", "businessId": order});
    assert_eq!(served.call(call).await.code(), "000000");
}

fn said(served: &Served, text: &str) -> Option<Value> {
    served
        .log_lines()
        .into_iter()
        .find(|line| line["message"].as_str().is_some_and(|says| says.contains(text)))
}

async fn metric(served: &Served, name: &str) -> f64 {
    let text = get(served.operator_address, "/metrics").await.text();
    let value = text.lines().find_map(|line| line.strip_prefix(name)?.trim().parse().ok());
    value.unwrap_or_else(|| panic!("{name} in {text}"))
}

/// Calls come until the log says something.
async fn until(served: &Served, first: u32, text: &str) -> Value {
    let looked = async {
        for n in first.. {
            buy(served, n).await;
            if let Some(line) = said(served, text) {
                return line;
            }
        }
        unreachable!("calls do not end by themselves")
    };
    tokio::time::timeout(PATIENCE, looked).await.unwrap_or_else(|_| panic!("{text:?} in {}", served.log()))
}

#[tokio::test]
async fn a_reader_that_stays_is_named_in_the_log_and_the_metrics_until_it_has_gone() {
    let place = Workplace::new();
    put_on_sqlite(place.dir.path());
    let _ = place.run(&["keys", "generate"]).ok();
    // Sixteen pages are folded, and a reader is named after a second.
    let served = place.serve_with("FAULT_LOG_HELD", "16,1").await;
    for n in 0..100 {
        buy(&served, n).await;
    }
    assert_eq!(said(&served, GROWS), None, "nobody reads");
    let reader = rusqlite::Connection::open(place.path("license.db")).expect("opens");
    reader.execute_batch("BEGIN; SELECT count(*) FROM instance").expect("reads");
    let line = until(&served, 100, GROWS).await;
    assert_eq!(line["level"], "WARN");
    assert!(line["bytes"].as_u64().is_some_and(|bytes| bytes > 16 * 4096), "{line}");
    assert!(line["message"].as_str().is_some_and(|says| says.contains("end the other program")), "{line}");
    assert!(metric(&served, "license_database_log_bytes").await > 16.0 * 4096.0);
    assert!(metric(&served, "license_database_log_held_seconds").await >= 1.0);
    reader.execute_batch("COMMIT").expect("ends");
    // Also while nobody calls.
    eventually("the reader has gone", || said(&served, EMPTIED)).await;
    eventually_zero(&served).await;
    for n in 0..100 {
        buy(&served, n).await;
    }
    assert!(served.stop().await.success());
    let left = std::fs::metadata(place.path("license.db-wal")).map_or(0, |file| file.len());
    drop(reader);
    assert_eq!(left, 0, "all of it is in the file");
}

async fn eventually_zero(served: &Served) {
    let looked = async {
        while metric(served, "license_database_log_held_seconds").await > 0.0 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, looked).await.expect("nothing is held any more");
}
