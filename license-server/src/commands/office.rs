//! The operator's way to the same rules: the database, the keys and the catalog, without a running server.

use license_core::{Claims, Realm, SigningKey, UnixTime};

use super::CommandError;
use crate::clock::Clock;
use crate::config::Settings;
use crate::engine::codes::Codes;
use crate::engine::request::{Command, Outcome, Request};
use crate::engine::{Policy, Rules};
use crate::launch;
use crate::storage::Database;

/// The database and the rules, for one command.
#[derive(Debug)]
pub(super) struct Office {
    db: Box<dyn Database>,
    policy: Policy,
    key: Option<SigningKey>,
    test: bool,
    pub(super) realm: Realm,
    pub(super) now: UnixTime,
}

impl Office {
    /// Opens the database that the settings name, for commands that sign nothing. A running server is not disturbed:
    /// both go through the same transactions.
    pub(super) fn open(settings: &Settings) -> Result<Self, CommandError> {
        must_exist(settings)?;
        Self::with_key(settings, None, false)
    }

    /// The same with the key that signs; a database that is not there yet is made.
    pub(super) fn for_signing(settings: &Settings) -> Result<Self, CommandError> {
        let folder = launch::key_folder(settings)?;
        let key = folder.signing_key()?;
        Self::with_key(settings, key, folder.is_dev())
    }

    fn with_key(settings: &Settings, key: Option<SigningKey>, test: bool) -> Result<Self, CommandError> {
        let mut db = settings.database.open()?;
        let realm = launch::keep_realm(&mut *db, settings)?;
        let codes = known_codes(&mut *db, settings)?;
        let policy = launch::policy(settings, codes)?;
        Ok(Self { db, policy, key, test, realm, now: Clock::system().now() })
    }

    /// The catalog and the other rules.
    pub(super) fn policy(&self) -> &Policy {
        &self.policy
    }

    /// Decides one command and commits it.
    pub(super) fn decide(&mut self, command: Command) -> Result<Outcome, CommandError> {
        let sign = |claims: &Claims| match &self.key {
            Some(key) => {
                key.issue(claims).map(|token| (token.into(), key.id().to_string())).map_err(|e| e.to_string())
            }
            None => Err("there is no active key; run `license-server keys generate`".into()),
        };
        let key_id = self.key.as_ref().map(|key| key.id().to_string());
        let rules = self.policy.rules(self.now, self.test, &sign);
        // That is the server's to do, which knows whether its clock is right.
        let rules = Rules { key_id: key_id.as_deref(), forgets_answers: false, ..rules };
        let request = Request { replay: None, entropy: rand::random(), command };
        let outcomes = self.db.decide(&rules, &[&request])?;
        outcomes.into_iter().next().ok_or_else(|| CommandError::Said("the database gave no answer".into()))
    }
}

/// The secret of this database's codes; where another folder of keys is named than the server's, it is not known, and
/// the server makes the codes that are missing.
fn known_codes(db: &mut dyn Database, settings: &Settings) -> Result<Codes, CommandError> {
    let file = launch::secret_file(settings);
    let codes = match (file.read()?, db.secret_of_codes()?) {
        (Some(codes), kept) if kept.is_none() || kept == codes.name() => codes,
        (None, None) => file.read_or_make()?,
        _ => return Ok(Codes::unknown()),
    };
    db.complete_codes(&codes)?;
    Ok(codes)
}

/// The database for looking only.
pub(super) fn look(settings: &Settings) -> Result<(Box<dyn Database>, UnixTime), CommandError> {
    must_exist(settings)?;
    Ok((settings.database.open_for_reading()?, Clock::system().now()))
}

/// A command in the wrong folder must not make a database there.
pub(super) fn must_exist(settings: &Settings) -> Result<(), CommandError> {
    if settings.database.exists() {
        return Ok(());
    }
    let path = &settings.database;
    let advice =
        "the server makes it at its first start; is the setting DATABASE right, and this the right folder?";
    Err(CommandError::Said(format!("there is no database {path}; {advice}")))
}

/// A refusal in words.
pub(super) fn refused(outcome: &Outcome) -> CommandError {
    match outcome {
        Outcome::Refused(refusal) => CommandError::Said(format!("refused: {refusal}")),
        _ => CommandError::Said("the database gave another answer than was asked for".into()),
    }
}
