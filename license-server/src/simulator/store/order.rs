//! What the store sold, and how it says so.

use license_core::UnixTime;
use serde_json::{Value, json};

const DAY: i64 = 86_400;

/// An order the store can be asked about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// Its id, `CS…` at the store.
    pub id: String,
    /// What was done.
    pub kind: OrderKind,
    /// When.
    pub created_at: UnixTime,
    /// What was bought, a line each.
    pub lines: Vec<Line>,
    /// Who bought; `None` is `null` in the reply.
    pub buyer: Option<BuyerInfo>,
}

/// What an order does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OrderKind {
    /// A first purchase.
    New,
    /// A trial.
    Trial,
    /// A trial that was paid.
    TrialToFormal,
    /// Money back.
    Unsubscribe,
    /// A longer time.
    Renew,
    /// Another quantity or specification.
    Change,
}

/// One line of an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Its id; at the store the order's id and `-000001`.
    pub id: String,
    /// How it is paid.
    pub charging: Charging,
    /// The unit (`year`, `month`, `day`) and how many of it.
    pub period: Option<(String, u32)>,
    /// When it ends; the store says so of periodic lines only.
    pub expires_at: Option<UnixTime>,
    /// The product's id at the store.
    pub product_id: String,
    /// The specification's code.
    pub sku: String,
    /// How many were bought, the store's `linearValue`.
    pub quantity: u64,
}

/// How a line is paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Charging {
    /// By use.
    OnDemand,
    /// Once, for ever.
    OneTime,
    /// By the year, month or day.
    Period,
    /// A package, used up.
    OnDemandPackage,
}

/// Who bought.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the store's own members, in its order")]
pub struct BuyerInfo {
    pub customer_id: Option<String>,
    pub customer_name: Option<String>,
    pub customer_real_name: Option<String>,
    pub customer_type: Option<i64>,
    pub mobile_phone: Option<String>,
    pub email: Option<String>,
    pub user_id: Option<String>,
    pub user_name: Option<String>,
}

impl Order {
    /// A purchase by an example buyer with one line, `{id}-000001`: five of the product for a year of 365 days.
    #[must_use]
    pub fn yearly(id: &str, product_id: &str, sku: &str, now: UnixTime) -> Self {
        let line = Line {
            id: format!("{id}-000001"),
            charging: Charging::Period,
            period: Some(("year".into(), 1)),
            expires_at: Some(now.plus(365 * DAY)),
            product_id: product_id.into(),
            sku: sku.into(),
            quantity: 5,
        };
        Self {
            id: id.into(),
            kind: OrderKind::New,
            created_at: now,
            lines: vec![line],
            buyer: Some(BuyerInfo::example()),
        }
    }

    /// The same, bought once and for ever.
    #[must_use]
    pub fn one_time(id: &str, product_id: &str, sku: &str, now: UnixTime) -> Self {
        let mut order = Self::yearly(id, product_id, sku, now);
        for line in &mut order.lines {
            line.charging = Charging::OneTime;
            line.period = None;
            line.expires_at = None;
        }
        order
    }

    /// The `orderInfo` of a reply, with one of its lines or with all: every member is there, some are `null`, and one
    /// is in no guide.
    pub(super) fn info(&self, line: Option<&str>) -> Value {
        let lines: Vec<_> =
            self.lines.iter().filter(|own| line.is_none_or(|id| own.id == id)).map(Line::info).collect();
        json!({
            "orderId": self.id,
            "orderType": self.kind.word(),
            "createTime": compact(self.created_at),
            "orderLine": lines,
            "buyerInfo": self.buyer.as_ref().map(BuyerInfo::info),
            "extendParams": null,
            "memberOfTomorrow": { "known": false, "to": ["nobody"] },
        })
    }
}

impl OrderKind {
    pub(super) const ALL: [Self; 6] =
        [Self::New, Self::Trial, Self::TrialToFormal, Self::Unsubscribe, Self::Renew, Self::Change];

    /// As the store writes it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::New => "NEW",
            Self::Trial => "TRIAL",
            Self::TrialToFormal => "TRIAL_TO_FORMAL",
            Self::Unsubscribe => "UNSUBSCRIBE",
            Self::Renew => "RENEW",
            Self::Change => "CHANGE",
        }
    }
}

impl Charging {
    pub(super) const ALL: [Self; 4] = [Self::OnDemand, Self::OneTime, Self::Period, Self::OnDemandPackage];

    /// As the store writes it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::OnDemand => "ON_DEMAND",
            Self::OneTime => "ONE_TIME",
            Self::Period => "PERIOD",
            Self::OnDemandPackage => "ON_DEMAND_PKG",
        }
    }
}

impl Line {
    fn info(&self) -> Value {
        json!({
            "orderLineId": self.id,
            "chargingMode": self.charging.word(),
            "periodType": self.period.as_ref().map(|(unit, _)| unit),
            "periodNumber": self.period.as_ref().map(|(_, number)| number),
            "expireTime": self.expires_at.map(compact),
            "productInfo": [{
                "productId": self.product_id,
                "skuCode": self.sku,
                "linearValue": self.quantity,
                "productName": "Example product",
            }],
            "extendParams": [{ "name": "example", "value": "played" }],
            "currency": "CNY",
            "currencyAfterDiscount": 1.0,
        })
    }
}

impl BuyerInfo {
    /// One whom nobody can take for a person.
    #[must_use]
    pub fn example() -> Self {
        Self {
            customer_id: Some("00000000000000000000000000000000".into()),
            customer_name: Some("example-buyer".into()),
            customer_real_name: None,
            customer_type: Some(1),
            mobile_phone: Some("+000000000".into()),
            email: Some("buyer@example.com".into()),
            user_id: None,
            user_name: None,
        }
    }

    fn info(&self) -> Value {
        json!({
            "customerId": self.customer_id,
            "customerName": self.customer_name,
            "customerRealName": self.customer_real_name,
            "customerType": self.customer_type,
            "mobilePhone": self.mobile_phone,
            "email": self.email,
            "userId": self.user_id,
            "userName": self.user_name,
        })
    }
}

/// `yyyyMMddHHmmss`. The first and the last second stand for what lies beyond the calendar.
fn compact(time: UnixTime) -> String {
    let within = UnixTime::from_secs(time.as_secs().clamp(0, 253_402_300_799));
    within.to_string().chars().filter(char::is_ascii_digit).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::koogallery::times::parse_time;

    const NOW: UnixTime = UnixTime::from_secs(1_790_144_272);

    #[test]
    fn an_order_shows_every_member_and_one_that_no_guide_has() {
        let info = Order::yearly("CS1", "OFFI1", "sku-1", NOW).info(None);
        let names: Vec<_> = info.as_object().unwrap().keys().map(String::as_str).collect();
        for name in ["orderId", "orderType", "createTime", "orderLine", "buyerInfo", "extendParams"] {
            assert!(names.contains(&name), "{name}");
        }
        assert_eq!(names.len(), 7, "and the unknown one");
        let line = &info["orderLine"][0];
        assert_eq!(line["orderLineId"], "CS1-000001");
        assert_eq!((&line["periodType"], &line["periodNumber"]), (&json!("year"), &json!(1)));
        assert_eq!(line["productInfo"][0]["linearValue"], 5);
        assert_eq!(parse_time(line["expireTime"].as_str().unwrap()), Ok(NOW.plus(365 * DAY)));
        assert_eq!(info["buyerInfo"]["customerRealName"], Value::Null);
        assert_eq!(info["buyerInfo"]["email"], "buyer@example.com");
    }

    #[test]
    fn a_line_can_be_shown_alone() {
        let mut order = Order::one_time("CS1", "OFFI1", "sku-1", NOW);
        order.lines.push(Line { id: "CS1-000002".into(), ..order.lines[0].clone() });
        order.buyer = None;
        let info = order.info(Some("CS1-000002"));
        assert_eq!(info["orderLine"].as_array().unwrap().len(), 1);
        assert_eq!(info["orderLine"][0]["orderLineId"], "CS1-000002");
        assert_eq!((&info["orderLine"][0]["expireTime"], &info["buyerInfo"]), (&Value::Null, &Value::Null));
    }

    #[test]
    fn times_beyond_the_calendar_stop_at_its_ends() {
        assert_eq!(compact(UnixTime::from_secs(i64::MIN)), "19700101000000");
        assert_eq!(compact(UnixTime::from_secs(i64::MAX)), "99991231235959");
    }
}
