//! The store's calls, from their words to the engine's.

use license_core::Realm;

use super::canonical::Body;
use super::device::device_of;
use super::members::{Fault, Members, ParameterError};
use crate::engine::ids::{EventId, InstanceId, LineId, OrderId, ProductName};
use crate::engine::request::{Actor, Apply, ApplyDevice, Command, FactsSource, Open, Refresh, Scene};

/// The most instances that one call may ask about.
pub const MAX_QUERIED: usize = 100;

/// What a call is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Activity {
    /// `newInstance`
    NewInstance,
    /// `refreshInstance`
    RefreshInstance,
    /// `updateInstanceStatus`
    UpdateInstanceStatus,
    /// `releaseInstance`
    ReleaseInstance,
    /// `getLicenseAsync`
    GetLicenseAsync,
    /// `queryInstance`
    QueryInstance,
    /// `upgradeInstance`
    UpgradeInstance,
    /// `changeInstanceCheck`
    ChangeInstanceCheck,
    /// `orderNotify`
    OrderNotify,
}

/// A call whose members are all there.
#[derive(Clone, Debug)]
pub struct Call {
    /// The instance it names, for the log.
    pub instance: Option<InstanceId>,
    /// The event it names, for the log.
    pub event: Option<EventId>,
    /// What it wants.
    pub intent: Intent,
}

/// What a call wants.
#[derive(Clone, Debug)]
pub enum Intent {
    /// To see that calls arrive (`testFlag` 1): nothing is looked up and nothing changes.
    Rehearse(Rehearsal),
    /// Something of the engine.
    Act(Command),
}

/// What a rehearsed call is answered, besides success.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rehearsal {
    /// Nothing.
    Plain,
    /// The instance that was proposed.
    Opened(InstanceId),
    /// The instances that were asked about.
    Seen(Vec<InstanceId>),
}

impl Activity {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::NewInstance,
        Self::RefreshInstance,
        Self::UpdateInstanceStatus,
        Self::ReleaseInstance,
        Self::GetLicenseAsync,
        Self::QueryInstance,
        Self::UpgradeInstance,
        Self::ChangeInstanceCheck,
        Self::OrderNotify,
    ];

    /// The store's word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NewInstance => "newInstance",
            Self::RefreshInstance => "refreshInstance",
            Self::UpdateInstanceStatus => "updateInstanceStatus",
            Self::ReleaseInstance => "releaseInstance",
            Self::GetLicenseAsync => "getLicenseAsync",
            Self::QueryInstance => "queryInstance",
            Self::UpgradeInstance => "upgradeInstance",
            Self::ChangeInstanceCheck => "changeInstanceCheck",
            Self::OrderNotify => "orderNotify",
        }
    }

    /// Which call a body is.
    ///
    /// # Errors
    /// When `activity` is missing or unknown.
    pub fn of(body: &Body<'_>) -> Result<Self, ParameterError> {
        let word = Members(body).required("activity", 64)?;
        // R2
        let unknown = ParameterError { member: "activity", fault: Fault::Unknown };
        Self::ALL.into_iter().find(|activity| activity.as_str() == word).ok_or(unknown)
    }

    /// Reads the members of such a call.
    ///
    /// # Errors
    /// The first member that is missing, too long or malformed.
    pub fn read(self, body: &Body<'_>, realm: &Realm) -> Result<Call, ParameterError> {
        let members = Members(body);
        // R4
        let rehearsed = is_rehearsed(members)?;
        let command = self.command(members, Some(realm).filter(|_| !rehearsed))?;
        let (instance, event) = subject(&command);
        let intent = if rehearsed { Intent::Rehearse(rehearsal(command)) } else { Intent::Act(command) };
        Ok(Call { instance, event, intent })
    }

    /// Without a realm a device's text is measured, but not read.
    fn command(self, members: Members<'_>, realm: Option<&Realm>) -> Result<Command, ParameterError> {
        let instance = || members.name("instanceId", InstanceId::parse);
        Ok(match self {
            Self::NewInstance => Command::Open(Open {
                order: members.order_line()?,
                proposed: members.name("businessId", InstanceId::parse)?,
                // Whoever can ask about the order does so before it is decided.
                facts: FactsSource::Catalog,
            }),
            Self::RefreshInstance => Command::Refresh(Refresh {
                instance: instance()?,
                scene: scene(members)?,
                order: members.order_line()?,
                product_id: members.optional_name("productId", ProductName::parse)?,
                ends_at: members.time("expireTime", 20)?,
            }),
            Self::UpdateInstanceStatus => match (instance()?, members.required("status", 32)?.as_str()) {
                (instance, "FREEZE") => Command::Freeze { instance },
                (instance, "UNFREEZE") => Command::Unfreeze { instance, by: Actor::Store },
                _ => return Err(ParameterError { member: "status", fault: Fault::Unknown }),
            },
            Self::ReleaseInstance => {
                members.optional_name("orderId", OrderId::parse)?;
                members.optional_name("orderLineId", LineId::parse)?;
                Command::Release { instance: instance()? }
            }
            Self::GetLicenseAsync => {
                let text = members.optional("deviceFingerprint", 1024)?;
                Command::Apply(Apply {
                    instance: instance()?,
                    event: members.name("eventId", EventId::parse)?,
                    effective: members.time("effectiveTime", 32)?,
                    expires: members.optional_time("expireTime", 32)?,
                    device: match realm {
                        Some(realm) => device_of(text.as_deref(), realm)?,
                        None => ApplyDevice::Absent,
                    },
                })
            }
            Self::QueryInstance => Command::Look { instances: queried(members)? },
            Self::UpgradeInstance => Command::Upgrade { instance: instance()?, order: members.order_line()? },
            Self::ChangeInstanceCheck => {
                Command::CheckChange { instance: instance()?, product: members.product_info()? }
            }
            Self::OrderNotify => Command::Notice { order: members.order_line()? },
        })
    }
}

/// The instance and the event that a command names.
fn subject(command: &Command) -> (Option<InstanceId>, Option<EventId>) {
    match command {
        Command::Apply(Apply { instance, event, .. }) => (Some(instance.clone()), Some(event.clone())),
        Command::Refresh(Refresh { instance, .. })
        | Command::Freeze { instance }
        | Command::Unfreeze { instance, .. }
        | Command::Release { instance }
        | Command::Upgrade { instance, .. }
        | Command::CheckChange { instance, .. } => (Some(instance.clone()), None),
        Command::Look { instances } if instances.len() == 1 => (instances.first().cloned(), None),
        _ => (None, None),
    }
}

fn rehearsal(command: Command) -> Rehearsal {
    match command {
        Command::Open(open) => Rehearsal::Opened(open.proposed),
        Command::Look { instances } => Rehearsal::Seen(instances),
        _ => Rehearsal::Plain,
    }
}

fn is_rehearsed(members: Members<'_>) -> Result<bool, ParameterError> {
    let unknown = ParameterError { member: "testFlag", fault: Fault::Unknown };
    match members.optional("testFlag", 2)?.as_deref() {
        Some("1") => Ok(true),
        Some("0") => Ok(false),
        // Present but empty is neither a real call nor a rehearsed one.
        None if members.0.get("testFlag").is_none() => Ok(false),
        _ => Err(unknown),
    }
}

fn scene(members: Members<'_>) -> Result<Scene, ParameterError> {
    match members.required("scene", 64)?.as_str() {
        "TRIAL_TO_FORMAL" => Ok(Scene::TrialToFormal),
        "RENEWAL" => Ok(Scene::Renewal),
        "RENEWAL_CHANGE" => Ok(Scene::RenewalChange),
        "UNSUBSCRIBE_RENEWAL_PERIOD" => Ok(Scene::CancelRenewal),
        _ => Err(ParameterError { member: "scene", fault: Fault::Unknown }),
    }
}

/// Ids joined by commas, in the order they were asked.
fn queried(members: Members<'_>) -> Result<Vec<InstanceId>, ParameterError> {
    let member = "instanceId";
    let text = members.required(member, MAX_QUERIED * 65 - 1)?;
    // R14
    if text.split(',').count() > MAX_QUERIED {
        return Err(ParameterError { member, fault: Fault::TooMany(MAX_QUERIED) });
    }
    let parse = |id: &str| InstanceId::parse(id.trim());
    text.split(',')
        .map(|id| parse(id).map_err(|error| ParameterError { member, fault: error.into() }))
        .collect()
}

#[cfg(test)]
mod tests {
    use license_core::UnixTime;
    use proptest::prelude::*;
    use serde_json::{Map, Value, json};

    use super::*;
    use crate::engine::ids::NameError;

    fn read(body: &Value) -> Result<Call, ParameterError> {
        let body = body.to_string();
        let body = Body::parse(body.as_bytes()).unwrap();
        Activity::of(&body)?.read(&body, &Realm::new("https://vendor.example"))
    }

    /// A good body of each call.
    fn bodies() -> Vec<Value> {
        let (order, line) = ("CS2211181819B4LVS", "CS2211181819B4LVS-000001");
        vec![
            json!({"activity": "newInstance", "orderId": order, "orderLineId": line, "businessId": "b"}),
            json!({"activity": "refreshInstance", "scene": "RENEWAL", "orderId": order, "orderLineId": line,
                   "instanceId": "i", "expireTime": "20271027103015000"}),
            json!({"activity": "updateInstanceStatus", "instanceId": "i", "status": "FREEZE"}),
            json!({"activity": "releaseInstance", "instanceId": "i"}),
            json!({"activity": "getLicenseAsync", "instanceId": "i", "eventId": "e",
                   "effectiveTime": "2026-10-27 10:30:15 z"}),
            json!({"activity": "queryInstance", "instanceId": "i,j"}),
            json!({"activity": "upgradeInstance", "instanceId": "i", "orderId": order, "orderLineId": line}),
            json!({"activity": "changeInstanceCheck", "instanceId": "i", "productInfo": {"skuCode": "s"}}),
            json!({"activity": "orderNotify", "orderId": order, "orderLineId": line}),
        ]
    }

    fn with(mut body: Value, member: &str, value: Value) -> Value {
        body[member] = value;
        body
    }

    #[test]
    fn every_call_is_read_and_rehearsed() {
        for (body, activity) in bodies().into_iter().zip(Activity::ALL) {
            assert_eq!(body["activity"], activity.as_str());
            assert!(matches!(read(&body).unwrap().intent, Intent::Act(_)), "{body}");
            assert!(matches!(
                read(&with(body.clone(), "testFlag", json!("0"))).unwrap().intent,
                Intent::Act(_)
            ));
            for flag in [json!("1"), json!(1)] {
                let call = read(&with(body.clone(), "testFlag", flag)).unwrap();
                assert!(matches!(call.intent, Intent::Rehearse(_)), "{body}");
            }
        }
    }

    /// R2, R4
    #[test]
    fn every_mandatory_member_is_missed_by_name_in_real_and_in_rehearsed_calls() {
        for body in bodies() {
            for (member, _) in body.as_object().unwrap() {
                for absent in [None, Some(Value::Null), Some(json!(" "))] {
                    let mut rest: Map<String, Value> = body.as_object().unwrap().clone();
                    rest.remove(member);
                    rest.extend(absent.map(|value| (member.clone(), value)));
                    for flag in ["0", "1"] {
                        let error =
                            read(&with(Value::Object(rest.clone()), "testFlag", json!(flag))).unwrap_err();
                        let expected_faults =
                            [Fault::Missing, Fault::Body(super::super::canonical::BodyError::NotAnObject)];
                        assert_eq!(error.member, member, "{body}");
                        assert!(expected_faults.contains(&error.fault), "{body} {error}");
                    }
                }
            }
        }
    }

    /// R2
    #[test]
    fn a_test_flag_is_one_of_two_words() {
        for flag in [json!("2"), json!(""), json!("true"), json!(true), json!(-1), json!("01"), json!("001")]
        {
            let error = read(&with(bodies()[0].clone(), "testFlag", flag)).unwrap_err();
            assert_eq!(error.member, "testFlag");
        }
        assert!(read(&with(bodies()[0].clone(), "testFlag", Value::Null)).is_ok());
    }

    /// R2
    #[test]
    fn unknown_words_are_refused_by_member() {
        let unknown = |member| Err(ParameterError { member, fault: Fault::Unknown });
        for (at, member) in [(0, "activity"), (1, "scene"), (2, "status")] {
            let body = with(bodies()[at].clone(), member, json!("freeze"));
            assert_eq!(read(&body).map(|call| call.instance), unknown(member));
        }
        assert!(
            read(&with(bodies()[0].clone(), "later", json!({"x": []}))).is_ok(),
            "unknown members are ignored"
        );
    }

    #[test]
    fn an_application_is_read_to_the_second() {
        let body = with(bodies()[4].clone(), "expireTime", json!("2027-10-27 10:30:15 Z"));
        let text = "04:7C:16:5E:E3:5D|001B_444A_488B_5CEC.||BFEBFBFF00090672";
        let Intent::Act(Command::Apply(apply)) =
            read(&with(body, "deviceFingerprint", json!(text))).unwrap().intent
        else {
            panic!("no application");
        };
        assert_eq!((apply.instance.as_str(), apply.event.as_str()), ("i", "e"));
        assert_eq!(apply.effective, UnixTime::from_secs(1_793_097_015));
        assert_eq!(apply.expires, Some(UnixTime::from_secs(1_824_633_015)));
        assert!(matches!(apply.device, ApplyDevice::Named(_)));
    }

    #[test]
    fn a_rehearsed_device_text_is_measured_and_not_read() {
        let rehearsed = with(bodies()[4].clone(), "testFlag", json!("1"));
        assert!(read(&with(rehearsed.clone(), "deviceFingerprint", json!("DF1-broken"))).is_ok());
        assert!(read(&with(rehearsed.clone(), "deviceFingerprint", json!("中".repeat(1024)))).is_ok());
        let error = read(&with(rehearsed, "deviceFingerprint", json!("x".repeat(1025)))).unwrap_err();
        assert_eq!(error.fault, Fault::TooLong(1024));
        let error = read(&with(bodies()[4].clone(), "deviceFingerprint", json!("DF1-broken"))).unwrap_err();
        assert_eq!(error.member, "deviceFingerprint");
    }

    /// R14
    #[test]
    fn one_to_a_hundred_instances_can_be_asked_about() {
        let ask = |ids: &str| match read(&with(bodies()[5].clone(), "instanceId", json!(ids)))?.intent {
            Intent::Act(Command::Look { instances }) => Ok(instances.len()),
            other => panic!("{other:?}"),
        };
        let ids = |n: usize| vec!["i".repeat(64); n].join(",");
        assert_eq!(ask("i"), Ok(1));
        assert_eq!(ask("i, j"), Ok(2));
        assert_eq!(ask(&ids(100)), Ok(100));
        let refused = |fault| Err(ParameterError { member: "instanceId", fault });
        assert_eq!(ask(&["i"; 101].join(",")), refused(Fault::TooMany(100)));
        assert_eq!(ask(&ids(101)), refused(Fault::TooLong(6499)));
        assert_eq!(ask("i,,j"), refused(Fault::Name(NameError::Empty)));
    }

    proptest! {
        #[test]
        fn any_member_gets_an_answer(at in 0_usize..9, member in "[a-zA-Z]{1,12}", text in "\\PC{0,70}") {
            let body = bodies()[at].clone();
            let names: Vec<_> = body.as_object().unwrap().keys().cloned().chain([member]).collect();
            for name in names {
                let _ = read(&with(body.clone(), &name, json!(text)));
            }
        }
    }
}
