//! The program itself: how it starts, logs, stops, shows and helps.

use clap::CommandFactory as _;
use data_encoding::{BASE32_NOPAD, BASE64, BASE64URL_NOPAD, HEXLOWER, HEXUPPER};
use license_core::Realm;
use license_server::clock::Clock;
use license_server::commands::Cli;
use license_tests::{
    DAY, Machine, Served, Workplace, eventually, exchange, machine, post_request, ran, signed, store_time,
};
use serde_json::{Value, json};

use super::REALM;

async fn get(served: &Served, path: &str) -> (u16, String) {
    let request = format!("GET {path} HTTP/1.1\r\nhost: h\r\nconnection: close\r\n\r\n");
    let reply = exchange(served.address, request.as_bytes()).await.expect("an answer");
    (reply.status, reply.text())
}

fn application(instance: &str, event: &str, fingerprint: &str) -> Value {
    let now = Clock::system().now();
    json!({
        "activity": "getLicenseAsync", "instanceId": instance, "eventId": event,
        "effectiveTime": store_time(now), "expireTime": store_time(now.plus(30 * DAY)),
        "deviceFingerprint": fingerprint,
    })
}

fn purchase() -> Value {
    json!({"activity": "newInstance", "orderId": "o", "orderLineId": "l", "businessId": "b"})
}

#[tokio::test]
async fn the_server_answers_and_ends_on_sigterm_and_starts_again_where_it_was() {
    let place = Workplace::ready();
    let served = place.serve("info").await;
    assert_eq!(get(&served, "/readyz").await, (200, "ready".into()));
    let instance = served.call(purchase()).await.instance().to_owned();
    let resting = tokio::net::TcpStream::connect(served.address).await.expect("connects");
    let log = place.path("log");
    assert_eq!(served.stop().await.code(), Some(0), "a resting connection does not hold it");
    drop(resting);
    let log = std::fs::read_to_string(log).expect("a log");
    assert!(!log.contains("\"ERROR\"") && !log.contains("panicked"), "{log}");
    assert_eq!(std::fs::read_to_string(place.path("out")).expect("an output"), "");

    let served = place.serve("info").await;
    assert_eq!(served.call(purchase()).await.instance(), instance);
    let mut taken = place.command(&["serve"]);
    taken.env("LICENSE_SERVER_DATABASE", "sqlite://other.db");
    let taken = taken.env("LICENSE_SERVER_LISTEN", served.address.to_string()).output();
    let said = String::from_utf8(taken.expect("it runs").stderr).expect("text");
    assert!(said.contains(&format!("cannot listen on {}", served.address)), "{said}");
    assert!(said.contains("--listen"), "{said}");
    assert_eq!(served.call(purchase()).await.instance(), instance, "the first one goes on");
    assert_eq!(served.stop().await.code(), Some(0));
}

#[tokio::test]
async fn a_key_activated_while_the_server_runs_signs_from_then_on() {
    let place = Workplace::ready();
    let served = place.serve("info").await;
    let new = place.run(&["keys", "generate", "--json"]).json()["id"].as_str().expect("an id").to_owned();
    eventually("the server reads the keys", || served.log().contains("was read again").then_some(())).await;
    assert!(get(&served, "/.well-known/jwks.json").await.1.contains(&new));
    let _ = place.run(&["keys", "activate", "--", &new]).ok();
    let again = || (served.log().matches("was read again").count() == 2).then_some(());
    eventually("the server reads the keys once more", again).await;
    let instance = served.call(purchase()).await.instance().to_owned();
    assert_eq!(served.call(application(&instance, "e", &machine(1).four_part())).await.code(), "000000");
    let shown = place.run(&["instances", "show", &instance, "--json"]).json();
    assert_eq!(shown["licenses"][0]["key_id"], new);
    assert_eq!(served.stop().await.code(), Some(0));
}

/// The log in plain words is read in files, where colours are noise.
#[tokio::test]
async fn a_log_in_a_file_has_no_colours() {
    let place = Workplace::ready();
    let _ = std::fs::remove_dir_all(place.path("keys"));
    let said = place.run(&["serve"]).failed();
    assert!(!said.contains('\u{1b}'), "{said:?}");
    let _ = place.run(&["keys", "generate"]).ok();
    let log = place.path("text-log");
    let mut command = place.command(&["serve"]);
    let mut child = command.stderr(std::fs::File::create(&log).expect("a log")).spawn().expect("it starts");
    let read = || std::fs::read_to_string(&log).expect("a log");
    let listens = eventually("it listens", || Some(read()).filter(|log| log.contains("listening"))).await;
    child.kill().expect("ended");
    child.wait().expect("ended");
    assert!(!listens.contains('\u{1b}'), "{listens:?}");
}

/// Texts that stand for a machine, in every spelling they could be logged in.
fn spellings(machine: &Machine, df1: &str) -> Vec<String> {
    let mut texts = machine.raw_values();
    texts.extend([df1.to_owned(), machine.four_part(), df1.trim_start_matches("DF1-").replace('-', "")]);
    let bare = |text: &String| text.chars().filter(char::is_ascii_alphanumeric).collect::<String>();
    let stripped: Vec<String> = texts.iter().map(bare).collect();
    texts.extend(stripped);
    texts
}

/// The digests that the server keeps, as hex, Base32 and Base64.
fn digests(place: &Workplace) -> Vec<String> {
    let database = rusqlite::Connection::open(place.path("license.db")).expect("the database opens");
    let mut query = database.prepare("SELECT part FROM seat_part").expect("a query");
    let parts = query.query_map((), |row| row.get::<_, Vec<u8>>(0)).expect("rows");
    let parts: Vec<Vec<u8>> = parts.map(|part| part.expect("a part")).collect();
    assert!(parts.len() >= 5, "{}", parts.len());
    let spell = |part: &Vec<u8>| {
        // A part is its kind and its digest.
        let digest = &part[1..];
        let codings = [HEXLOWER, HEXUPPER, BASE32_NOPAD, BASE64URL_NOPAD, BASE64];
        let bytes = format!("{digest:?}");
        codings.map(|coding| coding.encode(digest)).into_iter().chain([bytes]).collect::<Vec<_>>()
    };
    parts.iter().flat_map(spell).collect()
}

#[tokio::test]
async fn nothing_secret_is_in_the_log() {
    let place = Workplace::ready();
    place.write("catalog.toml", "[default]\ncode = \"cad\"\nseats = 2\n");
    let served = place.serve("trace").await;
    let realm = Realm::new(REALM);
    let df1 = machine(2).df1(&realm);
    let opaque = "vendor-id 7F3A-99-secret-text";
    let mut secrets =
        [spellings(&machine(1), &df1), spellings(&machine(2), &df1), spellings(&machine(3), &df1)].concat();
    secrets.extend([opaque.into(), Workplace::ACCESS_KEY.into(), "PRIVATE KEY".into(), "eyJ".into()]);

    let instance = served.call(purchase()).await.instance().to_owned();
    let foreign = machine(1).df1(&Realm::new("https://other.example"));
    let four = machine(1).four_part();
    let broken = format!("{}A", &df1[..df1.len() - 1]);
    let five = format!("{four}|{}", machine(1).system);
    secrets.extend([foreign.clone(), broken.clone(), five.clone()]);
    for (event, text, code) in [
        ("e1", four.as_str(), "000000"),
        ("e2", &df1, "000000"),
        ("e3", &machine(3).four_part(), "000900"),
        ("e4", opaque, "000900"),
        ("e5", &foreign, "000002"),
        ("e6", &broken, "000002"),
        ("e7", "|||BFEBFBFF00090672", "000903"),
        ("e8", &four.repeat(30), "000002"),
    ] {
        let reply = served.call(application(&instance, event, text)).await;
        assert_eq!(reply.code(), code, "{event}: {}", reply.message());
        let mut rehearsed = application(&instance, event, text);
        rehearsed["testFlag"] = json!("1");
        let _ = served.call(rehearsed).await;
    }
    // Calls that are no calls, calls that nobody signed, and signatures that came too late.
    let now_ms = Clock::system().now_ms();
    let body = application(&instance, "e9", &four).to_string();
    let malformed = format!("{body},{{");
    let late = signed(Workplace::ACCESS_KEY, now_ms - 90_000, body.as_bytes());
    let wrong = signed("another-access-key", now_ms, body.as_bytes());
    let garbled = signed(Workplace::ACCESS_KEY, now_ms, malformed.as_bytes());
    let twice = format!("{}&signature=x", garbled.query);
    let real = signed(Workplace::ACCESS_KEY, now_ms, purchase().to_string().as_bytes());
    for (query, body) in [
        (&late.query, &late.body),
        (&wrong.query, &wrong.body),
        (&garbled.query, &garbled.body),
        (&twice, &garbled.body),
        (&real.query, &real.body),
        (&real.query, &real.body),
    ] {
        let reply = exchange(served.address, &post_request(query, body)).await.expect("an answer");
        assert_eq!(reply.status, 200);
        let signature = query.split(['=', '&']).nth(1).expect("a signature");
        secrets.extend([signature.to_owned(), signature.to_uppercase()]);
    }
    for event in ["e1", "e2"] {
        let license = place.path("delivered").join(format!("{event}.lic"));
        eventually("the license arrives", || license.exists().then_some(())).await;
    }
    let calls = || served.log_lines().iter().filter(|line| line["message"] == "call").count();
    eventually("every call is logged", || (calls() >= 23).then_some(())).await;
    secrets.extend(digests(&place));
    let log = place.path("log");
    assert_eq!(served.stop().await.code(), Some(0));

    let log = std::fs::read_to_string(log).expect("a log").to_lowercase();
    assert!(log.contains(&instance) && log.contains("\"e1\""), "ids are there to be searched for");
    for secret in secrets.iter().filter(|secret| !secret.is_empty()) {
        assert!(!log.contains(&secret.to_lowercase()), "{secret} is in the log");
    }
}

#[test]
fn the_demo_shows_every_step_and_can_be_shown_again() {
    let place = Workplace::new();
    for _ in 0..2 {
        // Without settings: the demo needs none.
        let said = ran(&mut place.bare(&["demo", "--once", "--data", "demo-data"])).ok();
        for step in [
            "data folder",
            "store",
            "server",
            "buy",
            "buy again",
            "activation code",
            "fingerprint",
            "apply",
            "upload",
            "apply again",
            "download",
            "verify offline",
            "changed byte",
            "another machine",
            "expired clock",
            "in your program",
        ] {
            assert!(
                said.lines().any(|line| line.get(4..).is_some_and(|rest| rest.starts_with(step))),
                "{step}: {said}"
            );
        }
        assert_eq!(said.matches("refused: ").count(), 3, "{said}");
        let key = std::fs::read_to_string(place.path("demo-data/access-key")).expect("an access key");
        assert!(!said.contains(key.trim()) && !said.contains("eyJ"), "{said}");
    }
    assert!(place.path("demo-data/vendor.toml").exists());
}

#[test]
fn the_demo_leaves_a_program_for_each_language_beside_its_vendor_file_and_license() {
    let place = Workplace::new();
    let said = ran(&mut place.bare(&["demo", "--once", "--lines", "--data", "demo-data"])).ok();
    let read = |path: String| std::fs::read_to_string(place.path(&path)).expect(&path);
    let page = read("demo-data/sdk/README.md".into());
    let mut languages = 0;
    for folder in page.lines().filter_map(|line| line.strip_prefix("cd ")) {
        let vendor = read(format!("demo-data/sdk/{folder}/vendor.toml"));
        let trust = license_core::Trust::from_vendor_file(&vendor).expect("a vendor file");
        let file = place.path(&format!("demo-data/sdk/{folder}/{}.lic", trust.product()));
        let file = license_core::installed::LicenseFile::at(file);
        let license: license_core::UnverifiedLicense =
            file.text().expect("a file").parse().expect("a license");
        license.signed_at(&trust).expect("this vendor's");
        assert!(said.contains(&format!("(cd demo-data/sdk/{folder} && LICENSE_AGENT_DIR=. ")), "{said}");
        languages += 1;
    }
    assert!(languages > 0, "{page}");
    let python = read("demo-data/sdk/python/ten_lines.py".into());
    assert!(python.lines().all(|line| said.contains(line)), "{said}");
}

/// What is printed works in the folder where it was printed, and the operator's commands work on the demo's settings.
#[tokio::test(flavor = "multi_thread")]
async fn what_the_demo_prints_in_the_end_can_be_typed() {
    let place = Workplace::new();
    let out = place.path("said");
    let mut command = place.bare(&["demo", "--data", "demo data"]);
    let mut demo = command.stdout(std::fs::File::create(&out).expect("a file")).spawn().expect("it starts");
    let said = eventually("the demo says how to go on", || {
        std::fs::read_to_string(&out).ok().filter(|said| said.contains(" install "))
    })
    .await;
    let lines: Vec<&str> = said.lines().filter(|line| line.starts_with("  ")).map(str::trim).collect();
    let line = |part: &str| {
        *lines.iter().find(|line| line.contains(part)).unwrap_or_else(|| panic!("{part}: {said}"))
    };
    let code = said.lines().find_map(|line| line.split_once("activation code")).expect("a code").1.trim();
    let code = code.split(':').next().expect("a code");
    let activate = line(&format!(" activate {code}"));
    assert!(activate.contains("license-agent --vendor 'demo data'/vendor.toml"), "{activate}");
    assert!(!said.contains("cargo run"), "{said}");
    let typed =
        |line: &str| ran(std::process::Command::new("sh").args(["-c", line]).current_dir(place.dir.path()));
    let listed = typed(line(" instances list ")).ok();
    assert!(listed.contains("active"), "{listed}");
    assert!(typed(line(" seats list ")).ok().contains("taken"), "the seat of the demo's own application");
    let vendor = std::fs::read_to_string(place.path("demo data/vendor.toml")).expect("a vendor file");
    let vendor: license_core::VendorFile = vendor.parse().expect("a vendor file");
    let server: license_core::ServerUrl = vendor.server.expect("a server").parse().expect("that agents ask");
    assert!(said.contains(&format!("curl {server}/readyz")), "{said}");
    demo.kill().expect("ended");
    demo.wait().expect("ended");
}

/// Whoever looks for how to free a seat is not told of every setting first.
#[test]
fn a_commands_own_options_stand_before_the_settings_which_short_help_leaves_out() {
    let place = Workplace::new();
    for (command, own) in [
        (&["seats", "free"][..], "--reason"),
        (&["keys", "export"], "--agent"),
        (&["issue"], "--fingerprint"),
        (&["serve"], "--log-format"),
        (&["backup"], "--into"),
        (&["check"], "--online"),
    ] {
        let help = |flag: &str| ran(&mut place.bare(&[command, &[flag]].concat())).ok();
        let (short, long) = (help("-h"), help("--help"));
        let (before, settings) = long.split_once("\nSettings:\n").expect("settings apart");
        let settings = settings.split("\nExample").next().expect("the settings alone");
        let is_option = |line: &str| line.split_whitespace().next() == Some(own);
        assert!(before.lines().any(is_option) && !settings.lines().any(is_option), "{long}");
        assert!(settings.contains("--retention-notices") && !before.contains("--config"), "{long}");
        assert!(short.contains(own) && short.contains("--config"), "{short}");
        assert!(!short.contains("--retention-notices") && short.lines().count() < 60, "{short}");
    }
}

#[test]
fn every_command_has_help() {
    fn walk(place: &Workplace, command: &clap::Command, path: &[&str]) -> usize {
        let help = ran(&mut place.bare(&[path, &["--help"]].concat())).ok();
        assert!(help.contains("Usage: license-server"), "{path:?}: {help}");
        let about = command.get_about().map(ToString::to_string).unwrap_or_default();
        assert!(
            about.len() > 8 && help.contains(about.split_whitespace().next().expect("a word")),
            "{path:?}: {help}"
        );
        let inner = command.get_subcommands().filter(|inner| inner.get_name() != "help");
        1 + inner.map(|inner| walk(place, inner, &[path, &[inner.get_name()]].concat())).sum::<usize>()
    }
    let place = Workplace::new();
    let commands = walk(&place, &Cli::command(), &[]);
    assert!(commands >= 18, "{commands}");
    assert!(ran(&mut place.bare(&["--version"])).ok().starts_with("license-server "));
    for shell in ["bash", "zsh", "fish", "powershell"] {
        assert!(ran(&mut place.bare(&["completions", shell])).ok().contains("license-server"));
    }
    for wrong in [&[][..], &["sell"], &["serve", "--access-keys", "x"], &["keys"], &["check", "--liste", "x"]]
    {
        assert_eq!(ran(&mut place.bare(wrong)).code, Some(2), "{wrong:?}");
    }
}
