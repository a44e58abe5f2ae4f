//! `check`: what is wrong, where, what to do.

use std::path::Path;

use serde::Serialize;

use super::{CommandError, Common, Done, output};
use crate::clock::Clock;
use crate::config::Settings;
use crate::engine::catalog::Product;
use crate::engine::codes::Codes;
use crate::engine::request::Term;
use crate::keystore::KeyFolder;
use crate::launch;
use crate::private_file;
use crate::storage::{Address, StorageError};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    common: Common,
}

#[derive(Debug, Serialize)]
struct Finding {
    what: &'static str,
    good: bool,
    says: String,
}

pub(super) fn run(args: &Args) -> Done {
    let findings = match args.common.settings.load() {
        Ok(settings) => all(&settings),
        Err(error) => vec![finding("settings", Err(error.to_string()))],
    };
    if args.common.json {
        output::json(&findings)?;
    } else {
        for finding in &findings {
            let mark = if finding.good { "ok   " } else { "WRONG" };
            output::line(format!("{mark}  {:<9}  {}", finding.what, finding.says))?;
        }
    }
    if findings.iter().all(|finding| finding.good) { Ok(()) } else { Err(CommandError::Reported) }
}

fn finding(what: &'static str, result: Result<String, String>) -> Finding {
    let good = result.is_ok();
    Finding { what, good, says: result.unwrap_or_else(|why| why) }
}

fn all(settings: &Settings) -> Vec<Finding> {
    vec![
        finding("issuer", settings.issuer().map(str::to_owned).map_err(|e| e.to_string())),
        finding("store", access_keys(settings)),
        finding("orders", open_api(settings)),
        finding("catalog", catalog(settings)),
        finding("keys", keys(settings)),
        finding("codes", codes(settings)),
        finding("database", database(settings).map_err(|e| e.to_string())),
        finding("clock", clock(settings)),
        finding("delivery", delivery(settings)),
        finding("tls", tls(settings)),
    ]
}

fn access_keys(settings: &Settings) -> Result<String, String> {
    let keys = settings.access_keys().map_err(|e| e.to_string())?;
    Ok(format!("{} access key(s), called at {}", keys.len(), settings.produce_path))
}

fn catalog(settings: &Settings) -> Result<String, String> {
    let catalog = settings.catalog().map_err(|e| e.to_string())?;
    let default = catalog.default.as_ref().map_or("none", |product| product.code.as_str());
    Ok(format!("{} product(s), default: {default}", catalog.products.len()))
}

fn keys(settings: &Settings) -> Result<String, String> {
    let folder = KeyFolder::open(&settings.keys).map_err(|e| e.to_string())?;
    folder.refuse_dev().map_err(|e| e.to_string())?;
    let published = folder.published().map_err(|e| e.to_string())?;
    match folder.signing_key().map_err(|e| e.to_string())? {
        Some(key) => Ok(format!("{} signs, {} published", key.id(), published.iter().count())),
        None => Err(launch::LaunchError::NoKey(settings.keys.clone()).to_string()),
    }
}

/// The secret of the activation codes, and whether nothing but an order can say when a purchase ends.
fn codes(settings: &Settings) -> Result<String, String> {
    let file = launch::secret_file(settings);
    let path = file.path().display().to_string();
    let codes = file.read().map_err(|e| e.to_string())?;
    // What is wrong with the database itself is said of the database.
    let db = settings.database.exists().then(|| settings.database.open_for_reading().ok()).flatten();
    let kept = db.and_then(|db| db.secret_of_codes().ok()).flatten();
    if kept.is_some() && kept != codes.as_ref().and_then(Codes::name) {
        return Err(StorageError::OtherSecret.to_string());
    }
    let made = if codes.is_some() { "keep a backup of it" } else { "it is made at the first start" };
    Ok(format!("their secret is {path}; {made}{}", endless(settings)))
}

/// What a product lacks that is sold for a time which nobody tells.
fn endless(settings: &Settings) -> String {
    let Ok(catalog) = settings.catalog() else {
        return String::new();
    };
    let lacks = |product: &&Product| product.term == Term::Periodic && product.max_license_days.is_none();
    let products: Vec<_> = catalog.products.iter().chain(&catalog.default).filter(lacks).collect();
    if settings.store.is_some() || products.is_empty() {
        return String::new();
    }
    let named: Vec<_> = products.iter().map(|product| product.code.as_str()).collect();
    format!(
        "; without the open API the end of a purchase of {} is known from its first renewal on, and codes wait for it: \
         set max_license_days",
        named.join(", ")
    )
}

fn database(settings: &Settings) -> Result<String, launch::LaunchError> {
    let path = &settings.database;
    if let Address::Sqlite(file) = path
        && !file.exists()
    {
        let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
        let folder = folder.unwrap_or_else(|| Path::new("."));
        probe(folder).map_err(|why| StorageError::Open { path: path.to_string(), why })?;
        return Ok(format!("{path} is made at the first start"));
    }
    let was_open = matches!(path, Address::Sqlite(file) if private_file::is_open_database(file));
    let mut db = settings.database.open()?;
    db.check_whole()?;
    db.check_writable()?;
    launch::keep_realm(&mut *db, settings)?;
    let mended = if was_open { "; it was open to other users, and is not any more" } else { "" };
    Ok(format!("{path} is whole and can be written{mended}"))
}

/// This machine's clock against the newest time that the database has seen.
fn clock(settings: &Settings) -> Result<String, String> {
    // What is wrong with the database itself is said of the database.
    let db = settings.database.exists().then(|| settings.database.open_for_reading().ok()).flatten();
    let seen = db.and_then(|db| db.newest_time().ok()).flatten();
    super::clock::compared(&Clock::system(), seen.as_ref())
}

/// The settings are looked at; nobody is asked.
fn open_api(settings: &Settings) -> Result<String, String> {
    launch::open_api(settings, &Clock::system()).map_err(|e| e.to_string())?;
    Ok(match &settings.store {
        Some(store) => format!("orders are read and licenses uploaded at {}", store.url),
        None => "not set: orders are not read, [default] serves them".into(),
    })
}

fn delivery(settings: &Settings) -> Result<String, String> {
    let folder = &settings.delivery_dir;
    if settings.store.is_some() {
        return Ok("licenses are uploaded to the store".into());
    }
    let path = folder.display();
    let there = folder.exists();
    probe(nearest_existing(folder)).map_err(|why| format!("{path} cannot be written: {why}"))?;
    Ok(if there { format!("{path} can be written") } else { format!("{path} is made at the first start") })
}

/// The folder itself, or the first one above it that is there.
fn nearest_existing(folder: &Path) -> &Path {
    let named = folder.ancestors().find(|above| !above.as_os_str().is_empty() && above.exists());
    named.unwrap_or_else(|| Path::new("."))
}

/// Makes and removes a file.
fn probe(folder: &Path) -> Result<(), String> {
    let file = folder.join(format!(".license-server-check-{}", std::process::id()));
    std::fs::write(&file, "").and_then(|()| std::fs::remove_file(&file)).map_err(|e| e.to_string())
}

fn tls(settings: &Settings) -> Result<String, String> {
    match &settings.tls {
        None => {
            Ok(format!("plain HTTP on {}; the store needs HTTPS, so put a proxy before it", settings.listen))
        }
        Some(files) => {
            crate::http::Tls::load(files.clone()).map_err(|e| e.to_string())?;
            Ok("certificate and key fit".into())
        }
    }
}
