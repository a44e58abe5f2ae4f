//! How badly the played open API behaves.

use std::time::Duration;

use crate::simulator::store::{Behaviour, Fault};

/// So many calls are dealt out in advance; after them it begins to be good again.
const DEALT: usize = 100_000;

/// The flags.
#[derive(Clone, Copy, Debug, clap::Args)]
pub(super) struct Weather {
    /// The open API answers only after this time
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    slow: Option<Duration>,
    /// So many of 100 calls to the open API fail with HTTP 503
    #[arg(long, value_name = "PERCENT", value_parser = clap::value_parser!(u8).range(0..=100), default_value_t = 0)]
    fail: u8,
    /// So many of 100 connections to the open API are dropped
    #[arg(long, value_name = "PERCENT", value_parser = clap::value_parser!(u8).range(0..=100), default_value_t = 0)]
    drop: u8,
}

impl Weather {
    /// What to play between the cases.
    pub(super) fn behaviours(self) -> Vec<Behaviour> {
        let slow = self.slow.map(Fault::Slow);
        if self.fail == 0 && self.drop == 0 {
            return slow.into_iter().map(|slow| Behaviour::good().always(slow)).collect();
        }
        let faults = (0..DEALT).map(|_| {
            let (fail, drop) =
                (rand::random_range(0..100) < self.fail, rand::random_range(0..100) < self.drop);
            match (fail, drop) {
                (true, _) => Some(Fault::Status(503)),
                (false, true) => Some(Fault::Drop),
                (false, false) => slow.clone(),
            }
        });
        vec![Behaviour::good().next(faults)]
    }
}

/// `200ms`, `7s` or `2m`.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || "a time such as 200ms, 7s or 2m".to_owned();
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let number: u64 = number.parse().map_err(|_| wrong())?;
    let time = match unit {
        "ms" => Duration::from_millis(number),
        "s" => Duration::from_secs(number),
        "m" => Duration::from_secs(number.checked_mul(60).ok_or_else(wrong)?),
        _ => return Err(wrong()),
    };
    if time <= Duration::from_secs(3600) { Ok(time) } else { Err("at most an hour".to_owned()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_has_a_number_and_a_unit() {
        assert_eq!(duration("200ms"), Ok(Duration::from_millis(200)));
        assert_eq!(duration("2m"), Ok(Duration::from_secs(120)));
        for wrong in
            ["", "7", "s", "-1s", "1.5s", "7 s", "61m", "99999999999999999999s", "18446744073709551615m"]
        {
            assert!(duration(wrong).is_err(), "{wrong}");
        }
    }
}
