//! What an operator types, and what a running server makes of it.

use std::process::Stdio;

use license_tests::{Served, Workplace, eventually};
use serde_json::Value;

async fn get(served: &Served, path: &str) -> (u16, String) {
    let request = format!("GET {path} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n");
    let reply = license_tests::exchange(served.address, request.as_bytes()).await.expect("an answer");
    (reply.status, reply.text())
}

fn generate(place: &Workplace) -> Value {
    place.run(&["keys", "generate", "--json"]).json()
}

fn states(place: &Workplace) -> Vec<(String, String)> {
    let text = |key: &Value, name: &str| key[name].as_str().expect("a text").to_owned();
    let listed = place.run(&["keys", "list", "--json"]).json();
    listed.as_array().expect("a list").iter().map(|key| (text(key, "id"), text(key, "state"))).collect()
}

#[test]
fn a_later_key_stands_by_until_it_is_activated_after_it_was_said_who_knows_it() {
    let place = Workplace::new();
    let first = generate(&place);
    assert_eq!(first["state"], "active");
    let said = place.run(&["keys", "generate"]).ok();
    let [(old, _), (new, state)] = states(&place).try_into().expect("two");
    assert_eq!(state, "standby");
    assert!(said.contains("signs nothing yet") && said.contains(&format!("keys activate {new}")), "{said}");
    let said = place.run(&["keys", "activate", "--", &new[..16]]).ok();
    let lines: Vec<_> = said.lines().collect();
    assert!(lines[0].starts_with(&format!("key {new} is published since 20")), "{said}");
    assert!(said.contains(&format!("key {old} is retired")) && said.contains("has vouched for"), "{said}");
    assert_eq!(states(&place), [(old.clone(), "retired".into()), (new.clone(), "active".into())]);
    // There is no way back unless it is asked for.
    let said = place.run(&["keys", "activate", "--", &old]).failed();
    assert!(said.contains("was retired; nothing was done"), "{said}");
    let back = place.run(&["keys", "activate", "--json", "--yes", "--", &old]).json();
    assert_eq!((&back["former"], &back["handed_over"]), (&new.into(), &true.into()), "{back}");
}

#[test]
fn the_last_key_that_signs_is_retired_only_when_that_is_meant() {
    let place = Workplace::ready();
    let (key, _) = states(&place).remove(0);
    let said = place.run(&["keys", "retire", "--", &key]).failed();
    assert!(said.contains("the only one that signs") && said.contains("keys generate"), "{said}");
    assert_eq!(states(&place), [(key.clone(), "active".into())]);
    let standby = generate(&place)["id"].as_str().expect("an id").to_owned();
    let said = place.run(&["keys", "retire", "--", &key]).failed();
    assert!(said.contains(&format!("keys activate {standby}")), "{said}");
    let said = place.run(&["keys", "retire", "--yes", "--", &key]).ok();
    assert!(said.contains("no key is left to sign with"), "{said}");
    assert!(place.run(&["check"]).failed().contains("no active key"));
    // A key that is made now would stand by as well: there is one that machines know.
    assert_eq!(generate(&place)["state"], "standby");
    let _ = place.run(&["keys", "retire", "--", &standby]).ok();
    let third = states(&place)[2].0.clone();
    let _ = place.run(&["keys", "retire", "--", &third]).ok();
    assert_eq!(generate(&place)["state"], "active", "nothing else could sign");
}

#[test]
fn commands_at_the_same_time_lose_no_key() {
    let place = Workplace::ready();
    let start = |_| {
        let mut command = place.command(&["keys", "generate", "--json"]);
        command.stdout(Stdio::piped()).spawn().expect("it starts")
    };
    let running: Vec<_> = (0..6).map(start).collect();
    let mut made: Vec<String> = running
        .into_iter()
        .map(|child| {
            let ran = child.wait_with_output().expect("it ends");
            assert!(ran.status.success());
            let said: Value = serde_json::from_slice(&ran.stdout).expect("JSON");
            said["id"].as_str().expect("an id").to_owned()
        })
        .collect();
    let listed = states(&place);
    assert_eq!(listed.iter().filter(|(_, state)| state == "active").count(), 1);
    let mut standby: Vec<_> =
        listed.into_iter().filter(|(_, state)| state == "standby").map(|(id, _)| id).collect();
    made.sort();
    standby.sort();
    assert_eq!(made, standby);
}

#[test]
fn keys_are_changed_also_while_the_database_is_of_no_use() {
    let place = Workplace::ready();
    let standby = generate(&place)["id"].as_str().expect("an id").to_owned();
    let (active, _) = states(&place).remove(0);
    place.write("broken.db", &"no database ".repeat(400));
    let broken = ["--database", "sqlite://broken.db"];
    let run = |args: &[&str]| place.run(&[&["keys"], &args[..1], &broken, &args[1..]].concat());
    let said = run(&["activate", "--", &standby]).ok();
    assert!(said.contains("how many machines were told of it is not known: "), "{said}");
    let said = run(&["distrust", "--yes", "--", &active]).ok();
    assert!(said.contains("is not known: "), "{said}");
    assert_eq!(states(&place), [(active, "distrusted".into()), (standby, "active".into())]);
}

#[tokio::test]
async fn a_folder_that_cannot_be_read_after_a_key_was_withdrawn_stops_signing_and_says_so() {
    let place = Workplace::ready();
    let standby = generate(&place)["id"].as_str().expect("an id").to_owned();
    let served = place.serve("info").await;
    assert_eq!(get(&served, "/readyz").await, (200, "ready".into()));
    let (active, _) = states(&place).remove(0);
    let said = place.run(&["keys", "distrust", "--", &active]).failed();
    assert!(said.contains("it is the key that signs") && said.contains("keys activate"), "{said}");
    let _ = place.run(&["keys", "distrust", "--yes", "--", &active]).ok();
    let list = place.path("keys/keys.json");
    let good = std::fs::read(&list).expect("a list");
    std::fs::write(&list, "half a li").expect("written");
    let stops = "nothing is signed until it can be";
    eventually("the log says so", || served.log().contains(stops).then_some(())).await;
    assert_eq!(get(&served, "/readyz").await, (503, "keys".into()));
    assert_eq!(get(&served, "/healthz").await.0, 200);

    std::fs::write(&list, good).expect("written");
    eventually("it is read again", || served.log().contains("was read again").then_some(())).await;
    assert_eq!(
        get(&served, "/readyz").await,
        (503, "key".into()),
        "the key is withdrawn, and no other signs"
    );
    assert!(!get(&served, "/.well-known/jwks.json").await.1.contains(&active));
    let _ = place.run(&["keys", "activate", "--", &standby]).ok();
    let again = || (served.log().matches("was read again").count() == 2).then_some(());
    eventually("it is read once more", again).await;
    assert_eq!(get(&served, "/readyz").await, (200, "ready".into()));
    assert_eq!(served.log().matches(stops).count(), 1, "once, however long it lasts");
    assert_eq!(served.stop().await.code(), Some(0));
}
