//! What operators read of orders and deliveries.

use license_core::UnixTime;
use serde::Serialize;

use super::rfc3339;
use super::rows::change_kind;
use super::views::{View, delivery_state};
use super::{Database, Param, StorageError};
use crate::engine::ids::InstanceId;
use crate::engine::instance::{ChangeKind, NO_ENTRY};

/// A license on its way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DeliveryRow {
    /// Under which event.
    pub event: String,
    /// Of which instance.
    pub instance: String,
    /// `due`, `being sent`, `parked`, `waits: frozen`, `delivered` or `cancelled`.
    pub state: &'static str,
    /// When it is tried next, or since when it is as it is; seconds since 1970.
    #[serde(serialize_with = "rfc3339::time")]
    pub at: i64,
    /// Attempts that failed.
    pub attempts: u32,
    /// What the last failure was.
    pub error: Option<String>,
}

/// An order that made an instance what it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OrderRow {
    /// Order and line.
    pub order: String,
    /// What it did.
    pub kind: &'static str,
    /// `read`, `to be read`, `parked`, or `not read` where there is no open API.
    pub state: &'static str,
    /// What went wrong, if something did.
    pub error: Option<String>,
}

impl dyn Database + '_ {
    /// Deliveries that are not over, those that were asked for first in front; only those that are parked, or all, the
    /// newest first.
    ///
    /// # Errors
    /// [`StorageError`]
    pub fn deliveries(&self, now: UnixTime, parked: bool, all: bool, limit: u32) -> View<DeliveryRow> {
        self.deliveries_after(now, parked, all, None, limit)
    }

    /// The same from behind the event `after` on.
    ///
    /// # Errors
    /// [`StorageError`]
    pub fn deliveries_after(
        &self,
        now: UnixTime,
        parked: bool,
        all: bool,
        after: Option<&str>,
        limit: u32,
    ) -> View<DeliveryRow> {
        // By their application, which stays, and not by when they are due, which changes between two looks.
        let (which, from, order) = match (parked, all) {
            (true, _) => ("d.status = 2", ">", "ASC"),
            (_, true) => ("1 = 1", "<", "DESC"),
            _ => ("d.status IN (0, 2, 4, 5)", ">", "ASC"),
        };
        let query = format!(
            "SELECT a.event_id, i.id, d.status, d.at, d.attempts, d.error, i.lifecycle FROM delivery d \
             JOIN application a ON a.n = d.application JOIN instance i ON i.n = d.instance WHERE {which} \
             AND (?2 IS NULL OR d.application {from} (SELECT x.application FROM delivery x JOIN application y \
             ON y.n = x.application WHERE y.event_id = ?2 ORDER BY x.application {order} LIMIT 1)) \
             ORDER BY d.application {order} LIMIT ?1"
        );
        self.view(&query, &[Param::Int(limit.into()), Param::MaybeText(after)], |row| {
            let status: i64 = row.get(2)?;
            let at: i64 = row.get(3)?;
            let is_frozen = status == 0 && row.get::<i64>(6)? != 0;
            Ok(DeliveryRow {
                event: row.get::<Option<String>>(0)?.unwrap_or_default(),
                instance: row.get(1)?,
                state: if is_frozen { "waits: frozen" } else { delivery_state(status) },
                // The end of a lease says nothing to an operator.
                at: if matches!(status, 4 | 5) { at.min(now.as_secs()) } else { at },
                attempts: row.get(4)?,
                error: row.get(5)?,
            })
        })
    }

    /// The orders of an instance, the purchase first.
    ///
    /// # Errors
    /// [`StorageError`]
    pub fn orders(&self, instance: &str) -> View<OrderRow> {
        let query = "SELECT o.order_id || '/' || o.line_id, o.kind, o.facts IS NOT NULL, q.status, q.error \
             FROM (SELECT i.n AS instance, i.order_id, i.line_id, 0 AS kind, \
                     (SELECT facts FROM order_change p WHERE p.instance = i.n AND p.kind = 0) AS facts, 0 AS n \
                   FROM instance i WHERE i.id = ?1 \
                   UNION ALL SELECT c.instance, c.order_id, c.line_id, c.kind, c.facts, c.n FROM order_change c \
                   JOIN instance i ON i.n = c.instance WHERE i.id = ?1 AND c.kind <> 0) o \
             LEFT JOIN inquiry q ON q.instance = o.instance AND q.order_id = o.order_id AND q.line_id = o.line_id \
                  AND q.kind = o.kind ORDER BY o.n";
        self.view(query, &[Param::Text(instance)], |row| {
            let state = match (row.get::<Option<i64>>(3)?, row.get::<bool>(2)?) {
                (Some(0), _) => "to be read",
                (Some(_), _) => "parked",
                (None, true) => "read",
                (None, false) => "not read",
            };
            let kind = change_kind("order_change", row.get(1)?).map_or("unknown", ChangeKind::as_str);
            Ok(OrderRow { order: row.get(0)?, kind, state, error: row.get(4)? })
        })
    }

    /// Instances whose orders are not read again by themselves, and those that the catalog does not serve.
    ///
    /// # Errors
    /// [`StorageError`]
    pub fn instances_with_parked_orders(&self) -> View<String> {
        let query = "SELECT id FROM instance i WHERE lifecycle <> 2 AND (standing = 2 OR EXISTS \
             (SELECT 1 FROM inquiry q WHERE q.instance = i.n AND q.status = 1)) ORDER BY n";
        self.view(query, &[], |row| row.get(0))
    }

    /// Instances whose ordered product the catalog did not serve.
    ///
    /// # Errors
    /// [`StorageError`]
    pub fn instances_without_entry(&self) -> View<InstanceId> {
        let query = "SELECT id FROM instance WHERE lifecycle <> 2 AND standing = 2 AND problem = ?1";
        let found = self.view(query, &[Param::Text(NO_ENTRY)], |row| row.get::<String>(0))?;
        Ok(found.iter().filter_map(|id| InstanceId::parse(id).ok()).collect())
    }

    /// Who bought an instance, where the vendor keeps that.
    ///
    /// # Errors
    /// [`StorageError`]
    pub fn buyer(&self, instance: &str) -> Result<Option<serde_json::Value>, StorageError> {
        let query = "SELECT b.data FROM buyer b JOIN instance i ON i.n = b.instance WHERE i.id = ?1";
        let found: Vec<String> = self.view(query, &[Param::Text(instance)], |row| row.get(0))?;
        Ok(found.first().and_then(|json| serde_json::from_str(json).ok()))
    }
}
