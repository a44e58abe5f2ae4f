//! Activation codes of instances that are older than the codes, and the secret that they are made from.

use super::{Database, Param, StorageError, rows};
use crate::engine::codes::{CodeDigest, Codes};
use crate::engine::ids::InstanceId;

/// The setting that keeps the secret's name.
const SECRET: &str = "code_secret";
/// How many codes are made in one transaction.
const AT_ONCE: i64 = 10_000;

impl dyn Database + '_ {
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
        // In this order: cut off in between, no code is left that the kept secret did not make.
        self.execute("UPDATE instance SET code_sha256 = NULL, code_counter = code_counter + 1", &[&[]])?;
        let keep = "INSERT INTO setting (name, value) VALUES (?1, ?2) \
             ON CONFLICT (name) DO UPDATE SET value = excluded.value";
        self.execute(keep, &[&[Param::Text(SECRET), Param::Text(&name)]])?;
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
        Ok(self.view(query, &[Param::Text(instance)], |row| row.get(0))?.into_iter().next())
    }

    /// Whether an instance has this code.
    ///
    /// # Errors
    /// [`StorageError`]
    pub fn has_code(&self, digest: CodeDigest) -> Result<bool, StorageError> {
        self.finds("SELECT 1 FROM instance WHERE code_sha256 = ?1", &[Param::Bytes(Some(&digest.0))])
    }

    fn make_some(&mut self, codes: &Codes) -> Result<usize, StorageError> {
        let query = "SELECT n, id, code_counter FROM instance WHERE code_sha256 IS NULL ORDER BY n LIMIT ?1";
        let made = self.view(query, &[Param::Int(AT_ONCE)], |row| {
            let id = InstanceId::parse(&row.get::<String>(1)?).map_err(|e| rows::bad("instance", e))?;
            let counter: u32 = row.get(2)?;
            Ok((row.get::<i64>(0)?, counter, codes.of(&id, counter).digest))
        })?;
        // Another server may have replaced one meanwhile.
        let update =
            "UPDATE instance SET code_sha256 = ?3 WHERE n = ?1 AND code_counter = ?2 AND code_sha256 IS NULL";
        let sets: Vec<[Param<'_>; 3]> = made
            .iter()
            .map(|(n, counter, digest)| {
                let digest = Param::Bytes(digest.as_ref().map(|digest| &digest.0[..]));
                [Param::Int(*n), Param::Int(i64::from(*counter)), digest]
            })
            .collect();
        let sets: Vec<&[Param<'_>]> = sets.iter().map(|set| &set[..]).collect();
        self.execute(update, &sets)?;
        Ok(made.len())
    }
}
