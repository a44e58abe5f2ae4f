//! Issues licenses from a seed, and prints the vendor file that verifies them.
//!
//! ```text
//! issue SEED vendor              > vendor.toml
//! issue SEED perpetual           > cad-pro.lic
//! issue SEED bound FINGERPRINT   > this-machine.lic
//! ```
//!
//! SEED is 64 hex digits and for trying out only: a real key stays in its file and on no command line. FINGERPRINT is
//! what `license-agent fingerprint` printed, `MAC|DISK|BOARD|CPU`, or an identifier of your own.

use std::error::Error;

use license_core::{
    Binding, Claims, Fingerprint, Realm, SigningKey, Threshold, UnixTime, VendorFile, Weights,
};

const VENDOR: &str = "https://vendor.example";
const PRODUCT: &str = "cad-pro";
/// Named rather than read from a clock, so that the same seed always gives the same bytes.
const SIGNED_AT: UnixTime = UnixTime::from_secs(1_758_776_163);
const YEAR: i64 = 365 * 86_400;

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    match args[..] {
        [seed, "vendor"] => print!("{}", vendor_file(&key(seed)?)),
        [seed, "perpetual"] => println!("{}", key(seed)?.issue(&perpetual())?),
        [seed, "bound", fingerprint] => println!("{}", key(seed)?.issue(&bound_to(fingerprint)?)?),
        _ => return Err("usage: issue SEED vendor | perpetual | bound FINGERPRINT".into()),
    }
    Ok(())
}

/// Reads 64 hex digits.
pub(crate) fn key(seed: &str) -> Result<SigningKey, Box<dyn Error>> {
    let seed = data_encoding::HEXLOWER_PERMISSIVE.decode(seed.as_bytes())?;
    let seed = seed.as_slice().try_into().map_err(|_| "a seed is 64 hex digits")?;
    Ok(SigningKey::from_seed(seed))
}

/// What the product ships to verify licenses of `key`.
pub(crate) fn vendor_file(key: &SigningKey) -> String {
    VendorFile {
        issuer: VENDOR.into(),
        product: PRODUCT.into(),
        realm: None,
        server: None,
        test: false,
        keys: [key.verifying_key().clone()].into_iter().collect(),
    }
    .to_toml()
}

/// For ever, on any machine.
pub(crate) fn perpetual() -> Claims {
    Claims {
        issuer: VENDOR.into(),
        product: PRODUCT.into(),
        instance: "03pf80c2-bae9-6vc4-9b80-b917bea776d7".into(),
        license_id: "01997f3a-7b64-7c21-9d3e-5b7c0f1a2b3c".into(),
        issued_at: SIGNED_AT,
        not_before: SIGNED_AT,
        expires_at: None,
        binding: None,
        quantity: 1,
        features: vec!["mesh".into(), "cam".into()],
        grace: 0,
        trial: false,
        test: false,
        device_key: None,
    }
}

/// For a year and a week of grace, on one machine.
pub(crate) fn bound_to(fingerprint: &str) -> Result<Claims, Box<dyn Error>> {
    let fingerprint = Fingerprint::parse(fingerprint, &Realm::new(VENDOR))?;
    let binding = Binding::new(&fingerprint, &Weights::default(), Threshold::default())?;
    Ok(Claims {
        license_id: "01997f3a-7b65-7d02-8a51-0c9d3e7b6a54".into(),
        expires_at: Some(SIGNED_AT.plus(YEAR)),
        binding: Some(binding),
        grace: 7 * 86_400,
        ..perpetual()
    })
}
