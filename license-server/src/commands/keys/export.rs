//! `keys export`: what verifiers are given.

use license_core::{ServerUrl, VendorFile};

use super::super::{CommandError, Common, Done, output};
use crate::config::{ConfigError, Settings, read_catalog, values};
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
    /// Where agents reach the server; goes into the vendor file instead of the setting SERVER_URL
    #[arg(long, value_name = "URL", requires = "agent", value_parser = server_url)]
    server: Option<ServerUrl>,
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
        must_sell(&settings, product)?;
        let server = args.server.clone().or_else(|| settings.server_url.clone()).map(|url| url.to_string());
        if server.is_none() {
            // Beside the file, which mostly goes elsewhere.
            eprintln!(
                "license-server: no server is in this vendor file, so machines cannot activate by themselves; set \
                 SERVER_URL, or name it with --server"
            );
        }
        let product = product.clone();
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

/// As agents read it; the advice is for who types it.
fn server_url(text: &str) -> Result<ServerUrl, String> {
    values::server_url(text).map_err(|why| why.to_string())
}

/// A product that the catalog lacks has no licenses: its vendor file would be of no use to anybody.
fn must_sell(settings: &Settings, product: &str) -> Result<(), CommandError> {
    let path = settings.products.as_deref().ok_or(ConfigError::Missing("PRODUCTS"))?;
    let catalog = read_catalog(path)?;
    if catalog.by_code(product).is_some() {
        return Ok(());
    }
    Err(CommandError::Said(format!(
        "the catalog has no product `{product}`; it has: {}",
        catalog.codes().join(", ")
    )))
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
