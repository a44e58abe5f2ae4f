//! Seats: who has one, who may have one, and what a changed device keeps.

use clap::Parser as _;
use license_server::commands::Cli;
use license_tests::{DAY, Machine, Shop, database_url, machine};

const THREE: &str = "[default]\ncode = \"cad\"\nseats = 3\n";

async fn apply(shop: &Shop, instance: &str, event: &str, machine: &Machine) -> String {
    shop.apply(instance, event, &machine.four_part()).await.code().to_owned()
}

fn seats(shop: &Shop, instance: &str) -> Vec<license_server::storage::views::SeatRow> {
    shop.database().seats(shop.now(), instance).expect("readable")
}

/// R44
#[tokio::test]
async fn a_device_that_asks_again_renews_its_seat() {
    let shop = Shop::open().await;
    let instance = shop.buy("order").await;
    assert_eq!(shop.apply_for(&instance, "e1", 1).await, "000000");
    assert_eq!(shop.apply_for(&instance, "e2", 1).await, "000000");
    assert_eq!(shop.apply_for(&instance, "e3", 2).await, "000900");
    assert_eq!(seats(&shop, &instance).len(), 1);
}

/// R40
#[tokio::test]
async fn a_seat_is_free_again_when_its_licenses_have_ended() {
    let shop = Shop::open().await;
    let instance = shop.buy("order").await;
    assert_eq!(shop.apply_for(&instance, "e1", 1).await, "000000");
    shop.hand.advance_ms((30 * DAY - 1) * 1000);
    assert_eq!(shop.apply_for(&instance, "e2", 2).await, "000900", "one second is left");
    shop.hand.advance_ms(1000);
    assert_eq!(shop.apply_for(&instance, "e3", 2).await, "000000");
    assert_eq!(shop.apply_for(&instance, "e4", 1).await, "000900", "the first machine comes too late");
}

/// R41
#[tokio::test]
async fn a_trials_machine_takes_no_seat_of_the_paid_order() {
    let shop = Shop::open().await;
    let instance = shop.buy("order").await;
    assert_eq!(shop.apply_for(&instance, "e1", 1).await, "000000");
    assert_eq!(shop.refresh(&instance, "TRIAL_TO_FORMAL", "paid", shop.now().plus(90 * DAY)).await, "000000");
    assert_eq!(shop.apply_for(&instance, "e2", 2).await, "000000", "the seat of the paid order");
    assert_eq!(shop.apply_for(&instance, "e3", 1).await, "000900", "there is only one");
}

/// R42
#[tokio::test]
async fn after_a_lowered_quantity_seats_are_renewed_in_the_order_they_ask() {
    let shop = Shop::selling(THREE).await;
    let instance = shop.buy("order").await;
    for n in 1..=3 {
        assert_eq!(shop.apply_for(&instance, &format!("e{n}"), n).await, "000000");
    }
    assert_eq!(shop.apply_for(&instance, "e4", 4).await, "000900");
    let folder = shop.close().await;
    let lowered = Shop::builder().catalog("[default]\ncode = \"cad\"\nseats = 2\n").in_folder(folder);
    let shop = lowered.open().await;
    assert_eq!(shop.apply_for(&instance, "f3", 3).await, "000000");
    assert_eq!(shop.apply_for(&instance, "f1", 1).await, "000000");
    assert_eq!(shop.apply_for(&instance, "f2", 2).await, "000900", "the third that asks is one too many");
    assert_eq!(shop.apply_for(&instance, "g3", 3).await, "000000", "those that were renewed may ask again");
    assert_eq!(shop.apply_for(&instance, "g4", 4).await, "000900");
    assert_eq!(shop.apply_for(&instance, "e2", 2).await, "000000", "a repeat still gets its license");
}

/// R54, R103
#[tokio::test]
async fn a_freed_seat_is_free_at_once_and_the_reason_is_recorded() {
    let shop = Shop::open().await;
    let instance = shop.buy("order").await;
    assert_eq!(shop.apply_for(&instance, "e1", 1).await, "000000");
    assert_eq!(shop.apply_for(&instance, "e2", 2).await, "000900");
    let folder = shop.dir.path();
    let path = |name: &str| folder.join(name).display().to_string();
    let database = database_url(folder);
    let (keys, products) = (path("keys"), path("catalog.toml"));
    #[rustfmt::skip]
    let free = Cli::parse_from([
        "license-server", "seats", "free", &instance, "1", "--reason", "stolen",
        "--issuer", "https://vendor.example", "--database", &database, "--keys", &keys, "--products", &products,
    ]);
    let freed = tokio::task::spawn_blocking(move || free.run().map_err(Box::new)).await;
    freed.expect("no panic").expect("freed while the server runs");
    assert_eq!(shop.apply_for(&instance, "e3", 2).await, "000000");
    assert_eq!(shop.apply_for(&instance, "e4", 1).await, "000900", "the lost machine is a new one");
    let history = shop.database().history(&instance, 9).expect("readable");
    assert!(
        history.iter().any(|entry| entry.what == "seat-freed" && entry.detail.contains("stolen")),
        "{history:?}"
    );
    assert_eq!(seats(&shop, &instance)[0].state, "freed");
}

/// R47
#[tokio::test]
async fn a_changed_device_keeps_its_seat_and_the_third_rebasing_in_a_year_is_none() {
    let shop = Shop::open().await;
    let instance = shop.buy("order").await;
    let mut now = machine(1);
    assert_eq!(apply(&shop, &instance, "e1", &now).await, "000000");
    now.mac = machine(2).mac;
    assert_eq!(apply(&shop, &instance, "e2", &now).await, "000000");
    now.disk = machine(3).disk;
    assert_eq!(apply(&shop, &instance, "e3", &now).await, "000000");
    assert_eq!(seats(&shop, &instance)[0].rebased.len(), 2);
    now.mac = machine(4).mac;
    assert_eq!(apply(&shop, &instance, "e4", &now).await, "000000", "it still fits the second baseline");
    assert_eq!(seats(&shop, &instance)[0].rebased.len(), 2, "which stays");
    let license =
        shop.verify(&shop.delivered("e4").await, "cad", &now).expect("the seat's license opens there too");
    assert_eq!(license.verdict().expect("bound").score_percent(), 73, "all but its new network card");
    let mut next = now.clone();
    next.disk = machine(5).disk;
    assert_eq!(apply(&shop, &instance, "e5", &next).await, "000900", "too far from the baseline");
    shop.days_pass(366);
    assert_eq!(apply(&shop, &instance, "e6", &now).await, "000000");
    assert_eq!(apply(&shop, &instance, "e7", &next).await, "000000", "a year later it may move again");
}

/// R51
#[tokio::test]
async fn a_part_that_is_only_missing_does_not_move_the_baseline() {
    let shop = Shop::open().await;
    let instance = shop.buy("order").await;
    let whole = machine(1);
    assert_eq!(apply(&shop, &instance, "e1", &whole).await, "000000");
    let unplugged = Machine { mac: String::new(), ..whole.clone() };
    assert_eq!(apply(&shop, &instance, "e2", &unplugged).await, "000000");
    assert!(seats(&shop, &instance)[0].rebased.is_empty());
    assert_eq!(apply(&shop, &instance, "e3", &whole).await, "000000");
    assert_eq!(seats(&shop, &instance).len(), 1);
}

/// R39
#[tokio::test]
async fn one_license_may_grant_all_units() {
    let shop = Shop::selling("[default]\ncode = \"cad\"\nseats = 5\nunits = \"all\"\n").await;
    let instance = shop.buy("order").await;
    assert_eq!(shop.apply_for(&instance, "e1", 1).await, "000000");
    let license = shop.verify(&shop.delivered("e1").await, "cad", &machine(1)).expect("valid");
    assert_eq!(license.quantity(), 5);
    assert_eq!(shop.apply_for(&instance, "e2", 2).await, "000900", "and so there is one such license");
}
