//! The life of signing keys: standby, active, retired, distrusted, with the real agent and an operator's commands.

mod commands;
mod encrypted;
mod forged;
mod rotation;
mod withdrawal;

use license_core::{KeyId, SigningKey, Trust, UnixTime, UnverifiedLicense, VerifyError};
use license_server::keystore::{Consent, KeyFolder};
use license_tests::{Customer, DAY, Shop};

/// Two machines; the end is known without an order.
const CATALOG: &str = "[default]\ncode = \"cad\"\nfeatures = [\"mesh\"]\nseats = 2\nmax_license_days = 90\n";
const ISSUER: &str = "https://vendor.example";

/// A shop that has sold one instance of 60 days, and the instance's activation code.
async fn sold() -> (Shop, String) {
    let shop = Shop::selling(CATALOG).await;
    let instance = shop.buy("order").await;
    assert_eq!(shop.refresh(&instance, "RENEWAL", "first", shop.now().plus(60 * DAY)).await, "000000");
    let code = shop.code(&instance);
    (shop, code)
}

/// The vendor's second key.
fn second() -> SigningKey {
    SigningKey::from_seed(&[43; 32])
}

/// The key that every shop begins with.
fn first() -> SigningKey {
    SigningKey::from_seed(&[42; 32])
}

fn keys(shop: &Shop) -> KeyFolder {
    KeyFolder::open(&shop.settings.keys).expect("a folder of keys")
}

/// Changes the keys as an operator does, and has the server take that in by starting again at the same address.
async fn changed(shop: Shop, change: impl FnOnce(&mut KeyFolder, UnixTime)) -> Shop {
    change(&mut keys(&shop), shop.now());
    let (clock, hand, address) = (shop.clock.clone(), shop.hand.clone(), shop.address());
    let dir = shop.close().await;
    let builder = Shop::builder().catalog(CATALOG).clock(clock, hand).in_folder(dir);
    builder.with(move |settings| settings.listen = address).open().await
}

/// A second key stands by.
async fn with_standby(shop: Shop) -> Shop {
    changed(shop, |keys, now| assert_eq!(keys.add(&second(), now), Ok(second().id()))).await
}

/// The second key signs, and the first is retired.
async fn activated(shop: Shop) -> Shop {
    let activate = |keys: &mut KeyFolder, now| {
        keys.activate(second().id(), ISSUER, now, Consent::NotGiven).expect("activated");
    };
    changed(shop, activate).await
}

/// What a product ships: the vendor file of the machine, without what was learned.
fn vendor_file(customer: &Customer) -> Trust {
    let text = std::fs::read_to_string(customer.path("vendor.toml")).expect("a vendor file");
    Trust::from_vendor_file(&text).expect("a vendor file")
}

/// The same with what lies beside the license.
fn product(customer: &Customer) -> Trust {
    let mut trust = vendor_file(customer);
    let learned = std::fs::read_to_string(customer.path("licenses/cad.keys")).expect("learned keys");
    trust.learn(&learned).expect("every set of it");
    trust
}

/// Whether the installed license carries a signature that counts; time and machine are other cases' matter.
fn counts(customer: &Customer, trust: &Trust) -> Result<(), VerifyError> {
    let license: UnverifiedLicense = customer.license().expect("a license").parse()?;
    license.signed_at(trust).map(drop)
}

/// The key that the installed license names.
fn signer(customer: &Customer) -> KeyId {
    let nobody = Trust::new(ISSUER, "cad", ISSUER, license_core::KeyRing::default());
    match counts(customer, &nobody) {
        Err(VerifyError::UnknownKey { kid }) => kid,
        other => panic!("{other:?}"),
    }
}
