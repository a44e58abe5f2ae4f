//! `check`: what is wrong, where, what to do.

mod certificate;
mod store;

use std::path::Path;

use serde::Serialize;

use super::{CommandError, Common, Done, output};
use crate::clock::Clock;
use crate::config::{ConfigError, Read, Settings};
use crate::engine::catalog::Product;
use crate::engine::codes::Codes;
use crate::engine::request::Term;
use crate::launch;
use crate::private_file;
use crate::storage::{Address, StorageError};

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  license-server check --config server.toml             everything that is wrong at once; nobody is asked
  license-server check --config server.toml --online    the store is asked as well, whether it knows AK and SK

Exit code: 0 nothing is wrong (a note is not), 1 something is, 2 wrong arguments.")]
pub(super) struct Args {
    /// Also ask the store for an order that there is not, at each of its addresses, for at most 5 s each
    #[arg(long)]
    online: bool,
    #[command(flatten)]
    common: Common,
}

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Level {
    Ok,
    /// Right for some, and worth a look.
    Note,
    Wrong,
}

#[derive(Debug, Serialize)]
struct Finding {
    what: &'static str,
    level: Level,
    /// Whether nothing has to be done.
    good: bool,
    says: String,
}

pub(super) fn run(args: &Args) -> Done {
    let findings = match args.common.settings.read() {
        Ok(read) => all(&read, args.online),
        Err(error) => vec![wrong("settings", error)],
    };
    if args.common.json {
        output::json(&findings)?;
    } else {
        for Finding { what, level, says, .. } in &findings {
            let mark = match level {
                Level::Ok => "ok   ",
                Level::Note => "note ",
                Level::Wrong => "WRONG",
            };
            output::line(format!("{mark}  {what:<9}  {}", says.replace('\n', "\n                  ")))?;
        }
    }
    if findings.iter().all(|finding| finding.good) { Ok(()) } else { Err(CommandError::Reported) }
}

fn finding(what: &'static str, result: Result<String, String>) -> Finding {
    match result {
        Ok(says) => Finding { what, level: Level::Ok, good: true, says },
        Err(says) => Finding { what, level: Level::Wrong, good: false, says },
    }
}

fn note(what: &'static str, says: impl Into<String>) -> Finding {
    Finding { what, level: Level::Note, good: true, says: says.into() }
}

fn wrong(what: &'static str, why: impl ToString) -> Finding {
    finding(what, Err(why.to_string()))
}

/// What is wrong with the settings, then all that can be looked at with those that could be read.
fn all(read: &Read, online: bool) -> Vec<Finding> {
    let settings = &read.settings;
    let mut findings: Vec<_> = read.faults.iter().map(|fault| wrong("settings", fault)).collect();
    let mut look = |needs: &[&str], found: &dyn Fn() -> Vec<Finding>| {
        // A setting that could not be read is named already.
        if !needs.iter().any(|name| read.unread.contains(name)) {
            findings.extend(found());
        }
    };
    let one = |what, result: Result<String, String>| vec![finding(what, result)];
    look(&["issuer"], &|| one("issuer", settings.issuer().map(str::to_owned).map_err(|e| e.to_string())));
    look(&["access_keys"], &|| one("store", access_keys(settings)));
    look(&["store"], &|| store::look(settings, online));
    look(&["products"], &|| one("catalog", catalog(read)));
    look(&["keys"], &|| one("keys", keys(settings)));
    look(&["keys", "secret_file", "database", "store"], &|| one("codes", codes(settings)));
    look(&["database", "realm"], &|| one("database", database(settings).map_err(|e| e.to_string())));
    look(&["database"], &|| one("clock", clock(settings)));
    look(&["delivery_dir", "store"], &|| one("delivery", delivery(settings)));
    look(&["tls"], &|| certificate::look(settings, Clock::system().now()));
    look(&["server_url"], &|| certificate::agents(settings));
    findings
}

fn access_keys(settings: &Settings) -> Result<String, String> {
    let keys = settings.access_keys().map_err(|e| e.to_string())?;
    Ok(format!("{} access key(s), called at {}", keys.len(), settings.produce_path))
}

fn catalog(read: &Read) -> Result<String, String> {
    let settings = &read.settings;
    let catalog = match settings.catalog() {
        // Whether it needs one is not known while the open API's settings are wrong.
        Err(ConfigError::NoDefault(path)) if read.unread.contains(&"store") => {
            crate::config::read_catalog(&path)
        }
        other => other,
    };
    let catalog = catalog.map_err(|e| e.to_string())?;
    let default = catalog.default.as_ref().map_or("none", |product| product.code.as_str());
    Ok(format!("{} product(s), default: {default}", catalog.products.len()))
}

fn keys(settings: &Settings) -> Result<String, String> {
    let folder = launch::key_folder(settings).map_err(|e| e.to_string())?;
    folder.refuse_dev().map_err(|e| e.to_string())?;
    let published = folder.published().map_err(|e| e.to_string())?;
    match folder.signing_key().map_err(|e| e.to_string())? {
        Some(key) => {
            let is_encrypted =
                if settings.keys_passphrase_file.is_some() { ", with a passphrase" } else { "" };
            Ok(format!("{} signs, {} published{is_encrypted}", key.id(), published.iter().count()))
        }
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
    // Without an issuer it is not known which realm is meant; that is said already.
    if settings.issuer.is_some() || settings.realm.is_some() {
        launch::keep_realm(&mut *db, settings)?;
    }
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
