//! A machine whose true time is known, and what may happen to it.

use std::time::Duration;

use proptest::prelude::*;

use super::super::{ClockGuard, ClockKey, Judged, Observation, Uptime};
use crate::{SignedAt, UnixTime};

/// When the first license is signed and the machine first started.
pub(super) const START: UnixTime = UnixTime::from_secs(1_790_000_000);

#[derive(Clone, Debug)]
pub(super) enum Event {
    /// The machine runs for seconds, and is looked at.
    Run(u32),
    /// It is off for seconds, started again, and looked at.
    Off(u32),
    /// Somebody sets the clock by seconds.
    SetClock(i64),
    /// Somebody sets the clock to the true time.
    SetRight,
    /// The server answers.
    Contact,
    /// A license is signed and installed.
    Renew,
    /// The stored text is deleted.
    Delete,
    /// The stored text is replaced by that of the first start.
    Replay,
}

impl Event {
    pub(super) const fn touches_the_text(&self) -> bool {
        matches!(self, Self::Delete | Self::Replay)
    }
}

pub(super) fn events() -> impl Strategy<Value = Vec<Event>> {
    let day = 86_400u32;
    let event = prop_oneof![
        4 => prop_oneof![1..600u32, 1..40 * day].prop_map(Event::Run),
        1 => (1..200 * day).prop_map(Event::Off),
        3 => prop_oneof![-50_000..50_000i64, -400 * 86_400..400 * 86_400i64, any::<i64>()].prop_map(Event::SetClock),
        1 => Just(Event::SetRight),
        1 => Just(Event::Contact),
        1 => Just(Event::Renew),
        1 => Just(Event::Delete),
        1 => Just(Event::Replay),
    ];
    prop::collection::vec(event, 0..40)
}

#[derive(Clone)]
pub(super) struct World {
    pub(super) guard: ClockGuard,
    /// Milliseconds that the machine ran between two looks in one start.
    pub(super) ran: i64,
    /// The latest confirmed time in milliseconds, and `ran` then.
    pub(super) confirmed: (i64, i64),
    key: ClockKey,
    truth: i64,
    offset: i64,
    uptime: i64,
    starts: u32,
    license: SignedAt,
    first_text: String,
}

impl World {
    pub(super) fn new(key: ClockKey) -> Self {
        let mut world = Self {
            guard: ClockGuard::new(key.clone()),
            ran: 0,
            confirmed: (START.as_secs() * 1000, 0),
            key,
            truth: START.as_secs() * 1000,
            offset: 0,
            uptime: 0,
            starts: 0,
            license: SignedAt(START),
            first_text: String::new(),
        };
        world.observe();
        world.first_text = world.guard.to_text();
        world
    }

    pub(super) fn live(&mut self, event: &Event) {
        match event {
            Event::Run(secs) => {
                // Not whole seconds: nothing may depend on them.
                let millis = i64::from(*secs) * 1000 + 7;
                (self.truth, self.uptime, self.ran) =
                    (self.truth + millis, self.uptime + millis, self.ran + millis);
                self.observe();
            }
            Event::Off(secs) => {
                self.truth += i64::from(*secs) * 1000;
                (self.uptime, self.starts) = (0, self.starts + 1);
                self.observe();
            }
            Event::SetClock(secs) => self.offset = self.offset.saturating_add(*secs),
            Event::SetRight => self.offset = 0,
            Event::Contact => {
                self.confirm();
                let seen = Observation { server: Some(self.truth()), ..self.seen() };
                self.guard.observe(&seen);
            }
            Event::Renew => {
                self.confirm();
                self.license = SignedAt(self.truth());
            }
            Event::Delete => self.guard = ClockGuard::restore(&self.key, None),
            Event::Replay => self.guard = ClockGuard::restore(&self.key, Some(&self.first_text)),
        }
    }

    pub(super) fn observe(&mut self) -> Judged {
        let seen = self.seen();
        self.guard.observe(&seen)
    }

    /// The true time.
    pub(super) const fn truth(&self) -> UnixTime {
        UnixTime::from_secs(self.truth.div_euclid(1000))
    }

    /// What the clock shows.
    pub(super) const fn clock(&self) -> UnixTime {
        self.truth().plus(self.offset)
    }

    fn seen(&self) -> Observation {
        let uptime = Uptime::new(Duration::from_millis(self.uptime.unsigned_abs()));
        let uptime = Some(uptime.of_start(&self.starts.to_string()));
        Observation { uptime, license: Some(self.license), ..Observation::at(self.clock()) }
    }

    const fn confirm(&mut self) {
        self.confirmed = (self.truth, self.ran);
    }
}
