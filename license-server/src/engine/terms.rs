//! What a license may say: the order's validity and the catalog's limits.

use license_core::{Binding, Claims, Fingerprint, Kind, UnixTime};

use super::Rules;
use super::catalog::{BindingRule, Product};
use super::instance::{Instance, Lifecycle};
use super::request::{ApplyDevice, Refusal, Term};

const DAY: i64 = 86_400;

/// The time window that is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Window {
    /// From when.
    pub(super) effective: UnixTime,
    /// Until when.
    pub(super) expires: Option<UnixTime>,
}

/// The device a license will name.
///
/// # Errors
/// [`Refusal::FingerprintNeeded`] when the product binds and the text names no machine it may bind to.
pub(super) fn binding(product: &Product, device: &ApplyDevice) -> Result<Option<Binding>, Refusal> {
    if product.binding == BindingRule::None {
        return Ok(None);
    }
    match device {
        ApplyDevice::Named(fingerprint) => bind_to(product, fingerprint).map(Some),
        ApplyDevice::Absent => Err(Refusal::FingerprintNeeded("none was given".into())),
        ApplyDevice::Unusable { why, .. } => Err(Refusal::FingerprintNeeded(why.to_string())),
    }
}

/// Binds to a fingerprint under a product's rules.
///
/// # Errors
/// [`Refusal::FingerprintNeeded`]
pub(super) fn bind_to(product: &Product, fingerprint: &Fingerprint) -> Result<Binding, Refusal> {
    if is_set_by_operator(fingerprint) && !product.custom_id {
        let why = "this product does not accept an id set by the operator; hardware facts are needed";
        return Err(Refusal::FingerprintNeeded(why.into()));
    }
    Binding::new(fingerprint, &product.weights, product.threshold)
        .map_err(|e| Refusal::FingerprintNeeded(e.to_string()))
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
    if term == Term::Periodic && asked.expires.is_none() {
        return Err(Refusal::EndNeeded);
    }
    if matches!(instance.lifecycle, Lifecycle::Frozen { .. }) {
        return Err(Refusal::Frozen);
    }
    let now = rules.now;
    let is_near_now = (asked.effective.as_secs() - now.as_secs()).abs() <= DAY;
    let not_before = if is_near_now { asked.effective.min(now) } else { asked.effective };
    if !is_near_now {
        check_start(instance, rules, asked.effective)?;
    }
    let mut end = asked.expires;
    if let Some(order_end) = instance.ends_at {
        if let Some(asked_end) = end.filter(|end| *end > order_end.plus(rules.validity_slack)) {
            return Err(outside(format!("the order ends at {order_end}, {asked_end} is asked for")));
        }
        if order_end <= now {
            return Err(outside(format!("the order ended at {order_end}")));
        }
        end = Some(end.map_or(order_end, |end| end.min(order_end)));
    }
    if let Some(days) = product.max_license_days {
        let longest = now.max(not_before).plus(i64::from(days) * DAY);
        end = Some(end.map_or(longest, |end| end.min(longest)));
    }
    match end {
        Some(end) if end <= not_before => Err(outside(format!("it would end at {end}, before it begins"))),
        _ => Ok((not_before, end)),
    }
}

fn check_start(instance: &Instance, rules: &Rules<'_>, effective: UnixTime) -> Result<(), Refusal> {
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
        grace: if instance.trial || expires_at.is_none() { 0 } else { product.grace },
        trial: instance.trial,
        test: rules.test,
    }
}
