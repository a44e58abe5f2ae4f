//! Activation codes of instances that are older than the codes, and the secret that they are made from.

use rusqlite::TransactionBehavior;

use super::{Sqlite, rows};
use crate::engine::codes::Codes;
use crate::engine::ids::InstanceId;
use crate::storage::StorageError;

/// The setting that keeps the secret's name.
const SECRET: &str = "code_secret";
/// How many codes are made in one transaction.
const AT_ONCE: u32 = 10_000;

impl Sqlite {
    /// Makes the codes that are missing. The secret must be the one that the others were made with.
    ///
    /// # Errors
    /// [`StorageError::OtherSecret`] when it is another one; otherwise as every write.
    pub fn complete_codes(&mut self, codes: &Codes) -> Result<(), StorageError> {
        let name = codes.name().ok_or(StorageError::OtherSecret)?;
        self.keep_setting(SECRET, &name).map_err(|error| match error {
            StorageError::Differs { .. } => StorageError::OtherSecret,
            other => other,
        })?;
        while self.make_some(codes)? > 0 {}
        Ok(())
    }

    /// Replaces every code, for a secret that was lost or that somebody may have seen.
    ///
    /// # Errors
    /// As every write.
    pub fn replace_all_codes(&mut self, codes: &Codes) -> Result<(), StorageError> {
        let name = codes.name().ok_or(StorageError::OtherSecret)?;
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        transaction
            .execute("INSERT OR REPLACE INTO setting (name, value) VALUES (?1, ?2)", (SECRET, name))?;
        transaction.execute("UPDATE instance SET code_sha256 = NULL, code_counter = code_counter + 1", ())?;
        transaction.commit()?;
        self.complete_codes(codes)
    }

    /// Whether codes were made already, and by which secret: its name.
    ///
    /// # Errors
    /// [`StorageError`]
    pub fn secret_of_codes(&self) -> Result<Option<String>, StorageError> {
        self.kept_setting(SECRET)
    }

    /// How often the code of an instance was replaced, if it has one that can be used.
    ///
    /// # Errors
    /// [`StorageError`]
    pub fn code_counter(&self, instance: &str) -> Result<Option<u32>, StorageError> {
        let query =
            "SELECT code_counter FROM instance WHERE id = ?1 AND lifecycle <> 2 AND code_sha256 IS NOT NULL";
        Ok(self.view(query, [instance], |row| row.get(0))?.into_iter().next())
    }

    /// Whether an instance has this code.
    ///
    /// # Errors
    /// [`StorageError`]
    pub fn has_code(&self, digest: crate::engine::codes::CodeDigest) -> Result<bool, StorageError> {
        let query = "SELECT 1 FROM instance WHERE code_sha256 = ?1";
        Ok(self.connection.prepare_cached(query)?.exists([digest.0])?)
    }

    fn make_some(&mut self, codes: &Codes) -> Result<usize, StorageError> {
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let mut without = Vec::new();
        {
            let query = "SELECT n, id, code_counter FROM instance WHERE code_sha256 IS NULL LIMIT ?1";
            let mut statement = transaction.prepare(query)?;
            let mut found = statement.query([AT_ONCE])?;
            while let Some(row) = found.next()? {
                let id =
                    InstanceId::parse(&row.get::<_, String>(1)?).map_err(|e| rows::bad("instance", e))?;
                without.push((row.get::<_, i64>(0)?, codes.of(&id, row.get(2)?)));
            }
            let mut update = transaction.prepare("UPDATE instance SET code_sha256 = ?2 WHERE n = ?1")?;
            for (n, code) in &without {
                update.execute((n, code.digest.map(|digest| digest.0)))?;
            }
        }
        transaction.commit()?;
        Ok(without.len())
    }
}
