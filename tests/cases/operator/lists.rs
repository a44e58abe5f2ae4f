//! Lists that are longer than their limit say so and how to go on; their times are texts for programs.

use license_server::clock::Clock;
use license_tests::{DAY, Ran, Workplace, machine, store_time};
use serde_json::{Value, json};

use super::issue;

/// All pages of a list, by what is printed beside each; the names that `name` finds in them.
fn pages(place: &Workplace, list: &[&str], name: impl Fn(&Value) -> Vec<String>) -> Vec<Vec<String>> {
    let mut args: Vec<String> = list.iter().map(|&word| word.to_owned()).collect();
    args.extend(["--limit", "2"].map(str::to_owned));
    let mut pages = Vec::new();
    loop {
        let words: Vec<&str> = args.iter().map(String::as_str).chain(["--json"]).collect();
        let ran = place.run(&words);
        let said = ran.err.clone();
        pages.push(name(&ran.json()));
        let Some(next) = said.split("--after ").nth(1) else {
            assert_eq!(said, "");
            return pages;
        };
        let after = next.split('`').next().expect("a name").to_owned();
        assert!(said.contains("there are more than these 2; go on with `license-server "), "{said}");
        args.truncate(list.len() + 2);
        args.extend(["--after".to_owned(), after]);
        assert!(pages.len() < 9, "it ends: {said}");
    }
}

fn texts(rows: &Value, member: &str) -> Vec<String> {
    let text = |row: &Value| row[member].as_str().map_or_else(|| row[member].to_string(), str::to_owned);
    rows.as_array().expect("a list").iter().map(text).collect()
}

#[test]
fn instances_go_on_behind_the_last_one_and_none_is_lost_or_shown_twice() {
    let place = Workplace::ready();
    for n in 1..=5 {
        issue(&place, &machine(n));
    }
    let all = texts(&place.run(&["instances", "list", "--json"]).json()["instances"], "id");
    let pages = pages(&place, &["instances", "list"], |json| texts(&json["instances"], "id"));
    assert_eq!(pages.iter().map(Vec::len).collect::<Vec<_>>(), [2, 2, 1]);
    assert_eq!(pages.concat(), all);
    let page = place.run(&["instances", "list", "--limit", "2", "--json"]).json();
    assert_eq!(page["next"], json!(all[1]));
    assert_eq!(place.run(&["instances", "list", "--json"]).json()["next"], Value::Null);
    let exact = place.run(&["instances", "list", "--limit", "5"]);
    assert_eq!((exact.err.as_str(), exact.code), ("", Some(0)), "nothing is left out");
    let said = place.run(&["instances", "list", "--after", "nobody"]).failed();
    assert!(said.contains("there is no instance nobody"), "{said}");
    assert_eq!(place.run(&["instances", "list", "--limit", "0"]).code, Some(2));
}

#[tokio::test]
async fn seats_and_deliveries_go_on_as_well_and_times_are_texts() {
    let place = Workplace::ready();
    place.write("catalog.toml", "[default]\ncode = \"cad\"\nseats = 5\n");
    let served = place.serve("info").await;
    let bought = json!({"activity": "newInstance", "orderId": "o", "orderLineId": "l", "businessId": "b"});
    let instance = served.call(bought).await.instance().to_owned();
    let now = Clock::system().now();
    for n in 1..=5 {
        let application = json!({
            "activity": "getLicenseAsync", "instanceId": instance, "eventId": format!("e{n}"),
            "effectiveTime": store_time(now), "expireTime": store_time(now.plus(30 * DAY)),
            "deviceFingerprint": machine(n).four_part(),
        });
        assert_eq!(served.call(application).await.code(), "000000");
    }
    let seats = pages(&place, &["seats", "list", &instance], |json| texts(json, "no")).concat();
    assert_eq!(seats, ["1", "2", "3", "4", "5"]);
    let deliveries = pages(&place, &["deliveries", "list", "--all"], |json| texts(json, "event")).concat();
    assert_eq!(deliveries, ["e5", "e4", "e3", "e2", "e1"]);
    assert_eq!(served.stop().await.code(), Some(0));

    let json = |args: &[&str]| place.run(&[args, &["--json"]].concat()).json();
    let shown = json(&["instances", "show", &instance]);
    for time in [
        &json(&["instances", "list"])["instances"][0]["created_at"],
        &shown["created_at"],
        &shown["licenses"][0]["expires_at"],
        &shown["seats"][0]["taken_until"],
        &shown["seats"][0]["created_at"],
        &json(&["seats", "list", &instance])[0]["taken_until"],
        &json(&["deliveries", "list", "--all"])[0]["at"],
        &json(&["keys", "list"])[0]["created_at"],
    ] {
        let text = time.as_str().unwrap_or_else(|| panic!("{time} of {shown}"));
        assert!(text.len() == 20 && text.ends_with('Z') && text.contains('T'), "{text}");
    }
    assert_eq!(shown["ends_at"], Value::Null);
    let _: Ran = place.run(&["seats", "free", &instance, "1", "--reason", "lost"]);
    let freed = json(&["instances", "show", &instance]);
    assert!(freed["history"][0]["at"].as_str().is_some_and(|at| at.ends_with('Z')), "{}", freed["history"]);
}

#[test]
fn a_command_finds_the_same_files_from_whatever_folder_it_is_called() {
    let place = Workplace::ready();
    issue(&place, &machine(1));
    std::fs::create_dir(place.path("elsewhere")).expect("made");
    let mut command = place.command(&["check"]);
    command.env("LICENSE_SERVER_CONFIG", "../server.toml").current_dir(place.path("elsewhere"));
    let said = license_tests::ran(&mut command).ok();
    assert!(said.contains("license.db is whole") || said.contains("postgres://"), "{said}");
    assert_eq!(std::fs::read_dir(place.path("elsewhere")).expect("readable").count(), 0);
    // A flag is of whoever types it.
    let mut command = place.command(&["keys", "list", "--config", "../server.toml", "--keys", "keys"]);
    let said = license_tests::ran(command.current_dir(place.path("elsewhere"))).failed();
    assert!(said.contains("keys generate"), "{said}");
}
