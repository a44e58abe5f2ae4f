//! One call from its bytes to its reply.

use std::fmt::Display;
use std::time::Duration;

use license_core::Realm;
use metrics::{counter, histogram};
use tracing::field::display;
use tracing::{error, info, warn};

use super::activity::{Activity, Call, Intent};
use super::canonical::Body;
use super::members::ParameterError;
use super::nonces::NonceLog;
use super::reply::{Reply, ResultCode};
use super::signature::{Authentic, authenticate};
use crate::clock::Clock;
use crate::config::Secret;
use crate::engine::ids::{EventId, InstanceId};
use crate::engine::request::{Outcome, ReplayKey, Request};
use crate::log_sampler::{self, Line};

/// How long storage may take: the store gives up after 5 s. What was begun goes on, and a repeat finds the answer.
pub(super) const BUDGET: Duration = crate::fault::patience(Duration::from_millis(3_500));

/// What answering a call takes, besides storage.
#[derive(Clone, Copy, Debug)]
pub(super) struct Desk<'a> {
    pub(super) clock: &'a Clock,
    pub(super) realm: &'a Realm,
    pub(super) keys: &'a [Secret],
    pub(super) nonces: &'a NonceLog,
    pub(super) budget: Duration,
}

/// What the log says of a call; nothing in it lets anybody in or names a machine.
#[derive(Default)]
struct Trail {
    activity: Option<Activity>,
    instance: Option<InstanceId>,
    event: Option<EventId>,
    rehearsed: bool,
}

impl Desk<'_> {
    /// Answers a call; `submit` hands a request to storage.
    pub(super) async fn answer<S, E>(
        &self,
        query: &str,
        raw: &[u8],
        submit: impl FnOnce(Request) -> S,
    ) -> Reply
    where
        S: Future<Output = Result<Outcome, E>>,
        E: Display,
    {
        let started = self.clock.instant();
        let mut trail = Trail::default();
        let reply = match self.open(query, raw, &mut trail) {
            // R4
            Ok((_, Call { intent: Intent::Rehearse(rehearsal), .. })) => Reply::of_rehearsal(rehearsal),
            Ok((signed, Call { intent: Intent::Act(command), .. })) => {
                let Authentic { signature, until, signed_at_ms, .. } = signed;
                // R5
                let replay = Some(ReplayKey { signature, until, signed_at_ms });
                decide(submit(Request { replay, entropy: rand::random(), command }), self.budget).await
            }
            Err(reply) => reply,
        };
        let elapsed = self.clock.instant().duration_since(started);
        trail.record(&reply, elapsed);
        reply
    }

    /// The call in the bytes, if the store signed it and it is complete.
    fn open(&self, query: &str, raw: &[u8], trail: &mut Trail) -> Result<(Authentic, Call), Reply> {
        let body = Body::parse(raw);
        let now_ms = self.clock.now_ms();
        let signed = authenticate(self.keys, query, raw, body.as_ref().ok(), now_ms)?;
        // R8
        if self.nonces.is_reused(&signed.nonce, signed.signature, now_ms) {
            warn!(key = signed.key, "a nonce came back under another signature");
        }
        let body = body.map_err(|error| ParameterError { member: "body", fault: error.into() })?;
        let activity = Activity::of(&body)?;
        trail.activity = Some(activity);
        let call = activity.read(&body, self.realm)?;
        trail.rehearsed = matches!(call.intent, Intent::Rehearse(_));
        trail.instance.clone_from(&call.instance);
        trail.event.clone_from(&call.event);
        Ok((signed, call))
    }
}

async fn decide<E: Display>(outcome: impl Future<Output = Result<Outcome, E>>, budget: Duration) -> Reply {
    // R3
    match tokio::time::timeout(budget, outcome).await {
        Ok(Ok(outcome)) => Reply::of_outcome(outcome),
        Ok(Err(error)) => {
            if log_sampler::admits(Line::fault("call", "storage")) {
                error!(%error, "storage did not answer");
            }
            Reply::internal()
        }
        Err(_) => {
            if log_sampler::admits(Line::fault("call", "storage is slow")) {
                error!("storage did not answer in time");
            }
            Reply::internal()
        }
    }
}

impl Trail {
    fn record(&self, reply: &Reply, elapsed: Duration) {
        let activity = self.activity.map_or("unknown", Activity::as_str);
        let instance = self.instance.as_ref().or(reply.instance.as_ref()).map(display);
        let event = self.event.as_ref().map(display);
        let ms = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX);
        // Anybody can send what the store did not sign.
        let is_strangers = reply.code == ResultCode::NotAuthentic;
        if !is_strangers || log_sampler::admits(Line::refused("call", reply.code.as_str())) {
            info!(
                activity,
                instance,
                event,
                rehearsed = self.rehearsed,
                code = reply.code.as_str(),
                ms,
                "call"
            );
        }
        counter!("koogallery_calls_total", "activity" => activity, "code" => reply.code.as_str())
            .increment(1);
        histogram!("koogallery_call_seconds", "activity" => activity).record(elapsed.as_secs_f64());
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::convert::Infallible;

    use data_encoding::HEXLOWER;
    use license_core::UnixTime;
    use serde_json::{Value, json};

    use super::*;
    use crate::engine::request::Command;
    use crate::koogallery::signature::sign;

    const NOW: i64 = 1_790_144_272_509;

    struct Shop {
        clock: Clock,
        realm: Realm,
        keys: Vec<Secret>,
        nonces: NonceLog,
        submitted: Cell<Option<Request>>,
    }

    impl Shop {
        fn open(now_ms: i64) -> Self {
            let (clock, _) = Clock::settable(now_ms);
            let keys = vec![Secret::from("old-key"), Secret::from("new-key")];
            let (realm, nonces) = (Realm::new("r"), NonceLog::default());
            Self { clock, realm, keys, nonces, submitted: Cell::new(None) }
        }

        fn desk(&self) -> Desk<'_> {
            let Self { clock, realm, keys, nonces, .. } = self;
            Desk { clock, realm, keys, nonces, budget: BUDGET }
        }

        fn signed(&self, body: &str) -> String {
            let timestamp = self.clock.now_ms().to_string();
            let signature = HEXLOWER.encode(&sign(&self.keys[1], "nonce", &timestamp, body.as_bytes()));
            format!("signature={signature}&timestamp={timestamp}&nonce=nonce")
        }

        /// A signed call to a storage that answers `outcome`.
        async fn call(&self, body: &Value, outcome: Outcome) -> Reply {
            let body = body.to_string();
            let submit = async |request| {
                self.submitted.set(Some(request));
                Ok::<_, Infallible>(outcome)
            };
            self.desk().answer(&self.signed(&body), body.as_bytes(), submit).await
        }
    }

    fn release() -> Value {
        json!({"activity": "releaseInstance", "instanceId": "i"})
    }

    /// R5
    #[tokio::test]
    async fn a_real_call_reaches_storage_with_the_key_to_its_answer() {
        let shop = Shop::open(NOW);
        assert_eq!(shop.call(&release(), Outcome::Done).await, Reply::ok());
        let request = shop.submitted.take().unwrap();
        assert!(matches!(request.command, Command::Release { instance } if instance.as_str() == "i"));
        let signature = sign(&shop.keys[1], "nonce", &NOW.to_string(), release().to_string().as_bytes());
        assert_eq!(
            request.replay,
            Some(ReplayKey { signature, until: UnixTime::from_secs(1_790_144_333), signed_at_ms: NOW })
        );
    }

    #[tokio::test]
    async fn two_calls_have_different_randomness() {
        let shop = Shop::open(NOW);
        shop.call(&release(), Outcome::Done).await;
        let first = shop.submitted.take().unwrap().entropy;
        shop.call(&release(), Outcome::Done).await;
        assert_ne!(shop.submitted.take().unwrap().entropy, first);
    }

    /// R4
    #[tokio::test]
    async fn rehearsed_calls_succeed_ten_years_on_and_never_reach_storage() {
        let shop = Shop::open(NOW + 10 * 365 * 86_400_000);
        for mut body in [
            json!({"activity": "newInstance", "orderId": "o", "orderLineId": "l", "businessId": "b"}),
            json!({"activity": "refreshInstance", "scene": "TRIAL_TO_FORMAL", "orderId": "o", "orderLineId": "l",
                   "instanceId": "i", "productId": "p", "expireTime": "20231027103015"}),
            json!({"activity": "updateInstanceStatus", "instanceId": "i", "status": "FREEZE"}),
            json!({"activity": "releaseInstance", "instanceId": "i", "orderId": "o", "orderLineId": "l"}),
            json!({"activity": "getLicenseAsync", "instanceId": "i", "eventId": "e", "deviceFingerprint": "x",
                   "effectiveTime": "2023-10-27 10:30:15 z", "expireTime": "2022-10-27 10:30:15 z"}),
        ] {
            body["testFlag"] = json!("1");
            let reply = shop.call(&body, Outcome::InProgress).await;
            assert_eq!(reply.code, ResultCode::Ok, "{body}");
            assert_eq!(reply.instance.is_some(), body["activity"] == "newInstance");
            assert!(shop.submitted.take().is_none());
        }
        let query = json!({"activity": "queryInstance", "instanceId": "a,b", "testFlag": "1"});
        assert_eq!(shop.call(&query, Outcome::Done).await.info.map(|info| info.len()), Some(2));
    }

    /// R1, R2
    #[tokio::test]
    async fn what_is_not_signed_or_not_complete_never_reaches_storage() {
        let shop = Shop::open(NOW);
        let refuse = async |query: &str, body: &[u8]| {
            let submit = async |_| -> Result<Outcome, Infallible> { panic!("submitted") };
            shop.desk().answer(query, body, submit).await
        };
        let body = release().to_string();
        assert_eq!(refuse("", body.as_bytes()).await.code, ResultCode::NotAuthentic);
        assert_eq!(refuse(&shop.signed("{}"), body.as_bytes()).await.code, ResultCode::NotAuthentic);
        for (body, message) in [
            ("", "body is not a JSON object"),
            ("[]", "body is not a JSON object"),
            ("{}", "activity is missing"),
            (r#"{"activity":"newInstance","activity":"newInstance"}"#, "body names a member twice"),
            (r#"{"activity":"getLicense"}"#, "activity is not a known value"),
            (r#"{"activity":"releaseInstance"}"#, "instanceId is missing"),
        ] {
            let reply = refuse(&shop.signed(body), body.as_bytes()).await;
            assert_eq!(reply, Reply::new(ResultCode::Parameter, message));
        }
    }

    /// R3
    #[tokio::test]
    async fn storage_that_fails_or_is_slow_is_an_internal_error_without_its_words() {
        let shop = Shop::open(NOW);
        let body = release().to_string();
        let query = shop.signed(&body);
        let failed = async |_| Err::<Outcome, _>("disk full at /var/lib");
        assert_eq!(shop.desk().answer(&query, body.as_bytes(), failed).await, Reply::internal());
        let slow = |_| std::future::pending::<Result<Outcome, Infallible>>();
        let desk = Desk { budget: Duration::ZERO, ..shop.desk() };
        assert_eq!(desk.answer(&query, body.as_bytes(), slow).await, Reply::internal());
    }
}
