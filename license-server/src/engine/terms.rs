//! What a license may say: the order's validity and the catalog's limits.

use license_core::{
    Binding, BindingError, Claims, Fingerprint, FingerprintError, Kind, Remedy, TooWeak, UnixTime,
};

use super::Rules;
use super::catalog::{BindingRule, Product};
use super::instance::{Instance, Lifecycle};
use super::request::{ApplyDevice, Refusal, Term, WeakBinding};
use super::seat_first::first_parts;

const DAY: i64 = 86_400;

/// The time window that is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Window {
    /// From when.
    pub(super) effective: UnixTime,
    /// Until when.
    pub(super) expires: Option<UnixTime>,
}

/// What is said where a device is due and none was named.
pub(super) const NO_DEVICE: &str = "none was given";

/// Why a license cannot name a device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Unbindable {
    /// There is none.
    Absent,
    /// Its text names none.
    Unusable(FingerprintError),
    /// An id that the operator set, where the product takes none.
    CustomId,
    /// Nothing of it counts under the product's weights.
    Nothing(BindingError),
    /// It is weaker than the product accepts.
    Weak(TooWeak),
}

/// The device a license will name.
///
/// # Errors
/// [`Refusal::FingerprintNeeded`] when the product binds and the text names no machine it may bind to.
pub(super) fn binding(product: &Product, device: &ApplyDevice) -> Result<Option<Binding>, Refusal> {
    bound(product, device).map_err(Unbindable::for_store)
}

/// The same, with the reason told apart.
///
/// # Errors
/// [`Unbindable`]
pub(super) fn bound(product: &Product, device: &ApplyDevice) -> Result<Option<Binding>, Unbindable> {
    // R26
    if product.binding == BindingRule::None {
        return Ok(None);
    }
    match device {
        ApplyDevice::Named(fingerprint) => bind_to(product, fingerprint).map(Some),
        // R26
        ApplyDevice::Absent => Err(Unbindable::Absent),
        ApplyDevice::Unusable { why, .. } => Err(Unbindable::Unusable(why.clone())),
    }
}

/// What a license names on a seat: the parts that the seat says, else what the device shows.
///
/// # Errors
/// [`Refusal::FingerprintNeeded`] if nothing of them counts; the seat's rules leave that out.
pub(super) fn on_seat(
    product: &Product,
    shown: Option<Binding>,
    parts: Option<&Fingerprint>,
) -> Result<Option<Binding>, Refusal> {
    match (shown, parts) {
        (Some(_), Some(parts)) => Binding::new(parts, &product.weights, product.threshold)
            .map(Some)
            .map_err(|why| Unbindable::Nothing(why).for_store()),
        (shown, _) => Ok(shown),
    }
}

/// Binds to a fingerprint under a product's rules.
fn bind_to(product: &Product, fingerprint: &Fingerprint) -> Result<Binding, Unbindable> {
    // R29
    if is_set_by_operator(fingerprint) && !product.custom_id {
        return Err(Unbindable::CustomId);
    }
    // R50
    let named = first_parts(fingerprint, product);
    let binding = Binding::new(&named, &product.weights, product.threshold).map_err(Unbindable::Nothing)?;
    // R28
    binding.quality().at_least(product.least_strength).map_err(|weak| {
        Unbindable::Weak(if product.custom_id { weak } else { weak.without(Remedy::DeviceId) })
    })?;
    Ok(binding)
}

impl Unbindable {
    /// In the words that the store has room for.
    fn for_store(self) -> Refusal {
        Refusal::FingerprintNeeded(match self {
            Self::Absent => NO_DEVICE.into(),
            Self::Unusable(why) => why.to_string(),
            Self::CustomId => {
                "this product does not accept an id set by the operator (LICENSE_DEVICE_ID); hardware facts are needed"
                    .into()
            }
            Self::Nothing(why) => why.to_string(),
            Self::Weak(weak) => weak.to_string(),
        })
    }

    /// For a machine that can do something about it.
    pub(super) fn for_machine(self) -> Refusal {
        match self {
            Self::CustomId => Refusal::CustomIdNotAccepted,
            Self::Weak(weak) => Refusal::WeakBinding(Box::new(WeakBinding {
                strength: weak.quality().strength().to_string(),
                least: weak.least().to_string(),
                remedies: weak.remedies().iter().map(ToString::to_string).collect(),
                why: weak.quality().to_string(),
            })),
            other => other.for_store(),
        }
    }
}

fn is_set_by_operator(fingerprint: &Fingerprint) -> bool {
    fingerprint.components().iter().any(|component| component.kind == Kind::Custom)
}

/// `nbf` and `exp` of a license for a window, inside what the instance allows at `now`.
///
/// # Errors
/// [`Refusal::EndNeeded`], [`Refusal::Frozen`], [`Refusal::OutsideValidity`], in this order.
pub(super) fn window(
    instance: &Instance,
    product: &Product,
    rules: &Rules<'_>,
    asked: Window,
) -> Result<(UnixTime, Option<UnixTime>), Refusal> {
    let term = instance.term.unwrap_or(product.term);
    // R30
    if term == Term::Periodic && asked.expires.is_none() {
        return Err(Refusal::EndNeeded);
    }
    // R31
    if matches!(instance.lifecycle, Lifecycle::Frozen { .. }) {
        return Err(Refusal::Frozen);
    }
    let now = rules.now;
    let is_near_now = asked.effective.as_secs().abs_diff(now.as_secs()) <= DAY.unsigned_abs();
    // R34
    if !is_near_now {
        check_start(instance, rules, asked.effective)?;
    }
    // R36: A license may begin later, but not long before it is signed: that would only help a clock that is set back.
    // One that has ended already helps nobody.
    let yesterday = now.minus(DAY);
    let not_before = match asked.effective {
        near if is_near_now => near.min(now),
        past if past < yesterday && asked.expires.is_none_or(|end| end > yesterday) => yesterday,
        other => other,
    };
    let mut end = asked.expires;
    // R32, R33
    if let Some(order_end) = instance.ends_at {
        if let Some(asked_end) = end.filter(|end| *end > order_end.plus(rules.validity_slack)) {
            return Err(outside(format!("the order ends at {order_end}, {asked_end} is asked for")));
        }
        if order_end <= now {
            return Err(outside(format!("the order ended at {order_end}")));
        }
        end = Some(end.map_or(order_end, |end| end.min(order_end)));
    }
    // R37
    if let Some(days) = product.max_license_days {
        let longest = now.plus(i64::from(days) * DAY).min(UnixTime::LAST);
        end = Some(end.map_or(longest, |end| end.min(longest)));
    }
    match end {
        // R37
        Some(end) if end <= not_before => Err(outside(format!("it would end at {end}, before it begins"))),
        _ => Ok((not_before, end)),
    }
}

fn check_start(instance: &Instance, rules: &Rules<'_>, effective: UnixTime) -> Result<(), Refusal> {
    // R35
    let latest = rules.now.plus(rules.max_start_ahead.max(DAY));
    if effective > latest {
        return Err(outside(format!(
            "a beginning at {effective} is asked for, at the latest {latest} is given"
        )));
    }
    if let Some(start) = instance.starts_at.filter(|start| effective < start.minus(rules.validity_slack)) {
        return Err(outside(format!("the order begins at {start}, {effective} is asked for")));
    }
    if let Some(end) = instance.ends_at.filter(|end| effective >= *end) {
        return Err(outside(format!("the order ends at {end}, a beginning at {effective} is asked for")));
    }
    Ok(())
}

fn outside(why: String) -> Refusal {
    Refusal::OutsideValidity(why)
}

/// The claims of a license for a device in a window.
#[must_use]
pub(super) fn claims(
    instance: &Instance,
    product: &Product,
    rules: &Rules<'_>,
    license_id: String,
    binding: Option<Binding>,
    (not_before, expires_at): (UnixTime, Option<UnixTime>),
) -> Claims {
    Claims {
        issuer: rules.issuer.to_owned(),
        product: product.code.clone(),
        instance: instance.id.as_str().to_owned(),
        license_id,
        issued_at: rules.now,
        not_before,
        expires_at,
        binding,
        quantity: instance.units_per_license(product),
        features: product.features.clone(),
        // R38
        grace: if instance.trial || expires_at.is_none() { 0 } else { product.grace },
        trial: instance.trial,
        test: rules.test,
        device_key: None,
    }
}

#[cfg(test)]
mod tests {
    use license_core::{Realm, Strength};

    use super::*;

    const OS: (Kind, &str) = (Kind::Os, "9f1c2b3a4d5e6f708192a3b4c5d6e7f8");
    const DISK: (Kind, &str) = (Kind::Disk, "eui.001b444a488b5cec");
    const CLOUD: (Kind, &str) = (Kind::Cloud, "i-0af01c7723456789a");
    const CUSTOM: (Kind, &str) = (Kind::Custom, "rack-7/slot-3");

    fn of(values: &[(Kind, &str)]) -> Fingerprint {
        Fingerprint::from_values(&Realm::new("r"), values.iter().copied()).expect("an anchor")
    }

    fn product(least_strength: Strength, custom_id: bool) -> Product {
        Product { least_strength, custom_id, ..Product::ordinary() }
    }

    fn refusal(product: &Product, fingerprint: &Fingerprint) -> String {
        match binding(product, &ApplyDevice::Named(fingerprint.clone())) {
            Err(Refusal::FingerprintNeeded(why)) => why,
            other => panic!("{other:?}"),
        }
    }

    /// R28
    #[test]
    fn a_product_sets_the_weakest_fingerprint_that_it_accepts() {
        let opaque = Fingerprint::parse("rack-7/slot-3", &Realm::new("r")).expect("opaque");
        for least in Strength::ALL {
            let product = product(least, true);
            for (strength, fingerprint) in [
                (Strength::Weak, of(&[OS])),
                (Strength::Weak, opaque.clone()),
                (Strength::Fair, of(&[OS, DISK])),
                (Strength::Strong, of(&[OS, DISK, CLOUD])),
                (Strength::Strong, of(&[CUSTOM])),
            ] {
                if strength >= least {
                    assert!(bind_to(&product, &fingerprint).is_ok(), "{strength} for {least}");
                } else {
                    let why = refusal(&product, &fingerprint);
                    assert!(
                        why.starts_with(&format!("at least {least} is asked; {strength} binding: ")),
                        "{why}"
                    );
                    assert!(why.ends_with("or set LICENSE_DEVICE_ID"), "{why}");
                }
            }
        }
    }

    /// R29
    #[test]
    fn a_device_id_is_proposed_only_where_it_is_accepted() {
        let product = product(Strength::Strong, false);
        assert!(refusal(&product, &of(&[CUSTOM])).contains("does not accept an id set by the operator"));
        assert_eq!(
            refusal(&product, &of(&[OS, DISK])),
            "at least strong is asked; fair binding: 2 parts, ended by a change of the disks. To do: run \
             license-agent fingerprint --privileged as administrator"
        );
    }

    #[test]
    fn the_products_weights_are_those_that_it_is_judged_by() {
        let mut product = product(Strength::Fair, false);
        assert!(bind_to(&product, &of(&[OS, DISK])).is_ok());
        product.weights = product.weights.with(Kind::Disk, 0).expect("a weight");
        assert!(refusal(&product, &of(&[OS, DISK])).contains("weak binding: only the OS installation id"));
    }
}
