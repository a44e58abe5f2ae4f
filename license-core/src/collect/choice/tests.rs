use super::*;

fn mac(source: &str, value: &str, rank: Rank) -> Candidate {
    Candidate { rank, ..Candidate::new(Kind::Mac, source, Ok(value.to_owned())) }
}

fn disk(part: &str, file: &str, wish: u8, value: &str, rank: Rank) -> Candidate {
    let candidate = Candidate::new(Kind::Disk, format!("{part}/{file}"), Ok(value.to_owned()));
    Candidate { rank, wish, part: Some(part.into()), ..candidate }
}

fn outcome(candidates: Vec<Candidate>) -> Vec<(String, String)> {
    knowing(candidates, &[])
}

fn knowing(candidates: Vec<Candidate>, licensed: &[&str]) -> Vec<(String, String)> {
    let facts = choose(candidates, &|_, value| licensed.contains(&value));
    facts.into_iter().map(|fact| (fact.source, fact.status.to_string())).collect()
}

fn used(outcome: &[(String, String)]) -> Vec<&str> {
    outcome.iter().filter(|(_, status)| status == "used").map(|(source, _)| source.as_str()).collect()
}

#[test]
fn the_lowest_values_stay_whatever_the_order() {
    let cards =
        |order: [u8; 6]| order.map(|n| mac(&format!("card{n}"), &format!("047C1600000{n}"), Rank::Physical));
    let one = outcome(cards([1, 2, 3, 4, 5, 6]).into());
    assert_eq!(one, outcome(cards([6, 3, 5, 1, 2, 4]).into()));
    assert_eq!(one[3].1, "used");
    assert_eq!(one[4].1, "over the limit");
}

#[test]
fn what_the_text_has_no_room_for_counts_all_the_same() {
    let facts = choose(
        (1..9).map(|n| mac(&n.to_string(), &format!("047C1600000{n}"), Rank::Physical)).collect(),
        &|_, _| false,
    );
    assert!(facts.iter().all(|fact| fact.counts));
    assert_eq!(facts.iter().filter(|fact| fact.status == FactStatus::Used).count(), 4);
    let junk = choose(vec![mac("a", "02FC00000001", Rank::Physical)], &|_, _| false);
    assert!(!junk[0].counts);
}

#[test]
fn a_removable_card_is_named_only_where_nothing_else_is() {
    let usb = || mac("usb", "00E04C36A177", Rank::Removable);
    assert_eq!(outcome(vec![usb()])[0].1, "used");
    let beside = outcome(vec![usb(), mac("built in", "047C16000001", Rank::Physical)]);
    assert_eq!(
        beside,
        [("built in", "used"), ("usb", "removable adapter")].map(|(a, b)| (a.into(), b.into()))
    );
    let beside_junk = outcome(vec![usb(), mac("built in", "02FC00000001", Rank::Physical)]);
    assert_eq!(beside_junk[1].1, "used");
}

#[test]
fn a_card_of_the_system_around_is_named_only_where_a_license_names_it() {
    let card = || vec![mac("eth0", "5CBBF69EEEFA", Rank::Borrowed)];
    assert_eq!(outcome(card())[0].1, "virtual adapter");
    assert_eq!(knowing(card(), &["5CBBF69EEEFA"])[0].1, "used");
}

#[test]
fn a_value_counts_once() {
    let twice = vec![mac("a", "04:7C:16:00:00:01", Rank::Physical), mac("b", "047c16000001", Rank::Physical)];
    assert_eq!(outcome(twice)[1].1, "the same as another");
}

#[test]
fn a_disk_is_named_once_and_the_name_is_the_one_that_is_wished_for() {
    let names = vec![
        disk("sda", "wwid", 1, "naa.5000c500a1b2c3d4", Rank::Physical),
        disk("sda", "serial", 0, "Z9QX71", Rank::Physical),
    ];
    assert_eq!(
        outcome(names.clone()),
        [("sda/serial", "used"), ("sda/wwid", "another name of the same part")]
            .map(|(a, b)| (a.into(), b.into()))
    );
    let known = knowing(names, &["5000C500A1B2C3D4"]);
    assert_eq!(used(&known), ["sda/wwid"], "one name of a disk, the licensed one");
}

#[test]
fn two_paths_to_one_disk_are_one_disk_by_any_name() {
    let paths = vec![
        disk("sda", "wwid", 1, "naa.5000c500a1b2c3d4", Rank::Physical),
        disk("sdb", "serial", 0, "Z9QX71", Rank::Physical),
        disk("sdb", "wwid", 1, "naa.5000c500a1b2c3d4", Rank::Physical),
        disk("sdc", "serial", 0, "Z9QX71", Rank::Physical),
    ];
    let outcome = outcome(paths);
    assert_eq!(used(&outcome), ["sdb/serial"], "{outcome:?}");
    assert_eq!(outcome[3].1, "the same as another");
}

#[test]
fn local_disks_are_named_before_those_of_a_network_and_physical_before_virtual_ones() {
    let of = |part: &str, rank| disk(part, "wwid", 0, &format!("naa.5000c500a1b2c3d{part}"), rank);
    let mixed = vec![
        of("1", Rank::Remote),
        of("2", Rank::Removable),
        of("3", Rank::Virtual),
        of("4", Rank::Physical),
    ];
    let all = outcome(mixed.clone());
    assert_eq!(used(&all), ["3/wwid", "4/wwid"]);
    assert_eq!([&all[0].1, &all[1].1], ["disk of a storage network", "removable disk"]);
    assert_eq!(used(&outcome(mixed[..2].to_vec())), ["1/wwid"]);
    assert_eq!(used(&outcome(mixed[1..2].to_vec())), ["2/wwid"]);
    let many: Vec<_> =
        (1..6).map(|n| of(&n.to_string(), Rank::Virtual)).chain([of("9", Rank::Physical)]).collect();
    assert_eq!(used(&outcome(many)), ["1/wwid", "2/wwid", "3/wwid", "9/wwid"]);
}

#[test]
fn what_a_license_names_is_named_first_and_then_the_rest() {
    let cards: Vec<_> =
        (1..=9).map(|n| mac(&n.to_string(), &format!("047C1600000{n}"), Rank::Physical)).collect();
    let known = knowing(cards.clone(), &["047C16000007", "047C16000009", "047C16FFFFFF"]);
    assert_eq!(used(&known), ["1", "2", "7", "9"]);
    let dock = [cards, vec![mac("dock", "00E04C36A177", Rank::Removable)]].concat();
    assert_eq!(used(&knowing(dock, &["00E04C36A177"])), ["1", "2", "3", "dock"]);
}
