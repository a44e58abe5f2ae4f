//! `check` says everything at once: missing files, certificates, and what the store says of AK and SK.

use std::process::Command;

use license_server::config::Secret;
use license_server::simulator::store::{SimulatedStore, StoreOptions};
use license_tests::{Ran, Workplace, ran};
use rcgen::{CertificateParams, KeyPair, date_time_ymd};

const HOST: &str = "licenses.vendor.example";

/// The lines of a finding, with their marks.
fn lines(ran: &Ran, what: &str) -> Vec<String> {
    let is_of = |line: &&str| line.split_whitespace().nth(1) == Some(what);
    ran.out.lines().filter(is_of).map(str::to_owned).collect()
}

#[test]
fn all_missing_files_are_named_together_and_the_rest_is_looked_at() {
    let place = Workplace::ready();
    place.configure(
        "store_url = \"https://mkt.example\"\nstore_ak_file = \"no-ak\"\nstore_sk_file = \"no-sk\"\n\
         tls_cert = \"no-cert.pem\"\ntls_key = \"no-key.pem\"\nlisen = 1\nretention_history = \"0d\"",
    );
    for file in ["access-key", "catalog.toml"] {
        std::fs::remove_file(place.path(file)).expect("removed");
    }
    let found = place.run(&["check"]);
    assert_eq!(found.code, Some(1), "{found:?}");
    for part in [
        "access-key",
        "no-ak",
        "no-sk",
        "catalog.toml",
        "no-cert.pem",
        "no-key.pem",
        "`lisen`",
        "`retention_history`",
    ] {
        assert!(found.out.lines().any(|line| line.contains(part)), "{part}: {}", found.out);
    }
    assert_eq!(lines(&found, "settings").len(), 5, "{}", found.out);
    assert!(lines(&found, "keys")[0].starts_with("ok "), "what is right is said as well: {}", found.out);
    assert!(lines(&found, "issuer")[0].starts_with("ok "), "{}", found.out);
    assert!(lines(&found, "orders").is_empty(), "not known without AK and SK: {}", found.out);
}

/// Runs openssl, as a reader of the page would.
fn shell(place: &Workplace, line: &str) {
    let made = Command::new("sh").args(["-c", line]).current_dir(place.dir.path()).output().expect("a shell");
    assert!(made.status.success(), "{line}: {}", String::from_utf8_lossy(&made.stderr));
}

fn with_certificate() -> Workplace {
    let place = Workplace::ready();
    place.configure(&format!(
        "tls_cert = \"fullchain.pem\"\ntls_key = \"privkey.pem\"\nserver_url = \"https://{HOST}\""
    ));
    place
}

#[test]
fn a_plain_self_signed_certificate_is_an_authority_and_the_recipe_that_is_printed_makes_one_that_works() {
    let place = with_certificate();
    shell(
        &place,
        &format!(
            "openssl req -x509 -newkey rsa:2048 -nodes -keyout privkey.pem -out fullchain.pem -days 30 -subj /CN={HOST}"
        ),
    );
    let found = place.run(&["check"]);
    let said = found.out.clone() + &found.err;
    assert!(lines(&found, "tls")[0].starts_with("WRONG"), "{said}");
    assert!(said.contains("CaUsedAsEndEntity"), "as agents name it: {said}");
    let recipe = said.lines().map(str::trim).find(|line| line.starts_with("openssl req")).expect("a recipe");
    shell(&place, recipe);
    let found = place.run(&["check"]);
    let said = lines(&found, "tls");
    assert!(said.len() == 1 && said[0].starts_with("note ") && said[0].contains("self-signed"), "{said:?}");
    assert!(said[0].contains("--ca-file") && said[0].contains("valid until"), "{said:?}");
    let page =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/settings.md")).expect("a page");
    let printed = license_server::http::recipe(HOST);
    let words =
        |text: &str| text.split_whitespace().filter(|word| *word != "\\").collect::<Vec<_>>().join(" ");
    assert!(words(&page).contains(&words(&printed)), "the page has the same recipe: {printed}");
}

#[test]
fn each_fault_of_a_certificate_is_named_and_two_are_both_named() {
    let key = KeyPair::generate().expect("a key");
    let made = |name: &str, years: (i32, i32)| {
        let mut params = CertificateParams::new(vec![name.to_owned()]).expect("a name");
        (params.not_before, params.not_after) = (date_time_ymd(years.0, 1, 1), date_time_ymd(years.1, 1, 1));
        params.self_signed(&key).expect("signed").pem()
    };
    let other_key = KeyPair::generate().expect("a key").serialize_pem();
    let own_key = key.serialize_pem();
    for (cert, key, says) in [
        (made(HOST, (2020, 2021)), &own_key, &["expired at 2021-01-01T00:00:00Z"][..]),
        (made(HOST, (2098, 2099)), &own_key, &["not valid before 2098-01-01T00:00:00Z"]),
        (
            made("other.example", (2020, 2099)),
            &own_key,
            &["not for licenses.vendor.example", "for other.example"],
        ),
        (made("other.example", (2020, 2021)), &other_key, &["expired", "not for licenses", "not the key"]),
    ] {
        let place = with_certificate();
        place.write("fullchain.pem", &cert);
        place.write("privkey.pem", key);
        let found = place.run(&["check"]);
        assert_eq!(found.code, Some(1), "{found:?}");
        let said = lines(&found, "tls").join("\n");
        assert!(said.lines().all(|line| line.starts_with("WRONG")), "{said}");
        assert!(says.iter().all(|part| said.contains(part)), "{says:?}: {said}");
    }
}

/// It is replaced while the server runs, which would be harder if it did not start.
#[tokio::test]
async fn a_server_with_an_expired_certificate_starts_and_warns() {
    let key = KeyPair::generate().expect("a key");
    let mut params = CertificateParams::new(vec![HOST.to_owned()]).expect("a name");
    (params.not_before, params.not_after) = (date_time_ymd(2020, 1, 1), date_time_ymd(2021, 1, 1));
    let place = with_certificate();
    place.write("fullchain.pem", &params.self_signed(&key).expect("signed").pem());
    place.write("privkey.pem", &key.serialize_pem());
    let served = place.serve("warn").await;
    let log = served.log();
    assert!(log.contains("callers will refuse the certificate") && log.contains("expired at 2021"), "{log}");
    assert_eq!(served.stop().await.code(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_store_is_asked_only_when_told_to_and_says_whether_it_knows_the_keys() {
    let store = SimulatedStore::listen(StoreOptions::local(Secret::from("AK1"), Secret::from("SK1")));
    let store = store.await.expect("it listens");
    let place = Workplace::ready();
    place.configure(&format!("store_url = \"{}\"\nstore_ak = \"AK1\"", store.url()));
    let check = |sk: &str, args: &[&str]| {
        let mut command = place.command(&[&["check"], args].concat());
        command.env("LICENSE_SERVER_STORE_SK", sk);
        tokio::task::block_in_place(|| ran(&mut command))
    };
    let silent = check("SK1", &[]);
    let said = lines(&silent, "orders");
    assert!(said[0].starts_with("note ") && said[0].contains("not asked (use --online)"), "{said:?}");
    assert_eq!((silent.code, store.counts().order_queries, store.complaints().len()), (Some(0), 0, 0));

    let known = lines(&check("SK1", &["--online"]), "orders");
    assert!(known[0].starts_with("ok ") && known[0].contains("knows AK and SK"), "{known:?}");
    let unknown = check("another", &["--online"]);
    let said = lines(&unknown, "orders");
    assert!(said[0].starts_with("WRONG") && said[0].contains("STORE_AK and STORE_SK"), "{said:?}");
    assert!(!unknown.out.contains("another"), "{said:?}");
    place.configure("store_fallback_url = \"http://127.0.0.1:1\"");
    let said = lines(&check("SK1", &["--online"]), "orders");
    assert!(said.len() == 2 && said[0].starts_with("ok ") && said[1].starts_with("WRONG"), "{said:?}");
    store.stop().await;
}
