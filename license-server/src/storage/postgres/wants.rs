//! What is wanted, kind by kind.

use std::collections::HashSet;

use super::plan::{Plan, Want};
use crate::engine::ids::{EventId, InstanceKey, OrderLine};

/// What is wanted, kind by kind, in the form in which it is asked for.
#[derive(Default)]
pub(super) struct Wants {
    pub(super) named: Vec<String>,
    pub(super) lines: (Vec<String>, Vec<String>),
    pub(super) codes: Vec<Vec<u8>>,
    pub(super) licenses: Vec<String>,
    pub(super) events: Vec<String>,
    /// Those of them whose instance is to be locked.
    pub(super) owned_events: Vec<String>,
    pub(super) deliveries: Vec<i64>,
    pub(super) seen: Vec<String>,
    pub(super) replays: (Vec<i64>, Vec<Vec<u8>>),
    pub(super) instances: Vec<i64>,
    pub(super) applications: Vec<i64>,
    pub(super) waiting: Vec<i64>,
    pub(super) orders: Vec<i64>,
    pub(super) inquiries: Vec<i64>,
    pub(super) seat_use: Vec<i64>,
    pub(super) seats: (Vec<i64>, Vec<i64>),
    pub(super) parts: (Vec<i64>, Vec<Vec<u8>>),
    pub(super) deactivations: Vec<i64>,
    pub(super) notices: (Vec<String>, Vec<String>),
    pub(super) due_deliveries: i64,
    pub(super) due_inquiries: i64,
    count: usize,
}

impl Wants {
    pub(super) fn of(wanted: HashSet<Want>) -> Self {
        let mut this = Self { count: wanted.len(), ..Self::default() };
        let split = |(orders, lines): &mut (Vec<String>, Vec<String>), line: OrderLine| {
            orders.push(line.order.as_str().to_owned());
            lines.push(line.line.as_str().to_owned());
        };
        for want in wanted {
            match want {
                Want::Replay(at, signature) => {
                    this.replays.0.push(at);
                    this.replays.1.push(signature.to_vec());
                }
                Want::Seen(id) => this.seen.push(id.as_str().to_owned()),
                Want::Named(id) => this.named.push(id.as_str().to_owned()),
                Want::OfLine(line) => split(&mut this.lines, line),
                Want::OfCode(digest) => this.codes.push(digest.0.to_vec()),
                Want::Instance(key) => this.instances.push(key.0),
                Want::License(id) => this.licenses.push(id),
                Want::Event(event) => {
                    this.events.push(event.as_str().to_owned());
                    this.owned_events.push(event.as_str().to_owned());
                }
                Want::Applied(event) => this.events.push(event.as_str().to_owned()),
                Want::Delivery(key) => this.deliveries.push(key.0),
                Want::Application(key) => this.applications.push(key.0),
                Want::Waiting(key) => this.waiting.push(key.0),
                Want::Orders(key) => this.orders.push(key.0),
                Want::Inquiries(key) => this.inquiries.push(key.0),
                Want::SeatUse(key) => this.seat_use.push(key.0),
                Want::Seat(key, no) => {
                    this.seats.0.push(key.0);
                    this.seats.1.push(no.0.into());
                }
                Want::Part(key, part) => {
                    this.parts.0.push(key.0);
                    this.parts.1.push(part.to_vec());
                }
                Want::Deactivations(key) => this.deactivations.push(key.0),
                Want::Notice(line) => split(&mut this.notices, line),
                Want::DueDeliveries(limit) => this.due_deliveries += i64::from(limit),
                Want::DueInquiries(limit) => this.due_inquiries += i64::from(limit),
            }
        }
        this
    }

    pub(super) fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// What was looked for and is not there is known from now on as well.
    pub(super) fn note_empty(&self, plan: &mut Plan) {
        for event in &self.events {
            if let Ok(event) = EventId::parse(event) {
                plan.ledger.by_event.entry(event).or_default();
            }
        }
        for key in &self.orders {
            plan.orders.entry(InstanceKey(*key)).or_default();
        }
        for key in &self.deactivations {
            plan.ledger.deactivations.entry(InstanceKey(*key)).or_default();
        }
    }
}
