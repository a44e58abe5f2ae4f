//! What the server's files, its process and its operator's listener give away, and to whom.

#[cfg(unix)]
mod modes;

use std::fs;

use license_server::clock::Clock;
use license_tests::{DAY, Served, Workplace, eventually, get, machine, store_time};
use serde_json::{Value, json};

fn purchase(instance: &str) -> Value {
    json!({"activity": "newInstance", "orderId": instance, "orderLineId": "l", "businessId": instance})
}

fn application(instance: &str, event: &str) -> Value {
    let now = Clock::system().now();
    json!({
        "activity": "getLicenseAsync", "instanceId": instance, "eventId": event,
        "effectiveTime": store_time(now), "expireTime": store_time(now.plus(30 * DAY)),
        "deviceFingerprint": machine(1).four_part(),
    })
}

async fn logs(served: &Served, text: &str) {
    eventually(&format!("{text:?} is in the log"), || served.log().contains(text).then_some(())).await;
}

#[tokio::test]
async fn a_second_server_on_one_sqlite_file_is_refused_and_commands_work_beside_the_first() {
    let place = Workplace::ready();
    let database = format!("sqlite://{}", place.path("license.db").display());
    let served = place.serve_as("one", &database, &[]).await;
    let instance = served.call(purchase("bought")).await.instance().to_owned();
    let said = place.refuses_to_serve(&database, &[]);
    assert!(said.contains("another server is at work on") && said.contains("license.db"), "{said}");
    fs::create_dir(place.path("folder")).expect("made");
    let said = place.refuses_to_serve("sqlite://folder/../license.db", &[]);
    assert!(said.contains("another server is at work on"), "by any name: {said}");
    let mut beside = place.command(&["instances", "show", &instance]);
    let _ = license_tests::ran(beside.env("LICENSE_SERVER_DATABASE", &database)).ok();
    assert_eq!(served.call(purchase("bought")).await.instance(), instance, "the first one goes on");
    served.kill();
    let served = place.serve_as("two", &database, &[]).await;
    assert_eq!(served.call(purchase("bought")).await.instance(), instance);
}

#[tokio::test]
async fn a_hangup_has_catalog_keys_and_certificate_read_again_and_a_bad_catalog_changes_nothing() {
    let place = Workplace::ready();
    let served = place.serve("info").await;
    let instance = served.call(purchase("bought")).await.instance().to_owned();
    place.write("catalog.toml", "[default]\ncode = \"cad\"\nseats = \"many\"\n");
    served.signal("HUP");
    logs(&served, "the catalog cannot be used; the old one stays").await;
    logs(&served, "the folder of keys was read again").await;
    let refusals = served.log_lines().into_iter().filter(|line| line["level"] == "ERROR");
    let why = refusals.filter_map(|line| line["error"].as_str().map(str::to_owned)).collect::<Vec<_>>();
    assert!(why.len() == 1 && why[0].contains("catalog.toml") && why[0].contains("`seats`"), "{why:?}");
    assert_eq!(served.call(application(&instance, "first")).await.code(), "000000", "by the old one");

    place.write("catalog.toml", "[default]\ncode = \"cad\"\nfeatures = [\"new-feature\"]\n");
    let _ = place.run(&["keys", "generate"]).ok();
    served.signal("HUP");
    logs(&served, "the catalog was read again").await;
    let other = served.call(purchase("other")).await.instance().to_owned();
    assert_eq!(served.call(application(&other, "second")).await.code(), "000000");
    let file = place.path("delivered/second.lic");
    let license = eventually("it is delivered", || fs::read_to_string(&file).ok()).await;
    let payload = license.split('.').nth(1).expect("a payload");
    let payload = data_encoding::BASE64URL_NOPAD.decode(payload.as_bytes()).expect("base64url");
    assert!(String::from_utf8_lossy(&payload).contains("new-feature"));
    assert!(served.stop().await.success(), "and it still ends when it is asked to");
}

#[tokio::test]
async fn metrics_are_the_operators_and_a_port_that_is_taken_is_named() {
    let place = Workplace::ready();
    let served = place.serve("info").await;
    assert_eq!(get(served.address, "/metrics").await.status, 404);
    for path in ["/metrics", "/healthz", "/readyz"] {
        assert_eq!(get(served.operator_address, path).await.status, 200, "{path}");
    }
    for path in ["/koogallery/produce", "/v1/openapi.json", "/.well-known/jwks.json"] {
        assert_eq!(get(served.operator_address, path).await.status, 404, "{path}");
    }
    let mut taken = place.command(&["serve"]);
    taken.env("LICENSE_SERVER_DATABASE", "sqlite://other.db");
    taken.env("LICENSE_SERVER_OPERATOR_LISTEN", served.operator_address.to_string());
    let said = license_tests::ran(&mut taken).failed();
    let named = format!("cannot listen on {} for the operator", served.operator_address);
    assert!(said.contains(&named) && said.contains("--operator-listen"), "{said}");
    assert!(served.stop().await.success());

    let settings = fs::read_to_string(place.path("server.toml")).expect("readable");
    place.write(
        "server.toml",
        &settings.replace("operator_listen = \"127.0.0.1:0\"", "operator_listen = \"off\""),
    );
    let served = place.serve("info").await;
    assert_eq!(served.operator_address.port(), 0, "nowhere");
    assert_eq!(get(served.address, "/readyz").await.status, 200);
}

/// A process that dies of a signal leaves no image of its memory, in which there are keys.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_server_that_is_made_to_crash_leaves_no_core() {
    use std::os::unix::process::ExitStatusExt as _;
    let place = Workplace::ready();
    let unlimited = ["sh", "-c", "ulimit -c unlimited 2>/dev/null; exec \"$@\"", "sh"];
    let database = license_tests::database_url(place.dir.path());
    let served = place.serve_as("", &database, &unlimited).await;
    let limits = fs::read_to_string(format!("/proc/{}/limits", served.id())).expect("readable");
    let core = limits.lines().find(|line| line.starts_with("Max core file size")).expect("a limit");
    assert_eq!(core.split_whitespace().nth(4), Some("0"), "{core}");
    served.signal("ABRT");
    let ended = served.ended().await;
    assert!(ended.signal().is_some() && !ended.core_dumped(), "{ended:?}");
    let names =
        fs::read_dir(place.dir.path()).expect("readable").map(|entry| entry.expect("an entry").file_name());
    let cores: Vec<_> = names.filter(|name| name.to_string_lossy().starts_with("core")).collect();
    assert!(cores.is_empty(), "{cores:?}");
}

#[tokio::test]
async fn a_name_that_would_mislead_is_spelled_out_in_logs_and_tables_and_stays_what_it_is() {
    let (instance, event) = ("bought-\u{202e}gpj", "event-\u{2066}\u{200b}x");
    let place = Workplace::ready();
    let served = place.serve("info").await;
    let reply = served.call(purchase(instance)).await;
    assert_eq!((reply.code(), reply.instance()), ("000000", instance));
    assert_eq!(served.call(application(instance, event)).await.code(), "000000");
    logs(&served, "delivered").await;
    let log = served.log();
    assert!(log.contains("bought-\\u202egpj") && log.contains("event-\\u2066\\u200bx"), "{log}");
    assert!(!log.contains(['\u{202e}', '\u{2066}', '\u{200b}']), "{log}");
    for command in
        [&["instances", "list"][..], &["instances", "show", instance], &["seats", "list", instance]]
    {
        let said = place.run(command).ok();
        assert!(!said.contains(['\u{202e}', '\u{2066}', '\u{200b}']), "{command:?}: {said}");
    }
    assert!(place.run(&["instances", "list"]).ok().contains("bought-\\u{202e}gpj"));
    let said = place.run(&["instances", "show", "no\u{202e}where"]).failed();
    assert!(said.contains("no\\u{202e}where"), "{said}");
    let listed = place.run(&["instances", "list", "--json"]).json();
    assert!(listed.to_string().contains(instance), "programs get what it is: {listed}");
}
