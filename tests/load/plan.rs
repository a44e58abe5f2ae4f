//! What is asked next.

use crate::calls::Call;
use crate::population::{Parts, Population, scattered};

/// How many of 100 calls are of which kind; together they need not be 100.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Mix {
    /// newInstance
    pub open: u32,
    /// getLicenseAsync
    pub apply: u32,
    /// getLicenseAsync of an application that was made before
    pub repeat: u32,
    /// queryInstance
    pub look: u32,
}

impl std::str::FromStr for Mix {
    type Err = String;

    /// `apply=90,open=5,repeat=5`
    fn from_str(text: &str) -> Result<Self, String> {
        let mut mix = Self { open: 0, apply: 0, repeat: 0, look: 0 };
        for part in text.split(',') {
            let (name, share) =
                part.split_once('=').ok_or_else(|| format!("`{part}` is not NAME=SHARE, as `apply=90`"))?;
            let share =
                share.trim().parse().map_err(|_| format!("`{share}` is not a whole number below 2³²"))?;
            match name.trim() {
                "open" => mix.open = share,
                "apply" => mix.apply = share,
                "repeat" => mix.repeat = share,
                "look" => mix.look = share,
                _ => return Err(format!("`{name}` is none of open, apply, repeat, look")),
            }
        }
        if mix.total() == 0 { Err("nothing is asked".into()) } else { Ok(mix) }
    }
}

impl Mix {
    fn total(&self) -> u64 {
        [self.open, self.apply, self.repeat, self.look].map(u64::from).iter().sum()
    }
}

/// Hands out calls, each device and order line once.
#[derive(Debug)]
pub struct Plan {
    population: Population,
    mix: Mix,
    known_percent: u64,
    /// The next device that was never there.
    next_device: u64,
    /// The next one that comes back with another part.
    next_changed: u64,
    /// The next order line that nobody named.
    next_order: u64,
    rehearses: bool,
    /// Opens the population's instances from here on, and nothing else.
    opening: Option<u64>,
    /// There was no seat for another device.
    spent: bool,
    dice: u64,
}

impl Plan {
    /// A plan for a population whose instances are open and whose first `devices` devices have applied; of those the
    /// first `changed` have come back already, and `extra` more order lines than instances are known.
    #[must_use]
    pub fn new(population: Population, mix: Mix, known_percent: u8, progress: Progress) -> Self {
        Self {
            population,
            mix,
            known_percent: u64::from(known_percent),
            next_device: progress.devices,
            next_changed: progress.changed,
            next_order: population.instances + progress.orders,
            rehearses: false,
            opening: None,
            spent: false,
            dice: u64::from(population.seed) ^ progress.devices,
        }
    }

    /// Opens every instance of a population once.
    #[must_use]
    pub fn opening(population: Population) -> Self {
        let mix = Mix { open: 1, apply: 0, repeat: 0, look: 0 };
        Self { opening: Some(0), ..Self::new(population, mix, 0, Progress::default()) }
    }

    /// Rehearsed calls use nothing up.
    #[must_use]
    pub fn rehearsing(mut self, rehearses: bool) -> Self {
        self.rehearses = rehearses;
        self
    }

    /// The next call; `None` when every seat is taken.
    pub fn draw(&mut self) -> Option<Call> {
        if let Some(number) = &mut self.opening {
            *number += 1;
            return (*number <= self.population.instances).then_some(Call::Open(*number - 1));
        }
        let mut roll = self.roll(self.mix.total());
        let mut is = |share: u32| {
            let hit = roll < u64::from(share);
            roll = roll.wrapping_sub(u64::from(share));
            hit
        };
        if is(self.mix.open) {
            self.next_order += 1;
            return Some(Call::Open(self.next_order - 1));
        }
        if is(self.mix.repeat) && self.next_device > 0 {
            return Some(Call::Repeat(self.roll(self.next_device)));
        }
        if is(self.mix.look) {
            return Some(Call::Look(self.roll(self.population.instances)));
        }
        self.apply()
    }

    fn apply(&mut self) -> Option<Call> {
        if self.roll(100) < self.known_percent && self.next_changed < self.next_device {
            self.next_changed += 1;
            return Some(Call::Apply(self.next_changed - 1, Parts::OneChanged));
        }
        let device = self.next_device;
        if device >= self.population.devices() && !self.rehearses {
            self.spent = true;
            return None;
        }
        self.next_device += 1;
        Some(Call::Apply(device, Parts::AsMade))
    }

    /// Whether it ended because every seat is taken.
    #[must_use]
    pub fn is_spent(&self) -> bool {
        self.spent
    }

    /// How far it is, for the next run on the same database.
    #[must_use]
    pub fn progress(&self) -> Progress {
        Progress {
            devices: self.next_device,
            changed: self.next_changed,
            orders: self.next_order - self.population.instances,
        }
    }

    /// A number below `end`, the same for the same seed.
    fn roll(&mut self, end: u64) -> u64 {
        self.dice = scattered(self.dice);
        self.dice % end.max(1)
    }
}

/// What of a population a database knows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Progress {
    /// Devices that have applied, from the first one.
    pub devices: u64,
    /// Of those, devices that have come back with one part changed, from the first one.
    pub changed: u64,
    /// Order lines beyond those of the population's instances.
    pub orders: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    const POPULATION: Population = Population { seed: 1, instances: 10, seats: 20 };

    #[test]
    fn a_mix_is_read_or_refused_with_a_reason() {
        assert_eq!("apply=90, open=5,repeat=5".parse(), Ok(Mix { open: 5, apply: 90, repeat: 5, look: 0 }));
        for (text, why) in [
            ("apply", "`apply` is not NAME=SHARE, as `apply=90`"),
            ("apply=x", "`x` is not a whole number below 2³²"),
            ("freeze=1", "`freeze` is none of open, apply, repeat, look"),
            ("apply=0", "nothing is asked"),
        ] {
            assert_eq!(text.parse::<Mix>(), Err(why.to_owned()));
        }
    }

    #[test]
    fn every_device_applies_once_and_comes_back_once_at_most() {
        let mix = "apply=9,repeat=1".parse().unwrap();
        let mut plan = Plan::new(POPULATION, mix, 10, Progress::default());
        let calls: Vec<_> = std::iter::from_fn(|| plan.draw()).collect();
        let of = |parts| {
            calls.iter().filter_map(move |call| match call {
                Call::Apply(device, found) if *found == parts => Some(*device),
                _ => None,
            })
        };
        assert!(of(Parts::AsMade).eq(0..200));
        let back = of(Parts::OneChanged).count() as u64;
        assert!((5..60).contains(&back), "{back}");
        assert!(of(Parts::OneChanged).eq(0..back));
        assert!(plan.is_spent());
        assert_eq!(plan.progress(), Progress { devices: 200, changed: back, orders: 0 });
    }

    #[test]
    fn rehearsed_calls_do_not_end() {
        let mut plan =
            Plan::new(POPULATION, "apply=1".parse().unwrap(), 0, Progress::default()).rehearsing(true);
        assert!((0..1000).all(|_| plan.draw().is_some()));
    }
}
