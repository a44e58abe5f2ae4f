//! What the store says of an order.
//!
//! Source: <https://support.huaweicloud.com/accessg-marketplace/zh-cn_topic_0070649350.html>

use jiff::civil::{DateTime, date};
use jiff::{SignedDuration, Span};
use license_core::UnixTime;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::json::{Raw, count, list, object, text, visible};
use crate::engine::ids::{OrderLine, ProductName, ProductRef};
use crate::engine::request::{Buyer, OrderFacts, Term};
use crate::koogallery::times::parse_time;

const EPOCH: DateTime = date(1970, 1, 1).at(0, 0, 0, 0);

/// The most lines of an order that are looked at.
const LINES: usize = 1000;
/// The most characters of anything that is said of the buyer.
const BUYER_TEXT: usize = 256;

/// An order as the store describes it. What it does not say, or says in no way that can be read, is `None`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    id: Option<String>,
    kind: Option<Kind>,
    created_at: Option<UnixTime>,
    lines: Vec<Line>,
    buyer: Option<Box<Buyer>>,
}

/// What the order is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// An instance is opened for it.
    Purchase,
    /// An instance gets another quantity or specification by it.
    Change,
}

/// Why an order cannot be used for what the store itself asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Contradiction {
    /// The store answered about something else.
    #[error("asked about {0}, the store answered with another order")]
    AnotherOrder(OrderLine),
    /// The store called about a line that is not in the order.
    #[error("the store's order has no line {0}")]
    NoSuchLine(OrderLine),
    /// A purchase was taken back.
    #[error("{line} is an unsubscription: nothing can be {} for it", purpose.done())]
    Unsubscription {
        /// The order.
        line: OrderLine,
        /// What it was asked for.
        purpose: Purpose,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    New,
    Trial,
    Unsubscription,
    Other,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Line {
    id: Option<String>,
    term: Option<Term>,
    period: Option<Period>,
    expires_at: Option<UnixTime>,
    product: ProductRef,
    quantity: Option<u32>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Period {
    unit: Unit,
    number: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unit {
    Year,
    Month,
    Week,
    Day,
    Hour,
}

impl Order {
    /// Reads `orderInfo`; who bought is passed over unless `keep_buyer`. `None` if it is no object.
    pub(super) fn read(info: &RawValue, keep_buyer: bool) -> Option<Self> {
        let wire: WireOrder<'_> = object(info)?;
        Some(Self {
            id: text(wire.order_id),
            kind: text(wire.order_type).map(|kind| Kind::read(&kind)),
            created_at: time(wire.create_time),
            lines: list(wire.order_line, LINES).into_iter().filter_map(Line::read).collect(),
            buyer: if keep_buyer { wire.buyer_info.and_then(buyer).map(Box::new) } else { None },
        })
    }

    /// What the order says about the instance of one of its lines.
    ///
    /// # Errors
    /// [`Contradiction`]
    pub fn facts(&self, line: &OrderLine, purpose: Purpose) -> Result<OrderFacts, Contradiction> {
        if self.id.as_ref().is_some_and(|id| id != line.order.as_str()) {
            return Err(Contradiction::AnotherOrder(line.clone()));
        }
        if self.kind == Some(Kind::Unsubscription) {
            return Err(Contradiction::Unsubscription { line: line.clone(), purpose });
        }
        let found = self.lines.iter().find(|known| known.id.as_deref() == Some(line.line.as_str()));
        let found = found.ok_or_else(|| Contradiction::NoSuchLine(line.clone()))?;
        Ok(OrderFacts {
            product: found.product.clone(),
            quantity: found.quantity,
            starts_at: self.created_at,
            ends_at: found.expires_at.or_else(|| self.counted_end(found)),
            term: found.term,
            trial: self.kind == Some(Kind::Trial),
            buyer: self.buyer.clone(),
        })
    }

    /// The end of a first period that the order does not name: any later one begins where another ends, not here.
    fn counted_end(&self, line: &Line) -> Option<UnixTime> {
        let first = matches!(self.kind, Some(Kind::New | Kind::Trial));
        (first && line.term == Some(Term::Periodic)).then(|| line.period?.after(self.created_at?))?
    }
}

impl Purpose {
    fn done(self) -> &'static str {
        match self {
            Self::Purchase => "opened",
            Self::Change => "changed",
        }
    }
}

impl Kind {
    fn read(text: &str) -> Self {
        match text {
            "NEW" => Self::New,
            "TRIAL" => Self::Trial,
            "UNSUBSCRIBE" => Self::Unsubscription,
            _ => Self::Other,
        }
    }
}

impl Line {
    fn read(raw: &RawValue) -> Option<Self> {
        let wire: WireLine<'_> = object(raw)?;
        let products = list(wire.product_info, 1);
        let product: WireProduct<'_> = products.first().and_then(|raw| object(raw)).unwrap_or_default();
        let unit = text(wire.period_type).and_then(|unit| Unit::read(&unit));
        let name = |raw| ProductName::parse(&text(raw)?).ok();
        Some(Self {
            id: text(wire.order_line_id),
            term: match text(wire.charging_mode).as_deref() {
                Some("PERIOD") => Some(Term::Periodic),
                Some("ONE_TIME") => Some(Term::Perpetual),
                _ => None,
            },
            period: unit.zip(count(wire.period_number)).map(|(unit, number)| Period { unit, number }),
            expires_at: time(wire.expire_time),
            product: ProductRef {
                code: None,
                sku: name(product.sku_code),
                product_id: name(product.product_id),
            },
            quantity: count(product.linear_value),
        })
    }
}

impl Period {
    /// By the calendar: a month after 31 January is the last day of February. `None` beyond the year 9999.
    fn after(self, start: UnixTime) -> Option<UnixTime> {
        let span = Span::new();
        let span = match self.unit {
            Unit::Year => span.try_years(self.number),
            Unit::Month => span.try_months(self.number),
            Unit::Week => span.try_weeks(self.number),
            Unit::Day => span.try_days(self.number),
            Unit::Hour => span.try_hours(self.number),
        };
        let start = EPOCH.checked_add(SignedDuration::from_secs(start.as_secs())).ok()?;
        let end: DateTime = start.checked_add(span.ok()?).ok()?;
        Some(UnixTime::from_secs(end.duration_since(EPOCH).as_secs()))
    }
}

impl Unit {
    fn read(text: &str) -> Option<Self> {
        match text.to_ascii_lowercase().as_str() {
            "year" => Some(Self::Year),
            "month" => Some(Self::Month),
            "week" => Some(Self::Week),
            "day" => Some(Self::Day),
            "hour" => Some(Self::Hour),
            _ => None,
        }
    }
}

fn time(raw: Raw<'_>) -> Option<UnixTime> {
    parse_time(&text(raw)?).ok()
}

fn buyer(raw: &RawValue) -> Option<Buyer> {
    let wire: WireBuyer<'_> = object(raw)?;
    let said = |raw| text(raw).map(|text| visible(&text, BUYER_TEXT).into_owned());
    let buyer = Buyer {
        customer: said(wire.customer_id),
        name: said(wire.customer_real_name).or_else(|| said(wire.customer_name)),
        phone: said(wire.mobile_phone),
        email: said(wire.email),
    };
    (buyer != Buyer::default()).then_some(buyer)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireOrder<'a> {
    #[serde(borrow)]
    order_id: Raw<'a>,
    order_type: Raw<'a>,
    create_time: Raw<'a>,
    order_line: Raw<'a>,
    /// Personal: not looked into here.
    buyer_info: Raw<'a>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireLine<'a> {
    #[serde(borrow)]
    order_line_id: Raw<'a>,
    charging_mode: Raw<'a>,
    period_type: Raw<'a>,
    period_number: Raw<'a>,
    expire_time: Raw<'a>,
    product_info: Raw<'a>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireProduct<'a> {
    #[serde(borrow)]
    product_id: Raw<'a>,
    sku_code: Raw<'a>,
    linear_value: Raw<'a>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireBuyer<'a> {
    #[serde(borrow)]
    customer_id: Raw<'a>,
    customer_real_name: Raw<'a>,
    customer_name: Raw<'a>,
    mobile_phone: Raw<'a>,
    email: Raw<'a>,
}

#[cfg(test)]
mod tests;
