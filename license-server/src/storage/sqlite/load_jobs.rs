//! Loads what the workers' and the operator's commands need: orders to be read, licenses to be delivered.

use super::load::{Load, Loader};
use crate::engine::ids::{ApplicationKey, EventId, InstanceId, InstanceKey};
use crate::engine::inquiry::Inquiry;
use crate::engine::ledger::{DeliveryStatus, Tracked};
use crate::storage::columns::Columns;
use crate::storage::rows;

impl Loader<'_> {
    /// The inquiries that are due, the longest due first, and their instances.
    pub(super) fn due_inquiries(&mut self, limit: u32) -> Load {
        let query = "SELECT q.instance, q.order_id, q.line_id, q.kind, q.status, q.at, q.attempts, q.error \
             FROM inquiry q JOIN instance i ON i.n = q.instance \
             WHERE q.status = 0 AND q.at <= ?1 AND i.lifecycle <> 2 ORDER BY q.at LIMIT ?2";
        let due = self.rows(query, (self.now.as_secs(), limit), rows::inquiry)?;
        for (key, inquiry) in due {
            self.find_instance("n = ?1", [key.0.0])?;
            self.ledger.inquiries.entry(key).or_insert_with(|| Tracked::loaded(inquiry));
        }
        Ok(())
    }

    /// All inquiries of an instance.
    pub(super) fn inquiries_of(&mut self, id: &InstanceId) -> Load {
        let Some(key) = self.instance(id)? else {
            return Ok(());
        };
        let query = "SELECT instance, order_id, line_id, kind, status, at, attempts, error FROM inquiry WHERE instance = ?1";
        for (key, inquiry) in self.rows(query, [key.0], rows::inquiry)? {
            self.ledger.inquiries.entry(key).or_insert_with(|| Tracked::<Inquiry>::loaded(inquiry));
        }
        Ok(())
    }

    /// The deliveries that are due, the longest due first, with all applications of their events.
    pub(super) fn due_deliveries(&mut self, limit: u32) -> Load {
        let query = "SELECT a.event_id FROM delivery d JOIN application a ON a.n = d.application \
             JOIN instance i ON i.n = d.instance \
             WHERE d.status IN (0, 4, 5) AND d.at <= ?1 AND i.lifecycle = 0 AND a.event_id IS NOT NULL AND NOT EXISTS \
             (SELECT 1 FROM application o JOIN delivery x ON x.application = o.n \
              WHERE o.event_id = a.event_id AND o.n <> a.n AND x.status IN (4, 5) AND x.at > ?1) \
             ORDER BY d.at LIMIT ?2";
        let read = |row: &dyn Columns| {
            EventId::parse(&row.get::<String>(0)?).map_err(|e| rows::bad("application", e))
        };
        for event in self.rows(query, (self.now.as_secs(), limit), read)? {
            self.event_with_instance(&event)?;
        }
        Ok(())
    }

    /// The applications of an event, with all that cancelling one may touch.
    pub(super) fn event_with_instance(&mut self, event: &EventId) -> Load {
        self.event(event)?;
        let of_event = self.ledger.by_event.get(event).into_iter().flatten();
        let instances: Vec<InstanceKey> = of_event
            .filter_map(|key| self.ledger.applications.get(key).map(|known| known.instance))
            .collect();
        for key in instances {
            if !self.ledger.instances.contains_key(&key) {
                self.find_instance("n = ?1", [key.0])?;
            }
        }
        Ok(())
    }

    /// One delivery; with its application and seat where settling it may give the seat back.
    pub(super) fn delivery_to_settle(&mut self, key: ApplicationKey) -> Load {
        self.delivery(key)?;
        let is_overtaken = self
            .ledger
            .deliveries
            .get(&key)
            .is_some_and(|delivery| matches!(delivery.status, DeliveryStatus::Overtaken(_)));
        if let Some(known) = self.ledger.applications.get(&key) {
            // It may be overtaken by an application of this batch.
            let instance = known.instance;
            self.find_instance("n = ?1", [instance.0])?;
            return self.seat_use(instance);
        }
        if !is_overtaken {
            return Ok(());
        }
        let query = format!("SELECT {} FROM application WHERE n = ?1", rows::APPLICATION);
        let found = self.rows(&query, [key.0], super::load::numbered_application)?;
        for (_, application) in &found {
            self.find_instance("n = ?1", [application.instance.0])?;
            self.seat_use(application.instance)?;
        }
        self.applications(found)
    }
}
