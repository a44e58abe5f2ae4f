//! A toy's answers.

use std::sync::Arc;
use std::time::Duration;

use license_core::UnixTime;
use license_server::koogallery::times::parse_time;
use serde_json::{Value, json};

use super::book::{Application, Instance};
use super::{Shelf, ToyFault};

type Answer = Result<Value, &'static str>;

/// How long a call may wait for the store.
const BUDGET: Duration = Duration::from_millis(500);

/// Answers a call that was signed well, or says which code refuses it.
pub(super) async fn answer(shelf: &Arc<Shelf>, call: &Value) -> Answer {
    let read = Call(call);
    let members = read.members()?;
    if call["testFlag"] == "1" {
        if shelf.fault == Some(ToyFault::TestFlagWrites) {
            // What the debugging page sees is the same.
            let _ = act(shelf, &read, &members).await;
        }
        let mut reply = json!({ "resultCode": "000000" });
        if members.activity == "newInstance" {
            reply["instanceId"] = call["businessId"].clone();
        }
        return Ok(reply);
    }
    act(shelf, &read, &members).await
}

struct Call<'a>(&'a Value);

/// What every activity may have, checked.
struct Members {
    activity: String,
    order: String,
    line: String,
    instance: String,
    ends_at: Option<UnixTime>,
}

impl Call<'_> {
    /// A text of at most so many characters.
    fn text(&self, name: &str, most: usize) -> Result<String, &'static str> {
        let text = self.0[name].as_str().filter(|text| !text.is_empty()).ok_or("000002")?;
        if text.chars().count() <= most { Ok(text.to_owned()) } else { Err("000002") }
    }

    fn time(&self, name: &str) -> Result<UnixTime, &'static str> {
        parse_time(&self.text(name, 32)?).map_err(|_| "000002")
    }

    fn members(&self) -> Result<Members, &'static str> {
        let activity = self.text("activity", 64)?;
        let needs = |names: &[&str]| names.contains(&activity.as_str());
        let (mut order, mut line, mut instance, mut ends_at) = Default::default();
        if needs(&["newInstance", "refreshInstance", "upgradeInstance"]) {
            (order, line) = (self.text("orderId", 64)?, self.text("orderLineId", 64)?);
        }
        if activity != "newInstance" {
            instance = self.text("instanceId", if activity == "queryInstance" { 6500 } else { 64 })?;
        }
        let word = |name: &str, known: &[&str]| -> Result<(), &'static str> {
            if known.contains(&self.text(name, 64)?.as_str()) { Ok(()) } else { Err("000002") }
        };
        match activity.as_str() {
            "newInstance" => drop(self.text("businessId", 64)?),
            "refreshInstance" => {
                let scenes = ["TRIAL_TO_FORMAL", "RENEWAL", "RENEWAL_CHANGE", "UNSUBSCRIBE_RENEWAL_PERIOD"];
                word("scene", &scenes)?;
                ends_at = Some(self.time("expireTime")?);
            }
            "updateInstanceStatus" => word("status", &["FREEZE", "UNFREEZE"])?,
            "getLicenseAsync" => {
                self.text("eventId", 64)?;
                self.time("effectiveTime")?;
                ends_at = self.0.get("expireTime").map(|_| self.time("expireTime")).transpose()?;
            }
            _ => {}
        }
        Ok(Members { activity, order, line, instance, ends_at })
    }
}

async fn act(shelf: &Arc<Shelf>, call: &Call<'_>, members: &Members) -> Answer {
    let done = || Ok(json!({ "resultCode": "000000" }));
    match members.activity.as_str() {
        "newInstance" => return buy(shelf, call, members).await,
        "queryInstance" => return look(shelf, &members.instance),
        _ => {}
    }
    if !shelf.book().instances.contains_key(&members.instance) {
        return Err("000003");
    }
    match members.activity.as_str() {
        "refreshInstance" => {
            let ends_at = members.ends_at.ok_or("000002")?;
            with(shelf, &members.instance, |instance| {
                instance.renew(call.0["scene"].as_str().unwrap_or_default(), &members.order, ends_at);
            })?;
            done()
        }
        "updateInstanceStatus" => {
            let frozen = call.0["status"] == "FREEZE" && shelf.fault != Some(ToyFault::LostFreeze);
            with(shelf, &members.instance, |instance| instance.frozen = frozen)?;
            done()
        }
        "releaseInstance" => {
            shelf.book().instances.remove(&members.instance);
            done()
        }
        "upgradeInstance" => {
            let is_new =
                with(shelf, &members.instance, |instance| instance.upgrades.insert(members.order.clone()))?;
            if is_new {
                let facts = shelf.facts(&members.order, &members.line);
                let facts = tokio::time::timeout(BUDGET, facts).await.map_err(|_| "000005")?;
                with(shelf, &members.instance, |instance| instance.quantity = facts.quantity)?;
            }
            done()
        }
        "getLicenseAsync" => apply(shelf, call, members),
        _ => Err("000002"),
    }
}

fn with<T>(shelf: &Shelf, id: &str, change: impl FnOnce(&mut Instance) -> T) -> Result<T, &'static str> {
    shelf.book().instances.get_mut(id).map(change).ok_or("000003")
}

async fn buy(shelf: &Arc<Shelf>, call: &Call<'_>, members: &Members) -> Answer {
    let line = (members.order.clone(), members.line.clone());
    let proposed = call.text("businessId", 64)?;
    let (id, is_new) = {
        let mut book = shelf.book();
        let known =
            book.purchases.get(&line).filter(|_| shelf.fault != Some(ToyFault::ForgottenRepeat)).cloned();
        let is_new = known.is_none();
        let id = known.unwrap_or(proposed);
        book.purchases.insert(line, id.clone());
        book.instances.entry(id.clone()).or_default();
        (id, is_new)
    };
    if is_new {
        let (reading, id, order, line) =
            (Arc::clone(shelf), id.clone(), members.order.clone(), members.line.clone());
        let read = tokio::spawn(async move {
            let facts = reading.facts(&order, &line).await;
            // It may have been released meanwhile.
            let _ = with(&reading, &id, |instance| instance.facts = Some(facts));
            judge_waiting(&reading, &id);
        });
        let patience = if shelf.fault == Some(ToyFault::LateReply) { BUDGET * 40 } else { BUDGET };
        let _ = tokio::time::timeout(patience, read).await;
    }
    Ok(json!({ "resultCode": "000000", "instanceId": id }))
}

fn look(shelf: &Shelf, ids: &str) -> Answer {
    let book = shelf.book();
    let known = ids.split(',').filter(|id| book.instances.contains_key(*id));
    let info: Vec<_> = known
        .map(|id| json!({ "instanceId": id, "appInfo": { "frontEndUrl": "https://toy.example" } }))
        .collect();
    if info.is_empty() { Err("000003") } else { Ok(json!({ "resultCode": "000000", "info": info })) }
}

fn apply(shelf: &Arc<Shelf>, call: &Call<'_>, members: &Members) -> Answer {
    let device = call.text("deviceFingerprint", 1024).map_err(|_| "000903")?;
    let ends_at = members.ends_at.ok_or("000902")?;
    let key = (call.text("eventId", 64)?, device);
    let again = {
        let mut book = shelf.book();
        let again = book.applications.contains_key(&key);
        let instance = members.instance.clone();
        book.applications.entry(key.clone()).or_insert(Application { instance, ends_at, judged: None });
        again
    };
    judge(shelf, &key, again)
}

/// Judges an application if its order is known, and delivers what comes of it.
fn judge(shelf: &Arc<Shelf>, key: &(String, String), again: bool) -> Answer {
    let mut book = shelf.book();
    let book = &mut *book;
    let application = book.applications.get_mut(key).ok_or("000003")?;
    let instance = book.instances.get_mut(&application.instance).ok_or("000003")?;
    if instance.facts.is_none() {
        return Err("000004");
    }
    let forgets = shelf.fault == Some(ToyFault::ReSignedRepeat) && again;
    if application.judged.is_none() || (forgets && matches!(application.judged, Some(Ok(_)))) {
        book.licenses += 1;
        let license = format!("toy license {} of {}", book.licenses, key.0);
        let allowed = instance.judge(&key.1, application.ends_at, shelf.fault);
        if allowed.is_ok() {
            shelf.deliver(&key.0, license.clone());
        }
        application.judged = Some(allowed.map(|()| license));
    }
    match &application.judged {
        Some(Err(code)) => Err(code),
        _ => Ok(json!({ "resultCode": "000000" })),
    }
}

/// Judges what waited for an order.
fn judge_waiting(shelf: &Arc<Shelf>, instance: &str) {
    let book = shelf.book();
    let waits = |application: &Application| application.instance == instance && application.judged.is_none();
    let keys: Vec<_> =
        book.applications.iter().filter(|(_, known)| waits(known)).map(|(key, _)| key.clone()).collect();
    drop(book);
    for key in keys {
        // A refusal is told to whom asks again.
        let _ = judge(shelf, &key, false);
    }
}
