use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::engine::ids::{LineId, OrderId};

fn line(id: &str) -> OrderLine {
    OrderLine { order: OrderId::parse("O1").unwrap(), line: LineId::parse(id).unwrap() }
}

fn read(info: &Value, keep_buyer: bool) -> Option<Order> {
    Order::read(&serde_json::value::to_raw_value(info).unwrap(), keep_buyer)
}

fn facts(info: &Value) -> Result<OrderFacts, Contradiction> {
    read(info, true).unwrap().facts(&line("O1-1"), Purpose::Purchase)
}

fn at(text: &str) -> Option<UnixTime> {
    Some(parse_time(text).unwrap())
}

fn yearly() -> Value {
    json!({
        "orderId": "O1", "orderType": "NEW", "createTime": "20241121080000",
        "orderLine": [null, 7, {"orderLineId": "O1-0"}, {
            "orderLineId": "O1-1", "chargingMode": "PERIOD", "periodType": "year", "periodNumber": 1,
            "expireTime": "20251121235959", "currency": 0.1, "extendParams": [],
            "productInfo": [{"productId": "P1", "skuCode": "S1", "linearValue": 50, "productName": "n"},
                {"productId": "P2", "skuCode": "S2", "linearValue": 9}],
        }],
        "buyerInfo": {"customerId": "C1", "customerName": "c", "customerRealName": "Real", "mobilePhone": 123,
            "email": null, "userName": "u"},
        "extendParams": null,
    })
}

#[test]
fn an_order_is_read_as_the_guide_shows_it() {
    let name = |text| Some(ProductName::parse(text).unwrap());
    let buyer = Buyer {
        customer: Some("C1".into()),
        name: Some("Real".into()),
        phone: Some("123".into()),
        email: None,
    };
    let expected = OrderFacts {
        product: ProductRef { code: None, sku: name("S1"), product_id: name("P1") },
        quantity: Some(50),
        starts_at: at("20241121080000"),
        ends_at: at("20251121235959"),
        term: Some(Term::Periodic),
        trial: false,
        buyer: Some(Box::new(buyer)),
    };
    assert_eq!(facts(&yearly()), Ok(expected));
}

#[test]
fn who_bought_is_not_even_read_unless_it_is_kept() {
    let order = read(&yearly(), false).unwrap();
    assert_eq!(order.buyer, None);
    let mut info = yearly();
    info["buyerInfo"] = json!({"customerName": format!("a\nb{}", "中".repeat(300)), "mobilePhone": [1]});
    let buyer = facts(&info).unwrap().buyer.unwrap();
    assert_eq!(buyer.name.unwrap(), format!("ab{}", "中".repeat(254)));
    assert_eq!((buyer.customer, buyer.phone, buyer.email), (None, None, None));
    info["buyerInfo"] = json!({"customerName": null, "email": " "});
    assert_eq!(facts(&info).unwrap().buyer, None);
    assert!(!format!("{:?}", read(&yearly(), true)).contains("Real"));
}

#[test]
fn what_contradicts_the_stores_own_call_is_said() {
    let mut info = yearly();
    info["orderId"] = json!("O2");
    assert_eq!(facts(&info), Err(Contradiction::AnotherOrder(line("O1-1"))));
    info["orderId"] = Value::Null;
    assert!(facts(&info).is_ok(), "an order that does not name itself");
    for lines in [json!(null), json!({}), json!([]), json!("O1-1"), json!([{"orderLineId": "O1-2"}])] {
        info["orderLine"] = lines;
        assert_eq!(facts(&info), Err(Contradiction::NoSuchLine(line("O1-1"))));
    }
    info["orderType"] = json!("UNSUBSCRIBE");
    let order = read(&info, false).unwrap();
    for (purpose, done) in [(Purpose::Purchase, "opened"), (Purpose::Change, "changed")] {
        let said = order.facts(&line("O1-1"), purpose).unwrap_err().to_string();
        assert_eq!(said, format!("O1/O1-1 is an unsubscription: nothing can be {done} for it"));
    }
}

#[test]
fn members_of_any_other_type_are_not_said() {
    for odd in [json!(null), json!(true), json!([]), json!({"a": 1}), json!(""), json!(-1), json!(1.5)] {
        let product = json!({"productId": &odd, "skuCode": "x".repeat(65), "linearValue": &odd});
        let mut info = json!({"orderType": &odd, "createTime": &odd, "buyerInfo": &odd, "orderLine": [{
            "orderLineId": "O1-1", "chargingMode": &odd, "periodType": &odd, "periodNumber": &odd,
            "expireTime": &odd, "productInfo": [product],
        }]});
        let mut said = facts(&info).unwrap();
        // Numbers are names as well as texts are.
        said.product.product_id = None;
        assert_eq!(said, OrderFacts::default(), "{odd}");
        info["orderLine"][0]["productInfo"] = odd.clone();
        assert_eq!(facts(&info), Ok(OrderFacts::default()), "{odd}");
    }
}

#[test]
fn an_order_is_an_object() {
    for info in [json!(null), json!([]), json!(["O1", "NEW", null, null, null]), json!("O1"), json!(1)] {
        assert_eq!(read(&info, true), None, "{info}");
    }
}

#[test]
fn how_an_order_is_charged_says_how_long_it_lasts() {
    let mut info = yearly();
    for (mode, term) in [
        ("PERIOD", Some(Term::Periodic)),
        ("ONE_TIME", Some(Term::Perpetual)),
        ("ON_DEMAND", None),
        ("ON_DEMAND_PKG", None),
        ("SOMETHING", None),
    ] {
        info["orderLine"][3]["chargingMode"] = json!(mode);
        assert_eq!(facts(&info).unwrap().term, term, "{mode}");
    }
}

#[test]
fn a_first_period_whose_end_is_not_named_is_counted_by_the_calendar() {
    let mut info = yearly();
    let mut ends = |kind: &str, mode: &str, created: &str, unit: &str, number: Value| {
        (info["orderType"], info["createTime"]) = (json!(kind), json!(created));
        let line = &mut info["orderLine"][3];
        (line["chargingMode"], line["expireTime"]) = (json!(mode), Value::Null);
        (line["periodType"], line["periodNumber"]) = (json!(unit), number);
        let facts = facts(&info).unwrap();
        assert_eq!(facts.trial, kind == "TRIAL");
        facts.ends_at
    };
    let start = "20240131101112";
    for (unit, number, end) in [
        ("year", json!(1), "20250131101112"),
        ("month", json!("1"), "20240229101112"),
        ("MONTH", json!(3), "20240430101112"),
        ("week", json!(2), "20240214101112"),
        ("day", json!(7.0), "20240207101112"),
        ("hour", json!(24), "20240201101112"),
    ] {
        assert_eq!(ends("NEW", "PERIOD", start, unit, number.clone()), at(end), "{unit}");
        assert_eq!(ends("TRIAL", "PERIOD", start, unit, number), at(end), "{unit}");
    }
    for kind in ["RENEW", "CHANGE", "TRIAL_TO_FORMAL", "SOMETHING"] {
        assert_eq!(ends(kind, "PERIOD", start, "year", json!(1)), None, "{kind}");
    }
    assert_eq!(ends("NEW", "ONE_TIME", start, "year", json!(1)), None);
    assert_eq!(ends("NEW", "PERIOD", "soon", "year", json!(1)), None);
    assert_eq!(ends("NEW", "PERIOD", start, "aeon", json!(1)), None);
    assert_eq!(ends("NEW", "PERIOD", start, "year", json!(0)), None);
    for unit in ["year", "month", "week", "day", "hour"] {
        assert_eq!(ends("NEW", "PERIOD", "99991231235959", unit, json!(u32::MAX)), None, "{unit}");
    }
}

#[test]
fn no_more_than_a_thousand_lines_are_looked_at() {
    let lines = |count: usize| -> Vec<_> {
        (0..count).map(|_| json!({"orderLineId": "x"})).chain([json!({"orderLineId": "O1-1"})]).collect()
    };
    assert!(facts(&json!({"orderLine": lines(999)})).is_ok());
    assert!(facts(&json!({"orderLine": lines(1000)})).is_err());
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "[A-Z0-9_]{0,20}|NEW|PERIOD|year|20251121235959|O1-1".prop_map(Value::from),
    ];
    let names = "orderId|orderType|createTime|orderLine|orderLineId|chargingMode|periodType|periodNumber\
        |expireTime|productInfo|linearValue|buyerInfo|email";
    leaf.prop_recursive(4, 40, 8, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::hash_map(names, inner, 0..8)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn any_json_gets_an_answer(info in any_json()) {
        let order = read(&info, true);
        prop_assert_eq!(order.is_some(), info.is_object());
        let _ = order.map(|order| order.facts(&line("O1-1"), Purpose::Purchase));
    }
}
