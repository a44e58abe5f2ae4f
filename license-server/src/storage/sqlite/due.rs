//! Short looks for workers: is there anything to do?

use license_core::UnixTime;

use super::Sqlite;
use crate::engine::ids::OrderLine;
use crate::storage::StorageError;

impl Sqlite {
    /// Whether a license is to be delivered at `now`. Those of frozen instances wait.
    ///
    /// # Errors
    /// [`StorageError`]
    pub fn has_due_deliveries(&self, now: UnixTime) -> Result<bool, StorageError> {
        let query = "SELECT 1 FROM delivery d JOIN instance i ON i.n = d.instance \
             WHERE d.status IN (0, 4, 5) AND d.at <= ?1 AND i.lifecycle = 0 LIMIT 1";
        Ok(self.connection().prepare_cached(query)?.exists([now.as_secs()])?)
    }

    /// Whether an order is to be read at `now`.
    ///
    /// # Errors
    /// [`StorageError`]
    pub fn has_due_inquiries(&self, now: UnixTime) -> Result<bool, StorageError> {
        let query = "SELECT 1 FROM inquiry WHERE status = 0 AND at <= ?1 LIMIT 1";
        Ok(self.connection().prepare_cached(query)?.exists([now.as_secs()])?)
    }

    /// Whether an order line has its instance.
    ///
    /// # Errors
    /// [`StorageError`]
    pub fn is_open(&self, order: &OrderLine) -> Result<bool, StorageError> {
        let query = "SELECT 1 FROM instance WHERE order_id = ?1 AND line_id = ?2";
        Ok(self.connection().prepare_cached(query)?.exists([order.order.as_str(), order.line.as_str()])?)
    }

    /// Ends every lease at `now`: nobody else works on this file, so whoever had them is gone. Orders that were to be
    /// read later are read now.
    ///
    /// # Errors
    /// [`StorageError`]
    pub fn end_leases(&mut self, now: UnixTime) -> Result<(), StorageError> {
        let transaction = self.connection.transaction()?;
        transaction.execute(
            "UPDATE delivery SET at = ?1 WHERE status IN (0, 4, 5) AND status <> 0 AND at > ?1",
            [now.as_secs()],
        )?;
        transaction.execute("UPDATE inquiry SET at = ?1 WHERE status = 0", [now.as_secs()])?;
        Ok(transaction.commit()?)
    }
}
