//! Every activity under every rule: what the call changes, and the result code that must come back.
//!
//! The expectations are written out in [`MEMBERS`] and [`SITUATIONS`]; a row that lacks a rule does not compile, and an
//! activity or a member that lacks a row fails.

use std::collections::BTreeSet;

use license_server::koogallery::Activity;
use license_tests::{DAY, NOW_MS, Reply, Shop, machine, signed, store_time, utc14};
use serde_json::{Map, Value, json};

use Activity::*;

type Body = Map<String, Value>;

const OKAY: &str = "000000";
const BAD: &str = "000002";
const GONE: &str = "000003";
const WAIT: &str = "000004";
const SHUT: &str = "000901";
const END: &str = "000902";
const WHO: &str = "000903";

/// What happens to one member. The columns of [`MEMBERS`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Change {
    Missing,
    Null,
    Empty,
    TooLong,
    Longest,
    Object,
    Array,
    Number,
}
use Change::*;

const CHANGES: [Change; 8] = [Missing, Null, Empty, TooLong, Longest, Object, Array, Number];

/// A call, one of its members, the most characters of it, and the code after each change. An instance id of full
/// length or of another number is nobody's; a number is the member's own text without quotes, if it is one.
#[rustfmt::skip]
const MEMBERS: &[(Activity, &str, usize, [&str; 8])] = &[
    //                                                missing null  empty too long longest object array number
    (NewInstance,          "activity",          64,   [BAD,  BAD,  BAD,  BAD,  BAD,  BAD,  BAD,  BAD]),
    (NewInstance,          "orderId",           64,   [BAD,  BAD,  BAD,  BAD,  OKAY, BAD,  BAD,  OKAY]),
    (NewInstance,          "orderLineId",       64,   [BAD,  BAD,  BAD,  BAD,  OKAY, BAD,  BAD,  OKAY]),
    (NewInstance,          "businessId",        64,   [BAD,  BAD,  BAD,  BAD,  OKAY, BAD,  BAD,  OKAY]),
    (NewInstance,          "testFlag",          2,    [OKAY, OKAY, BAD,  BAD,  BAD,  BAD,  BAD,  OKAY]),
    (RefreshInstance,      "activity",          64,   [BAD,  BAD,  BAD,  BAD,  BAD,  BAD,  BAD,  BAD]),
    (RefreshInstance,      "scene",             64,   [BAD,  BAD,  BAD,  BAD,  BAD,  BAD,  BAD,  BAD]),
    (RefreshInstance,      "orderId",           64,   [BAD,  BAD,  BAD,  BAD,  OKAY, BAD,  BAD,  OKAY]),
    (RefreshInstance,      "orderLineId",       64,   [BAD,  BAD,  BAD,  BAD,  OKAY, BAD,  BAD,  OKAY]),
    (RefreshInstance,      "instanceId",        64,   [BAD,  BAD,  BAD,  BAD,  GONE, BAD,  BAD,  OKAY]),
    (RefreshInstance,      "productId",         64,   [OKAY, OKAY, OKAY, BAD,  OKAY, BAD,  BAD,  OKAY]),
    (RefreshInstance,      "expireTime",        20,   [BAD,  BAD,  BAD,  BAD,  OKAY, BAD,  BAD,  OKAY]),
    (RefreshInstance,      "testFlag",          2,    [OKAY, OKAY, BAD,  BAD,  BAD,  BAD,  BAD,  OKAY]),
    (UpdateInstanceStatus, "activity",          64,   [BAD,  BAD,  BAD,  BAD,  BAD,  BAD,  BAD,  BAD]),
    (UpdateInstanceStatus, "instanceId",        64,   [BAD,  BAD,  BAD,  BAD,  GONE, BAD,  BAD,  OKAY]),
    (UpdateInstanceStatus, "status",            32,   [BAD,  BAD,  BAD,  BAD,  BAD,  BAD,  BAD,  BAD]),
    (UpdateInstanceStatus, "testFlag",          2,    [OKAY, OKAY, BAD,  BAD,  BAD,  BAD,  BAD,  OKAY]),
    (ReleaseInstance,      "activity",          64,   [BAD,  BAD,  BAD,  BAD,  BAD,  BAD,  BAD,  BAD]),
    (ReleaseInstance,      "instanceId",        64,   [BAD,  BAD,  BAD,  BAD,  GONE, BAD,  BAD,  OKAY]),
    (ReleaseInstance,      "orderId",           64,   [OKAY, OKAY, OKAY, BAD,  OKAY, BAD,  BAD,  OKAY]),
    (ReleaseInstance,      "orderLineId",       64,   [OKAY, OKAY, OKAY, BAD,  OKAY, BAD,  BAD,  OKAY]),
    (ReleaseInstance,      "testFlag",          2,    [OKAY, OKAY, BAD,  BAD,  BAD,  BAD,  BAD,  OKAY]),
    (GetLicenseAsync,      "activity",          64,   [BAD,  BAD,  BAD,  BAD,  BAD,  BAD,  BAD,  BAD]),
    (GetLicenseAsync,      "instanceId",        64,   [BAD,  BAD,  BAD,  BAD,  GONE, BAD,  BAD,  OKAY]),
    (GetLicenseAsync,      "eventId",           64,   [BAD,  BAD,  BAD,  BAD,  OKAY, BAD,  BAD,  OKAY]),
    (GetLicenseAsync,      "effectiveTime",     32,   [BAD,  BAD,  BAD,  BAD,  BAD,  BAD,  BAD,  OKAY]),
    (GetLicenseAsync,      "expireTime",        32,   [END,  END,  END,  BAD,  BAD,  BAD,  BAD,  OKAY]),
    (GetLicenseAsync,      "deviceFingerprint", 1024, [WHO,  WHO,  WHO,  BAD,  OKAY, BAD,  BAD,  OKAY]),
    (GetLicenseAsync,      "testFlag",          2,    [OKAY, OKAY, BAD,  BAD,  BAD,  BAD,  BAD,  OKAY]),
    (QueryInstance,        "activity",          64,   [BAD,  BAD,  BAD,  BAD,  BAD,  BAD,  BAD,  BAD]),
    (QueryInstance,        "instanceId",        100,  [BAD,  BAD,  BAD,  BAD,  OKAY, BAD,  BAD,  OKAY]),
    (QueryInstance,        "testFlag",          2,    [OKAY, OKAY, BAD,  BAD,  BAD,  BAD,  BAD,  OKAY]),
    (UpgradeInstance,      "activity",          64,   [BAD,  BAD,  BAD,  BAD,  BAD,  BAD,  BAD,  BAD]),
    (UpgradeInstance,      "instanceId",        64,   [BAD,  BAD,  BAD,  BAD,  GONE, BAD,  BAD,  OKAY]),
    (UpgradeInstance,      "orderId",           64,   [BAD,  BAD,  BAD,  BAD,  OKAY, BAD,  BAD,  OKAY]),
    (UpgradeInstance,      "orderLineId",       64,   [BAD,  BAD,  BAD,  BAD,  OKAY, BAD,  BAD,  OKAY]),
    (UpgradeInstance,      "testFlag",          2,    [OKAY, OKAY, BAD,  BAD,  BAD,  BAD,  BAD,  OKAY]),
    (ChangeInstanceCheck,  "activity",          64,   [BAD,  BAD,  BAD,  BAD,  BAD,  BAD,  BAD,  BAD]),
    (ChangeInstanceCheck,  "instanceId",        64,   [BAD,  BAD,  BAD,  BAD,  GONE, BAD,  BAD,  OKAY]),
    (ChangeInstanceCheck,  "productInfo",       4096, [BAD,  BAD,  BAD,  BAD,  OKAY, BAD,  BAD,  BAD]),
    (ChangeInstanceCheck,  "testFlag",          2,    [OKAY, OKAY, BAD,  BAD,  BAD,  BAD,  BAD,  OKAY]),
    (OrderNotify,          "activity",          64,   [BAD,  BAD,  BAD,  BAD,  BAD,  BAD,  BAD,  BAD]),
    (OrderNotify,          "orderId",           64,   [BAD,  BAD,  BAD,  BAD,  OKAY, BAD,  BAD,  OKAY]),
    (OrderNotify,          "orderLineId",       64,   [BAD,  BAD,  BAD,  BAD,  OKAY, BAD,  BAD,  OKAY]),
    (OrderNotify,          "testFlag",          2,    [OKAY, OKAY, BAD,  BAD,  BAD,  BAD,  BAD,  OKAY]),
];

/// The state that the instance is in, or what happens to the body as a whole. The columns of [`SITUATIONS`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Situation {
    Active,
    Unknown,
    Pending,
    Frozen,
    FrozenPending,
    Released,
    Replayed,
    Reordered,
    Flag1,
    Flag0,
    Flag2,
    OneMore,
}
use Situation::*;

const ALL_SITUATIONS: [Situation; 12] = [
    Active,
    Unknown,
    Pending,
    Frozen,
    FrozenPending,
    Released,
    Replayed,
    Reordered,
    Flag1,
    Flag0,
    Flag2,
    OneMore,
];

/// A call, and the code in each situation. `Unknown` with a call that names no instance is an order of its own, and
/// `Flag1` names an instance that nobody knows.
#[rustfmt::skip]
const SITUATIONS: &[(Activity, [&str; 12])] = &[
    //                      active unknown pending frozen both released replayed reordered 1  0     2    one more
    (NewInstance,          [OKAY, OKAY, OKAY, OKAY, OKAY, OKAY, OKAY, OKAY, OKAY, OKAY, BAD, OKAY]),
    (RefreshInstance,      [OKAY, GONE, OKAY, OKAY, OKAY, GONE, OKAY, OKAY, OKAY, OKAY, BAD, OKAY]),
    (UpdateInstanceStatus, [OKAY, GONE, OKAY, OKAY, OKAY, GONE, OKAY, OKAY, OKAY, OKAY, BAD, OKAY]),
    (ReleaseInstance,      [OKAY, GONE, OKAY, OKAY, OKAY, OKAY, OKAY, OKAY, OKAY, OKAY, BAD, OKAY]),
    (GetLicenseAsync,      [OKAY, GONE, WAIT, SHUT, SHUT, GONE, OKAY, OKAY, OKAY, OKAY, BAD, OKAY]),
    (QueryInstance,        [OKAY, GONE, OKAY, OKAY, OKAY, GONE, OKAY, OKAY, OKAY, OKAY, BAD, OKAY]),
    (UpgradeInstance,      [OKAY, GONE, OKAY, OKAY, OKAY, GONE, OKAY, OKAY, OKAY, OKAY, BAD, OKAY]),
    (ChangeInstanceCheck,  [OKAY, GONE, OKAY, OKAY, OKAY, GONE, OKAY, OKAY, OKAY, OKAY, BAD, OKAY]),
    (OrderNotify,          [OKAY, OKAY, OKAY, OKAY, OKAY, OKAY, OKAY, OKAY, OKAY, OKAY, BAD, OKAY]),
];

/// A real call that is right in every member. Ids are digits, so that they can be sent as numbers as well.
fn good(activity: Activity, id: u64) -> Body {
    let now = license_core::UnixTime::from_secs(NOW_MS / 1000);
    let (order, line) = (format!("4{id}"), format!("40{id}"));
    let mut body = match activity {
        NewInstance => json!({"orderId": order, "orderLineId": line, "businessId": id.to_string()}),
        RefreshInstance => json!({
            "scene": "RENEWAL", "orderId": order, "orderLineId": line, "instanceId": id.to_string(),
            "productId": "OFFI7889636", "expireTime": utc14(now.plus(90 * DAY)),
        }),
        UpdateInstanceStatus => json!({"instanceId": id.to_string(), "status": "FREEZE"}),
        ReleaseInstance => json!({"instanceId": id.to_string(), "orderId": order, "orderLineId": line}),
        GetLicenseAsync => json!({
            "instanceId": id.to_string(), "eventId": format!("8{id}"), "effectiveTime": store_time(now),
            "expireTime": store_time(now.plus(30 * DAY)), "deviceFingerprint": machine(1).four_part(),
        }),
        QueryInstance => json!({"instanceId": id.to_string()}),
        UpgradeInstance => json!({"instanceId": id.to_string(), "orderId": order, "orderLineId": line}),
        ChangeInstanceCheck => json!({"instanceId": id.to_string(), "productInfo": {"skuCode": "a63ee5c9"}}),
        OrderNotify => json!({"orderId": order, "orderLineId": line}),
    };
    body["activity"] = json!(activity.as_str());
    body["testFlag"] = json!("0");
    body.as_object().expect("an object").clone()
}

/// A value of exactly so many characters, of the right kind where one of that length exists.
fn filled(activity: Activity, member: &str, id: &str, length: usize) -> String {
    match (activity, member) {
        (QueryInstance, "instanceId") => {
            // Ids, not characters, are counted: a hundred of full length are read.
            let others = vec!["9".repeat(if length > 100 { 1 } else { 64 }); length - 1].join(",");
            format!("{id},{others}")
        }
        (RefreshInstance, "expireTime") if length == 20 => "2026-11-27 10:30:15z".into(),
        (RefreshInstance, "expireTime") => "2026-11-27 10:30:15 z".into(),
        (_, "productInfo") => format!("{:<length$}", r#"{"productId":"OFFI7889636"}"#),
        (_, "deviceFingerprint") => {
            "Vendor text 7F3A-99, ".chars().cycle().take(length - 1).chain(['.']).collect()
        }
        (_, "instanceId") => "\u{4e59}".repeat(length),
        // Characters are counted, not bytes.
        _ => "\u{4e2d}".repeat(length),
    }
}

/// The member's own text as a JSON number, or one that fits it.
fn number(member: &str, value: &Value) -> Value {
    let text = match member {
        "effectiveTime" | "expireTime" => "20261015000000",
        "deviceFingerprint" => "73018462591734",
        "businessId" | "eventId" | "instanceId" | "orderId" | "orderLineId" | "testFlag" => {
            value.as_str().expect("a text")
        }
        _ => "7",
    };
    serde_json::from_str(text).expect("a number")
}

fn change(body: &mut Body, (activity, member, limit): (Activity, &str, usize), change: Change) {
    let id = body.get("instanceId").and_then(Value::as_str).unwrap_or_default().to_owned();
    let was = body.remove(member).expect("a good call has every member");
    let value = match change {
        Missing => return,
        Null => Value::Null,
        Empty => json!(""),
        TooLong => json!(filled(activity, member, &id, limit + 1)),
        Longest => json!(filled(activity, member, &id, limit)),
        Object => json!({}),
        Array => json!([was]),
        Number => number(member, &was),
    };
    body.insert(member.to_owned(), value);
}

/// Collects what is not as expected, so that one run shows all of it.
struct Table {
    shop: Shop,
    last_id: u64,
    faults: Vec<String>,
}

impl Table {
    fn fresh(&mut self) -> u64 {
        self.last_id += 1;
        self.last_id
    }

    async fn buy(&self, id: u64) {
        let reply = self.shop.call(good(NewInstance, id).into()).await;
        assert_eq!((reply.code(), reply.instance()), (OKAY, id.to_string().as_str()));
    }

    /// Compares the code, the member that is named, and what else an answer has.
    fn compare(&mut self, row: &str, body: &Body, reply: &Reply, code: &str, named: &str) {
        let mut faults = Vec::new();
        if reply.code() != code {
            faults.push(format!("{} instead of {code}", reply.code()));
        }
        if code != OKAY && !reply.message().contains(named) {
            faults.push(format!("does not name {named}"));
        }
        faults.extend(reply.indiscretion().map(|word| format!("says {word}")));
        let has = |name: &str| reply.json.get(name).is_some();
        let answers = |name: &str| code == OKAY && body["activity"] == name;
        if has("instanceId") != answers("newInstance") || has("info") != answers("queryInstance") {
            faults.push(format!("the wrong members: {}", reply.json));
        }
        self.faults.extend(faults.iter().map(|fault| format!("{row}: {fault}: {}", reply.message())));
    }

    async fn member(&mut self, row: (Activity, &str, usize), how: Change, code: &'static str) {
        let (activity, member, limit) = row;
        let id = self.fresh();
        if activity != NewInstance && activity != OrderNotify {
            self.buy(id).await;
        }
        let mut body = good(activity, id);
        if member != "testFlag" {
            let mut rehearsed = body.clone();
            rehearsed.insert("testFlag".into(), json!("1"));
            change(&mut rehearsed, row, how);
            let expected = if code == BAD { BAD } else { OKAY };
            let reply = self.shop.call(rehearsed.clone().into()).await;
            self.compare(
                &format!("{activity:?} {member} {how:?} rehearsed"),
                &rehearsed,
                &reply,
                expected,
                member,
            );
        }
        change(&mut body, row, how);
        let reply = self.shop.call(body.clone().into()).await;
        let row = format!("{activity:?} {member} {how:?}");
        // A member that is not even a call's name leaves the reply without the call's members.
        body.entry("activity").or_insert(Value::Null);
        self.compare(&row, &body, &reply, code, member);
        let says_limit = reply.message().contains(&format!(" than {limit}"));
        if says_limit != (how == TooLong) {
            self.faults.push(format!("{row}: the limit is not {limit}: {}", reply.message()));
        }
    }

    async fn situation(&mut self, activity: Activity, id: u64, situation: Situation, code: &'static str) {
        let mut body = good(activity, id);
        match situation {
            Flag1 => drop(body.insert("testFlag".into(), json!("1"))),
            Flag2 => drop(body.insert("testFlag".into(), json!("2"))),
            OneMore => drop(body.insert("later".into(), json!({"x": [1, null, "y"]}))),
            _ => {}
        }
        let mut call = self.shop.sign(&Value::from(body.clone()));
        if situation == Reordered {
            let members: Vec<_> =
                body.iter().map(|(name, value)| format!("{}:{value}", json!(name))).collect();
            let sent: Vec<_> = members.iter().rev().map(String::as_str).collect();
            let canonical = format!("{{{}}}", members.join(","));
            call = signed("demo-access-key-0001", NOW_MS, canonical.as_bytes());
            call.body = format!("{{{}}}", sent.join(",")).into_bytes();
            assert_ne!(call.body, canonical.as_bytes());
        }
        let named = match code {
            BAD => "testFlag",
            WAIT => "",
            _ => "instanceId",
        };
        let row = format!("{activity:?} {situation:?}");
        let first = self.shop.send(&call).await;
        self.compare(&row, &body, &first, code, named);
        let again = match situation {
            Replayed => self.shop.send(&call).await,
            _ => self.shop.call(body.clone().into()).await,
        };
        self.compare(&format!("{row}, again"), &body, &again, code, named);
        if again.bytes != first.bytes {
            self.faults.push(format!("{row}: another answer the second time: {} {}", first.json, again.json));
        }
        if activity == NewInstance && code == OKAY && first.instance() != id.to_string() {
            self.faults.push(format!("{row}: another instance: {}", first.instance()));
        }
    }
}

/// Instances in every situation, one for each activity. One that waits for its order cannot come about without the
/// store's open API; a database left by a deployment that asks for orders holds some.
async fn prepare(shop: Shop) -> (Shop, Vec<(Activity, Situation, u64)>) {
    let mut table = Table { shop, last_id: 10_000, faults: Vec::new() };
    let (mut rows, mut pending) = (Vec::new(), Vec::new());
    for activity in ALL {
        for situation in ALL_SITUATIONS {
            let id = table.fresh();
            rows.push((activity, situation, id));
            if matches!(situation, Unknown | Flag1) {
                continue;
            }
            table.buy(id).await;
            match situation {
                Frozen | FrozenPending => {
                    assert_eq!(table.shop.set_status(&id.to_string(), "FREEZE").await, OKAY)
                }
                Released => assert_eq!(table.shop.tell("releaseInstance", &id.to_string()).await, OKAY),
                _ => {}
            }
            if matches!(situation, Pending | FrozenPending) {
                pending.push(id);
            }
        }
    }
    let database = table.shop.settings.database.clone();
    let folder = table.shop.close().await;
    for id in pending {
        license_tests::change(&database, &format!("UPDATE instance SET standing = 1 WHERE id = '{id}'"));
    }
    (Shop::builder().in_folder(folder).open().await, rows)
}

const ALL: [Activity; 9] = Activity::ALL;

/// R2, R4, R9, R13, R14, R21, R26, R30, R31, R65
#[tokio::test]
async fn every_activity_under_every_rule_has_its_code() {
    let (shop, rows) = prepare(Shop::open().await).await;
    let mut table = Table { shop, last_id: 20_000, faults: Vec::new() };
    for (activity, situation, id) in rows {
        let (_, codes) = SITUATIONS.iter().find(|row| row.0 == activity).expect("a row for each activity");
        let column = ALL_SITUATIONS.iter().position(|known| *known == situation).expect("a column");
        table.situation(activity, id, situation, codes[column]).await;
    }
    for activity in ALL {
        let rows: BTreeSet<&str> = MEMBERS.iter().filter(|row| row.0 == activity).map(|row| row.1).collect();
        let members = good(activity, 0);
        assert_eq!(rows, members.keys().map(String::as_str).collect(), "{activity:?}: a row for each member");
    }
    for (activity, member, limit, codes) in MEMBERS {
        for (how, code) in CHANGES.into_iter().zip(codes) {
            table.member((*activity, member, *limit), how, code).await;
        }
    }
    assert!(table.faults.is_empty(), "{} faults:\n{}", table.faults.len(), table.faults.join("\n"));
}
