//! `keys generate | list | export | activate | retire | distrust`

use license_core::{KeyRing, SigningKey, Trust, UnixTime, VendorFile, VerifyingKey};
use license_server::keystore::KeyFolder;
use license_tests::{Customer, Workplace, machine, purchase};
use serde_json::Value;

use super::{issue, verify_on};

/// The key's id and its state, the oldest first, and which one signs.
fn list(place: &Workplace) -> (Vec<(String, String)>, Option<String>) {
    let listed = place.run(&["keys", "list", "--json"]).json();
    let text = |key: &Value, name: &str| key[name].as_str().expect("a text").to_owned();
    let keys = listed.as_array().expect("a list");
    let signs = keys.iter().find(|key| key["signs"] == true).map(|key| text(key, "id"));
    (keys.iter().map(|key| (text(key, "id"), text(key, "state"))).collect(), signs)
}

fn generate(place: &Workplace) -> String {
    place.run(&["keys", "generate", "--json"]).json()["id"].as_str().expect("an id").to_owned()
}

fn exported(place: &Workplace) -> Value {
    serde_json::from_str(&place.run(&["keys", "export"]).ok()).expect("a JWK set")
}

fn exported_ids(place: &Workplace) -> Vec<String> {
    let set = exported(place);
    let ids = set["keys"].as_array().expect("a list").iter();
    ids.map(|key| key["kid"].as_str().expect("an id").to_owned()).collect()
}

#[test]
fn a_generated_key_signs_and_its_private_half_is_the_owners_alone() {
    let place = Workplace::new();
    assert!(place.run(&["keys", "list"]).failed().contains("keys generate"), "it says what to do");
    let said = place.run(&["keys", "generate"]).ok();
    let first = list(&place).1.expect("a key signs");
    assert!(said.contains(&first), "{said}");
    let second = generate(&place);
    let is = |id: &str, state: &str| (id.to_owned(), state.to_owned());
    assert_eq!(
        list(&place),
        (vec![is(&first, "active"), is(&second, "standby")], Some(first.clone())),
        "the first one signs until another is activated"
    );
    let table = place.run(&["keys", "list"]).ok();
    assert!(table.lines().any(|line| line.starts_with(&first) && line.ends_with("signs")), "{table}");

    for id in [&first, &second] {
        let file = place.path("keys").join(format!("{id}.key.pem"));
        assert!(std::fs::read_to_string(&file).expect("a key").starts_with("-----BEGIN PRIVATE KEY-----"));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(std::fs::metadata(&file).expect("a key").permissions().mode() & 0o777, 0o600);
        }
    }
}

#[test]
fn exported_keys_are_read_by_who_needs_them() {
    let place = Workplace::ready();
    let ids = [list(&place).1.expect("a key signs"), generate(&place)];
    assert_eq!(exported_ids(&place), ids);
    assert!(exported(&place)["keys"].as_array().expect("a list").iter().all(|key| key.get("d").is_none()));

    let pem = place.run(&["keys", "export", "--pem"]).ok();
    let blocks: Vec<&str> = pem.split_inclusive("-----END PUBLIC KEY-----\n").collect();
    let read = |block: &&str| VerifyingKey::from_spki_pem(block).expect("a public key").id().to_string();
    assert_eq!(blocks.iter().map(read).collect::<Vec<_>>(), ids);

    let server = "https://licenses.vendor.example";
    let file = place.run(&["keys", "export", "--agent", "cad", "--server", server]).ok();
    let vendor: VendorFile = file.parse().expect("a vendor file");
    assert_eq!((vendor.issuer.as_str(), vendor.product.as_str()), ("https://vendor.example", "cad"));
    assert_eq!(
        (vendor.realm.as_deref(), vendor.server.as_deref()),
        (Some("https://vendor.example"), Some(server))
    );
    assert!(!vendor.test);
    let published = KeyRing::from_jwks(&exported(&place).to_string()).expect("the JWK set");
    assert_eq!(vendor.keys, published);

    place.configure("realm = \"another-realm\"");
    let vendor: VendorFile =
        place.run(&["keys", "export", "--agent", "cad"]).ok().parse().expect("a vendor file");
    assert_eq!((vendor.realm.as_deref(), vendor.server), (Some("another-realm"), None));

    assert_eq!(place.run(&["keys", "export", "--pem", "--agent", "cad"]).code, Some(2));
    assert_eq!(place.run(&["keys", "export", "--server", server]).code, Some(2));
}

#[test]
fn a_vendor_file_names_the_server_of_the_settings_and_only_what_agents_would_ask() {
    let place = Workplace::ready();
    let vendor = |args: &[&str]| {
        let ran = place.run(&[&["keys", "export", "--agent", "cad"], args].concat());
        let (said, file) = (ran.err.clone(), ran.ok());
        (file.parse::<VendorFile>().expect("a vendor file").server, said)
    };
    let (server, said) = vendor(&[]);
    assert_eq!(server, None);
    assert!(said.contains("SERVER_URL") && said.contains("--server"), "beside the file: {said}");
    place.configure("server_url = \"https://licenses.vendor.example/\"");
    assert_eq!(vendor(&[]), (Some("https://licenses.vendor.example".into()), String::new()));
    let other = vendor(&["--server", "http://127.0.0.1:8080"]);
    assert_eq!(other, (Some("http://127.0.0.1:8080".into()), String::new()), "over the setting");
    for (url, says) in [
        ("http://licenses.vendor.example", "https://"),
        ("https://user:secret@vendor.example", "a user or password"),
        ("https://vendor.example/?a=b", "a query"),
        ("https://vendor.example/#a", "a fragment"),
        ("vendor.example", "no URL such as https://licenses.vendor.example"),
    ] {
        let refused = place.run(&["keys", "export", "--agent", "cad", "--server", url]);
        assert_eq!((refused.code, refused.out.as_str()), (Some(2), ""), "{url}");
        assert!(refused.err.contains(says), "{says}: {}", refused.err);
    }
}

/// The way of the first hour: settings, vendor file, code, a machine; nothing else is told to anybody.
#[tokio::test]
async fn the_exported_vendor_file_and_a_code_are_all_that_a_machine_needs() {
    let place = Workplace::ready();
    place.write("catalog.toml", "[default]\ncode = \"cad\"\nmax_license_days = 30\n");
    let served = place.serve("info").await;
    place.configure(&format!("server_url = \"http://{}\"", served.address));
    let instance = served.call(purchase("order")).await.instance().to_owned();
    let vendor = place.run(&["keys", "export", "--agent", "cad"]).ok();
    let code = place.run(&["instances", "code", &instance]).ok();
    let customer = Customer::bare(&machine(1), &vendor);
    let activated = customer.run(&["activate", code.trim()]).await;
    assert_eq!(activated.code, Some(0), "{activated:?}");
    let status = customer.run(&["status"]).await.ok();
    assert!(status.contains("cad is licensed on this machine"), "{status}");
    assert_eq!(served.stop().await.code(), Some(0));
}

#[test]
fn a_product_that_the_catalog_lacks_gets_no_vendor_file() {
    let place = Workplace::ready();
    place
        .write("catalog.toml", "[default]\ncode = \"cad\"\n[[product]]\nsku = [\"s\"]\ncode = \"cad-pro\"\n");
    let said = place.run(&["keys", "export", "--agent", "cad-por"]);
    assert_eq!((said.code, said.out.as_str()), (Some(1), ""));
    assert!(said.err.contains("no product `cad-por`; it has: cad-pro, cad"), "{}", said.err);
    let _ = place.run(&["keys", "export", "--agent", "cad-pro"]).ok();
}

#[test]
fn development_keys_make_a_vendor_file_for_test_licenses() {
    let place = Workplace::new();
    place.configure("keys = \"keys/dev\"");
    generate(&place);
    let vendor: VendorFile =
        place.run(&["keys", "export", "--agent", "cad"]).ok().parse().expect("a vendor file");
    assert!(vendor.test);
}

#[test]
fn a_retired_key_signs_no_more_and_what_it_signed_still_holds() {
    let place = Workplace::ready();
    let old = list(&place).1.expect("a key signs");
    let token = issue(&place, &machine(1));
    let new = generate(&place);
    let said = place.run(&["keys", "retire", "--", &new[..16]]).ok();
    assert!(said.contains(&new), "{said}");
    assert_eq!(list(&place).1, Some(old.clone()));
    let said = place.run(&["keys", "retire", "--yes", "--", &old]).ok();
    assert!(said.contains("no key is left to sign with"), "{said}");
    assert_eq!(list(&place).1, None);
    assert_eq!(exported_ids(&place), [old.clone(), new], "both are published");
    let trust = place.run(&["keys", "export", "--agent", "cad"]).ok();
    verify_on(&machine(1), &token, &Trust::from_vendor_file(&trust).expect("a vendor file"))
        .expect("it holds");
    assert!(place.run(&["keys", "retire", "--", &old]).failed().contains("retired and cannot be retired"));
}

#[test]
fn a_key_is_distrusted_only_after_its_licenses_were_counted() {
    let place = Workplace::ready();
    let old = list(&place).1.expect("a key signs");
    let token = issue(&place, &machine(1));
    issue(&place, &machine(2));
    let new = generate(&place);
    let _ = place.run(&["keys", "activate", "--", &new]).ok();
    issue(&place, &machine(3));
    let before = list(&place);

    let said = place.run(&["keys", "distrust", "--", &old]).failed();
    assert!(said.contains(&format!("2 unexpired licenses were signed with key {old}")), "{said}");
    assert!(said.contains("nothing was done"), "{said}");
    assert_eq!((list(&place), exported_ids(&place).len()), (before, 2));

    let said = place.run(&["keys", "distrust", "--yes", "--", &old]).ok();
    assert!(said.contains("2 unexpired licenses"), "{said}");
    assert_eq!(exported_ids(&place), std::slice::from_ref(&new));
    assert_eq!(list(&place).0[0], (old.clone(), "distrusted".into()));
    let trust = place.run(&["keys", "export", "--agent", "cad"]).ok();
    let trust = Trust::from_vendor_file(&trust).expect("a vendor file");
    verify_on(&machine(1), &token, &trust).expect_err("what it signed holds no more");
    assert!(place.run(&["keys", "retire", "--", &old]).failed().contains("distrusted and cannot be retired"));

    let said = place.run(&["keys", "distrust", "--", &new]).failed();
    assert!(said.contains("1 unexpired licenses"), "{said}");
    assert!(said.contains("first run `license-server keys generate`"), "{said}");
    let said = place.run(&["keys", "distrust", "--yes", "--", &new]).ok();
    assert!(said.contains("no key is left to sign with; run `license-server keys generate`"), "{said}");
    assert!(!said.contains("first run"), "what is done already is no advice: {said}");
}

#[test]
fn a_key_is_named_by_the_beginning_of_its_id_if_no_other_begins_so() {
    let place = Workplace::ready();
    generate(&place);
    for (command, id, says) in [
        ("retire", "", "more than one key"),
        ("distrust", "?", "no key begins with `?`"),
        ("retire", "?", "keys list"),
    ] {
        let said = place.run(&["keys", command, "--", id]).failed();
        assert!(said.contains(says), "{said}");
    }
    assert!(list(&place).0.iter().all(|(_, state)| matches!(state.as_str(), "active" | "standby")));
    assert_eq!(place.run(&["keys", "retire"]).code, Some(2), "which one?");
}

/// Base64url has a dash; one id in 64 begins with it.
#[test]
fn a_key_whose_id_begins_with_a_dash_is_named_like_any_other() {
    let place = Workplace::new();
    let key = (0..=u8::MAX)
        .map(|n| SigningKey::from_seed(&[n; 32]))
        .find(|key| key.id().to_string().starts_with('-'));
    let key = key.expect("such a key");
    let mut folder = KeyFolder::open_or_create(&place.path("keys")).expect("a folder of keys");
    folder.add(&key, UnixTime::from_secs(1_790_000_000)).expect("added");
    let id = key.id().to_string();
    assert!(place.run(&["keys", "retire", "--yes", &id]).ok().contains(&id));
    let said = place.run(&["keys", "distrust", &id]).failed();
    assert!(said.contains("nothing was done"), "{said}");
    assert!(place.run(&["keys", "distrust", &id, "--yes"]).ok().contains(&id));
}
