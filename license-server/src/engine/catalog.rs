//! What the vendor sells: how a purchase becomes rights, and how tightly it binds.

use license_core::{Strength, Threshold, Weights};

use super::ids::ProductRef;
use super::request::Term;

/// One entry of the catalog.
#[derive(Clone, Debug)]
pub struct Product {
    /// The store's specifications that this entry serves.
    pub skus: Vec<String>,
    /// The store's product ids that this entry serves.
    pub product_ids: Vec<String>,
    /// For people.
    pub name: Option<String>,
    /// `aud` of the licenses.
    pub code: String,
    /// `feat` of the licenses.
    pub features: Vec<String>,
    /// What an order is, unless it says itself.
    pub term: Term,
    /// Whether a license names a device.
    pub binding: BindingRule,
    /// The least score, per cent.
    pub threshold: Threshold,
    /// What each component counts.
    pub weights: Weights,
    /// An operator-set id may stand for the device.
    pub custom_id: bool,
    /// The weakest binding that is accepted.
    pub least_strength: Strength,
    /// Seats of one instance until the order tells.
    pub seats: u32,
    /// Seats of one unit that was ordered.
    pub seats_per_unit: u32,
    /// What one license grants.
    pub units: Units,
    /// New bindings of a seat's licenses per 365 days.
    pub rebase_limit: u32,
    /// New licenses that machines get by themselves on a seat in a day; then the last one is given again.
    pub daily_license_limit: u32,
    /// How often in 365 days machines of an instance may give their seats back.
    pub deactivation_limit: u32,
    /// The longest license, in days.
    pub max_license_days: Option<u32>,
    /// Seconds after the end in which a license still works.
    pub grace: u32,
    /// What the buyer is told.
    pub front_end_url: Option<String>,
    /// How a license is delivered.
    pub delivery: DeliveryForm,
}

impl Product {
    /// An entry with every default, under the code `product`.
    #[must_use]
    pub fn ordinary() -> Self {
        Self {
            skus: Vec::new(),
            product_ids: Vec::new(),
            name: None,
            code: "product".into(),
            features: Vec::new(),
            term: Term::Periodic,
            binding: BindingRule::Hardware,
            threshold: Threshold::default(),
            weights: Weights::default(),
            custom_id: false,
            least_strength: Strength::Weak,
            seats: 1,
            seats_per_unit: 1,
            units: Units::One,
            rebase_limit: 2,
            daily_license_limit: 8,
            deactivation_limit: 3,
            max_license_days: None,
            grace: 0,
            front_end_url: None,
            delivery: DeliveryForm::Auto,
        }
    }
}

/// Whether a license names a device.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BindingRule {
    /// It does.
    #[default]
    Hardware,
    /// It is for none in particular.
    None,
}

/// What one license grants.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Units {
    /// One unit.
    #[default]
    One,
    /// All that was ordered, on one device.
    All,
}

/// How a license is delivered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DeliveryForm {
    /// As text if it fits, else as a file.
    #[default]
    Auto,
    /// As text.
    Characters,
    /// As a file.
    File,
}

/// All entries.
#[derive(Clone, Debug, Default)]
pub struct Catalog {
    /// Serves what no entry names.
    pub default: Option<Product>,
    /// The entries.
    pub products: Vec<Product>,
}

impl Catalog {
    /// The entry for a product: by code, by product id, then by sku, then the default.
    #[must_use]
    pub fn find(&self, product: &ProductRef) -> Option<&Product> {
        self.named(product).or(self.default.as_ref())
    }

    /// The entry that names the product; the default does not.
    #[must_use]
    pub fn named(&self, product: &ProductRef) -> Option<&Product> {
        if let Some(code) = &product.code {
            return self.by_code(code);
        }
        let id = product.product_id.as_ref().map(super::ids::ProductName::as_str);
        let sku = product.sku.as_ref().map(super::ids::ProductName::as_str);
        self.products
            .iter()
            .find(|entry| id.is_some_and(|id| entry.product_ids.iter().any(|known| known == id)))
            .or_else(|| {
                self.products
                    .iter()
                    .find(|entry| sku.is_some_and(|sku| entry.skus.iter().any(|known| known == sku)))
            })
    }

    /// The entry of a product code, the default's included.
    #[must_use]
    pub fn by_code(&self, code: &str) -> Option<&Product> {
        self.products.iter().chain(&self.default).find(|entry| entry.code == code)
    }

    /// The product codes, each once, in the order of the file.
    #[must_use]
    pub fn codes(&self) -> Vec<&str> {
        let mut codes = Vec::new();
        for entry in self.products.iter().chain(&self.default) {
            if !codes.contains(&entry.code.as_str()) {
                codes.push(entry.code.as_str());
            }
        }
        codes
    }
}
