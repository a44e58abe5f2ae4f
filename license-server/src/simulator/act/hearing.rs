//! What a server answers, and whether it may.

use std::time::Duration;

use serde_json::Value;

use super::{Act, Done, IN_PROGRESS, OK};
use crate::simulator::caller::{Answer, LATE, Members, SignedCall, Unanswered};
use crate::simulator::fault::Fault;

const MAX_MESSAGE: usize = 255;

/// An answer in the store's form, in time.
#[derive(Clone, Debug)]
pub(in super::super) struct Heard {
    /// The call, for people.
    pub(in super::super) sent: String,
    /// All its members.
    pub(in super::super) json: Value,
    took: Duration,
}

impl Heard {
    /// `resultCode`
    pub(in super::super) fn code(&self) -> &str {
        self.json["resultCode"].as_str().unwrap_or_default()
    }

    /// `instanceId`, if it is one.
    pub(in super::super) fn instance(&self) -> Option<&str> {
        self.json["instanceId"].as_str().filter(|id| (1..=64).contains(&id.chars().count()))
    }

    /// 000000 or 000004.
    pub(in super::super) fn is_accepted(&self) -> bool {
        [OK, IN_PROGRESS].contains(&self.code())
    }

    /// The answer in a line.
    pub(in super::super) fn shown(&self) -> String {
        let message: String = self.json["resultMsg"].as_str().unwrap_or_default().chars().take(80).collect();
        let quoted = if message.is_empty() { message } else { format!(" \"{message}\"") };
        format!("{}{quoted} in {} ms", self.code(), self.took.as_millis())
    }
}

impl Act {
    /// Sends a call and hears the answer, whatever its code.
    pub(in super::super) async fn hear(&mut self, members: &Members) -> Done<Heard> {
        self.hear_call(&self.sign(members), &members.to_string()).await
    }

    /// Sends a call that was signed before.
    pub(in super::super) async fn hear_call(&mut self, call: &SignedCall, sent: &str) -> Done<Heard> {
        let answer = self.world.caller.send(call).await;
        self.understand(answer, sent)
    }

    /// Sends many calls at once.
    pub(in super::super) async fn hear_all(&mut self, calls: &[Members]) -> Done<Vec<Heard>> {
        let sent: Vec<_> = calls
            .iter()
            .map(|members| {
                let (world, call) = (self.world.clone(), self.sign(members));
                tokio::spawn(async move { world.caller.send(&call).await })
            })
            .collect();
        let mut heard = Vec::new();
        for (task, members) in sent.into_iter().zip(calls) {
            let answer = task.await.unwrap_or_else(|e| Err(Unanswered::Broken(e.to_string())));
            heard.push(self.understand(answer, &members.to_string())?);
        }
        Ok(heard)
    }

    /// Sends a call whose answer must have one of these codes; any other is the fault.
    pub(in super::super) async fn say(
        &mut self,
        members: &Members,
        codes: &[&str],
        other: Fault,
    ) -> Done<Heard> {
        let heard = self.hear(members).await?;
        self.judge(&heard, codes, other)?;
        Ok(heard)
    }

    /// Sends a call that must be refused with one of these codes; that it is accepted is the fault.
    pub(in super::super) async fn say_wrong(
        &mut self,
        call: &SignedCall,
        sent: &str,
        codes: &[&str],
        accepted: Fault,
    ) -> Done {
        let heard = self.hear_call(call, sent).await?;
        let fault = if heard.is_accepted() { accepted } else { Fault::WrongCode };
        self.judge(&heard, codes, fault)
    }

    /// Holds a code against those that are due.
    pub(in super::super) fn judge(&mut self, heard: &Heard, codes: &[&str], other: Fault) -> Done {
        let expected = codes.join(" or ");
        if codes.contains(&heard.code()) {
            self.note(&heard.sent, expected, heard.shown());
            return Ok(());
        }
        self.wrong(general(heard).unwrap_or(other), &heard.sent, expected, heard.shown())
    }

    fn understand(&mut self, answer: Result<Answer, Unanswered>, sent: &str) -> Done<Heard> {
        let in_form = "an answer in the store's form";
        let answer = match answer {
            Ok(answer) => answer,
            Err(error @ Unanswered::TimedOut(_)) => {
                return self.wrong(Fault::LateReply, sent, "an answer within 5 s", error);
            }
            Err(error) => return self.wrong(Fault::Unreachable, sent, in_form, error),
        };
        if answer.took > LATE {
            let came = format!("an answer after {:.1} s", answer.took.as_secs_f64());
            return self.wrong(Fault::LateReply, sent, "an answer within 5 s", came);
        }
        if answer.status != 200 {
            return self.wrong(Fault::HttpStatus, sent, "HTTP 200", format!("HTTP {}", answer.status));
        }
        match serde_json::from_slice::<Value>(&answer.body)
            .map_err(|_| "bytes that are no JSON")
            .and_then(in_store_form)
        {
            Ok(json) => Ok(Heard { sent: sent.to_owned(), json, took: answer.took }),
            Err(came) => self.wrong(Fault::NotJson, sent, in_form, came),
        }
    }
}

/// What a code says whatever the case is about.
pub(super) fn general(heard: &Heard) -> Option<Fault> {
    match heard.code() {
        "000001" => Some(Fault::GoodCallRefused),
        "000100" => Some(Fault::UnknownProduct),
        _ => None,
    }
}

fn in_store_form(json: Value) -> Result<Value, &'static str> {
    let code = json["resultCode"].as_str().ok_or("JSON without resultCode as text")?;
    if code.len() != 6 || !code.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err("a resultCode that is not six digits");
    }
    match &json["resultMsg"] {
        Value::Null => Ok(json),
        Value::String(text) if text.chars().count() <= MAX_MESSAGE => Ok(json),
        Value::String(_) => Err("a resultMsg of over 255 characters"),
        _ => Err("a resultMsg that is no text"),
    }
}
