//! How much of the server its callers may hold.

use super::error::ValueError;
use super::layers::Layers;
use super::read::Faults;
use crate::http::Bounds;

pub(super) fn read(layers: &Layers, faults: &mut Faults) -> Bounds {
    let standard = Bounds::default();
    let mut setting = |name, most| faults.of(name, layers.read(name, |text| count(text, most)));
    let connections = setting("connections", 65_536).unwrap_or(standard.connections);
    Bounds {
        connections,
        // Of fewer than usual everybody has a smaller share.
        connections_per_address: setting("connections_per_address", 65_536)
            .unwrap_or(standard.connections_per_address.min(connections.div_ceil(2))),
        store_connections: setting("store_connections", 65_536).unwrap_or(standard.store_connections),
        agent_calls: setting("agent_calls", 2_048).unwrap_or(standard.agent_calls),
    }
}

/// A whole number of things, at least one.
fn count(text: &str, most: usize) -> Result<usize, ValueError> {
    let digits = Some(text).filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
    let number = digits.and_then(|digits| digits.parse().ok());
    number
        .filter(|number| (1..=most).contains(number))
        .ok_or_else(|| ValueError::Must(format!("must be a whole number from 1 to {most}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bound_is_a_whole_number_in_its_range() {
        assert_eq!((count("1", 9), count("9", 9)), (Ok(1), Ok(9)));
        for text in ["", "0", "10", "-1", "+1", "1.0", "1 ", "one", "99999999999999999999"] {
            assert_eq!(
                count(text, 9).unwrap_err().to_string(),
                "must be a whole number from 1 to 9",
                "{text}"
            );
        }
    }
}
