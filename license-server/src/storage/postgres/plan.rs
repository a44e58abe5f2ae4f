//! What a batch needs, as far as that can be said from what is known already.

use std::collections::{HashMap, HashSet};

use license_core::{Fingerprint, UnixTime};

use crate::engine::codes::CodeDigest;
use crate::engine::ids::{ApplicationKey, EventId, InstanceId, InstanceKey, OrderLine, SeatNo};
use crate::engine::instance::OrderChange;
use crate::engine::ledger::{ApplicationStatus, DeliveryStatus, Ledger};
use crate::engine::lookup_keys;
use crate::engine::request::{Activate, ActivateBy, ApplyDevice, Command, InquiryEnd, Refresh, Request};
use crate::storage::repeats::Repeats;

/// Something that is to be read. Whatever may be changed is read with its instance locked.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) enum Want {
    /// When a call was signed, and its signature.
    Replay(i64, [u8; 32]),
    /// An instance that is not changed.
    Seen(InstanceId),
    Named(InstanceId),
    OfLine(OrderLine),
    OfCode(CodeDigest),
    Instance(InstanceKey),
    /// A license's application and instance.
    License(String),
    /// An event's applications and their instance.
    Event(EventId),
    /// An event's applications; those of another instance than the one that is named are not changed.
    Applied(EventId),
    /// An application's delivery and instance.
    Delivery(ApplicationKey),
    Application(ApplicationKey),
    Waiting(InstanceKey),
    Orders(InstanceKey),
    Inquiries(InstanceKey),
    SeatUse(InstanceKey),
    Seat(InstanceKey, SeatNo),
    Part(InstanceKey, [u8; 11]),
    Deactivations(InstanceKey),
    Notice(OrderLine),
    DueDeliveries(u32),
    DueInquiries(u32),
}

/// What is known, and what is to be read next.
pub(super) struct Plan<'r> {
    repeats: Repeats<'r>,
    pub(super) now: UnixTime,
    pub(super) ledger: Ledger,
    pub(super) orders: HashMap<InstanceKey, Vec<OrderChange>>,
    /// Events of deliveries that were taken.
    pub(super) due: Vec<EventId>,
    /// Instances of inquiries that were taken.
    pub(super) asked: Vec<InstanceKey>,
    known: HashSet<Want>,
    wanted: HashSet<Want>,
}

impl<'r> Plan<'r> {
    pub(super) fn of(requests: &[&'r Request], now: UnixTime) -> Self {
        Self {
            repeats: Repeats::of(requests),
            now,
            ledger: Ledger::default(),
            orders: HashMap::new(),
            due: Vec::new(),
            asked: Vec::new(),
            known: HashSet::new(),
            wanted: HashSet::new(),
        }
    }

    /// What is to be read before more can be said; nothing when all is known.
    pub(super) fn next(&mut self, requests: &[&Request]) -> HashSet<Want> {
        for request in requests {
            if let Some(key) = &request.replay {
                self.need(Want::Replay(key.signed_at_ms, key.signature));
            }
            self.command(&request.command);
        }
        for event in std::mem::take(&mut self.due) {
            self.need(Want::Event(event));
        }
        for key in std::mem::take(&mut self.asked) {
            self.need(Want::Instance(key));
        }
        let instances = self.ledger.applications.values().map(|known| known.instance);
        let missing: Vec<_> = instances.filter(|key| !self.ledger.instances.contains_key(key)).collect();
        for key in missing {
            self.need(Want::Instance(key));
        }
        self.known.extend(self.wanted.iter().cloned());
        std::mem::take(&mut self.wanted)
    }

    /// Has something read, unless it was.
    fn need(&mut self, want: Want) {
        if !self.known.contains(&want) {
            self.wanted.insert(want);
        }
    }

    /// Has the seats of an instance counted, unless their number is known.
    fn seat_use(&mut self, key: InstanceKey) {
        match self.ledger.instances.get(&key) {
            Some(instance) if instance.counts.used.holds_at(self.now) => {}
            Some(_) => self.need(Want::SeatUse(key)),
            None => self.need(Want::Instance(key)),
        }
    }

    fn command(&mut self, command: &Command) {
        match command {
            Command::Open(open) => {
                self.need(Want::OfLine(open.order.clone()));
                self.need(Want::Named(open.proposed.clone()));
            }
            Command::Refresh(Refresh { instance, .. })
            | Command::Upgrade { instance, .. }
            | Command::Requery { instance } => self.with_orders(instance),
            Command::Freeze { instance }
            | Command::Unfreeze { instance, .. }
            | Command::Release { instance }
            | Command::ReplaceCode { instance } => drop(self.instance(instance)),
            Command::CheckChange { instance, .. } => self.need(Want::Seen(instance.clone())),
            Command::Look { instances } => {
                for id in instances {
                    self.need(Want::Seen(id.clone()));
                }
            }
            Command::Apply(apply) => {
                self.need(Want::Applied(apply.event.clone()));
                let key = self.instance(&apply.instance);
                if !self.repeats.has(&self.ledger, apply, self.now) {
                    self.with_seats(key, named(&apply.device));
                }
            }
            Command::Activate(asked) => self.activation(asked),
            Command::Renew(asked) => drop(self.license(&asked.license)),
            Command::Deactivate(asked) => {
                if let Some(key) = self.license(&asked.license) {
                    self.need(Want::Deactivations(key));
                }
            }
            Command::IssueByHand(issue) => {
                let mut key = self.instance(&issue.instance);
                if let Some(order) = &issue.order {
                    self.need(Want::Notice(order.clone()));
                    self.need(Want::OfLine(order.clone()));
                    key = key.or_else(|| self.ledger.by_line.get(order).copied());
                }
                self.with_seats(key, issue.device.as_ref());
            }
            Command::FreeSeat { instance, seat, .. } => {
                if let Some(key) = self.instance(instance) {
                    self.seat_use(key);
                    self.need(Want::Seat(key, *seat));
                }
            }
            Command::Notice { order } => self.need(Want::Notice(order.clone())),
            Command::TakeInquiries { limit } => self.need(Want::DueInquiries(*limit)),
            Command::SettleInquiry { instance, end, .. } => {
                self.with_orders(instance);
                if !matches!(end, InquiryEnd::Retry { .. }) {
                    self.with_waiting(instance);
                }
            }
            Command::TakeDeliveries { limit } => self.need(Want::DueDeliveries(*limit)),
            Command::SettleDelivery { application, .. } => self.settlement(*application),
            Command::RetryDelivery { event } => self.need(Want::Event(event.clone())),
            Command::CancelDelivery { event, .. } => {
                self.need(Want::Event(event.clone()));
                for key in self.instances_of(event) {
                    self.seat_use(key);
                }
            }
        }
    }

    fn instance(&mut self, id: &InstanceId) -> Option<InstanceKey> {
        self.need(Want::Named(id.clone()));
        self.ledger.by_id.get(id).copied()
    }

    fn with_orders(&mut self, id: &InstanceId) {
        if let Some(key) = self.instance(id) {
            self.need(Want::Orders(key));
            self.need(Want::Inquiries(key));
        }
    }

    fn with_seats(&mut self, key: Option<InstanceKey>, device: Option<&Fingerprint>) {
        let Some(key) = key else {
            return;
        };
        self.seat_use(key);
        for part in lookup_keys(device) {
            self.need(Want::Part(key, part));
        }
    }

    fn with_waiting(&mut self, id: &InstanceId) {
        let Some(key) = self.instance(id) else {
            return;
        };
        self.seat_use(key);
        self.need(Want::Waiting(key));
        let mut waits = Vec::new();
        for application in self.ledger.applications.values().filter(|known| known.instance == key) {
            if let ApplicationStatus::Waiting(waiting) = &application.status {
                waits.push((application.event.clone(), lookup_keys(waiting.device.as_ref())));
            }
        }
        for (event, parts) in waits {
            parts.into_iter().for_each(|part| self.need(Want::Part(key, part)));
            if let Some(event) = event {
                // Whether another license of the event is out decides what may be sent.
                self.need(Want::Event(event));
            }
        }
    }

    fn activation(&mut self, asked: &Activate) {
        let key = match &asked.by {
            ActivateBy::Instance(id) => self.instance(id),
            ActivateBy::Code(digest) => {
                self.need(Want::OfCode(*digest));
                self.ledger.by_code.get(digest).copied()
            }
        };
        let Some(key) = key else {
            return;
        };
        self.with_seats(Some(key), named(&asked.device));
        let of_instance = self.ledger.seats.iter().filter(|((of, _), _)| *of == key);
        let licenses: Vec<_> = of_instance.flat_map(|(_, seat)| seat.licenses()).collect();
        for license in licenses {
            self.need(Want::Application(license));
        }
    }

    /// A license, its instance and its seat, and the licenses that are on that seat now.
    fn license(&mut self, id: &str) -> Option<InstanceKey> {
        self.need(Want::License(id.to_owned()));
        let known = self.ledger.license(id)?;
        let (key, seat) = (known.instance, known.seat);
        self.seat_use(key);
        let seat = seat.and_then(|no| self.ledger.seats.get(&(key, no)));
        let licenses: Vec<_> = seat.into_iter().flat_map(|seat| seat.licenses()).collect();
        for license in licenses {
            self.need(Want::Application(license));
        }
        Some(key)
    }

    /// One delivery; with its application and seat where settling it may give the seat back.
    fn settlement(&mut self, application: ApplicationKey) {
        self.need(Want::Delivery(application));
        let Some(delivery) = self.ledger.deliveries.get(&application) else {
            return;
        };
        let (instance, status) = (delivery.instance, delivery.status);
        // It may be overtaken by an application of this batch.
        let may_be_overtaken = self.ledger.applications.contains_key(&application);
        if may_be_overtaken || matches!(status, DeliveryStatus::Overtaken(_)) {
            self.need(Want::Application(application));
            self.seat_use(instance);
        }
    }

    fn instances_of(&self, event: &EventId) -> Vec<InstanceKey> {
        let of_event = self.ledger.by_event.get(event).into_iter().flatten();
        of_event.filter_map(|key| self.ledger.applications.get(key).map(|known| known.instance)).collect()
    }
}

fn named(device: &ApplyDevice) -> Option<&Fingerprint> {
    match device {
        ApplyDevice::Named(fingerprint) => Some(fingerprint),
        ApplyDevice::Absent | ApplyDevice::Unusable { .. } => None,
    }
}
