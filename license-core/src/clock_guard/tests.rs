//! The table, row by row, and what holds whatever happens.

use std::time::Duration;

use proptest::prelude::*;

use super::*;
use world::{Event, START, World, events};

mod world;

const DAY: i64 = 86_400;

fn key() -> ClockKey {
    ClockKey::from_bytes([7; 32])
}

fn days(days: i64) -> Duration {
    Duration::from_secs(days.unsigned_abs() * 86_400)
}

/// A guard whose mark is [`START`], by a license signed then, and whose clock was right in this start of the machine.
fn settled() -> ClockGuard {
    let mut guard = ClockGuard::new(key());
    let seen = Observation { uptime: ran(0), license: Some(SignedAt(START)), ..Observation::at(START) };
    assert_eq!(guard.observe(&seen).verdict(), ClockVerdict::Fine);
    guard
}

#[expect(clippy::unnecessary_wraps, reason = "as observations have it")]
fn ran(secs: u64) -> Option<Uptime> {
    Some(Uptime::new(Duration::from_secs(secs)).of_start("first"))
}

#[test]
fn the_table_holds_row_by_row() {
    let at =
        |days: i64| Observation { license: Some(SignedAt(START)), ..Observation::at(START.plus(days * DAY)) };
    let same = |days| Observation { uptime: ran(0), ..at(days) };
    let later =
        |days, mark: i64| Observation { license: Some(SignedAt(START.plus(mark * DAY))), ..same(days) };
    let dated = |days, date: i64| Observation { server: Some(START.plus(date * DAY)), ..same(days) };
    let behind = |n| ClockVerdict::Behind { by: days(n) };
    let not_set = |n| ClockVerdict::NotSet { by: days(n) };
    let ahead = |n| ClockVerdict::Ahead { by: days(n) };
    let fine = ClockVerdict::Fine;
    for (why, seen, verdict, judged, mark) in [
        ("the same moment", same(0), fine, 0, 0),
        ("switched off for three months", at(90), fine, 90, 0),
        ("a day back", same(-1), fine, 0, 0),
        ("three days back, and it was right before", same(-3), behind(3), 0, 0),
        ("three days back after a start, and before the license", at(-3), not_set(3), 0, 0),
        ("a license of ten days later", later(10, 10), fine, 10, 10),
        ("the same, with a clock that is late", later(5, 10), behind(5), 10, 10),
        ("the server says the same", dated(10, 10), fine, 10, 10),
        ("the server's is a day later", dated(9, 10), fine, 10, 10),
        ("the server's is a day earlier", dated(10, 9), fine, 10, 9),
        ("the server's is much later", dated(2, 10), behind(8), 10, 10),
        ("the server's is much earlier", dated(27_000, 10), ahead(26_990), 10, 10),
        ("the server's is before the license", dated(0, -30), fine, 0, 0),
    ] {
        let mut guard = settled();
        let found = guard.observe(&seen);
        assert_eq!((found.verdict(), found.time()), (verdict, START.plus(judged * DAY)), "{why}");
        assert_eq!(guard.mark(), START.plus(mark * DAY), "{why}");
    }
}

#[test]
fn a_clock_that_starts_in_1970_is_not_set_even_without_a_license() {
    let mut guard = ClockGuard::new(key());
    let judged = guard.observe(&Observation::at(UnixTime::default()));
    assert!(matches!(judged.verdict(), ClockVerdict::NotSet { .. }));
    assert_eq!(judged.time(), EARLIEST);
}

#[test]
fn after_a_start_a_clock_before_any_right_time_is_not_accused() {
    let mut guard = settled();
    let start = |secs| Some(Uptime::new(Duration::from_secs(secs)).of_start("second"));
    let seen = |now, secs| Observation {
        uptime: start(secs),
        license: Some(SignedAt(START)),
        ..Observation::at(now)
    };
    let year_ago = START.minus(365 * DAY);
    assert_eq!(guard.observe(&seen(year_ago, 5)).verdict(), ClockVerdict::NotSet { by: days(365) });
    assert_eq!(guard.observe(&seen(START.plus(DAY), 60)).verdict(), ClockVerdict::Fine);
    // Now it was right, and somebody set it.
    assert!(matches!(guard.observe(&seen(year_ago, 120)).verdict(), ClockVerdict::Behind { .. }));
}

#[test]
fn after_a_start_a_clock_between_license_and_mark_was_set_back() {
    let mut guard = settled();
    guard.observe(&Observation { uptime: ran(90 * 86_400), ..Observation::at(START.plus(90 * DAY)) });
    let seen = Observation { license: Some(SignedAt(START)), ..Observation::at(START.plus(50 * DAY)) };
    assert_eq!(guard.observe(&seen).verdict(), ClockVerdict::Behind { by: days(40) });
}

#[test]
fn a_clock_that_stands_still_or_is_set_back_daily_wins_a_hundredth() {
    for clock in [|_| START, |day| START.plus(day % 2 * DAY), |_| START.minus(5_000 * DAY)] {
        let mut guard = settled();
        for day in 1..=100 {
            guard.observe(&Observation { uptime: ran(day * 86_400), ..Observation::at(clock(day as i64)) });
        }
        assert!(guard.mark() >= START.plus(99 * DAY), "{}", guard.mark());
    }
}

#[test]
fn a_mark_that_is_ahead_of_a_right_clock_is_caught_up_with() {
    let mut guard = settled();
    // The clock is slow by an hour, and then runs as well as the machine does.
    for hour in 1..=99u32 {
        let now = START.plus(i64::from(hour - 1) * 3_600);
        let judged =
            guard.observe(&Observation { uptime: ran(u64::from(hour) * 3_600), ..Observation::at(now) });
        assert!(judged.verdict().is_fine() && guard.mark() > now);
    }
    guard.observe(&Observation { uptime: ran(101 * 3_600), ..Observation::at(START.plus(100 * 3_600)) });
    assert_eq!(guard.mark(), START.plus(100 * 3_600));
}

#[test]
fn what_counts_running_time_cannot_make_it_jump() {
    let last = Uptime::new(Duration::from_secs(1_000));
    for (now, moved) in [
        (Uptime::new(Duration::from_secs(1_060)), 60),
        (Uptime::new(Duration::from_secs(900)), 0),
        (Uptime::new(Duration::from_secs(1_060)).of_start("another machine's"), 0),
        (Uptime::new(Duration::MAX), 0),
    ] {
        let mut guard = ClockGuard { uptime: Some(last), ..settled() };
        guard.observe(&Observation { uptime: Some(now), ..Observation::at(START.plus(1_000 * DAY)) });
        assert_eq!(guard.mark(), START.plus(moved), "{now:?}");
    }
}

#[test]
fn the_sentences_say_what_to_do() {
    let says = |verdict: ClockVerdict| verdict.to_string();
    assert_eq!(
        says(ClockVerdict::Behind { by: days(40) }),
        "the clock of this machine was set back by 40 days or more: set it right"
    );
    assert_eq!(
        says(ClockVerdict::NotSet { by: Duration::from_secs(1_790_000_000) }),
        "the clock of this machine is not set, it is 56 years or more behind: set it right"
    );
    assert_eq!(
        says(ClockVerdict::Ahead { by: Duration::from_secs(86_401) }),
        "the clock of this machine is 24 hours ahead of the server's: set it right"
    );
}

#[test]
fn a_text_is_read_only_as_it_was_written() {
    let guard = settled();
    let text = guard.to_text();
    assert!(text.starts_with("clock-guard/v1 1790000000000 0 ") && text.len() <= 160, "{text}");
    assert_eq!(ClockGuard::from_text(&key(), &format!(" {text}\n")).unwrap().to_text(), text);
    assert_eq!(ClockGuard::from_text(&ClockKey::from_bytes([8; 32]), &text).unwrap_err(), BrokenMark);
    for at in 0..text.len() {
        let mut wrong = text.clone().into_bytes();
        wrong[at] ^= 1;
        assert!(ClockGuard::from_text(&key(), &String::from_utf8_lossy(&wrong)).is_err(), "{at}");
        assert!(ClockGuard::from_text(&key(), &text[..at]).is_err(), "{at}");
    }
    assert_eq!(format!("{guard:?} {:?}", key()), "ClockGuard(2026-09-21T14:13:20Z) ClockKey(***)");
}

proptest! {
    #[test]
    fn the_mark_is_never_later_than_it_truly_is_and_a_right_clock_is_fine_at_once(events in events()) {
        let mut world = World::new(key());
        for event in &events {
            world.live(event);
            prop_assert!(world.guard.mark() <= world.truth(), "{event:?}");
            let mut put_right = world.clone();
            put_right.live(&Event::SetRight);
            let judged = put_right.observe();
            prop_assert_eq!(judged, Judged::new(world.truth(), ClockVerdict::Fine));
        }
    }

    #[test]
    fn no_clock_holds_the_mark_up_by_more_than_a_hundredth_of_running_time(events in events()) {
        let mut world = World::new(key());
        for event in events.iter().filter(|event| !event.touches_the_text()) {
            world.live(event);
            world.observe();
            prop_assert!(world.guard.mark >= START.as_secs() * 1000 + world.ran / 100 * 99);
        }
    }

    #[test]
    fn the_mark_never_passes_running_time_and_what_was_confirmed(events in events()) {
        let mut world = World::new(key());
        for event in events.iter().filter(|event| !event.touches_the_text()) {
            world.live(event);
            prop_assert!(world.guard.mark <= world.confirmed.0 + world.ran - world.confirmed.1, "{event:?}");
        }
    }

    #[test]
    fn only_the_server_moves_the_mark_back(events in events()) {
        let mut world = World::new(key());
        for event in events.iter().filter(|event| !event.touches_the_text()) {
            let before = world.guard.mark;
            world.live(event);
            prop_assert!(world.guard.mark >= before || matches!(event, Event::Contact), "{event:?}");
        }
    }

    #[test]
    fn a_clock_that_is_never_set_is_never_passed(events in events()) {
        let mut world = World::new(key());
        let natural = |event: &&Event| !event.touches_the_text() && !matches!(event, Event::SetClock(_));
        for event in events.iter().filter(natural) {
            world.live(event);
            prop_assert!(world.guard.mark() <= world.clock());
        }
    }

    #[test]
    fn an_older_text_harms_no_more_than_none(events in events(), at in any::<prop::sample::Index>()) {
        let mut world = World::new(key());
        let mut texts = vec![world.guard.to_text()];
        for event in events.iter().filter(|event| !event.touches_the_text()) {
            world.live(event);
            texts.push(world.guard.to_text());
        }
        let with = |text: Option<&str>| {
            let mut world = world.clone();
            world.guard = ClockGuard::restore(&key(), text);
            world.observe().time()
        };
        prop_assert!(with(Some(&texts[at.index(texts.len())])) >= with(None));
    }

    #[test]
    fn any_wrong_mark_is_mended_by_one_contact(mark in 0..=LAST_MARK, was_right: bool, uptime in prop::option::of(any::<u32>())) {
        let uptime = uptime.map(|secs| Uptime::new(Duration::from_secs(secs.into())));
        let mut guard = ClockGuard { mark, was_right, uptime, key: key() };
        let now = START.plus(DAY);
        let seen = Observation { uptime, license: Some(SignedAt(START)), server: Some(now), ..Observation::at(now) };
        prop_assert_eq!(guard.observe(&seen), Judged::new(now, ClockVerdict::Fine));
        prop_assert_eq!(guard.mark(), now);
    }

    #[test]
    fn no_numbers_at_all_make_it_panic_or_lose_its_text(
        seen in prop::collection::vec(any::<(i64, Option<u64>, Option<i64>, Option<i64>, i64)>(), 0..6),
    ) {
        let mut guard = ClockGuard::new(key());
        for (now, uptime, license, server, earliest) in seen {
            let now = UnixTime::from_secs(now);
            let judged = guard.observe(&Observation {
                now,
                uptime: uptime.map(|millis| Uptime::new(Duration::from_millis(millis))),
                license: license.map(|secs| SignedAt(UnixTime::from_secs(secs))),
                server: server.map(UnixTime::from_secs),
                earliest: UnixTime::from_secs(earliest),
            });
            let ahead = matches!(judged.verdict(), ClockVerdict::Ahead { .. });
            prop_assert!(judged.time() >= now || ahead);
            let read = ClockGuard::from_text(&key(), &guard.to_text()).unwrap();
            prop_assert_eq!((read.mark, read.uptime, read.was_right), (guard.mark, guard.uptime, guard.was_right));
        }
    }

    #[test]
    fn any_text_is_read_or_refused(text in ".{0,200}", fields in prop::collection::vec("-|[01]|[0-9a-f]{16}|[0-9]{1,20}", 0..6)) {
        prop_assert!(ClockGuard::from_text(&key(), &text).is_err());
        // Genuinely sealed, whatever it is.
        let body = format!("clock-guard/v1 {}", fields.join(" "));
        let sealed = text::sealed(&key(), &body);
        if let Ok(guard) = ClockGuard::from_text(&key(), &sealed) {
            prop_assert_eq!(guard.to_text(), sealed);
        }
    }
}
