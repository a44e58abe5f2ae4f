//! Devices that change, that show more or less of themselves, and that look like each other.

use license_server::storage::suspect_views::SuspectRow;
use license_tests::{Machine, Market, Shop, machine};

async fn apply(shop: &Shop, instance: &str, event: &str, on: &Machine) -> String {
    shop.apply(instance, event, &on.df1(&shop.realm())).await.code().to_owned()
}

/// What is noted once every seat was looked at.
async fn suspects(shop: &Shop) -> Vec<SuspectRow> {
    let db = shop.database();
    let all_seen = || (!db.has_moved_seats().expect("readable")).then_some(());
    license_tests::eventually("every seat was looked at", all_seen).await;
    db.suspects(shop.now(), 99).expect("readable")
}

/// R44
#[tokio::test]
async fn both_texts_of_one_machine_are_on_one_seat_whichever_comes_first() {
    for agent_first in [true, false] {
        let shop = Shop::open().await;
        let instance = shop.buy("order").await;
        let (agent, client) = (machine(1).df1(&shop.realm()), machine(1).four_part());
        let texts = if agent_first { [&agent, &client, &agent] } else { [&client, &agent, &client] };
        for (n, text) in texts.into_iter().enumerate() {
            let reply = shop.apply(&instance, &format!("e{n}"), text).await;
            assert_eq!(reply.code(), "000000", "{n}, agent first: {agent_first}: {reply:?}");
            let token = shop.delivered(&format!("e{n}")).await;
            shop.verify(&token, "cad", &machine(1)).expect("it opens on its machine");
        }
        assert_eq!(shop.database().seats(shop.now(), &instance).expect("readable").len(), 1);
        assert_eq!(suspects(&shop).await, []);
    }
}

/// R48
#[tokio::test]
async fn a_seat_never_carries_a_license_that_opens_a_machine_which_shares_nothing_with_it() {
    let shop = Shop::open().await;
    let instance = shop.buy("order").await;
    // A text that shows little of a machine, then one that adds most of another.
    let little = format!("|{}||", machine(1).disk);
    assert_eq!(shop.apply(&instance, "e1", &little).await.code(), "000000");
    let mixed = Machine { disk: machine(1).disk, ..machine(2) };
    assert_eq!(apply(&shop, &instance, "e2", &mixed).await, "000900");
}

/// R52
#[tokio::test]
async fn a_part_on_two_seats_at_once_is_noted_with_both_sides_and_nothing_is_refused() {
    let shop = Shop::selling("[default]\ncode = \"cad\"\nseats = 5\n").await;
    let (one, other) = (shop.buy("one").await, shop.buy("other").await);
    assert_eq!(apply(&shop, &one, "e1", &machine(1)).await, "000000");
    assert_eq!(apply(&shop, &one, "e2", &machine(2)).await, "000000");
    assert_eq!(suspects(&shop).await, []);
    // An image of the first machine's disk on another one, under the other instance.
    let image = Machine { os: machine(1).os, ..machine(3) };
    assert_eq!(apply(&shop, &other, "f1", &image).await, "000000");
    let found = suspects(&shop).await;
    assert_eq!(found.len(), 1, "{found:?}");
    let mut sides = [found[0].one.instance.clone(), found[0].other.instance.clone()];
    sides.sort();
    let mut expected = [one.clone(), other.clone()];
    expected.sort();
    assert_eq!(sides, expected);
    assert_eq!(found[0].same, ["os"]);
    assert_eq!(found[0].different, ["mac", "disk", "board", "system"]);
    // The same disk in another machine of the same instance.
    let moved_disk = Machine { disk: machine(2).disk, ..machine(4) };
    assert_eq!(apply(&shop, &one, "e4", &moved_disk).await, "000000");
    assert_eq!(suspects(&shop).await.len(), 2);
    // The same machine under another instance is one of two things, and said to be.
    assert_eq!(apply(&shop, &other, "f2", &machine(2)).await, "000000");
    assert!(suspects(&shop).await.iter().any(|found| found.looks_like.contains("one machine on both")));
    // A clone that got another network address, as hypervisors give it.
    let clone = Machine { mac: machine(9).mac, ..moved_disk };
    assert_eq!(apply(&shop, &other, "f3", &clone).await, "000000");
    let named =
        suspects(&shop).await.into_iter().filter(|found| found.different == ["mac"]).collect::<Vec<_>>();
    assert_eq!(named.len(), 1, "{named:?}");
    assert!(named[0].looks_like.starts_with("a clone with another network address"), "{named:?}");
}

/// R52
#[tokio::test]
async fn two_machines_that_take_turns_on_one_seat_are_noted() {
    let shop = Shop::open().await;
    let instance = shop.buy("order").await;
    let clone = Machine { mac: machine(2).mac, ..machine(1) };
    assert_eq!(apply(&shop, &instance, "e1", &machine(1)).await, "000000");
    assert_eq!(apply(&shop, &instance, "e2", &clone).await, "000000");
    assert_eq!(suspects(&shop).await, [], "a network card was replaced");
    assert_eq!(apply(&shop, &instance, "e3", &machine(1)).await, "000000", "never refused silently");
    let found = suspects(&shop).await;
    assert_eq!(found.len(), 1);
    assert!(found[0].looks_like.contains("take turns"), "{found:?}");
    let history = shop.database().history(&instance, 9).expect("readable");
    assert!(history.iter().any(|entry| entry.what == "suspected-clone"), "{history:?}");
    let rebased = history.iter().find(|entry| entry.what == "rebased").expect("the card was noted");
    assert!(rebased.detail.contains("mac"), "{rebased:?}");
    let seats = shop.database().seats(shop.now(), &instance).expect("readable");
    assert_eq!(seats[0].rebased[0].changed, ["mac"]);
}

#[tokio::test]
async fn the_operator_sees_both_sides_of_a_suspicion_and_no_digest() {
    let market = Market::open().await;
    let instance = market.buy("order", 5).await;
    let none = market.operator(&["devices", "--suspect"]).ok();
    assert!(none.contains("no part of a machine is on two seats"), "{none}");
    assert_eq!(apply(&market.shop, &instance, "e1", &machine(1)).await, "000000");
    let other = Machine { board: machine(1).board, ..machine(2) };
    assert_eq!(apply(&market.shop, &instance, "e2", &other).await, "000000");
    assert_eq!(suspects(&market.shop).await.len(), 1);
    let said = market.operator(&["devices", "--suspect"]).ok();
    assert!(said.contains("seat 1") && said.contains("seat 2") && said.contains("board"), "{said}");
    let json = market.operator(&["devices", "--suspect", "--json"]).json();
    assert_eq!(json[0]["same"][0], "board", "{json}");
    let seats = market.operator(&["seats", "list", &instance, "--json"]).ok();
    assert!(!seats.contains("left"), "{seats}");
}

/// Gives a machine one part of another.
type Swap = fn(&mut Machine, Machine);

/// R45, R51
#[tokio::test]
async fn each_part_can_be_swapped_the_license_still_opens_the_seat_stays_and_the_next_license_is_whole() {
    let swaps: [(&str, Swap); 5] = [
        ("mac", |on, from| on.mac = from.mac),
        ("disk", |on, from| on.disk = from.disk),
        ("board", |on, from| on.board = from.board),
        ("system", |on, from| on.system = from.system),
        ("os", |on, from| on.os = from.os),
    ];
    for (kind, swap) in swaps {
        let shop = Shop::open().await;
        let instance = shop.buy("order").await;
        assert_eq!(apply(&shop, &instance, "e1", &machine(1)).await, "000000");
        let first = shop.delivered("e1").await;
        let mut swapped = machine(1);
        swap(&mut swapped, machine(2));
        let license = shop.verify(&first, "cad", &swapped).unwrap_or_else(|e| panic!("{kind}: {e}"));
        let verdict = license.verdict().expect("bound");
        let changed: Vec<_> = verdict
            .components()
            .iter()
            .filter(|part| part.outcome == license_core::Outcome::Changed)
            .map(|part| part.kind.to_string())
            .collect();
        assert_eq!(changed, [kind]);
        assert_eq!(apply(&shop, &instance, "e2", &swapped).await, "000000", "{kind}");
        let seats = shop.database().seats(shop.now(), &instance).expect("readable");
        assert_eq!((seats.len(), &seats[0].rebased[0].changed[..]), (1, &[kind.to_owned()][..]));
        let next = shop.verify(&shop.delivered("e2").await, "cad", &swapped).expect("it opens");
        assert_eq!(next.verdict().expect("bound").score_percent(), 100);
    }
}

#[tokio::test]
async fn a_new_main_board_is_survived_where_the_network_card_is_not_on_it() {
    let shop = Shop::open().await;
    let instance = shop.buy("order").await;
    assert_eq!(apply(&shop, &instance, "e1", &machine(1)).await, "000000");
    let repaired = Machine { board: machine(2).board, system: machine(2).system, ..machine(1) };
    shop.verify(&shop.delivered("e1").await, "cad", &repaired).expect("three parts of four are there");
    assert_eq!(apply(&shop, &instance, "e2", &repaired).await, "000000");
    let seats = shop.database().seats(shop.now(), &instance).expect("readable");
    assert_eq!(
        (seats.len(), &seats[0].rebased[0].changed[..]),
        (1, &["board", "system"].map(str::to_owned)[..])
    );
}

/// R45, R54, R103
#[tokio::test]
async fn a_new_main_board_with_the_only_network_card_is_another_machine_until_the_operator_frees_the_seat() {
    let market = Market::with("[default]\ncode = \"cad\"\n", |_| {}).await;
    let instance = market.buy("order", 1).await;
    assert_eq!(apply(&market.shop, &instance, "e1", &machine(1)).await, "000000");
    let Machine { mac, board, system, .. } = machine(2);
    let repaired = Machine { mac, board, system, ..machine(1) };
    let first = market.delivered("e1").await;
    let refused = market.shop.verify(&first, "cad", &repaired).expect_err("too much of it changed");
    assert!(refused.to_string().contains("board"), "{refused}");
    assert_eq!(apply(&market.shop, &instance, "e2", &repaired).await, "000900");
    let free = ["seats", "free", &instance, "1", "--reason", "new main board"];
    let _ = market.operator(&free).ok();
    assert_eq!(apply(&market.shop, &instance, "e3", &repaired).await, "000000");
    market.shop.verify(&market.delivered("e3").await, "cad", &repaired).expect("it opens");
}
