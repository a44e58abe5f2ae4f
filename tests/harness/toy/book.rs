//! What a toy remembers.

use std::collections::{HashMap, HashSet};

use license_core::UnixTime;
use license_server::engine::request::OrderFacts;
use serde_json::Value;

use super::ToyFault;

/// Everything, behind one lock.
#[derive(Default)]
pub(super) struct Book {
    /// By order line.
    pub(super) purchases: HashMap<(String, String), String>,
    pub(super) instances: HashMap<String, Instance>,
    /// By event and device.
    pub(super) applications: HashMap<(String, String), Application>,
    /// By signature.
    pub(super) replies: HashMap<[u8; 32], Value>,
    pub(super) licenses: u32,
}

/// What was bought.
#[derive(Default)]
pub(super) struct Instance {
    /// Once the order was read.
    pub(super) facts: Option<OrderFacts>,
    pub(super) renewals: Vec<Renewal>,
    pub(super) upgrades: HashSet<String>,
    pub(super) quantity: Option<u32>,
    pub(super) frozen: bool,
    pub(super) devices: HashSet<String>,
}

/// One refreshInstance.
pub(super) struct Renewal {
    pub(super) order: String,
    pub(super) ends_at: UnixTime,
    pub(super) state: Renewed,
}

/// What became of it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Renewed {
    Holds,
    Cancelled,
    /// It is the cancellation itself.
    Cancels,
}

/// What was asked for, and what came of it.
#[derive(Clone)]
pub(super) struct Application {
    pub(super) instance: String,
    pub(super) ends_at: UnixTime,
    /// The license, or a code that refuses it; neither while the order is not known.
    pub(super) judged: Option<Result<String, &'static str>>,
}

impl Instance {
    /// When it ends.
    fn ends_at(&self, fault: Option<ToyFault>) -> Option<UnixTime> {
        let holds = || self.renewals.iter().filter(|renewal| renewal.state == Renewed::Holds);
        if fault == Some(ToyFault::RenewalBackward)
            && let Some(last) = holds().next_back()
        {
            return Some(last.ends_at);
        }
        let cancelled = self.renewals.iter().rev().find(|renewal| renewal.state == Renewed::Cancels);
        let least = cancelled.map(|renewal| renewal.ends_at).or(self.facts.as_ref()?.ends_at);
        holds().map(|renewal| renewal.ends_at).chain(least).max()
    }

    /// Whether a device may have a license until a time.
    pub(super) fn judge(
        &mut self,
        device: &str,
        ends_at: UnixTime,
        fault: Option<ToyFault>,
    ) -> Result<(), &'static str> {
        if self.frozen || self.ends_at(fault).is_some_and(|end| ends_at > end) {
            return Err("000901");
        }
        let bought = self.quantity.or(self.facts.as_ref().and_then(|facts| facts.quantity)).unwrap_or(1);
        let more = u32::from(fault == Some(ToyFault::DoubleSeat));
        if !self.devices.contains(device) && self.devices.len() >= (bought + more) as usize {
            return Err("000900");
        }
        self.devices.insert(device.to_owned());
        Ok(())
    }

    /// Applies a refreshInstance, once.
    pub(super) fn renew(&mut self, scene: &str, order: &str, ends_at: UnixTime) {
        let cancels = scene == "UNSUBSCRIBE_RENEWAL_PERIOD";
        let is_same = |renewal: &&mut Renewal| renewal.order == order && renewal.state != Renewed::Cancels;
        let known = self.renewals.iter_mut().find(is_same);
        match (known, cancels) {
            (Some(_), false) => {}
            (Some(known), true) => {
                known.state = Renewed::Cancelled;
                self.renewals.push(Renewal { order: order.to_owned(), ends_at, state: Renewed::Cancels });
            }
            (None, _) => {
                let state = if cancels { Renewed::Cancels } else { Renewed::Holds };
                self.renewals.push(Renewal { order: order.to_owned(), ends_at, state });
            }
        }
    }
}
