//! What an operator does with a key, after it was said what that means.

use license_core::{KeyId, UnixTime};
use serde::Serialize;

use super::super::{CommandError, Done, output};
use super::{Step, find};
use crate::clock::Clock;
use crate::config::Settings;
use crate::keystore::{Activated, KeyEntry, KeyFolder, KeyState};
use crate::launch;
use crate::storage::{Database, StorageError};

/// What came of an activation, for programs.
#[derive(Serialize)]
struct ActivatedKey {
    id: KeyId,
    /// It is retired now.
    former: Option<KeyId>,
    /// Whether the former has vouched for it.
    handed_over: bool,
    published_since: UnixTime,
    /// Machines that renew by themselves, and how many of them were told of the key; not known without a database.
    machines: Option<u64>,
    machines_told: Option<u64>,
}

pub(super) fn activate(step: &Step) -> Done {
    let settings = step.common.settings.load()?;
    let issuer = settings.issuer()?;
    let mut folder = launch::key_folder(&settings)?;
    let kid = find(&folder, &step.id)?;
    let now = Clock::system().now();
    let entry = folder.entries().iter().find(|entry| entry.kid == kid).cloned();
    let entry = entry.ok_or_else(|| CommandError::Said(format!("there is no key {kid} here")))?;
    let told = told(&settings, &entry, now);
    if !step.common.json {
        output::line(published(&entry, told.as_ref()))?;
    }
    let Activated { former, handed_over } = folder.activate(kid, issuer, now, step.consent())?;
    if step.common.json {
        return output::json(&ActivatedKey {
            id: kid,
            former,
            handed_over,
            published_since: entry.created_at,
            machines: told.as_ref().ok().map(|(_, all)| *all),
            machines_told: told.as_ref().ok().map(|(told, _)| *told),
        });
    }
    output::line(format!("key {kid} signs from now on"))?;
    match (former, handed_over) {
        (None, _) => Ok(()),
        (Some(former), true) => output::line(format!(
            "key {former} is retired: its licenses still hold; it has vouched for the new one, so machines that reach \
             the server learn it, and others need `license-server keys export --signed` or a new vendor file"
        )),
        (Some(former), false) => output::line(format!(
            "key {former} is retired: its licenses still hold; it has not vouched for the new one, so machines that were \
             not told before need a new vendor file"
        )),
    }
}

/// How many machines that renew by themselves were told of a key, and how many there are.
fn told(settings: &Settings, entry: &KeyEntry, now: UnixTime) -> Result<(u64, u64), String> {
    counted(settings, |db| db.machines_told(now, entry.published.unwrap_or(0)))
}

/// What the database says, or why it says nothing: keys are changed all the same, also while it is away.
fn counted<T>(
    settings: &Settings,
    look: impl FnOnce(&dyn Database) -> Result<T, StorageError>,
) -> Result<T, String> {
    if !settings.database.exists() {
        return Err(format!("there is no database {}", settings.database));
    }
    settings.database.open_for_reading().and_then(|db| look(&*db)).map_err(|error| error.to_string())
}

fn published(entry: &KeyEntry, told: Result<&(u64, u64), &String>) -> String {
    let KeyEntry { kid, created_at, .. } = entry;
    let machines = match told {
        Ok((told, all)) => format!("{told} of {all} machines that renew by themselves were told of it"),
        Err(why) => format!("how many machines were told of it is not known: {why}"),
    };
    format!("key {kid} is published since {created_at}; {machines}")
}

pub(super) fn retire(step: &Step) -> Done {
    let settings = step.common.settings.load()?;
    let mut folder = KeyFolder::open(&settings.keys)?;
    let kid = find(&folder, &step.id)?;
    folder.retire(kid, Clock::system().now(), step.consent())?;
    if folder.active().is_none() {
        output::line(format!("no key is left to sign with; {}", next(&folder)))?;
    }
    output::line(format!("key {kid} signs no more; its licenses still hold"))
}

pub(super) fn distrust(step: &Step) -> Done {
    let settings = step.common.settings.load()?;
    let mut folder = KeyFolder::open(&settings.keys)?;
    let kid = find(&folder, &step.id)?;
    let now = Clock::system().now();
    output::line(match counted(&settings, |db| db.unexpired_licenses_of_key(now, &kid.to_string())) {
        Ok(count) => format!("{count} unexpired licenses were signed with key {kid}"),
        Err(why) => format!("how many licenses were signed with key {kid} is not known: {why}"),
    })?;
    if folder.active() == Some(kid) && !step.yes {
        output::line(format!(
            "it is the key that signs: without it nothing is signed; first {}",
            next(&folder)
        ))?;
    }
    if !step.yes {
        output::line(
            "they would hold no more wherever the new key set arrives; nothing was done, --yes does it",
        )?;
        return Err(CommandError::Reported);
    }
    folder.distrust(kid, now)?;
    output::line(format!("key {kid} is no longer published, and the next key set withdraws it"))?;
    if folder.active().is_none() {
        output::line(format!("no key is left to sign with; {}", next(&folder)))?;
    }
    output::line(
        "machines that renew and know the key that signs now get new licenses; send all others a new vendor file \
         (`license-server keys export --agent`), and issue again what was issued by hand or delivered",
    )
}

/// How the server gets a key to sign with.
fn next(folder: &KeyFolder) -> String {
    let standby = folder.entries().iter().rfind(|entry| entry.state == KeyState::Standby);
    match standby {
        Some(entry) => format!("run `license-server keys activate {}`", entry.kid),
        None => "run `license-server keys generate`, and `keys activate` where it stands by".to_owned(),
    }
}
