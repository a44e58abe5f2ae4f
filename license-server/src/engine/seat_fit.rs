//! Whether a device is that of a seat, and what its license on that seat names: one decision, which reads nothing but
//! its arguments.
//!
//! What it holds to, whatever texts come in whatever order (the rules R45 to R51):
//!
//! 1. A license names parts of the seat's baseline and, if its binding is a new one, parts that take the place of others
//!    or are seen first. Those never weigh what the threshold asks, so no license opens a machine that has nothing of
//!    the baseline: `is_of_baseline`.
//! 2. Of a kind that matches it names only what the seat knows: a text padded with another machine's parts of that kind
//!    gains nothing.
//! 3. A binding that was given before is given again to whoever it opens on: it opens no machine that it did not open.
//!    Every other one is counted, and a seat has at most `rebase_limit` + 1 of them in 365 days. No binding opens two
//!    machines that share nothing, so no more machines are served.
//! 4. One part that two machines share, a copied file, is not enough for a new binding: two independent parts of the
//!    baseline have to be there, and a new binding never opens two machines that share one of its known parts only.

use license_core::{Binding, Component, Device, Fingerprint, Kind, Part, Reading, UnixTime};

use super::catalog::{BindingRule, Product};
use super::leaving::YEAR;
use super::seat::Seat;
use super::seat_compared::{Became, Comparison, digests, has, small};
use super::seat_given::same;

/// Whether a device is that of a seat.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Recognition {
    /// It is another device.
    Other,
    /// It could be the seat's device, but the seat had too many bindings in 365 days.
    Limited,
    /// It is the seat's device.
    Fits(Fit),
}

/// A device that fits a seat.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fit {
    /// The weight that is the same, in twelfths.
    pub matched: u32,
    /// Per cent of the weight that both tell of.
    pub score: u8,
    /// What its license names; `None` where it is for no device in particular.
    pub binding: Option<Fingerprint>,
    /// The counted step that leads to this binding; `None` when it was given before.
    pub step: Option<Step>,
    /// A part of the baseline was replaced, and the baseline did not move because the limit is reached.
    pub held_back: bool,
}

/// A new binding, and what the seat is recognised by from then on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The new baseline.
    pub baseline: Fingerprint,
    /// The kinds of which a part was replaced by another.
    pub changed: Vec<Kind>,
    /// The kinds that are seen first.
    pub added: Vec<Kind>,
}

impl Fit {
    /// That of a license for no device in particular.
    pub const NO_DEVICE: Self = Self { matched: 0, score: 100, binding: None, step: None, held_back: false };

    fn again(binding: Fingerprint, Comparison { matched, score, .. }: &Comparison, held_back: bool) -> Self {
        Self { matched: *matched, score: *score, binding: Some(binding), step: None, held_back }
    }
}

/// Compares a device with a seat.
#[must_use]
pub fn fit(seat: &Seat, device: &Fingerprint, product: &Product, now: UnixTime) -> Recognition {
    // R54
    let Some(baseline) = seat.baseline.as_ref().filter(|_| !seat.freed) else {
        return Recognition::Other;
    };
    if baseline.is_opaque() || device.is_opaque() {
        let whole = Comparison::WHOLE;
        let is_same = baseline == device;
        return if is_same {
            Recognition::Fits(Fit::again(device.clone(), &whole, false))
        } else {
            Recognition::Other
        };
    }
    // R45
    let compared = Comparison::of(baseline, device, product);
    // R46: What shows more of another machine than of this seat's is another machine, though a license may open there.
    let again = compared
        .is_mostly_known
        .then(|| given_before(seat, device, product, seat.given.countless(now)))
        .flatten();
    let wish = Wish::of(&compared, again.is_some());
    if let Some(wish) = wish
        && let Some(new) =
            compared.passes.then(|| new_binding(seat, baseline, device, &compared, product)).flatten()
        && again.as_ref().is_none_or(|again| !same(again, &new))
    {
        // R47
        if is_within_limit(seat, &new, wish, product, now) {
            let step = Step {
                baseline: next_baseline(baseline, device, &compared),
                changed: compared.kinds(Became::is_replaced),
                added: compared.kinds(|became| matches!(became, Became::SeenFirst)),
            };
            let (matched, score) = (compared.matched, compared.score);
            let binding = Some(new);
            return Recognition::Fits(Fit { matched, score, binding, step: Some(step), held_back: false });
        }
        if again.is_none() {
            // R47
            return Recognition::Limited;
        }
    }
    let held_back = wish == Some(Wish::Move);
    again.map_or(Recognition::Other, |again| Recognition::Fits(Fit::again(again, &compared, held_back)))
}

/// How a device fits that may not move the seat: by a binding that was given of late, without any step.
#[must_use]
pub fn fit_as_bound(seat: &Seat, device: &Fingerprint, product: &Product, now: UnixTime) -> Option<Fit> {
    let baseline = seat.baseline.as_ref().filter(|_| !seat.freed)?;
    if baseline.is_opaque() || device.is_opaque() {
        return (baseline == device).then(|| Fit::again(device.clone(), &Comparison::WHOLE, false));
    }
    let compared = Comparison::of(baseline, device, product);
    // R96
    let again = || given_before(seat, device, product, seat.given.bound_now(now));
    compared.is_mostly_known.then(again).flatten().map(|parts| Fit::again(parts, &compared, false))
}

/// Why a binding is to be another one than before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wish {
    /// A part was replaced, or the device shows too little of what was licensed.
    Move,
    /// The device shows more than before. That leaves a step for a repair.
    Grow,
}

impl Wish {
    fn of(compared: &Comparison, was_given: bool) -> Option<Self> {
        let any = |which: fn(&Became) -> bool| compared.of.iter().any(|(_, became)| which(became));
        if any(Became::is_replaced) || !was_given {
            Some(Self::Move)
        } else {
            any(|became| matches!(became, Became::SeenFirst)).then_some(Self::Grow)
        }
    }
}

/// At most `rebase_limit` steps in 365 days, and at most as many bindings besides the new one.
fn is_within_limit(seat: &Seat, new: &Fingerprint, wish: Wish, product: &Product, now: UnixTime) -> bool {
    let steps = seat.rebased.iter().filter(|step| step.at.plus(YEAR) > now).count();
    // A seat without a list has named its baseline.
    let others = if seat.given.is_empty() { 1 } else { seat.given.others(new, now) };
    let left_over = usize::from(wish == Wish::Grow);
    let limit = product.rebase_limit as usize;
    steps + left_over < limit && others + left_over <= limit
}

/// A binding that licenses of this seat had and that opens on the device: of several the one that fits it best.
fn given_before<'s>(
    seat: &Seat,
    device: &Fingerprint,
    product: &Product,
    given: impl Iterator<Item = &'s Fingerprint>,
) -> Option<Fingerprint> {
    let baseline = seat.baseline.as_ref()?;
    let here = Device::new(device.clone(), Reading::Privileged);
    let score = |parts: &Fingerprint| {
        let binding = Binding::new(parts, &product.weights, product.threshold).ok()?;
        let verdict = binding.check(&here);
        // One that names parts which were replaced meanwhile is not the seat's any more.
        let is_of_seat = parts.components().iter().all(|part| has(baseline, part));
        let opens = is_of_seat && is_strong_enough(&binding, product) && verdict.passes();
        opens.then(|| (verdict.score_percent(), parts.components().len()))
    };
    if seat.given.is_empty() {
        return weighted(baseline, product).filter(|whole| score(whole).is_some());
    }
    let opening = given.filter_map(|parts| Some((score(parts)?, parts)));
    opening.max_by_key(|(score, _)| *score).map(|(_, parts)| parts.clone())
}

/// What a license would name that was not given before: of kinds that match, what the seat knows; of others, what the
/// device shows. `None` where such a license would not be the seat's any more.
fn new_binding(
    seat: &Seat,
    baseline: &Fingerprint,
    device: &Fingerprint,
    compared: &Comparison,
    product: &Product,
) -> Option<Fingerprint> {
    let named = device.components().iter().filter(|part| match compared.became(part.kind) {
        Some(Became::Same | Became::PartlyReplaced) => has(baseline, part),
        Some(Became::Replaced | Became::SeenFirst) => true,
        Some(Became::NotShown) | None => false,
    });
    let parts = Fingerprint::from_components(device.realm(), named.copied().collect()).ok()?;
    let binding = Binding::new(&parts, &product.weights, product.threshold).ok()?;
    if !is_strong_enough(&binding, product) {
        return None;
    }
    let of = Binding::new(baseline, &product.weights, product.threshold).ok()?.quality().parts().len();
    let known: Vec<Kind> = compared.kinds(|became| matches!(became, Became::Same | Became::PartlyReplaced));
    let mut known_parts: Vec<Part> = known.iter().copied().map(Part::of).collect();
    known_parts.sort_unstable();
    known_parts.dedup();
    let points = Points::of(&binding, &known);
    // R48, R49
    if known_parts.len() < of.min(2) || !points.is_of_baseline() {
        return None;
    }
    // A fact that opens a license of the seat alone does so already.
    let may_be_shared = |(kind, each): &(Kind, u32)| {
        points.opens_two(*each)
            && !parts.components().iter().any(|part| part.kind == *kind && opens_alone(seat, part, product))
    };
    (!points.known.iter().any(may_be_shared)).then_some(parts)
}

/// Whether a license that the seat has is opened by one fact.
fn opens_alone(seat: &Seat, part: &Component, product: &Product) -> bool {
    let Some(baseline) = &seat.baseline else { return false };
    let Ok(one) = Fingerprint::from_components(baseline.realm(), vec![*part]) else { return false };
    let one = Device::new(one, Reading::Privileged);
    let opens = |parts: &Fingerprint| {
        Binding::new(parts, &product.weights, product.threshold)
            .is_ok_and(|binding| binding.check(&one).passes())
    };
    if seat.given.is_empty() { opens(baseline) } else { seat.given.parts().any(opens) }
}

fn is_strong_enough(binding: &Binding, product: &Product) -> bool {
    product.binding == BindingRule::None || binding.quality().at_least(product.least_strength).is_ok()
}

/// What a binding's digests weigh, in twelfths.
struct Points {
    /// What a machine needs, in hundredths of a twelfth.
    needed: u32,
    /// What one digest weighs of each kind that the seat knew before.
    known: Vec<(Kind, u32)>,
    /// Each digest that it did not know.
    new: Vec<u32>,
}

impl Points {
    fn of(binding: &Binding, known_kinds: &[Kind]) -> Self {
        let threshold = binding.threshold().map_or(100, license_core::Threshold::get);
        let (mut total, mut known, mut new) = (0, Vec::new(), Vec::new());
        for (kind, weight, digests) in binding.kinds() {
            let (whole, each) = (12 * u32::from(weight), 12 * u32::from(weight) / small(digests).max(1));
            total += whole;
            if known_kinds.contains(&kind) {
                known.push((kind, each));
            } else {
                new.extend(std::iter::repeat_n(each, digests));
            }
        }
        Self { needed: u32::from(threshold) * total, known, new }
    }

    /// A machine that has nothing of the baseline has only what is new, and that is not enough.
    fn is_of_baseline(&self) -> bool {
        100 * self.new.iter().sum::<u32>() < self.needed
    }

    /// Whether two machines open that share one known digest of this weight and nothing else: whether what is new falls
    /// into two heaps of which each, with that digest, is enough.
    fn opens_two(&self, shared: u32) -> bool {
        let needed = self.needed.saturating_sub(100 * shared);
        let all: u32 = self.new.iter().sum();
        if 100 * all < 2 * needed {
            return false;
        }
        // At most 14 digests, so that every heap can be looked at.
        (0..1_u32 << self.new.len()).any(|heap| {
            let one = self.new.iter().enumerate().filter(|(nth, _)| heap & (1 << nth) != 0);
            let one: u32 = one.map(|(_, points)| points).sum();
            100 * one >= needed && 100 * (all - one) >= needed
        })
    }
}

/// What the seat is recognised by once the device's license has a new binding: of a kind that was replaced the new
/// parts, of one that was partly replaced what stayed, and all that the device does not show.
fn next_baseline(baseline: &Fingerprint, device: &Fingerprint, compared: &Comparison) -> Fingerprint {
    // R51
    let keeps = |part: &Component| match compared.became(part.kind) {
        Some(Became::Same | Became::NotShown) => true,
        Some(Became::PartlyReplaced) => has(device, part),
        Some(Became::Replaced | Became::SeenFirst) => false,
        // A processor's model is evidence of what the device was last.
        // R108
        None => part.kind.is_anchor() || digests(device, part.kind).is_empty(),
    };
    let takes = |part: &Component| match compared.became(part.kind) {
        Some(Became::Replaced | Became::SeenFirst) => true,
        Some(Became::Same | Became::NotShown | Became::PartlyReplaced) => false,
        None => !part.kind.is_anchor(),
    };
    let kept = baseline.components().iter().copied().filter(keeps);
    let taken = device.components().iter().copied().filter(takes);
    let parts = kept.chain(taken).collect();
    // Each kind is wholly of one of them or a part of one, so no limit is passed; if it were, nothing would move.
    Fingerprint::from_components(device.realm(), parts).unwrap_or_else(|_| baseline.clone())
}

/// The parts that count under a product's weights.
pub(super) fn weighted(of: &Fingerprint, product: &Product) -> Option<Fingerprint> {
    if of.is_opaque() {
        return Some(of.clone());
    }
    let counts = |part: &Component| product.weights.get(part.kind) > 0;
    let parts = of.components().iter().copied().filter(counts).collect();
    Fingerprint::from_components(of.realm(), parts).ok()
}
