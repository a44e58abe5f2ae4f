//! Instances and devices by number: the same number is the same thing in every run.

use license_core::UnixTime;

/// Names everything of one population, so that two of them can share a database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Population {
    /// Where its names begin.
    pub seed: u32,
    /// How many instances.
    pub instances: u64,
    /// Devices that each of them has room for.
    pub seats: u64,
}

/// Which of a device's facts are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parts {
    /// Those it was made with.
    AsMade,
    /// Another disk, or for odd numbers another network card.
    OneChanged,
}

impl Population {
    /// How many devices have a seat.
    #[must_use]
    pub fn devices(&self) -> u64 {
        self.instances.saturating_mul(self.seats)
    }

    /// The id that is proposed for an instance, 36 characters as the store's.
    #[must_use]
    pub fn instance(&self, number: u64) -> String {
        self.uuid(0, number)
    }

    /// The order of an instance; its line is `{order}-000001`.
    #[must_use]
    pub fn order(&self, number: u64) -> String {
        format!("CS{:08X}{number:010}", self.seed)
    }

    /// The instance of a device: neighbours are on different ones.
    #[must_use]
    pub fn instance_of(&self, device: u64) -> u64 {
        device % self.instances.max(1)
    }

    /// The event under which a device applies, 36 characters as the store's.
    #[must_use]
    pub fn event(&self, device: u64, parts: Parts) -> String {
        let kind = match parts {
            Parts::AsMade => 1,
            Parts::OneChanged => 2,
        };
        self.uuid(kind, device)
    }

    /// As scattered as random ones, so that neighbours lie on different pages of an index.
    fn uuid(&self, kind: u64, number: u64) -> String {
        let (high, low) = (scattered(u64::from(self.seed) << 32 | kind), scattered(number));
        let (high, low) = (scattered(high ^ low), scattered(low.wrapping_add(high)));
        let (a, b, c) = (high >> 32, high >> 16 & 0xFFFF, high & 0xFFF);
        let (d, e) = (low >> 50 | 0x8000, low & 0xFFFF_FFFF_FFFF);
        format!("{a:08x}-{b:04x}-4{c:03x}-{d:04x}-{e:012x}")
    }
}

/// SplitMix64: another number for every number.
#[must_use]
pub fn scattered(number: u64) -> u64 {
    let mut z = number.wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// The text that the store's own client makes of a device: network card, disk, board, processor.
#[must_use]
pub fn four_parts(seed: u32, device: u64, parts: Parts) -> String {
    let (card_changed, disk) = match parts {
        Parts::AsMade => (0, 'S'),
        Parts::OneChanged if device.is_multiple_of(2) => (0, 'X'),
        Parts::OneChanged => (0x80, 'S'),
    };
    // 04 is neither locally administered nor a virtual maker's.
    let maker = (seed & 0x7F) | card_changed;
    let [.., a, b, c, d] = device.to_be_bytes();
    format!(
        "04:{maker:02X}:{a:02X}:{b:02X}:{c:02X}:{d:02X}|WD-{disk}{seed:08X}{device:08}|PF{seed:08X}{device:08}|BFEBFBFF00090672"
    )
}

/// `2026-11-23 10:15:00 z`
#[must_use]
pub fn store_time(time: UnixTime) -> String {
    time.to_string().replacen('T', " ", 1).replacen('Z', " z", 1)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn no_two_devices_share_a_part() {
        let mut seen = HashSet::new();
        for device in (0..2_000).chain(16_777_000..16_778_000) {
            let text = four_parts(1, device, Parts::AsMade);
            for part in text.split('|').take(3) {
                assert!(seen.insert(part.to_owned()), "{part}");
            }
        }
    }

    #[test]
    fn a_changed_device_has_exactly_one_other_part() {
        for device in [0, 1, 16_777_216, 16_777_217] {
            let (made, changed) =
                (four_parts(1, device, Parts::AsMade), four_parts(1, device, Parts::OneChanged));
            let differ = made.split('|').zip(changed.split('|')).filter(|(a, b)| a != b).count();
            assert_eq!(differ, 1, "{made} {changed}");
        }
    }

    #[test]
    fn names_have_the_stores_lengths() {
        let population = Population { seed: 7, instances: 10, seats: 2 };
        assert_eq!(population.instance(9).len(), 36);
        assert_eq!(population.event(19, Parts::OneChanged).len(), 36);
        assert!(population.order(9).len() < 64 - 7);
        assert_eq!(population.instance_of(13), 3);
        let events: HashSet<_> = (0..10_000).map(|device| population.event(device, Parts::AsMade)).collect();
        assert_eq!(events.len(), 10_000);
    }
}
