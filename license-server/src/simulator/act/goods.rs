//! What is sold, and to whom.

use std::sync::atomic::Ordering;

use license_core::UnixTime;

use super::{Act, Done, Heard, OK};
use crate::simulator::caller::Members;
use crate::simulator::fault::Fault;
use crate::simulator::store::{BuyerInfo, Charging, Line, Order, OrderKind};

const DAY: i64 = 86_400;
const HOUR: i64 = 3600;

/// An order line that the open API knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in super::super) struct Deal {
    pub(in super::super) order: String,
    pub(in super::super) line: String,
}

/// When something ends: so many days after the beginning of the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) struct Ends(pub(in super::super) i64);

impl Act {
    /// That many days after the beginning of the run.
    pub(in super::super) fn day(&self, Ends(days): Ends) -> UnixTime {
        self.world.begun.plus(days * DAY)
    }

    /// Sells an order of its own, which the open API knows from now on.
    pub(in super::super) fn sell(&self, kind: OrderKind, quantity: u64, ends: Ends) -> Deal {
        let order = format!("SIM{}", self.world.chance.capitals(6));
        let line = format!("{order}-000001");
        // Servers tell which of two orders is the later one by the second in which they were made.
        let number = self.world.orders.fetch_add(1, Ordering::Relaxed);
        let created_at = self.world.caller.clock().now().plus(number.min(HOUR) - HOUR);
        let days = u32::try_from(ends.0).unwrap_or(1);
        if let Some(store) = &self.world.store {
            store.sell(Order {
                id: order.clone(),
                kind,
                created_at,
                lines: vec![Line {
                    id: line.clone(),
                    charging: Charging::Period,
                    period: Some(("day".into(), days)),
                    expires_at: Some(self.day(ends)),
                    product_id: self.world.product_id.clone(),
                    sku: self.world.sku.clone(),
                    quantity,
                }],
                buyer: Some(BuyerInfo::example()),
            });
        }
        Deal { order, line }
    }

    /// Buys a quantity for 30 days, and gives the instance.
    pub(in super::super) async fn buy(&mut self, quantity: u64) -> Done<String> {
        let deal = self.sell(OrderKind::New, quantity, Ends(30));
        self.open(&deal).await
    }

    /// Tells the server of a purchase, and gives the instance.
    pub(in super::super) async fn open(&mut self, deal: &Deal) -> Done<String> {
        let heard = self.say(&self.purchase(deal), &[OK], Fault::WrongCode).await?;
        self.instance_of(&heard)
    }

    /// The instance that a reply names.
    pub(in super::super) fn instance_of(&mut self, heard: &Heard) -> Done<String> {
        match heard.instance() {
            Some(id) => Ok(id.to_owned()),
            None => self.wrong(
                Fault::NoInstanceId,
                &heard.sent,
                "an instanceId of 1 to 64 characters",
                heard.shown(),
            ),
        }
    }

    /// The server must not know an instance: queryInstance is 000003, or tells of nothing. That it does is the fault.
    pub(in super::super) async fn is_unknown(&mut self, instance: &str, known: Fault) -> Done {
        let heard = self.hear(&Members::of("queryInstance").with("instanceId", instance)).await?;
        let told = heard.json["info"].as_array().is_some_and(|info| !info.is_empty());
        if heard.code() == OK && !told {
            self.note(&heard.sent, "000003, or no info", heard.shown());
            return Ok(());
        }
        let fault = if heard.code() == OK { known } else { Fault::WrongCode };
        self.judge(&heard, &["000003"], fault)
    }

    /// A newInstance call; every one proposes another instance, as the store does.
    pub(in super::super) fn purchase(&self, deal: &Deal) -> Members {
        Members::of("newInstance")
            .with("orderId", &deal.order)
            .with("orderLineId", &deal.line)
            .with("businessId", self.world.chance.uuid())
    }

    /// A refreshInstance call.
    pub(in super::super) fn refresh(&self, instance: &str, scene: &str, deal: &Deal, ends: Ends) -> Members {
        Members::of("refreshInstance")
            .with("scene", scene)
            .with("orderId", &deal.order)
            .with("orderLineId", &deal.line)
            .with("instanceId", instance)
            .with("productId", &self.world.product_id)
            .with("expireTime", digits(self.day(ends)))
    }

    /// An updateInstanceStatus call.
    pub(in super::super) fn status(instance: &str, status: &str) -> Members {
        Members::of("updateInstanceStatus").with("instanceId", instance).with("status", status)
    }

    /// A releaseInstance call.
    pub(in super::super) fn release(instance: &str) -> Members {
        Members::of("releaseInstance").with("instanceId", instance)
    }

    /// An upgradeInstance call.
    pub(in super::super) fn upgrade(instance: &str, deal: &Deal) -> Members {
        Members::of("upgradeInstance")
            .with("instanceId", instance)
            .with("orderId", &deal.order)
            .with("orderLineId", &deal.line)
    }

    /// A machine that nobody has, in the text of the store's own client: network card, disk, board, processor.
    pub(in super::super) fn device(&self) -> String {
        let [a, b, c, ..] = self.world.chance.bytes();
        let (disk, board) = (self.world.chance.capitals(6), self.world.chance.capitals(5));
        format!("04:7C:16:{a:02X}:{b:02X}:{c:02X}|S5GX{disk}|07D7{board}|BFEBFBFF00090672")
    }
}

/// `20261123101500`
pub(in super::super) fn digits(time: UnixTime) -> String {
    time.to_string().chars().filter(char::is_ascii_digit).collect()
}

/// `2026-11-23 10:15:00 z`
pub(in super::super) fn spaced(time: UnixTime) -> String {
    time.to_string().replacen('T', " ", 1).replacen('Z', " z", 1)
}
