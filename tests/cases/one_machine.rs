//! One seat, one machine: texts that are padded, copied or shown in turn, through all three ways to a license.

use license_core::{Fingerprint, Kind};
use license_tests::{DAY, Machine, Market, Shop, machine};

const CATALOG: &str = "[default]\ncode = \"cad\"\nterm = \"perpetual\"\nseats = 1\n";

/// Facts of a machine that also has others' facts, as one text.
fn text(shop: &Shop, values: &[(Kind, &str)]) -> String {
    let all = Fingerprint::from_values(&shop.realm(), values.iter().copied()).expect("an anchor");
    all.to_text().expect("components have a text")
}

/// All of the first machine but what a padded text leaves to the other, and all of that one.
fn padded(shop: &Shop, other: &Machine) -> String {
    let first = machine(1);
    text(
        shop,
        &[
            (Kind::Mac, &first.mac),
            (Kind::Disk, &first.disk),
            (Kind::Mac, &other.mac),
            (Kind::Disk, &other.disk),
            (Kind::Os, &other.os),
        ],
    )
}

fn user(shop: &Shop, of: &Machine) -> String {
    text(shop, &[(Kind::Mac, &of.mac), (Kind::Disk, &of.disk), (Kind::Os, &of.os)])
}

/// R48
#[tokio::test]
async fn padded_texts_open_no_machine_that_shares_nothing_with_the_seat() {
    let shop = Shop::selling(CATALOG).await;
    let instance = shop.buy("order").await;
    let code = shop.code(&instance);
    let first = shop.activate(&code, &user(&shop, &machine(1))).await;
    assert_eq!(first.status, 201);
    for n in 2..12 {
        let other = machine(n);
        let mut licenses = vec![first.license()];
        let renewed = shop.renew(&first.license(), &padded(&shop, &other)).await;
        let activated = shop.activate(&code, &padded(&shop, &other)).await;
        licenses.extend([renewed, activated].iter().filter(|reply| reply.status == 200).map(|r| r.license()));
        // As the store's client would write it, and as the agent.
        let four_part =
            format!("{},{}|{},{}|{}|", machine(1).mac, other.mac, machine(1).disk, other.disk, other.board);
        for (way, text) in [("bars", four_part), ("agent", padded(&shop, &other))] {
            let event = format!("{way}-{n}");
            if shop.apply(&instance, &event, &text).await.code() == "000000" {
                licenses.push(shop.delivered(&event).await);
            }
        }
        for license in licenses {
            let opened = shop.verify(&license, "cad", &other);
            assert!(opened.is_err(), "machine {n} shares nothing with the seat's");
        }
    }
    let seats = shop.database().seats(shop.now(), &instance).expect("readable");
    assert_eq!(seats.len(), 1);
    assert!(seats[0].bindings <= 3, "{seats:?}");
    assert_eq!(
        shop.activate(&code, &user(&shop, &machine(1))).await.status,
        200,
        "its own machine is served"
    );
}

/// R46
#[tokio::test]
async fn a_machine_that_gained_disks_keeps_its_license() {
    let shop = Shop::selling(CATALOG).await;
    let code = shop.code(&shop.buy("order").await);
    let first = shop.activate(&code, &user(&shop, &machine(1))).await;
    let Machine { mac, disk, os, .. } = machine(1);
    let disks: Vec<String> = (5..8).map(|n| machine(n).disk).collect();
    let mut values = vec![(Kind::Mac, mac.as_str()), (Kind::Disk, &disk), (Kind::Os, &os)];
    values.extend(disks.iter().map(|disk| (Kind::Disk, disk.as_str())));
    let grown = shop.renew(&first.license(), &text(&shop, &values)).await;
    assert_eq!((grown.status, grown.license()), (200, first.license()));
}

/// R49
#[tokio::test]
async fn one_copied_file_shares_no_seat() {
    let catalog = format!("{CATALOG}least_strength = \"fair\"\n");
    let shop = Shop::selling(&catalog).await;
    let instance = shop.buy("order").await;
    let code = shop.code(&instance);
    let first = shop.activate(&code, &user(&shop, &machine(1))).await;
    for n in 0..20 {
        let own = format!("i-0af01c77234567{n:02}a");
        let copied = text(&shop, &[(Kind::Os, &machine(1).os), (Kind::Cloud, &own)]);
        assert_eq!(shop.renew(&first.license(), &copied).await.problem(), (403, "other-device"));
        assert_eq!(shop.activate(&code, &copied).await.problem().1, "no-seat");
        assert_eq!(shop.apply(&instance, &format!("e{n}"), &copied).await.code(), "000900");
    }
}

/// R47, R51, R52
#[tokio::test]
async fn what_a_seat_sees_first_is_counted_shown_and_compared_and_too_much_of_it_is_suspect() {
    let market = Market::with("[default]\ncode = \"cad\"\nleast_strength = \"fair\"\n", |_| {}).await;
    let instance = market.buy("order", 1).await;
    let shop = &market.shop;
    let Machine { mac, disk, os, .. } = machine(1);
    let on_cloud = |n: u32| {
        let own = format!("i-0af01c77234567{n:02}a");
        text(shop, &[(Kind::Mac, &mac), (Kind::Disk, &disk), (Kind::Os, &os), (Kind::Cloud, &own)])
    };
    assert_eq!(shop.apply(&instance, "e0", &user(shop, &machine(1))).await.code(), "000000");
    for n in 1..=4 {
        assert_eq!(shop.apply(&instance, &format!("e{n}"), &on_cloud(n)).await.code(), "000000");
    }
    let seats = market.operator(&["seats", "list", &instance, "--json"]).json();
    assert_eq!(seats[0]["bindings"], 3, "{seats}");
    assert_eq!(seats[0]["rebased"][0]["added"][0], "cloud", "{seats}");
    assert_eq!(seats[0]["rebased"][1]["changed"][0], "cloud", "{seats}");
    let listed = market.operator(&["seats", "list", &instance]).ok();
    assert!(listed.contains("+cloud"), "{listed}");
    let suspected = market.operator(&["devices", "--suspect", "--json"]).json();
    assert_eq!(suspected.as_array().map(Vec::len), Some(1), "{suspected}");
    assert_eq!(shop.apply(&instance, "e9", &user(shop, &machine(1))).await.code(), "000000", "as before");
}

/// R46, R86
#[tokio::test]
async fn two_texts_in_turn_store_nothing_after_the_first_of_each() {
    let shop = Shop::selling(CATALOG).await;
    let code = shop.code(&shop.buy("order").await);
    let texts = [machine(1).df1(&shop.realm()), machine(1).four_part(), user(&shop, &machine(1))];
    let mut licenses = Vec::new();
    for text in &texts {
        licenses.push(shop.activate(&code, text).await.license());
    }
    assert_eq!(licenses[0], licenses[2], "what opens is given again");
    assert_ne!(licenses[0], licenses[1], "the store's text shows too little for that");
    let before = shop.stored();
    for _ in 0..10 {
        for (text, license) in texts.iter().zip(&licenses) {
            assert_eq!(&shop.activate(&code, text).await.license(), license);
            assert_eq!(&shop.renew(&licenses[0], text).await.license(), license);
        }
    }
    assert_eq!(shop.stored(), before);
}

/// R101
#[tokio::test]
async fn the_end_that_was_issued_by_hand_is_the_purchases_end() {
    for term in ["periodic", "perpetual"] {
        let catalog = format!("[default]\ncode = \"cad\"\nterm = \"{term}\"\nmax_license_days = 30\n");
        let market = Market::with(&catalog, |_| {}).await;
        let shop = &market.shop;
        let end = shop.now().plus(7 * DAY).to_string();
        let text = user(shop, &machine(1));
        let args = ["issue", "--product", "cad", "--fingerprint", &text, "--end", &end, "--json"];
        let issued = market.operator(&args).json();
        let (license, id) =
            (issued["license"].as_str().expect("one"), issued["instance"].as_str().expect("one"));
        let ends = |license: &str| {
            shop.verify(license, "cad", &machine(1)).expect("valid").expires_at().map(|at| at.to_string())
        };
        shop.days_pass(5);
        let renewed = shop.renew(license, &text).await;
        assert_eq!((renewed.status, ends(&renewed.license())), (200, Some(end.clone())), "{term}");
        let activated = shop.activate_with(&shop.code(id), &text, None).await;
        assert_eq!(activated.license(), renewed.license());
        shop.days_pass(2);
        assert_eq!(shop.renew(license, &text).await.problem(), (403, "ended"), "{term}");
        assert_eq!(shop.activate(&shop.code(id), &text).await.problem(), (403, "ended"), "{term}");
    }
}

/// R35, R36
#[tokio::test]
async fn a_license_through_the_store_begins_near_its_signing_and_no_later_than_the_setting_says() {
    let builder = Shop::builder().catalog("[default]\ncode = \"cad\"\nmax_license_days = 400\n");
    let shop = builder.with(|settings| settings.max_start_ahead = 2 * DAY).open().await;
    let instance = shop.buy("order").await;
    let apply = async |event: &str, from: &str, until: &str| {
        let mut body = shop.application(&instance, event, &machine(1).df1(&shop.realm()));
        body["effectiveTime"] = from.into();
        body["expireTime"] = until.into();
        shop.call(body).await.code().to_owned()
    };
    assert_eq!(apply("far", "20990101000000", "21000101000000").await, "000901");
    assert_eq!(apply("early", "19700101000000", "21000101000000").await, "000000");
    let license = shop.verify(&shop.delivered("early").await, "cad", &machine(1)).expect("valid");
    assert_eq!(license.not_before(), shop.now().plus(-DAY));
    assert_eq!(license.expires_at(), Some(shop.now().plus(400 * DAY)), "from now");
}
