//! The catalog file.

use std::collections::HashMap;
use std::path::Path;

use license_core::saved_text::SavedText;
use license_core::{Kind, Strength, Threshold, Weights};
use toml::{Table, Value};

use super::entry::Entry;
use super::error::{ConfigError, ValueError, syntax};
use super::toml_file;
use super::values::{claim, page, seconds};
use crate::engine::catalog::{BindingRule, Catalog, DeliveryForm, Product, Units};
use crate::engine::ids::ProductName;
use crate::engine::request::Term;

const MAX_SEATS: i64 = 1_000_000;
const MAX_FEATURES: usize = 256;

/// Reads a catalog file.
///
/// # Errors
/// [`ConfigError`]; the text names file, entry and member.
pub fn read_catalog(path: &Path) -> Result<Catalog, ConfigError> {
    let table = toml_file::read(path, SavedText::Catalog)?;
    catalog(table, path)
}

/// Reads a catalog; `path` is what errors call it.
///
/// # Errors
/// [`ConfigError`]
pub fn parse_catalog(text: &str, path: &Path) -> Result<Catalog, ConfigError> {
    let table = text.parse().map_err(|error| syntax(path.to_owned(), text, &error))?;
    catalog(table, path)
}

fn catalog(table: Table, path: &Path) -> Result<Catalog, ConfigError> {
    let mut whole = Entry::new(path, "the catalog".into(), table);
    let default = match whole.take("default") {
        None => None,
        Some(Value::Table(table)) => {
            let entry = Entry::new(path, "[default]".into(), table);
            Some(product(entry, &mut None)?)
        }
        Some(other) => return Err(whole.wrong_type("default", "a table", &other)),
    };
    let entries = match whole.take("product") {
        None => Vec::new(),
        Some(Value::Array(entries)) => entries,
        Some(other) => return Err(whole.wrong_type("product", "a list of tables", &other)),
    };
    let mut taken = Some(Taken::default());
    let mut products = Vec::with_capacity(entries.len());
    for (at, entry) in entries.into_iter().enumerate() {
        let Value::Table(table) = entry else {
            return Err(whole.wrong_type("product", "a list of tables", &entry));
        };
        let code =
            table.get("code").and_then(Value::as_str).map(|code| format!(" ({code})")).unwrap_or_default();
        products.push(product(Entry::new(path, format!("product {}{code}", at + 1), table), &mut taken)?);
    }
    whole.finish()?;
    Ok(Catalog { default, products })
}

/// Refuses a catalog without `[default]`; `path` is what the error calls it.
///
/// # Errors
/// [`ConfigError::NoDefault`]
pub fn require_default(catalog: &Catalog, path: &Path) -> Result<(), ConfigError> {
    catalog.default.as_ref().map(|_| ()).ok_or_else(|| ConfigError::NoDefault(path.to_owned()))
}

/// Which entry names which product.
#[derive(Default)]
struct Taken {
    skus: HashMap<String, String>,
    product_ids: HashMap<String, String>,
}

/// An entry; `taken` is `None` for the default, which names no products.
fn product(mut entry: Entry<'_>, taken: &mut Option<Taken>) -> Result<Product, ConfigError> {
    let ordinary = Product::ordinary();
    let (mut skus, mut product_ids) = (Vec::new(), Vec::new());
    if let Some(taken) = taken {
        skus = names(&mut entry, "sku", &mut taken.skus)?;
        product_ids = names(&mut entry, "product_id", &mut taken.product_ids)?;
        if skus.is_empty() && product_ids.is_empty() {
            return Err(entry.fault(
                "sku",
                ValueError::Must("and `product_id` are both missing; name at least one".into()),
            ));
        }
    }
    let product = Product {
        skus,
        product_ids,
        code: entry.text("code", claim)?.ok_or_else(|| entry.fault("code", ValueError::Missing))?,
        name: entry.text("name", claim)?,
        features: features(&mut entry)?,
        term: entry
            .word("term", &[("periodic", Term::Periodic), ("perpetual", Term::Perpetual)])?
            .unwrap_or(ordinary.term),
        binding: entry
            .word("binding", &[("hardware", BindingRule::Hardware), ("none", BindingRule::None)])?
            .unwrap_or(ordinary.binding),
        threshold: threshold(&mut entry)?,
        weights: weights(&mut entry)?,
        custom_id: entry.yes_or_no("custom_id")?.unwrap_or(ordinary.custom_id),
        least_strength: entry
            .word("least_strength", &Strength::ALL.map(|strength| (strength.as_str(), strength)))?
            .unwrap_or(ordinary.least_strength),
        seats: entry.number("seats", 1..=MAX_SEATS)?.unwrap_or(ordinary.seats),
        seats_per_unit: entry.number("seats_per_unit", 1..=MAX_SEATS)?.unwrap_or(ordinary.seats_per_unit),
        units: entry.word("units", &[("one", Units::One), ("all", Units::All)])?.unwrap_or(ordinary.units),
        rebase_limit: entry.number("rebase_limit", 0..=1000)?.unwrap_or(ordinary.rebase_limit),
        daily_license_limit: entry
            .number("daily_license_limit", 1..=1000)?
            .unwrap_or(ordinary.daily_license_limit),
        deactivation_limit: entry
            .number("deactivation_limit", 0..=1000)?
            .unwrap_or(ordinary.deactivation_limit),
        max_license_days: entry.number("max_license_days", 1..=36_500)?,
        grace: grace(&mut entry)?,
        front_end_url: entry.text("front_end_url", page)?,
        delivery: entry
            .word(
                "delivery",
                &[
                    ("auto", DeliveryForm::Auto),
                    ("characters", DeliveryForm::Characters),
                    ("file", DeliveryForm::File),
                ],
            )?
            .unwrap_or(ordinary.delivery),
    };
    entry.finish()?;
    Ok(product)
}

/// Products that no earlier entry names.
fn names(
    entry: &mut Entry<'_>,
    member: &'static str,
    taken: &mut HashMap<String, String>,
) -> Result<Vec<String>, ConfigError> {
    let names = entry.texts(member, |text| {
        ProductName::parse(text).map(|_| text.to_owned()).map_err(|error| ValueError::Must(error.to_string()))
    })?;
    for name in &names {
        if let Some(first) = taken.insert(name.clone(), entry.name().to_owned()) {
            return Err(entry.fault(member, ValueError::Taken { name: name.clone(), first }));
        }
    }
    Ok(names)
}

fn features(entry: &mut Entry<'_>) -> Result<Vec<String>, ConfigError> {
    let features = entry.texts("features", claim)?;
    let repeated = features.iter().enumerate().any(|(at, feature)| features[..at].contains(feature));
    if repeated || features.len() > MAX_FEATURES {
        return Err(entry.fault("features", ValueError::must("at most 256 names, none of them twice")));
    }
    Ok(features)
}

fn threshold(entry: &mut Entry<'_>) -> Result<Threshold, ConfigError> {
    let Some(percent) = entry.number::<u8>("threshold", 51..=100)? else { return Ok(Threshold::default()) };
    Threshold::try_from(percent)
        .map_err(|error| entry.fault("threshold", ValueError::Must(error.to_string())))
}

fn weights(entry: &mut Entry<'_>) -> Result<Weights, ConfigError> {
    let mut weights = Weights::default();
    let table = match entry.take("weights") {
        None => return Ok(weights),
        Some(Value::Table(table)) => table,
        Some(other) => return Err(entry.wrong_type("weights", "a table", &other)),
    };
    for (name, value) in &table {
        let member = format!("weights.{name}");
        let kind: Kind = name.parse().map_err(|_| {
            let known = Kind::ALL.iter().map(|kind| kind.as_str());
            let nearest = super::error::nearest(name, known).map(str::to_owned);
            entry.fault(&member, ValueError::Unknown { nearest })
        })?;
        let weight = entry.whole(&member, value, 0..=100)?;
        weights = weights
            .with(kind, weight)
            .map_err(|error| entry.fault(&member, ValueError::Must(format!("cannot be set: {error}"))))?;
    }
    if Kind::ALL
        .iter()
        .filter(|kind| kind.is_anchor())
        .all(|kind| weights.get(*kind) == 0 || *kind == Kind::Custom)
    {
        return Err(entry.fault("weights", ValueError::Must("leave nothing that names a machine".into())));
    }
    Ok(weights)
}

fn grace(entry: &mut Entry<'_>) -> Result<u32, ConfigError> {
    let seconds = entry.text("grace", seconds)?.unwrap_or(0);
    u32::try_from(seconds).map_err(|_| entry.fault("grace", ValueError::must("at most 3650d")))
}
