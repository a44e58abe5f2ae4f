//! The orders that the guide promises to everybody who tries the API.

use jiff::civil::{DateTime, date};
use jiff::{Span, ToSpan as _};
use license_core::UnixTime;

use super::order::{BuyerInfo, Charging, Line, Order, OrderKind};

const EPOCH: DateTime = date(1970, 1, 1).at(0, 0, 0, 0);

/// The mock order of this id, as if it had been placed at the beginning of today.
pub(super) fn mock(id: &str, now: UnixTime) -> Option<Order> {
    let (kind, unit, length) = match id {
        "MOCKPERIODYEARNEW" => (OrderKind::New, "year", 1.year()),
        "MOCKONETIMENEW" => (OrderKind::New, "", Span::new()),
        "MOCKPERIODDAYTRIAL" => (OrderKind::Trial, "day", 1.day()),
        "MOCKMONTYTRIALTOFORMAL" => (OrderKind::TrialToFormal, "month", 1.month()),
        "MOCKMONTYRENEW" => (OrderKind::Renew, "month", 1.month()),
        "MOCKMONTYUNSUBSCRIBE" => (OrderKind::Unsubscribe, "month", 1.month()),
        "MOCKMONTYCHANGE" => (OrderKind::Change, "month", 1.month()),
        _ => return None,
    };
    let created_at = now.minus(now.as_secs().rem_euclid(86_400));
    let periodic = !unit.is_empty();
    let line = Line {
        id: format!("{id}-000001"),
        charging: if periodic { Charging::Period } else { Charging::OneTime },
        period: periodic.then(|| (unit.to_owned(), 1)),
        expires_at: periodic.then(|| last_second(created_at, length)),
        product_id: "OFFI000000000000000000".into(),
        sku: "mock-sku".into(),
        quantity: 50,
    };
    let buyer = Some(BuyerInfo { email: None, ..BuyerInfo::example() });
    Some(Order { id: id.into(), kind, created_at, lines: vec![line], buyer })
}

/// 23:59:59 of the day that lies `length` after a day's beginning; that beginning where the calendar ends.
fn last_second(day: UnixTime, length: Span) -> UnixTime {
    let end = EPOCH
        .checked_add(Span::new().try_seconds(day.as_secs()).unwrap_or_default())
        .and_then(|day| day.checked_add(length))
        .map(|day| day.duration_since(EPOCH).as_secs());
    end.map_or(day, |secs| UnixTime::from_secs(secs.saturating_add(86_399)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_guides_orders_are_all_there_and_count_from_today() {
        // 2026-09-23T06:17:52Z
        let now = UnixTime::from_secs(1_790_144_272);
        for (id, kind, period, end) in [
            ("MOCKPERIODYEARNEW", "NEW", Some("year"), Some("20270923235959")),
            ("MOCKONETIMENEW", "NEW", None, None),
            ("MOCKPERIODDAYTRIAL", "TRIAL", Some("day"), Some("20260924235959")),
            ("MOCKMONTYTRIALTOFORMAL", "TRIAL_TO_FORMAL", Some("month"), Some("20261023235959")),
            ("MOCKMONTYRENEW", "RENEW", Some("month"), Some("20261023235959")),
            ("MOCKMONTYUNSUBSCRIBE", "UNSUBSCRIBE", Some("month"), Some("20261023235959")),
            ("MOCKMONTYCHANGE", "CHANGE", Some("month"), Some("20261023235959")),
        ] {
            let info = mock(id, now).unwrap().info(None);
            let line = &info["orderLine"][0];
            assert_eq!((info["orderId"].as_str(), info["orderType"].as_str()), (Some(id), Some(kind)));
            assert_eq!(info["createTime"], "20260923000000");
            assert_eq!(line["orderLineId"], format!("{id}-000001"));
            assert_eq!(line["periodType"].as_str(), period, "{id}");
            assert_eq!(line["expireTime"].as_str(), end, "{id}");
            assert_eq!(line["productInfo"][0]["linearValue"], 50);
        }
        assert_eq!(mock("MOCKNOTHING", now), None);
    }

    #[test]
    fn the_end_of_the_calendar_is_no_trouble() {
        for secs in [i64::MIN, -1, 253_402_300_799, i64::MAX] {
            assert!(mock("MOCKPERIODYEARNEW", UnixTime::from_secs(secs)).is_some());
        }
    }
}
