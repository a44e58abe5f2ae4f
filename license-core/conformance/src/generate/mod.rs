//! Generated cases: what random search and the edges of every rule can ask. The same seed and number give the same case.

mod claims;
mod devices;
mod junk;
mod keys;
mod matches;
mod places;
mod proofs;
mod rng;
mod signer;
mod texts;
mod tokens;
mod toml_values;
mod vendor_files;
mod verify;

use rng::Rng;

use crate::cases::Case;

/// The vendor whose licenses are generated, and its realm.
pub(crate) const VENDOR: &str = "https://vendor.example";

/// A question without its operation, and why it is asked.
type Asked = (String, serde_json::Value);

/// The case of a number.
#[must_use]
pub fn case(seed: u64, number: u64) -> Case {
    let rng = &mut Rng::of(seed, number);
    let (op, (why, ask)) = match rng.below(100) {
        0..58 => ("verify", verify::ask(rng)),
        58..70 => ("match", matches::ask(rng)),
        70..79 => ("df1", texts::ask_df1(rng)),
        79..89 => ("text", texts::ask(rng)),
        89..93 => ("vendor_file", vendor_files::ask(rng)),
        93..97 => ("key_set", keys::ask(rng)),
        _ => ("find", places::ask(rng)),
    };
    Case::new(format!("{op}-{seed}-{number}"), why, op, ask)
}
