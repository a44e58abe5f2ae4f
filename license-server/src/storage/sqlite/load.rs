//! Loads what a batch of requests needs.

use license_core::{Fingerprint, UnixTime};
use rusqlite::{Connection, Params};

use crate::engine::ids::{ApplicationKey, EventId, InstanceId, InstanceKey, OrderLine, SeatNo};
use crate::engine::ledger::{ApplicationStatus, Ledger, Tracked};
use crate::engine::request::{ApplyDevice, Command, InquiryEnd, Refresh, ReplayKey, Request};
use crate::engine::{JUDGED_AT_ONCE, lookup_keys};
use crate::storage::StorageError;
use crate::storage::columns::Columns;
use crate::storage::repeats::Repeats;
use crate::storage::{FORGOTTEN_UNTIL, forgotten_until, rows};

/// How many seats that share one part are compared with a device. Parts that more machines share name none of them.
const SEATS_PER_PART: u32 = 256;

pub(super) type Load<T = ()> = Result<T, StorageError>;

pub(super) fn load<'db>(db: &'db Connection, now: UnixTime, requests: &[&'db Request]) -> Load<Ledger> {
    let mut loader = Loader { db, now, ledger: Ledger::default(), repeats: Repeats::of(requests) };
    loader.ledger.next_instance = loader.next_key("instance")?;
    loader.ledger.next_application = loader.next_key("application")?;
    if requests.iter().any(|request| request.replay.is_some()) {
        let known = loader.rows(FORGOTTEN_UNTIL, (), |row| row.get::<String>(0))?;
        loader.ledger.forgotten_until_ms = forgotten_until(known.first().map(String::as_str));
    }
    for request in requests {
        if let Some(key) = &request.replay {
            loader.replay(key)?;
        }
        loader.command(&request.command)?;
    }
    Ok(loader.ledger)
}

pub(super) struct Loader<'db> {
    db: &'db Connection,
    repeats: Repeats<'db>,
    pub(super) now: UnixTime,
    pub(super) ledger: Ledger,
}

impl Loader<'_> {
    fn command(&mut self, command: &Command) -> Load {
        match command {
            Command::Open(open) => {
                let _ = self.instance_of(&open.order)?;
                self.instance(&open.proposed).map(drop)
            }
            Command::Refresh(Refresh { instance, .. })
            | Command::Upgrade { instance, .. }
            | Command::Requery { instance } => {
                self.with_orders(instance)?;
                self.inquiries_of(instance)
            }
            Command::Freeze { instance }
            | Command::Unfreeze { instance, .. }
            | Command::Release { instance }
            | Command::ReplaceCode { instance }
            | Command::CheckChange { instance, .. } => self.instance(instance).map(drop),
            Command::Activate(asked) => self.activation(asked),
            Command::Renew(asked) => self.license(&asked.license),
            Command::Deactivate(asked) => self.deactivation(&asked.license),
            Command::Look { instances } => instances.iter().try_for_each(|id| self.instance(id).map(drop)),
            Command::Apply(apply) => {
                self.event(&apply.event)?;
                let device = match &apply.device {
                    ApplyDevice::Named(fingerprint) => Some(fingerprint),
                    ApplyDevice::Absent | ApplyDevice::Unusable { .. } => None,
                };
                let key = self.instance(&apply.instance)?;
                match self.repeats.has(&self.ledger, apply, self.now) {
                    true => Ok(()),
                    false => self.with_seats(key, device),
                }
            }
            Command::TakeInquiries { limit } => self.due_inquiries(*limit),
            Command::SettleInquiry { instance, end, .. } => {
                match end {
                    InquiryEnd::Retry { .. } => self.with_orders(instance)?,
                    InquiryEnd::Known(_) | InquiryEnd::Parked { .. } => self.with_waiting(instance)?,
                }
                self.inquiries_of(instance)
            }
            Command::Notice { order } => self.notice(order),
            Command::IssueByHand(issue) => {
                let mut key = self.instance(&issue.instance)?;
                if let Some(order) = &issue.order {
                    self.notice(order)?;
                    key = key.or(self.instance_of(order)?);
                }
                self.with_seats(key, issue.device.as_ref())
            }
            Command::FreeSeat { instance, seat, .. } => {
                let Some(key) = self.instance(instance)? else {
                    return Ok(());
                };
                self.seat_use(key)?;
                self.seat(key, *seat)
            }
            Command::TakeDeliveries { limit } => self.due_deliveries(*limit),
            Command::SettleDelivery { application, .. } => self.delivery_to_settle(*application),
            Command::RetryDelivery { event } => self.event(event),
            Command::CancelDelivery { event, .. } => {
                self.event_with_instance(event)?;
                let of_event = self.ledger.by_event.get(event).into_iter().flatten();
                let instances: Vec<_> = of_event
                    .filter_map(|key| self.ledger.applications.get(key).map(|known| known.instance))
                    .collect();
                instances.into_iter().try_for_each(|key| self.seat_use(key))
            }
        }
    }

    fn next_key(&self, table: &str) -> Load<i64> {
        let query = format!("SELECT coalesce(max(n), 0) + 1 FROM {table}");
        Ok(self.db.prepare_cached(&query)?.query_row((), |row| row.get(0))?)
    }

    /// All rows of a query, each through a reader that may refuse it.
    pub(super) fn rows<T>(
        &self,
        query: &str,
        params: impl Params,
        read: impl Fn(&dyn Columns) -> Load<T>,
    ) -> Load<Vec<T>> {
        let mut statement = self.db.prepare_cached(query)?;
        let mut found = statement.query(params)?;
        let mut all = Vec::new();
        while let Some(row) = found.next()? {
            all.push(read(row)?);
        }
        Ok(all)
    }

    fn replay(&mut self, key: &ReplayKey) -> Load {
        let query = "SELECT outcome, until, signed_at FROM replay WHERE signed_at = ?1 AND signature = ?2";
        for replay in self.rows(query, (key.signed_at_ms, &key.signature), rows::replay)? {
            self.ledger.replays.insert(key.signature, Tracked::loaded(replay));
        }
        Ok(())
    }

    pub(super) fn instance(&mut self, id: &InstanceId) -> Load<Option<InstanceKey>> {
        if let Some(known) = self.ledger.by_id.get(id) {
            return Ok(Some(*known));
        }
        self.find_instance("id = ?1", [id.as_str()])
    }

    fn instance_of(&mut self, order: &OrderLine) -> Load<Option<InstanceKey>> {
        if let Some(known) = self.ledger.by_line.get(order) {
            return Ok(Some(*known));
        }
        let line = [order.order.as_str(), order.line.as_str()];
        self.find_instance("order_id = ?1 AND line_id = ?2", line)
    }

    pub(super) fn find_instance(
        &mut self,
        condition: &str,
        params: impl Params,
    ) -> Load<Option<InstanceKey>> {
        let query = format!("SELECT {} FROM instance WHERE {condition}", rows::INSTANCE);
        let found = self.rows(&query, params, rows::instance)?;
        let Some((key, instance)) = found.into_iter().next() else {
            return Ok(None);
        };
        self.ledger.by_id.insert(instance.id.clone(), key);
        self.ledger.by_line.insert(instance.order.clone(), key);
        self.ledger.by_code.extend(instance.code.digest.map(|digest| (digest, key)));
        self.ledger.instances.entry(key).or_insert_with(|| Tracked::loaded(instance));
        Ok(Some(key))
    }

    fn with_orders(&mut self, id: &InstanceId) -> Load {
        let Some(key) = self.instance(id)? else {
            return Ok(());
        };
        if !self.ledger.orders.contains_key(&key) {
            let query = "SELECT order_id, line_id, kind, ends_at, product_id, cancelled, facts FROM order_change \
                         WHERE instance = ?1 ORDER BY n";
            let orders = self.rows(query, [key.0], rows::order_change)?;
            self.ledger.orders.insert(key, Tracked::loaded(orders));
        }
        Ok(())
    }

    pub(super) fn with_seats(&mut self, key: Option<InstanceKey>, device: Option<&Fingerprint>) -> Load {
        let Some(key) = key else {
            return Ok(());
        };
        self.seat_use(key)?;
        self.candidates(key, device)
    }

    /// The seats that share a part with the device.
    fn candidates(&mut self, key: InstanceKey, device: Option<&Fingerprint>) -> Load {
        let query = "SELECT no FROM seat_part WHERE part = ?1 AND instance = ?2 ORDER BY no LIMIT ?3";
        for part in lookup_keys(device) {
            for no in self.rows(query, (part, key.0, SEATS_PER_PART), |row| Ok(SeatNo(row.get(0)?)))? {
                self.seat(key, no)?;
            }
        }
        Ok(())
    }

    fn seat(&mut self, key: InstanceKey, no: SeatNo) -> Load {
        if self.ledger.seats.contains_key(&(key, no)) {
            return Ok(());
        }
        let query = format!("SELECT {} FROM seat WHERE instance = ?1 AND no = ?2", rows::SEAT);
        for (key, seat) in self.rows(&query, (key.0, no.0), rows::seat)? {
            let no = seat.no;
            self.ledger.seats.insert((key, no), Tracked::loaded(seat));
            self.ledger.find_seat_by_its_parts(key, no);
        }
        Ok(())
    }

    pub(super) fn seat_use(&mut self, key: InstanceKey) -> Load {
        let Some(instance) = self.ledger.instances.get(&key) else {
            return Ok(());
        };
        if instance.counts.used.holds_at(self.now) {
            return Ok(());
        }
        let query = "SELECT count(*), coalesce(sum(epoch = ?3), 0), min(taken_until) FROM seat \
                     WHERE instance = ?1 AND phase = ?2 AND taken_until > ?4";
        let params = (key.0, instance.seat_phase, instance.counts.epoch, self.now.as_secs());
        let counted = self.rows(query, params, |row| rows::seat_use(row, 0, self.now))?;
        if let (Some(used), Some(counts)) = (counted.into_iter().next(), self.ledger.count_seats(key)) {
            counts.used = used;
        }
        Ok(())
    }

    /// The applications of an event, their deliveries, and the seats they hold.
    pub(super) fn event(&mut self, event: &EventId) -> Load {
        if self.ledger.by_event.contains_key(event) {
            return Ok(());
        }
        let query = format!("SELECT {} FROM application WHERE event_id = ?1 ORDER BY n", rows::APPLICATION);
        let found = self.rows(&query, [event.as_str()], numbered_application)?;
        let keys = found.iter().map(|(key, _)| *key).collect();
        self.ledger.by_event.insert(event.clone(), keys);
        self.applications(found)
    }

    pub(super) fn applications(
        &mut self,
        found: Vec<(ApplicationKey, crate::engine::ledger::Application)>,
    ) -> Load {
        for (key, application) in found {
            self.delivery(key)?;
            if let Some(seat) = application.seat {
                self.seat(application.instance, seat)?;
            }
            self.ledger.applications.insert(key, Tracked::loaded(application));
        }
        Ok(())
    }

    fn with_waiting(&mut self, id: &InstanceId) -> Load {
        self.with_orders(id)?;
        let Some(key) = self.instance(id)? else {
            return Ok(());
        };
        self.seat_use(key)?;
        let query = format!(
            "SELECT {} FROM application WHERE instance = ?1 AND status = 0 ORDER BY n LIMIT {JUDGED_AT_ONCE}",
            rows::APPLICATION
        );
        let found = self.rows(&query, [key.0], numbered_application)?;
        for (_, application) in &found {
            if let ApplicationStatus::Waiting(waiting) = &application.status {
                self.candidates(key, waiting.device.as_ref())?;
            }
            // Whether another license of the event is out decides what may be sent.
            if let Some(event) = &application.event {
                self.event_with_instance(event)?;
            }
        }
        self.applications(found)
    }

    pub(super) fn delivery(&mut self, application: ApplicationKey) -> Load {
        if self.ledger.deliveries.contains_key(&application) {
            return Ok(());
        }
        let query =
            "SELECT instance, status, at, attempts, error, uncertain FROM delivery WHERE application = ?1";
        for delivery in self.rows(query, [application.0], rows::delivery)? {
            self.ledger.deliveries.insert(application, Tracked::loaded(delivery));
        }
        Ok(())
    }

    fn notice(&mut self, order: &OrderLine) -> Load {
        let query = "SELECT handled_at FROM notice WHERE order_id = ?1 AND line_id = ?2";
        let read = |row: &dyn Columns| Ok(row.get::<Option<i64>>(0)?.map(UnixTime::from_secs));
        for handled_at in self.rows(query, [order.order.as_str(), order.line.as_str()], read)? {
            self.ledger.notices.entry(order.clone()).or_insert_with(|| Tracked::loaded(handled_at));
        }
        Ok(())
    }
}

pub(super) fn numbered_application(
    row: &dyn Columns,
) -> Load<(ApplicationKey, crate::engine::ledger::Application)> {
    Ok((ApplicationKey(row.get(0)?), rows::application(row)?))
}
