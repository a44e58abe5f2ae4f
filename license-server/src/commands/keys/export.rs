//! `keys export`: what verifiers are given.

use license_core::VendorFile;

use super::super::{CommandError, Common, Done, output};
use crate::config::Settings;
use crate::launch::{self, LaunchError};
use crate::storage::StorageError;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    common: Common,
    /// SPKI PEM blocks
    #[arg(long, conflicts_with_all = ["agent", "signed"])]
    pem: bool,
    /// The signed key sets that machines learn from, one on a line
    #[arg(long, conflicts_with = "agent")]
    signed: bool,
    /// The vendor file for a product code
    #[arg(long, value_name = "PRODUCT_CODE")]
    agent: Option<String>,
    /// Where agents reach the server; goes into the vendor file
    #[arg(long, value_name = "URL", requires = "agent")]
    server: Option<String>,
}

pub(super) fn run(args: &Args) -> Done {
    let settings = args.common.settings.load()?;
    let folder = launch::key_folder(&settings)?;
    if args.signed {
        let signer = folder.signing_key()?.ok_or_else(|| LaunchError::NoKey(settings.keys.clone()))?;
        let sets = folder.key_sets(&signer, settings.issuer()?)?;
        return sets.iter().try_for_each(output::line);
    }
    let keys = folder.published()?;
    if let Some(product) = &args.agent {
        let issuer = settings.issuer()?.to_owned();
        let realm = Some(known_realm(&settings)?);
        let (product, server) = (product.clone(), args.server.clone());
        let file = VendorFile { issuer, product, realm, server, test: folder.is_dev(), keys };
        return output::line(file.to_toml().trim_end());
    }
    if args.pem {
        return keys.iter().try_for_each(|key| {
            let pem = key.to_spki_pem().map_err(|e| CommandError::Said(e.to_string()))?;
            output::line(pem.trim_end())
        });
    }
    output::line(keys.to_jwks())
}

/// The realm that the database keeps, or the one it would get.
fn known_realm(settings: &Settings) -> Result<String, CommandError> {
    let kept = if settings.database.exists() {
        match settings.database.open_for_reading() {
            // One that no server has begun yet.
            Err(StorageError::Older { found: 0, .. }) => None,
            other => other?.kept_setting("realm")?,
        }
    } else {
        None
    };
    match (kept, &settings.realm) {
        (Some(kept), _) => Ok(kept),
        (None, Some(given)) => Ok(given.clone()),
        (None, None) => Ok(settings.issuer()?.to_owned()),
    }
}
