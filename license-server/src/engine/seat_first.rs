//! What the first license on a seat names, and what the seat is recognised by: what its first text shows, unless that
//! lists parts of many machines.
//!
//! The first text is believed, since nothing is known yet that it could be compared with. With the usual threshold two
//! machines that share one fact can both open a license that names one part more of each: that cannot be told from a
//! machine of which a part was replaced. A list of several parts of a kind would make it three or four machines: an
//! installation id that was copied, and the addresses of four network cards. So only as many of a kind are taken as do
//! not let a third machine in.

use license_core::{Binding, Component, Fingerprint, Kind};

use super::catalog::Product;

/// How many machines that share one fact a first license must not open.
const MACHINES: usize = 3;

/// The parts of a first text that a seat takes: all, or fewer of the kinds of which it lists several.
#[must_use]
pub fn first_parts(device: &Fingerprint, product: &Product) -> Fingerprint {
    // R108
    let mut taken = without_weightless(device, product);
    // A text has at most 14 parts.
    // R50
    while let Some(weighed) = Weighed::of(&taken, product).filter(Weighed::opens_too_many) {
        let Some(fewer) = weighed.longest_list().and_then(|kind| without_last(&taken, kind)) else { break };
        taken = fewer;
    }
    taken
}

/// What has no weight is in no license, so the seat does not know it either: once the catalog gives it a weight it is
/// seen first, and counted. A processor's model never has one.
fn without_weightless(device: &Fingerprint, product: &Product) -> Fingerprint {
    let counts = |part: &&Component| !part.kind.is_anchor() || product.weights.get(part.kind) > 0;
    let parts = device.components().iter().filter(counts).copied().collect();
    // An opaque id has no parts, and of a device of which nothing counts nothing is left out: it gets no license.
    Fingerprint::from_components(device.realm(), parts).unwrap_or_else(|_| device.clone())
}

fn without_last(of: &Fingerprint, kind: Kind) -> Option<Fingerprint> {
    let mut parts: Vec<Component> = of.components().to_vec();
    let last = parts.iter().rposition(|part| part.kind == kind)?;
    parts.remove(last);
    Fingerprint::from_components(of.realm(), parts).ok()
}

/// What the parts of a license weigh, in twelfths.
struct Weighed {
    /// What a machine needs, in hundredths of a twelfth.
    needed: u32,
    /// Each kind, how many parts it has, and what one of them weighs.
    kinds: Vec<(Kind, u32, u32)>,
}

impl Weighed {
    fn of(parts: &Fingerprint, product: &Product) -> Option<Self> {
        let binding = Binding::new(parts, &product.weights, product.threshold).ok()?;
        let threshold = u32::from(binding.threshold()?.get());
        let (mut total, mut kinds) = (0, Vec::new());
        for (kind, weight, digests) in binding.kinds() {
            let (whole, many) = (12 * u32::from(weight), u32::try_from(digests).unwrap_or(u32::MAX).max(1));
            total += whole;
            kinds.push((kind, many, whole / many));
        }
        Some(Self { needed: threshold * total, kinds })
    }

    /// Whether more than two machines open that have one fact in common and no other.
    ///
    /// A fact that is enough alone opens any number, whatever is listed beside it.
    fn opens_too_many(&self) -> bool {
        self.kinds.iter().enumerate().any(|(shared, (_, _, each))| {
            let lacking = self.needed.saturating_sub(100 * each).div_ceil(100);
            let mut rest: Vec<(u32, u32)> = self.kinds.iter().map(|(_, many, each)| (*many, *each)).collect();
            rest[shared].0 -= 1;
            let left: u32 = rest.iter().map(|(many, each)| many * each).sum();
            lacking > 0 && left / 3 >= lacking && fall_into(&rest, [lacking; MACHINES])
        })
    }

    fn longest_list(&self) -> Option<Kind> {
        let lists = self.kinds.iter().filter(|(_, many, _)| *many > 1);
        lists.max_by_key(|(_, many, _)| *many).map(|(kind, ..)| *kind)
    }
}

/// Whether parts, so many that weigh so much each, fall into heaps that bring what is lacking.
fn fall_into(parts: &[(u32, u32)], lacking: [u32; MACHINES]) -> bool {
    let Some(((many, each), rest)) = parts.split_first() else { return lacking == [0; MACHINES] };
    let [one, two, three] = lacking;
    let less = |of: u32, taken: u32| of.saturating_sub(taken * each);
    (0..=*many).any(|first| {
        (0..=many - first).any(|second| {
            let third = many - first - second;
            fall_into(rest, [less(one, first), less(two, second), less(three, third)])
        })
    })
}
