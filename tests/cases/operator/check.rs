//! `check`, and what `serve` refuses to start with: one fault at a time; all at once are in `check_all`.

use std::fs;
use std::path::PathBuf;

use license_tests::{Ran, Workplace, machine, ran};
use serde_json::Value;

use super::issue;

/// What `check --json` found wrong.
fn wrong(ran: Ran) -> Vec<(String, String)> {
    let findings: Value = serde_json::from_str(&ran.out).unwrap_or_else(|_| panic!("no JSON: {ran:?}"));
    let findings = findings.as_array().expect("a list");
    let text = |finding: &Value, name: &str| finding[name].as_str().expect("a text").to_owned();
    let bad: Vec<_> = findings.iter().filter(|finding| finding["good"] != true).collect();
    assert_eq!(ran.code, Some(i32::from(!bad.is_empty())), "{findings:?}");
    bad.into_iter().map(|finding| (text(finding, "what"), text(finding, "says"))).collect()
}

fn key_file(place: &Workplace) -> PathBuf {
    let files = fs::read_dir(place.path("keys")).expect("keys").map(|entry| entry.expect("an entry").path());
    files.into_iter().find(|path| path.to_string_lossy().ends_with(".key.pem")).expect("a private key")
}

#[cfg(unix)]
fn expose(place: &Workplace) {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(key_file(place), fs::Permissions::from_mode(0o640)).expect("set");
}

fn without(place: &Workplace, member: &str) {
    let settings = fs::read_to_string(place.path("server.toml")).expect("readable");
    let kept: Vec<&str> = settings.lines().filter(|line| !line.starts_with(member)).collect();
    place.write("server.toml", &(kept.join("\n") + "\n"));
}

#[test]
fn everything_right_is_said_line_by_line_and_nothing_is_made() {
    let place = Workplace::ready();
    let said = place.run(&["check"]).ok();
    let whats: Vec<_> = said.lines().map(|line| line.split_whitespace().nth(1).expect("a word")).collect();
    assert_eq!(
        whats,
        [
            "issuer", "store", "orders", "catalog", "keys", "codes", "database", "clock", "delivery", "tls",
            "agents"
        ],
        "{said}"
    );
    let (agents, others): (Vec<_>, Vec<_>) = said.lines().partition(|line| line.contains("agents"));
    assert!(others.iter().all(|line| line.starts_with("ok ")), "{said}");
    assert!(agents[0].starts_with("note") && agents[0].contains("SERVER_URL is not set"), "{said}");
    assert!(!said.contains(Workplace::ACCESS_KEY), "{said}");
    assert!(!place.path("license.db").exists() && !place.path("delivered").exists());

    issue(&place, &machine(1));
    fs::create_dir(place.path("delivered")).expect("made");
    assert_eq!(wrong(place.run(&["check", "--json"])), []);
    let left = fs::read_dir(place.path("delivered")).expect("readable").count();
    assert_eq!(left, 0, "nothing is left of the trial");
}

/// What goes wrong, what `check` calls it, what it says, and whether `serve` stops at it as well.
type Fault = (&'static str, fn(&Workplace), &'static str, &'static [&'static str]);

#[rustfmt::skip]
const FAULTS: &[Fault] = &[
    ("open API over plain http", |p| p.configure("store_url = \"http://mkt.example\"\nstore_ak = \"a\"\nstore_sk = \"s\""), "orders", &["STORE_URL", "https://"]),
    ("open API without its key", |p| p.configure("store_url = \"https://mkt.example\"\nstore_ak = \"a\""), "settings", &["STORE_SK"]),
    ("unknown setting", |p| p.configure("lisen = \"127.0.0.1:0\""), "settings", &["`lisen`", "server.toml", "`listen`"]),
    ("setting of another type", |p| p.configure("trusted_proxies = 7.5"), "settings", &["`trusted_proxies`", "server.toml"]),
    ("settings are no TOML", |p| p.configure("realm = "), "settings", &["server.toml", "line 6"]),
    ("no settings file", |p| fs::remove_file(p.path("server.toml")).expect("removed"), "settings", &["server.toml cannot be read"]),
    ("no issuer", |p| without(p, "issuer"), "issuer", &["ISSUER"]),
    ("no access keys", |p| without(p, "access_keys_file"), "store", &["ACCESS_KEYS"]),
    ("no file of access keys", |p| fs::remove_file(p.path("access-key")).expect("removed"), "settings", &["access-key cannot be read"]),
    ("empty file of access keys", |p| p.write("access-key", "\n"), "settings", &["access_keys_file"]),
    ("access keys twice", |p| p.configure("access_keys = \"another-access-key\""), "settings", &["ACCESS_KEYS_FILE", "both given"]),
    ("short access key", |p| p.write("access-key", "fifteen-letters\n"), "store", &["ACCESS_KEYS", "16 characters at least"]),
    ("no catalog setting", |p| without(p, "products"), "catalog", &["PRODUCTS"]),
    ("no catalog file", |p| fs::remove_file(p.path("catalog.toml")).expect("removed"), "catalog", &["catalog.toml cannot be read"]),
    ("catalog is no TOML", |p| p.write("catalog.toml", "[default]\ncode = cad\n"), "catalog", &["catalog.toml, line 2"]),
    ("unknown member in the catalog", |p| p.write("catalog.toml", "[default]\ncode = \"cad\"\nseat = 3\n"), "catalog", &["catalog.toml", "[default]", "`seat`", "`seats`"]),
    ("threshold out of bounds", |p| p.write("catalog.toml", "[default]\ncode = \"cad\"\nthreshold = 50\n"), "catalog", &["[default]", "`threshold`", "51", "100"]),
    ("no default", |p| p.write("catalog.toml", "[[product]]\nsku = [\"s\"]\ncode = \"cad\"\n"), "catalog", &["catalog.toml", "[default]"]),
    ("no keys", |p| fs::remove_dir_all(p.path("keys")).expect("removed"), "keys", &["keys generate"]),
    ("unreadable key", |p| fs::write(key_file(p), "-----BEGIN PRIVATE KEY-----\n").expect("written"), "keys", &[".key.pem", "PKCS#8"]),
    ("missing key file", |p| fs::remove_file(key_file(p)).expect("removed"), "keys", &[".key.pem"]),
    ("no active key", |p| drop(p.run(&["keys", "retire", "--yes", "--", &p.run(&["keys", "list", "--json"]).json()[0]["id"].as_str().expect("an id")[..8]]).ok()), "keys", &["keys generate"]),
    ("list of keys is no list", |p| fs::write(p.path("keys/keys.json"), "[]").expect("written"), "keys", &["keys.json", "not a list of keys"]),
    #[cfg(unix)]
    ("exposed key", expose, "keys", &[".key.pem", "chmod 600"]),
    ("dev keys", |p| { fs::rename(p.path("keys"), p.path("dev")).expect("moved"); p.configure("keys = \"dev\""); }, "keys", &["development keys"]),
    ("another realm", |p| { issue(p, &machine(1)); p.configure("realm = \"elsewhere\""); }, "database", &["realm", "`elsewhere`", "https://vendor.example"]),
    ("a database that is none", |p| p.write("license.db", "this is a letter, not a database, and long enough to be looked at\n"), "database", &["no SQLite database"]),
    ("a database in no folder", |p| p.configure("database = \"sqlite://nowhere/license.db\""), "database", &["nowhere/license.db"]),
    ("a delivery folder that is a file", |p| p.write("delivered", ""), "delivery", &["delivered"]),
    ("a delivery folder below a file", |p| p.configure("delivery_dir = \"access-key/delivered\""), "delivery", &["access-key/delivered"]),
    ("no certificate", |p| p.configure("tls_cert = \"c.pem\"\ntls_key = \"k.pem\""), "tls", &["c.pem"]),
    ("an address that agents refuse", |p| p.configure("server_url = \"http://vendor.example\""), "settings", &["`server_url`", "https://"]),
    ("half a certificate", |p| p.configure("tls_cert = \"c.pem\""), "settings", &["TLS_KEY"]),
];

#[test]
fn every_fault_is_found_named_and_answered_with_what_to_do() {
    let mut missed = Vec::new();
    for (name, spoil, what, says) in FAULTS {
        let place = Workplace::ready();
        spoil(&place);
        let found = wrong(place.run(&["check", "--json"]));
        let names =
            |finding: &(String, String)| finding.0 == *what && says.iter().all(|s| finding.1.contains(s));
        let shown = place.run(&["check"]);
        if found.len() != 1 || !found.iter().all(names) || shown.code != Some(1) {
            missed.push(format!("{name}: {found:?}"));
        }
        assert!(!format!("{found:?}{}", shown.out).contains(Workplace::ACCESS_KEY), "{name}");
    }
    assert!(missed.is_empty(), "{}", missed.join("\n"));
}

#[test]
fn the_server_does_not_start_with_any_of_these_faults() {
    let mut missed = Vec::new();
    for (name, spoil, _, says) in FAULTS {
        let place = Workplace::ready();
        spoil(&place);
        let ended = place.run_briefly(&["serve"]);
        if ended.code != Some(1) || !says.iter().all(|s| ended.err.contains(s)) {
            missed.push(format!("{name}: {ended:?}"));
        }
        assert!(!format!("{ended:?}").contains(Workplace::ACCESS_KEY), "{name}");
    }
    assert!(missed.is_empty(), "{}", missed.join("\n"));
}

#[test]
fn a_setting_of_the_environment_is_named_as_it_is_spelled_there() {
    let place = Workplace::ready();
    let check = |name: &str, value: &str| {
        let found = wrong(ran(place.command(&["check", "--json"]).env(name, value)));
        found.into_iter().map(|(what, says)| format!("{what}: {says}")).collect::<Vec<_>>().join("\n")
    };
    let said = check("LICENSE_SERVER_LISEN", "127.0.0.1:0");
    assert!(said.contains("`LICENSE_SERVER_LISEN` in the environment"), "{said}");
    assert!(said.contains("`LICENSE_SERVER_LISTEN`"), "{said}");
    let said = check("LICENSE_SERVER_LISTEN", "nowhere");
    assert!(said.contains("`LICENSE_SERVER_LISTEN` in the environment must be an address"), "{said}");
    assert_eq!(
        check("LICENSE_SERVER_ACCESS_KEYS", "another-access-key"),
        "",
        "over the file's access_keys_file"
    );
    assert_eq!(
        check("LICENSE_SERVER_REALM", "https://realm.example"),
        "",
        "the environment is over the file"
    );
    let flag = place.run(&["check", "--listen", "nowhere"]).failed();
    assert!(flag.contains("`--listen` on the command line must be an address"), "{flag}");
}
