//! Machines that never see a network: a request goes to the vendor by hand, a license comes back.

use license_core::UnixTime;
use license_server::clock::Clock;
use license_tests::{Customer, DAY, Served, Workplace, machine, utc14};
use serde_json::json;

const CATALOG: &str = "[default]\ncode = \"cad\"\nfeatures = [\"mesh\"]\nseats = 1\nmax_license_days = 90\n";

/// Sells an instance that lasts 60 days, and says its activation code.
async fn sell(place: &Workplace, served: &Served, ends: UnixTime) -> String {
    let purchase = json!({"activity": "newInstance", "orderId": "o", "orderLineId": "l", "businessId": "b"});
    let instance = served.call(purchase).await.instance().to_owned();
    let renewal = json!({
        "activity": "refreshInstance", "scene": "RENEWAL", "orderId": "p", "orderLineId": "p-1",
        "instanceId": instance, "expireTime": utc14(ends),
    });
    assert_eq!(served.call(renewal).await.code(), "000000");
    place.run(&["instances", "code", &instance]).ok().trim().to_owned()
}

#[tokio::test]
async fn a_request_is_answered_by_the_vendor_and_its_license_installed() {
    let place = Workplace::ready();
    place.write("catalog.toml", CATALOG);
    let served = place.serve("info").await;
    let code = sell(&place, &served, Clock::system().now().plus(60 * DAY)).await;
    let vendor = place.run(&["keys", "export", "--agent", "cad"]).ok();
    let customer = Customer::bare(&machine(1), &vendor);

    let ran = customer.run(&["request", &code, "--name", "bench", "--out", "request.json"]).await;
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    let request = customer.path("request.json");
    let license = customer.path("answer.lic");
    let carried = [request.to_str().expect("text"), "--out", license.to_str().expect("text")];
    let _ = place.run(&[&["answer"], &carried[..]].concat()).ok();
    let installed = customer.run(&["install", "answer.lic"]).await.ok();
    assert!(installed.starts_with("Installed the license for cad.\n"), "{installed}");
    assert_eq!(customer.run(&["status"]).await.code, Some(0));

    // The same license again for the same machine; none for another one, whose seat there is not.
    let again = std::fs::File::open(&request).expect("a request");
    let again = place.command(&["answer", "-"]).stdin(again).output().expect("it runs");
    assert_eq!(
        String::from_utf8(again.stdout).expect("text").trim_end(),
        customer.license().expect("a license")
    );
    let other = Customer::bare(&machine(2), &vendor);
    assert_eq!(other.run(&["request", &code, "--out", "request.json"]).await.code, Some(0));
    let refused = place.run(&["answer", other.path("request.json").to_str().expect("text")]).failed();
    assert!(refused.contains("seat"), "{refused}");
    assert_eq!(
        other.run(&["install", customer.path("answer.lic").to_str().expect("text")]).await.code,
        Some(2)
    );

    // This vendor file names no server, so there is nobody to ask.
    let (exit, object) = customer.json(&["renew"]).await;
    assert_eq!((exit, &object["error"]["code"]), (1, &"no-server".into()), "{object}");
    assert!(served.stop().await.success());
}
