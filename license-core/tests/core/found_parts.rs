//! What is found on a machine and what its text names of it: parts that are added, renamed, moved, or known by several
//! names.

#![expect(clippy::unwrap_used, reason = "a machine that cannot be played fails its test")]

use std::path::Path;

use license_core::collect::{CollectOptions, Collected, PlayedMachine, collect};
use license_core::{Binding, Fingerprint, Kind, Realm, Threshold, Verdict, Weights};
use proptest::prelude::*;

use crate::play;

const VENDOR: &str = "https://vendor.example";

fn read(text: &str, folder: &Path) -> Collected {
    play::build(&play::parse(text), folder);
    collect(&CollectOptions { root: folder.into(), ..CollectOptions::default() })
}

/// The machine that a text plays.
fn machine(text: &str) -> Collected {
    let folder = tempfile::tempdir().unwrap();
    read(text, folder.path())
}

fn text(of: &Collected) -> String {
    of.fingerprint(&Realm::new(VENDOR)).unwrap().to_text().unwrap()
}

fn licensed(on: &Collected) -> Binding {
    bound(&on.fingerprint(&Realm::new(VENDOR)).unwrap())
}

fn bound(fingerprint: &Fingerprint) -> Binding {
    Binding::new(fingerprint, &Weights::default(), Threshold::default()).unwrap()
}

fn check(binding: &Binding, on: &Collected) -> Verdict {
    binding.check(&on.device(&Realm::new(VENDOR)).unwrap())
}

const OS: &str = "/etc/machine-id = 9f1c2b3a4d5e6f708192a3b4c5d6e7f8\n";

fn disk(name: &str, wwid: &str) -> String {
    let at = format!("/sys/block/{name}");
    format!("{at}/removable = 0\n{at}/device/model = X\n{at}/device/wwid = {wwid}\n")
}

fn card(name: &str, address: &str) -> String {
    let at = format!("/sys/class/net/{name}");
    format!(
        "{at}/type = 1\n{at}/address = {address}\n{at}/addr_assign_type = 0\n{at}/device/vendor = 0x8086\n"
    )
}

#[test]
fn a_guest_that_gained_four_disks_is_licensed_and_shows_what_is_licensed() {
    let one = OS.to_owned() + &disk("sda", "naa.6000c29f1a2b3c4d5e6f708192a3b4c5");
    let more = ["0", "1", "2", "3"]
        .map(|n| disk(&format!("sd{n}"), &format!("naa.6000c29{n}1a2b3c4d5e6f708192a3b4c5")));
    let (before, after) = (machine(&one), machine(&(one + &more.concat())));
    let license = licensed(&before);
    let verdict = check(&license, &after);
    assert!(verdict.passes() && verdict.score_percent() == 100, "{verdict}");
    assert_ne!(licensed(&after).kinds().collect::<Vec<_>>(), license.kinds().collect::<Vec<_>>());
    let names = |of: &Collected| {
        let text = of.fingerprint(&Realm::new(VENDOR)).unwrap();
        let disks = text.components().iter().filter(|c| c.kind == Kind::Disk);
        disks.filter(|c| license.names(c.kind, c.digest)).count()
    };
    assert_eq!(names(&after), 0, "the lowest four are others");
    let told = after.licensed_by(&license, &Realm::new(VENDOR));
    assert_eq!(names(&told), 1);
    assert_eq!(told.fingerprint(&Realm::new(VENDOR)).unwrap().components().len(), 5, "and the rest by rank");
}

#[test]
fn another_vendors_license_changes_no_text() {
    let cards: String = (0..9).map(|n| card(&format!("eth{n}"), &format!("04:7c:16:00:00:1{n}"))).collect();
    let found = machine(&(OS.to_owned() + &cards));
    let highest = [(Kind::Mac, "047c16000018")];
    let of = |realm| bound(&Fingerprint::from_values(&Realm::new(realm), highest).unwrap());
    let before = text(&found);
    assert_ne!(text(&found.clone().licensed_by(&of(VENDOR), &Realm::new(VENDOR))), before);
    assert_eq!(text(&found.licensed_by(&of("https://other.example"), &Realm::new(VENDOR))), before);
}

#[test]
fn a_kernel_that_shows_another_name_of_a_disk_changes_nothing() {
    let nvme = |wwid: &str| {
        format!(
            "{OS}/sys/block/nvme0n1/removable = 0\n/sys/block/nvme0n1/wwid = {wwid}\n/sys/block/nvme0n1/device/serial = 2K4820A1B2C3        \n"
        )
    };
    let before = machine(&nvme("eui.6479a75480c00a12"));
    let after = machine(&nvme("nvme.1cc1-324b34383230413142324333-414441544120535838323030504e50-00000001"));
    assert_eq!(text(&before), text(&after));
    for (licensed_on, checked_on) in [(&before, &after), (&after, &before)] {
        assert_eq!(check(&licensed(licensed_on), checked_on).score_percent(), 100);
    }
    // A license by the world-wide name, as licenses were, holds as long as the name is shown.
    let values = [(Kind::Disk, "eui.6479a75480c00a12"), (Kind::Os, "9f1c2b3a4d5e6f708192a3b4c5d6e7f8")];
    let former = bound(&Fingerprint::from_values(&Realm::new(VENDOR), values).unwrap());
    assert_eq!(check(&former, &before).score_percent(), 100);
    let told = before.licensed_by(&former, &Realm::new(VENDOR));
    assert_eq!(licensed(&told), former, "and the machine shows what is licensed");
}

#[test]
fn licenses_by_the_former_rule_hold_on_every_machine() {
    let texts = include_str!("../../../tests/vectors/former-texts.json");
    let texts: std::collections::BTreeMap<String, String> = serde_json::from_str(texts).unwrap();
    let mut looked_at = 0;
    for played in play::playable() {
        let Some(former) = texts.get(&played.name) else { continue };
        let folder = tempfile::tempdir().unwrap();
        play::build(&played, folder.path());
        let options = CollectOptions {
            privileged: played.privileged,
            root: folder.path().into(),
            ..CollectOptions::default()
        };
        let found = collect(&options);
        let realm = Realm::new(VENDOR);
        let named = Fingerprint::parse(former, &realm).unwrap();
        let former = bound(&named);
        let verdict = check(&former, &found);
        assert!(verdict.passes() && verdict.score_percent() == 100, "{}: {verdict}", played.name);
        let told = found.licensed_by(&former, &realm).fingerprint(&realm).unwrap();
        assert!(named.components().iter().all(|c| told.components().contains(c)), "{}", played.name);
        looked_at += 1;
    }
    assert!(looked_at >= if cfg!(windows) { 12 } else { 30 }, "{looked_at} machines");
}

#[test]
fn the_lowest_of_120_disks_are_named_whatever_the_kernel_calls_them() {
    let name = |n: usize| match n {
        0..26 => format!("sd{}", (b'a' + n as u8) as char),
        n => format!("sd{}{}", (b'a' + (n / 26 - 1) as u8) as char, (b'a' + (n % 26) as u8) as char),
    };
    let jbod = |start: usize| -> String {
        let disks = (0..120).map(|n| {
            disk(
                &name(n),
                &format!("naa.5000c500{:08x}", 0x9e37_79b1_u32.wrapping_mul(((n + start) % 120) as u32 + 7)),
            )
        });
        OS.to_owned() + &disks.collect::<String>()
    };
    let (one, other) = (machine(&jbod(0)), machine(&jbod(57)));
    assert_eq!(text(&one), text(&other));
    assert_eq!(one.found(&Realm::new(VENDOR)).len(), 121, "all disks and the installation's id");
    let highest = [(Kind::Disk, format!("5000c500{:08x}", 0x9e37_79b1_u32.wrapping_mul(66)))];
    let highest = Fingerprint::from_values(
        &Realm::new(VENDOR),
        highest.iter().map(|(kind, value)| (*kind, value.as_str())),
    );
    assert!(check(&bound(&highest.unwrap()), &other).passes(), "each of them counts");
}

#[test]
fn many_virtual_cards_hide_no_real_one() {
    let shares: String = (0..200)
        .map(|n| {
            card(&format!("a{n:03}"), &format!("04:7c:15:00:00:{n:02x}"))
                + &format!("/sys/class/net/a{n:03}/device/physfn/x = 1\n")
        })
        .collect();
    let software: String = (0..300).map(|n| format!("/sys/class/net/veth{n:03}/type = 1\n")).collect();
    let real = card("zz0", "04:7c:16:5e:e3:5d");
    assert_eq!(
        text(&machine(&format!("{OS}{shares}{software}{real}"))),
        text(&machine(&format!("{OS}{real}")))
    );
}

#[test]
fn what_is_in_a_dock_or_lent_by_storage_is_in_no_text_and_keeps_licenses_that_name_it() {
    let own = format!("{OS}{}{}", card("eno1", "04:7c:16:5e:e3:5d"), disk("sdz", "naa.f000c500a1b2c3d4"));
    let dock = card("a0", "00:e0:4c:36:a1:77") + "/sys/class/net/a0/device/removable = removable\n";
    let docked_disk =
        disk("nvme1n1", "eui.0025384151a0b7d4") + "/sys/block/nvme1n1/device/device/removable = removable\n";
    let lent = disk("nvme2n1", "eui.0025384151a0b7d5") + "/sys/block/nvme2n1/device/transport = tcp\n";
    let (alone, all) = (machine(&own), machine(&format!("{own}{dock}{docked_disk}{lent}")));
    assert_eq!(text(&alone), text(&all));
    let values = [
        (Kind::Mac, "04:7c:16:5e:e3:5d"),
        (Kind::Mac, "00:e0:4c:36:a1:77"),
        (Kind::Disk, "naa.f000c500a1b2c3d4"),
        (Kind::Disk, "eui.0025384151a0b7d4"),
        (Kind::Disk, "eui.0025384151a0b7d5"),
    ];
    let former = bound(&Fingerprint::from_values(&Realm::new(VENDOR), values).unwrap());
    assert_eq!(check(&former, &all).score_percent(), 100);
    // Without anything of its own it goes by what there is.
    assert!(
        machine(&format!("{OS}{dock}")).fingerprint(&Realm::new(VENDOR)).unwrap().components().len() == 2
    );
}

/// A disk: its serial number, world-wide name, and where it is.
#[derive(Clone, Debug)]
struct Disk {
    serial: Option<u32>,
    wide: Option<u32>,
    place: u8,
}

impl Disk {
    fn shown(&self, name: &str) -> String {
        let at = format!("/sys/block/{name}");
        let mut text = format!("{at}/removable = 0\n{at}/device/model = X\n");
        if let Some(serial) = self.serial {
            text += &format!("{at}/device/serial = Q7X{serial:08}\n");
        }
        if let Some(wide) = self.wide {
            text += &format!("{at}/wwid = eui.a0b1c2d3{wide:08x}\n");
        }
        text + &match self.place {
            0 => format!("{at}/device/transport = tcp\n"),
            1 => format!("{at}/device/device/removable = removable\n"),
            _ => String::new(),
        }
    }
}

#[derive(Clone, Debug)]
struct Parts {
    disks: Vec<Disk>,
    cards: Vec<(u32, bool)>,
}

fn parts(most: usize) -> impl Strategy<Value = Parts> {
    let number = || prop::option::weighted(0.8, 0x1000_0000u32..0x7000_0000);
    let disk = (number(), number(), 0u8..6).prop_map(|(serial, wide, place)| Disk { serial, wide, place });
    let card = (0x10_0000u32..0x70_0000, any::<bool>());
    (prop::collection::vec(disk, 0..most), prop::collection::vec(card, 0..most))
        .prop_map(|(disks, cards)| Parts { disks, cards })
}

/// The machine under names of the kernel's that begin somewhere else, and in another order.
fn shown(parts: &Parts, start: usize, backwards: bool) -> String {
    let mut text = OS.to_owned();
    let place = |n: usize, all: usize| if backwards { start + all - n } else { start + n };
    for (n, disk) in parts.disks.iter().enumerate() {
        text += &disk.shown(&format!("d{:04}", place(n, parts.disks.len())));
    }
    for (n, (number, docked)) in parts.cards.iter().enumerate() {
        let name = format!("c{:04}", place(n, parts.cards.len()));
        text += &card(
            &name,
            &format!("04:7c:16:{:02x}:{:02x}:{:02x}", number >> 16, number >> 8 & 255, number & 255),
        );
        if *docked {
            text += &format!("/sys/class/net/{name}/device/removable = removable\n");
        }
    }
    text
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn what_the_kernel_calls_a_part_and_in_which_order_changes_no_text(
        parts in parts(12), start in 0usize..99, backwards in any::<bool>(),
    ) {
        let (one, other) = (machine(&shown(&parts, 0, false)), machine(&shown(&parts, start, backwards)));
        let realm = Realm::new(VENDOR);
        prop_assert_eq!(text(&one), text(&other));
        prop_assert_eq!(one.found(&realm), other.found(&realm));
        let license = licensed(&one);
        prop_assert_eq!(text(&one.licensed_by(&license, &realm)), text(&other.licensed_by(&license, &realm)));
    }

    #[test]
    fn a_machine_and_its_own_text_always_verify_and_more_parts_end_nothing(mine in parts(9), more in parts(9)) {
        let realm = Realm::new(VENDOR);
        let found = machine(&shown(&mine, 0, false));
        let license = licensed(&found);
        prop_assert_eq!(check(&license, &found).score_percent(), 100);
        let disks = [mine.disks.clone(), more.disks].concat();
        let grown = machine(&shown(&Parts { disks, cards: [mine.cards.clone(), more.cards].concat() }, 40, true));
        let verdict = check(&license, &grown);
        prop_assert!(verdict.passes() && verdict.score_percent() == 100, "{verdict}");
        let told = grown.licensed_by(&license, &realm).fingerprint(&realm).unwrap();
        let named = told.components().iter().filter(|c| license.names(c.kind, c.digest)).count();
        prop_assert_eq!(named, license.kinds().map(|(_, _, values)| values).sum::<usize>(), "all of them are told");
    }

    /// An odd customer: any machine of `tests/vectors/machines`, with more parts than anybody has.
    #[test]
    fn more_parts_end_no_license_of_any_played_machine(at in any::<prop::sample::Index>(), more in parts(9), privileged in any::<bool>()) {
        let machines = play::machines();
        let played = &machines[at.index(machines.len())];
        let collected = |text: &str| {
            text.parse::<PlayedMachine>().unwrap().collect(&CollectOptions { privileged, ..CollectOptions::default() })
        };
        let found = collected(&played.text);
        prop_assume!(text_of(&found).is_some());
        let license = licensed(&found);
        let more = shown(&more, 5000, true).replacen(OS, "", 1);
        let grown = collected(&format!("{}\n{more}", played.text));
        prop_assert_eq!(grown.environment(), found.environment());
        let verdict = check(&license, &grown);
        prop_assert!(verdict.passes() && verdict.score_percent() == 100, "{}: {verdict}", played.name);
    }
}

fn text_of(machine: &Collected) -> Option<Fingerprint> {
    machine.fingerprint(&Realm::new(VENDOR)).ok()
}
