//! Settings from their three sources, and catalogs.

use std::ffi::OsString;
use std::path::Path;

use license_core::{Kind, Threshold};
use proptest::prelude::*;
use tempfile::TempDir;

use super::*;
use crate::engine::catalog::{BindingRule, DeliveryForm, Units};
use crate::engine::request::Term;

/// Settings of a file's text, of variables without their prefix, and of flags.
fn load(file: &str, environment: &[(&str, &str)], flags: &[&str]) -> Result<Settings, ConfigError> {
    #[derive(clap::Parser)]
    struct Cli {
        #[command(flatten)]
        settings: SettingsArgs,
    }
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("server.toml");
    write(&path, file);
    let environment = environment.iter().map(|(name, value)| (format!("LICENSE_SERVER_{name}"), *value));
    let environment = environment.chain([("PATH".to_owned(), "/bin")]);
    let environment =
        environment.map(|(name, value)| (OsString::from(name), OsString::from(value))).collect();
    let args = ["x"].iter().chain(flags);
    let args = SettingsArgs { config: Some(path), ..<Cli as clap::Parser>::parse_from(args).settings };
    args.read_in(environment)?.whole()
}

/// A file that only its owner can read.
fn write(path: &Path, text: &str) {
    use license_core::atomic_file::{Readers, replace};
    replace(path, text.as_bytes(), Readers::Owner).unwrap();
}

fn text_of(error: ConfigError) -> String {
    error.to_string().replace(std::env::temp_dir().to_str().unwrap(), "")
}

#[test]
fn flags_go_over_the_environment_over_the_file_over_the_defaults() {
    let defaults = load("", &[], &[]).unwrap();
    assert_eq!((defaults.listen.to_string(), defaults.validity_slack), ("127.0.0.1:8080".into(), 86_400));
    assert!(defaults.database.to_string().ends_with("/license.db"), "beside the settings file");
    assert_eq!(Settings::default().database.to_string(), "license.db");
    assert_eq!(defaults.max_start_ahead, 31 * 86_400);
    assert_eq!(load("max_start_ahead = \"2d\"", &[], &[]).unwrap().max_start_ahead, 2 * 86_400);
    let file = "listen = \"0.0.0.0:1\"\nissuer = \"file\"\nrealm = \"file\"\nkeep_buyer = true";
    let environment = [("ISSUER", "environment"), ("REALM", "environment"), ("VALIDITY_SLACK", "90m")];
    let settings = load(file, &environment, &["--realm", "flag"]).unwrap();
    assert_eq!(settings.listen.to_string(), "0.0.0.0:1");
    assert_eq!(settings.issuer.as_deref(), Some("environment"));
    assert_eq!(settings.realm.as_deref(), Some("flag"));
    assert_eq!((settings.keep_buyer, settings.validity_slack), (true, 5400));
    assert!(!load(file, &[], &["--keep-buyer=false"]).unwrap().keep_buyer);
    assert!(load("", &[], &["--keep-buyer"]).unwrap().keep_buyer);
}

#[test]
fn rows_are_kept_for_days_or_for_ever() {
    let days = |days: i64| Some(days * 86_400);
    let kept = load("", &[], &[]).unwrap().retention;
    assert_eq!((kept.applications, kept.deliveries), (days(400), days(90)));
    assert_eq!((kept.history, kept.notices), (days(730), days(90)));
    let file = "retention_history = \"never\"\nretention_notices = \"3d\"";
    let environment = [("RETENTION_DELIVERIES", "24h"), ("RETENTION_NOTICES", "7d")];
    let kept = load(file, &environment, &["--retention-applications", "30d"]).unwrap().retention;
    assert_eq!((kept.applications, kept.deliveries), (days(30), days(1)));
    assert_eq!((kept.history, kept.notices), (None, days(7)));
    let short = load("", &[("RETENTION_DELIVERIES", "10m")], &[]).unwrap_err();
    assert_eq!(
        text_of(short),
        "setting `LICENSE_SERVER_RETENTION_DELIVERIES` in the environment must be at least 1d and at most 3650d, \
         since the store repeats its calls, or `never` for rows that are never deleted"
    );
    assert!(load("retention_applications = 0", &[], &[]).is_err(), "never, or at once? It is not guessed");
}

#[test]
fn every_setting_is_a_flag_and_secrets_are_not() {
    let command = <SettingsArgs as clap::Args>::augment_args(clap::Command::new("x"));
    let flags: Vec<_> = command.get_arguments().filter_map(|flag| flag.get_long()).collect();
    for name in NAMES {
        let is_secret = ["access_keys", "store_ak", "store_sk"].contains(name);
        assert_eq!(flags.contains(&name.replace('_', "-").as_str()), !is_secret, "{name}");
    }
    assert_eq!(flags.len(), NAMES.len() - 2, "all but the three secrets, and --config");
}

#[test]
fn an_unknown_setting_is_named_with_its_source_and_its_nearest() {
    for (file, environment, expected) in [
        ("lisen = 1", &[][..], "unknown setting `lisen` in FILE; did you mean `listen`?"),
        (
            "",
            &[("LISEN", "")],
            "unknown setting `LICENSE_SERVER_LISEN` in the environment; did you mean `LICENSE_SERVER_LISTEN`?",
        ),
        ("[server]\nlisten = \"x\"", &[], "unknown setting `server` in FILE"),
        ("", &[("SECRET", "x")], "unknown setting `LICENSE_SERVER_SECRET` in the environment"),
    ] {
        let error = load(file, environment, &[]).unwrap_err();
        let ConfigError::Unknown { name, nearest, .. } = &error else { panic!("{error}") };
        let text = error.to_string();
        let source = text.split(" in ").nth(1).unwrap().split(';').next().unwrap();
        let text = if source.ends_with("server.toml") { text.replace(source, "FILE") } else { text.clone() };
        assert_eq!(text, expected, "{name} {nearest:?}");
    }
}

#[test]
fn a_bad_value_is_named_as_it_was_spelled_where_it_was_given() {
    for (environment, flags, expected) in [
        (
            &[("LISTEN", "x")][..],
            &[][..],
            "setting `LICENSE_SERVER_LISTEN` in the environment must be an address",
        ),
        (&[("LISTEN", "x")], &["--listen", "y"], "setting `--listen` on the command line must be an address"),
        (
            &[("TRUSTED_PROXIES", "10.0.0.0/8,x")],
            &[],
            "setting `LICENSE_SERVER_TRUSTED_PROXIES` in the environment must",
        ),
        (
            &[("DATABASE", "postgres://u:secret@h/d?sslmode=sometimes")],
            &[],
            "setting `LICENSE_SERVER_DATABASE` in the environment must be an sslmode of disable",
        ),
        (
            &[("TLS_CERT", "c.pem")],
            &[],
            "the setting TLS_KEY is missing: set LICENSE_SERVER_TLS_KEY or `tls_key`",
        ),
        (
            &[("ACCESS_KEYS", "a-secret-key-0123456789,,")],
            &[],
            "setting `LICENSE_SERVER_ACCESS_KEYS` in the environment must be access keys",
        ),
    ] {
        let text = text_of(load("", environment, flags).unwrap_err());
        assert!(text.starts_with(expected), "{text}");
        assert!(!text.contains("secret-key"));
    }
    for file in [
        "listen = { a = 1 }",
        "listen = 1.5",
        "access_keys = [1]",
        "trusted_proxies = [\"10.0.0.1,10.0.0.2\"]",
    ] {
        assert!(matches!(load(file, &[], &[]), Err(ConfigError::Value { .. })), "{file}");
    }
    assert_eq!(load("operator_listen = \"off\"", &[], &[]).unwrap().operator_listen, None);
    assert!(load("operator_listen = \"none\"", &[], &[]).is_err());
    assert!(matches!(load("listen =", &[], &[]), Err(ConfigError::Syntax { line: 1, .. })));
}

#[test]
fn lists_come_with_commas_or_as_lists() {
    let keys = |settings: Settings| {
        settings.access_keys.iter().map(|key| key.expose().to_owned()).collect::<Vec<_>>()
    };
    let both = ["the-first-access-key", "0123456789abcdef"];
    let list = "access_keys = [\"the-first-access-key\", \"0123456789abcdef\"]";
    assert_eq!(keys(load(list, &[], &[]).unwrap()), both);
    let text = [("ACCESS_KEYS", "the-first-access-key, 0123456789abcdef")];
    assert_eq!(keys(load("", &text, &[]).unwrap()), both);
    for short in ["fifteen-letters", "the-first-access-key,x", "中中中中中"] {
        let error = load("", &[("ACCESS_KEYS", short)], &[]).unwrap().access_keys().unwrap_err().to_string();
        assert!(error.contains("16 characters at least") && !error.contains(short), "{error}");
    }
    let proxies = load("trusted_proxies = [\"10.0.0.0/8\", \"::1\"]", &[], &[]).unwrap().trusted_proxies;
    assert_eq!(proxies.iter().map(ToString::to_string).collect::<Vec<_>>(), ["10.0.0.0/8", "::1/128"]);
}

#[test]
fn access_keys_come_from_a_file_without_its_last_line_feed_or_themselves_but_not_both_at_one_place() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("access-keys");
    let file = path.to_str().unwrap();
    write(&path, "the-first-access-key,the-second-access-key\n");
    let settings = load("", &[("ACCESS_KEYS_FILE", file)], &[]).unwrap();
    assert_eq!(settings.access_keys().unwrap()[1].expose(), "the-second-access-key");
    let both = load("", &[("ACCESS_KEYS", "the-first-access-key"), ("ACCESS_KEYS_FILE", file)], &[]);
    assert_eq!(both.unwrap_err(), ConfigError::Both("ACCESS_KEYS"));
    write(&path, "first-secret\nthe-second-access-key");
    let text = load("", &[("ACCESS_KEYS_FILE", file)], &[]).unwrap_err().to_string();
    assert!(text.contains("LICENSE_SERVER_ACCESS_KEYS_FILE") && !text.contains("first-secret"), "{text}");
    assert!(matches!(load("", &[("ACCESS_KEYS_FILE", "/no/such")], &[]), Err(ConfigError::File { .. })));
}

/// A secret and its file are one setting, whichever of the two the later layer spells.
#[test]
fn a_secret_of_a_later_layer_wins_over_a_file_of_an_earlier_one_and_the_other_way_round() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("secret");
    write(&path, "of-the-file-which-is-long\n");
    let held = path.to_str().unwrap();
    let url = "store_url = \"https://mkt.example\"";
    let file = format!("{url}\nstore_ak_file = \"/no/such\"\nstore_sk = \"itself\"");
    let environment = [("STORE_AK", "of-the-environment"), ("STORE_SK_FILE", held)];
    let store = load(&file, &environment, &[]).unwrap().store.unwrap();
    assert_eq!(
        (store.access_key.expose(), store.secret_key.expose()),
        ("of-the-environment", "of-the-file-which-is-long")
    );
    let store = load(&file, &environment, &["--store-ak-file", held]).unwrap().store.unwrap();
    assert_eq!(store.access_key.expose(), "of-the-file-which-is-long");

    let keys = load("access_keys = \"the-first-access-key\"", &[], &["--access-keys-file", held])
        .unwrap()
        .access_keys;
    assert_eq!(keys[0].expose(), "of-the-file-which-is-long");
    write(&path, "postgres://u:p@h/of_the_file");
    let database = |file: &str, environment: &[(&str, &str)], flags: &[&str]| {
        load(file, environment, flags).unwrap().database.to_string()
    };
    let of_file = format!("database_file = {held:?}");
    assert_eq!(database(&of_file, &[], &[]), "postgres://h/of_the_file");
    assert_eq!(database(&of_file, &[("DATABASE", "sqlite:///d/x.db")], &[]), "/d/x.db");
    let both = "database = \"sqlite://a.db\"\ndatabase_file = \"b\"";
    assert_eq!(load(both, &[], &[]).unwrap_err(), ConfigError::Both("DATABASE"));
    assert_eq!(database(both, &[], &["--database", "sqlite:///d/y.db"]), "/d/y.db");
    let empty = load(&of_file, &[("DATABASE", "")], &[]).unwrap().database.to_string();
    assert_eq!(empty, "postgres://h/of_the_file", "an empty variable is not set");
}

#[test]
fn a_relative_path_of_the_file_starts_in_the_files_folder_and_others_in_the_working_directory() {
    let file = "keys = \"k\"\nproducts = \"c.toml\"\ndatabase = \"sqlite://d/l.db\"\ntls_cert = \"../c.pem\"\n\
                tls_key = \"/etc/k.pem\"";
    let settings = load(file, &[("DELIVERY_DIR", "out")], &["--products", "other.toml"]).unwrap();
    let folder = settings.keys.parent().unwrap();
    assert!(folder.is_absolute() && settings.keys.ends_with("k"));
    assert_eq!(Path::new(&settings.database.to_string()), folder.join("d/l.db"));
    let tls = settings.tls.unwrap();
    assert_eq!((tls.cert, tls.key), (folder.join("../c.pem"), "/etc/k.pem".into()));
    assert_eq!(settings.products, Some("other.toml".into()));
    assert_eq!(settings.delivery_dir, Path::new("out"));
    let of_environment = load("", &[("DATABASE", "sqlite://l.db")], &[]).unwrap();
    assert_eq!(of_environment.database.to_string(), "l.db");
}

#[test]
fn everything_that_is_wrong_is_said_at_once() {
    let file = "lisen = 1\nlisten = \"x\"\naccess_keys_file = \"/no/keys\"\nstore_url = \"https://m\"\n\
                store_ak_file = \"/no/ak\"\nstore_sk_file = \"/no/sk\"\nissuer = \"right\"";
    let error = load(file, &[], &[]).unwrap_err();
    let ConfigError::Several(faults) = &error else { panic!("{error}") };
    assert_eq!(faults.len(), 5, "{error}");
    let text = error.to_string();
    for part in ["`lisen`", "`listen`", "/no/keys cannot be read", "/no/ak cannot", "/no/sk cannot"] {
        assert!(text.contains(part), "{part}: {text}");
    }
}

#[test]
fn where_agents_reach_the_server_is_what_agents_would_ask() {
    let url = |text: &str| load("", &[("SERVER_URL", text)], &[]);
    let good = url("https://licenses.vendor.example/").unwrap().server_url.unwrap();
    assert_eq!(good.to_string(), "https://licenses.vendor.example");
    assert!(url("http://127.0.0.1:8080").is_ok());
    for (text, says) in [
        ("http://licenses.vendor.example", "does not begin with https://"),
        ("https://u:p@vendor.example", "a user or password"),
        ("https://vendor.example/?x", "a query"),
        ("vendor.example", "no URL"),
    ] {
        let said = text_of(url(text).unwrap_err());
        assert!(
            said.starts_with("setting `LICENSE_SERVER_SERVER_URL` in the environment is not where"),
            "{said}"
        );
        assert!(said.contains(says), "{said}");
    }
}

#[test]
fn secrets_do_not_print() {
    let settings = Settings::new("v", vec![Secret::from("very-secret")]);
    let shown = format!("{settings:?} {}", settings.access_keys[0]);
    assert!(shown.contains("***") && !shown.contains("very-secret"), "{shown}");
}

#[test]
fn what_a_server_needs_is_missed_by_name() {
    let settings = Settings::default();
    assert_eq!(settings.issuer(), Err(ConfigError::Missing("ISSUER")));
    assert_eq!(settings.access_keys().unwrap_err(), ConfigError::Missing("ACCESS_KEYS"));
    assert_eq!(settings.catalog().unwrap_err(), ConfigError::Missing("PRODUCTS"));
}

fn catalog(text: &str) -> Result<Catalog, ConfigError> {
    parse_catalog(text, Path::new("catalog.toml"))
}

const FULL: &str = r#"
[default]
code = "cad"

[[product]]
sku = ["a63ee5c9-4f86"]
product_id = ["OFFI7889636"]
name = "CAD Pro"
code = "cad-pro"
features = ["mesh", "cam"]
term = "perpetual"
binding = "none"
threshold = 75
weights = { disk = 0, mac = 40 }
custom_id = true
least_strength = "fair"
seats = 3
seats_per_unit = 2
units = "all"
rebase_limit = 0
max_license_days = 400
grace = "7d"
front_end_url = "https://vendor.example/cad"
delivery = "file"
"#;

#[test]
fn a_catalog_is_read_whole() {
    let catalog = catalog(FULL).unwrap();
    let product = &catalog.products[0];
    assert_eq!((product.skus.len(), product.product_ids.len()), (1, 1));
    assert_eq!((product.code.as_str(), product.name.as_deref()), ("cad-pro", Some("CAD Pro")));
    assert_eq!(product.features, ["mesh", "cam"]);
    assert_eq!((product.term, product.binding), (Term::Perpetual, BindingRule::None));
    assert_eq!(product.threshold, Threshold::try_from(75).unwrap());
    assert_eq!([Kind::Disk, Kind::Mac, Kind::Board].map(|kind| product.weights.get(kind)), [0, 40, 18]);
    assert_eq!((product.custom_id, product.seats, product.seats_per_unit), (true, 3, 2));
    assert_eq!(product.least_strength, license_core::Strength::Fair);
    assert_eq!((product.units, product.delivery), (Units::All, DeliveryForm::File));
    assert_eq!((product.rebase_limit, product.max_license_days, product.grace), (0, Some(400), 604_800));
    assert_eq!(product.front_end_url.as_deref(), Some("https://vendor.example/cad"));
    let default = catalog.default.unwrap();
    assert_eq!((default.code.as_str(), default.seats, default.grace), ("cad", 1, 0));
    assert_eq!(default.least_strength, license_core::Strength::Weak);
}

#[test]
fn a_fault_of_a_catalog_names_file_entry_and_member() {
    for (change, with, expected) in [
        ("threshold = 75", "threshold = 50", "`threshold` must be between 51 and 100, not 50"),
        ("threshold = 75", "threshold = 101", "`threshold` must be between 51 and 100, not 101"),
        ("threshold = 75", "threshold = \"75\"", "`threshold` must be a whole number, not string"),
        ("threshold = 75", "treshold = 75", "`treshold` is unknown; did you mean `threshold`?"),
        ("disk = 0", "cpu = 1", "`weights.cpu` cannot be set: the weight of cpu is fixed"),
        ("disk = 0", "custom = 1", "`weights.custom` cannot be set: the weight of custom is fixed"),
        ("disk = 0", "bord = 1", "`weights.bord` is unknown; did you mean `board`?"),
        ("disk = 0", "disk = 101", "`weights.disk` must be between 0 and 100, not 101"),
        (
            "least_strength = \"fair\"",
            "least_strength = \"good\"",
            "`least_strength` must be `weak` or `fair` or `strong`",
        ),
        ("seats = 3", "seats = 0", "`seats` must be between 1 and 1000000, not 0"),
        ("seats = 3", "seats = 1000001", "`seats` must be between 1 and 1000000, not 1000001"),
        ("grace = \"7d\"", "grace = \"1w\"", "`grace` must be a whole number and s, m, h or d"),
        ("grace = \"7d\"", "grace = 7", "`grace` must be a text, not integer"),
        ("term = \"perpetual\"", "term = \"forever\"", "`term` must be `periodic` or `perpetual`"),
        ("https://vendor", "ftp://vendor", "`front_end_url` must be a URL"),
        (
            "\"mesh\", \"cam\"",
            "\"mesh\", \"mesh\"",
            "`features` must be at most 256 names, none of them twice",
        ),
        ("\"OFFI7889636\"", "7", "`product_id` must be a list of texts, not integer"),
        ("\"OFFI7889636\"", "\"\"", "`product_id` is empty"),
        ("custom_id = true", "custom_id = 1", "`custom_id` must be true or false, not integer"),
    ] {
        assert!(FULL.contains(change), "{change}");
        let text = catalog(&FULL.replace(change, with)).unwrap_err().to_string();
        assert!(text.starts_with(&format!("catalog.toml, product 1 (cad-pro): {expected}")), "{text}");
    }
    let zeros = "{ mac = 0, disk = 0, board = 0, system = 0, os = 0, cloud = 0, tpm = 0 }";
    let text = catalog(&FULL.replace("{ disk = 0, mac = 40 }", zeros)).unwrap_err().to_string();
    assert!(text.ends_with("`weights` leave nothing that names a machine"), "{text}");
}

#[test]
fn entries_need_a_code_and_a_name_that_nobody_else_has() {
    let error = |text: &str| catalog(text).unwrap_err().to_string();
    assert_eq!(error("[default]"), "catalog.toml, [default]: `code` is missing");
    assert_eq!(error("[default]\ncode = \"c\"\nsku = [\"s\"]"), "catalog.toml, [default]: `sku` is unknown");
    assert!(
        error("[[product]]\ncode = \"c\"").contains("product 1 (c): `sku` and `product_id` are both missing")
    );
    let two = "[[product]]\ncode = \"a\"\nsku = [\"s\"]\n[[product]]\ncode = \"b\"\nsku = [\"t\", \"s\"]";
    assert_eq!(error(two), "catalog.toml, product 2 (b): `sku` names `s`, which product 1 (a) names already");
    assert_eq!(
        error("[[produkt]]"),
        "catalog.toml, the catalog: `produkt` is unknown; did you mean `product`?"
    );
    assert_eq!(
        error("[product]"),
        "catalog.toml, the catalog: `product` must be a list of tables, not table"
    );
    assert!(error("[default]\ncode = \"\"").contains("`code` must be 1 to 256 bytes"));
}

#[test]
fn a_server_without_the_open_api_needs_a_default() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("catalog.toml");
    let settings = Settings { products: Some(path.clone()), ..Settings::default() };
    std::fs::write(&path, "[[product]]\ncode = \"a\"\nsku = [\"s\"]").unwrap();
    assert_eq!(settings.catalog().unwrap_err(), ConfigError::NoDefault(path.clone()));
    std::fs::write(&path, FULL).unwrap();
    assert_eq!(settings.catalog().unwrap().products.len(), 1);
}

proptest! {
    #[test]
    fn any_catalog_gets_an_answer(
        member in "(code|sku|product_id|weights|grace|seats|threshold|term|features|x)",
        value in "(\"[a-z0-9]{0,6}\"|[0-9]{1,12}|-1|1.5|true|\\[\\]|\\[1\\]|\\{ mac = [0-9]{1,4} \\}|1979-05-27)",
        named: bool,
    ) {
        let head = if named { "[[product]]" } else { "[default]" };
        let _ = catalog(&format!("{head}\n{member} = {value}\n"));
        let _ = catalog(&format!("{head}\ncode = \"c\"\nsku2 = 1\n{member} = {value}\n"));
    }
}

#[test]
fn the_open_api_needs_its_address_and_both_keys() {
    let url = ("STORE_URL", "https://mkt.example");
    let (ak, sk) = (("STORE_AK", "ak-1"), ("STORE_SK", "sk-secret"));
    let settings = load("", &[url, ak, sk], &[]).unwrap();
    let store = settings.store.clone().unwrap();
    assert_eq!((store.access_key.expose(), store.secret_key.expose()), ("ak-1", "sk-secret"));
    assert!(!format!("{settings:?}").contains("sk-secret"));
    assert!(load("", &[], &[]).unwrap().store.is_none());
    for (given, missing) in
        [(vec![url], "STORE_AK"), (vec![url, ak], "STORE_SK"), (vec![ak, sk], "STORE_URL")]
    {
        assert_eq!(load("", &given, &[]).unwrap_err(), ConfigError::Missing(missing));
    }
    let fallback = [("STORE_FALLBACK_URL", "https://mkt.example")];
    assert_eq!(load("", &fallback, &[]).unwrap_err(), ConfigError::Missing("STORE_URL"));
    assert!(
        text_of(load("", &[("STORE_URL", "mkt.example"), ak, sk], &[]).unwrap_err()).contains("https://")
    );
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("sk");
    write(&file, "sk-of-a-file\n");
    let settings = load("", &[url, ak, ("STORE_SK_FILE", file.to_str().unwrap())], &[]).unwrap();
    assert_eq!(settings.store.unwrap().secret_key.expose(), "sk-of-a-file");
    let both = [url, ak, sk, ("STORE_SK_FILE", file.to_str().unwrap())];
    assert_eq!(load("", &both, &[]).unwrap_err(), ConfigError::Both("STORE_SK"));
}

#[test]
fn with_the_open_api_a_catalog_needs_no_default() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("catalog.toml");
    std::fs::write(&path, "[[product]]\nsku = [\"s\"]\ncode = \"c\"\n").unwrap();
    let mut settings = Settings { products: Some(path), ..Settings::default() };
    assert!(settings.catalog().is_err());
    let (url, access_key, secret_key) = ("https://mkt.example".into(), "a".into(), "s".into());
    settings.store = Some(StoreApi { url, fallback_url: None, access_key, secret_key });
    assert_eq!(settings.catalog().unwrap().products.len(), 1);
}
