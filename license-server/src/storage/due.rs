//! Short looks for workers: is there anything to do?

use license_core::UnixTime;

use super::{Database, Param, StorageError};
use crate::engine::ids::OrderLine;

impl dyn Database + '_ {
    /// Whether a license is to be delivered at `now`. Those of frozen instances wait.
    ///
    /// # Errors
    /// [`StorageError`]
    pub fn has_due_deliveries(&self, now: UnixTime) -> Result<bool, StorageError> {
        let query = "SELECT 1 FROM delivery d JOIN instance i ON i.n = d.instance \
             WHERE d.status IN (0, 4, 5) AND d.at <= ?1 AND i.lifecycle = 0 LIMIT 1";
        self.finds(query, &[Param::Int(now.as_secs())])
    }

    /// Whether an order is to be read at `now`.
    ///
    /// # Errors
    /// [`StorageError`]
    pub fn has_due_inquiries(&self, now: UnixTime) -> Result<bool, StorageError> {
        let query = "SELECT 1 FROM inquiry WHERE status = 0 AND at <= ?1 LIMIT 1";
        self.finds(query, &[Param::Int(now.as_secs())])
    }

    /// Whether an order line has its instance.
    ///
    /// # Errors
    /// [`StorageError`]
    pub fn is_open(&self, order: &OrderLine) -> Result<bool, StorageError> {
        let query = "SELECT 1 FROM instance WHERE order_id = ?1 AND line_id = ?2";
        self.finds(query, &[Param::Text(order.order.as_str()), Param::Text(order.line.as_str())])
    }
}
