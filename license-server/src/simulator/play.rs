//! A run: every case once, one after the other, and a last look at all of them.

use std::sync::atomic::AtomicI64;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::act::{Act, Promise, Stop, World};
use super::caller::{Caller, ProductionUrl, Unanswered};
use super::cases::{self, Case, Needs};
use super::chance::Chance;
use super::fault::Fault;
use super::report::{CaseResult, ONLY, Report, Verdict};
use super::store::{About, Behaviour, SimulatedStore};
use crate::clock::Clock;
use crate::config::Secret;

const PATIENCE: Duration = Duration::from_secs(20);

/// What is played, and against whom.
#[derive(Clone)]
pub struct Plan {
    /// The production URL.
    pub url: ProductionUrl,
    /// The access key that the calls are signed with.
    pub access_key: Secret,
    /// The simulator's time.
    pub clock: Clock,
    /// Where ids, nonces and devices come from: another seed for every run against the same server.
    pub seed: [u8; 16],
    /// The open API that the server under test works with; without it only what needs no uploads is played.
    pub store: Option<SimulatedStore>,
    /// The `skuCode` of its orders.
    pub sku: String,
    /// The `productId` of its orders.
    pub product_id: String,
    /// Only cases whose name or group contains this.
    pub only: Option<String>,
    /// How the open API behaves when no case asks for worse.
    pub base: Vec<Behaviour>,
    /// How long the upload of a license may take.
    pub patience: Duration,
}

impl Plan {
    /// Every case, with example products.
    #[must_use]
    pub fn new(url: ProductionUrl, access_key: Secret, clock: Clock, seed: [u8; 16]) -> Self {
        Self {
            url,
            access_key,
            clock,
            seed,
            store: None,
            sku: "simulated-sku".into(),
            product_id: "SIMULATED-PRODUCT".into(),
            only: None,
            base: Vec::new(),
            patience: PATIENCE,
        }
    }

    /// The same with an open API.
    #[must_use]
    pub fn with_store(self, store: SimulatedStore) -> Self {
        Self { store: Some(store), ..self }
    }

    /// Whether a case is asked for.
    #[must_use]
    pub fn asks_for(&self, case: &Case) -> bool {
        let Some(only) = &self.only else { return true };
        case.name.contains(only.as_str()) || case.group.contains(only.as_str())
    }
}

/// Plays the store against a server. `watch` sees every case as it ends; the last look may still change its verdict.
pub async fn play(plan: Plan, mut watch: impl FnMut(&CaseResult)) -> Report {
    let url = plan.url.to_string();
    let began = plan.clock.instant();
    let mut stage = match Stage::set(&plan) {
        Ok(stage) => stage,
        Err(error) => return unplayed(url, &plan, &error),
    };
    for case in cases::all() {
        let result = stage.play(&plan, case).await;
        watch(&result);
        stage.results.push(result);
    }
    stage.look_again();
    let mut deliveries = stage.world.deliveries.lock().unwrap_or_else(PoisonError::into_inner).clone();
    deliveries.sort_unstable();
    Report {
        url,
        upload_median_ms: deliveries.get(deliveries.len() / 2).copied().map(ms),
        deliveries: deliveries.len(),
        cases: stage.results,
        seconds: ms(since(&plan.clock, began)) / 1000.0,
    }
}

/// What is known so far.
struct Stage {
    world: Arc<World>,
    results: Vec<CaseResult>,
    /// What each case's events promise, by the case's place.
    promises: Vec<(usize, Promise)>,
    /// Why cases with such needs cannot be played.
    closed: Closed,
}

#[derive(Default)]
struct Closed {
    answers: Option<String>,
    uploads: Option<String>,
    orders: Option<String>,
}

impl Stage {
    fn set(plan: &Plan) -> Result<Self, Unanswered> {
        let caller = Caller::to(plan.url.clone(), plan.access_key.clone(), plan.clock.clone())?;
        let world = Arc::new(World {
            caller,
            chance: Chance::new(plan.seed),
            store: plan.store.clone(),
            sku: plan.sku.clone(),
            product_id: plan.product_id.clone(),
            begun: plan.clock.now(),
            orders: AtomicI64::new(0),
            base: plan.base.clone(),
            patience: plan.patience,
            deliveries: Mutex::new(Vec::new()),
        });
        world.calm();
        Ok(Self { world, results: Vec::new(), promises: Vec::new(), closed: Closed::default() })
    }

    async fn play(&mut self, plan: &Plan, case: &Case) -> CaseResult {
        let is_first = case.name == cases::FIRST;
        let wanted = plan.asks_for(case);
        let needs_upload = case.needs != Needs::Answers;
        if needs_upload && plan.store.is_none() {
            return without_playing(case, Verdict::LeftOut { reason: "--without-open-api".into() });
        }
        if !wanted && !is_first {
            return without_playing(case, Verdict::LeftOut { reason: ONLY.into() });
        }
        if let Some(reason) = self.closed.reason(case.needs) {
            return without_playing(case, Verdict::NotChecked { reason: reason.to_owned() });
        }
        let mut result = self.perform(plan, case).await;
        if is_first {
            result.verdict = self.closed.learn(&self.world, result.verdict);
        }
        match wanted {
            true => result,
            // It was played only to see whether the others can be.
            false => without_playing(case, Verdict::LeftOut { reason: ONLY.into() }),
        }
    }

    async fn perform(&mut self, plan: &Plan, case: &Case) -> CaseResult {
        let began = plan.clock.instant();
        let mut act = Act::new(Arc::clone(&self.world));
        let ended = match (case.play)(&mut act).await {
            Ok(()) => act.keep_promises(),
            stopped => stopped,
        };
        self.world.calm();
        let place = self.results.len();
        self.promises.extend(act.promises.into_iter().map(|promise| (place, promise)));
        let took = ms(since(&plan.clock, began));
        let verdict = ended.map_or_else(failed, |()| Verdict::Passed);
        CaseResult { steps: act.steps, ms: took, ..without_playing(case, verdict) }
    }

    /// A license may come long after its application was refused, and another one long after the first.
    fn look_again(&mut self) {
        for (place, promise) in &self.promises {
            let Some(case) = self.results.get_mut(*place) else { continue };
            if let (Verdict::Passed, Some(stop)) = (&case.verdict, self.world.broken(promise)) {
                case.verdict = failed(stop);
            }
        }
    }
}

impl Closed {
    fn reason(&self, needs: Needs) -> Option<&str> {
        let [answers, uploads, orders] = [&self.answers, &self.uploads, &self.orders].map(Option::as_deref);
        match needs {
            Needs::Answers => answers,
            Needs::Uploads => answers.or(uploads),
            Needs::Orders => answers.or(uploads).or(orders),
        }
    }

    /// What the first case shows of the server, so that one missing setting is not reported forty times.
    fn learn(&mut self, world: &World, verdict: Verdict) -> Verdict {
        if let Verdict::Failed { fault: fault @ (Fault::Unreachable | Fault::GoodCallRefused), .. } = &verdict
        {
            self.answers = Some(format!("{fault}, see {}", cases::FIRST));
            return verdict;
        }
        let Some(store) = &world.store else { return verdict };
        let counts = store.counts();
        let complaint =
            store.complaints().into_iter().find(|complaint| complaint.about != About::UnknownOrder);
        if counts.order_queries == 0 {
            let why =
                "the server never asked the open API for an order, so it cannot know quantity and period";
            self.orders = Some(why.into());
        }
        if counts.accepted > 0 {
            return verdict;
        }
        match complaint {
            Some(complaint) => {
                self.uploads = Some(format!("open-api-refused, see {}", cases::FIRST));
                failed(Stop {
                    fault: Fault::OpenApiRefused,
                    says: format!("no upload was taken; {}: {}", complaint.path, complaint.message),
                })
            }
            None if counts.uploads + counts.order_queries == 0 => {
                let reason = format!(
                    "no call came to the open API; let the server use {} as the store's, with the AK and SK of this run",
                    store.url()
                );
                self.uploads = Some(reason.clone());
                match verdict {
                    Verdict::Failed { fault: Fault::NoUpload, .. } => Verdict::NotChecked { reason },
                    other => other,
                }
            }
            None => {
                self.uploads = Some(format!("no license was uploaded, see {}", cases::FIRST));
                verdict
            }
        }
    }
}

fn failed(Stop { fault, says }: Stop) -> Verdict {
    Verdict::Failed { fault, says: format!("{says}. {}", fault.advice()) }
}

fn without_playing(case: &Case, verdict: Verdict) -> CaseResult {
    let Case { name, group, page, why, .. } = *case;
    CaseResult { name, group, page, why, verdict, steps: Vec::new(), ms: 0.0 }
}

fn unplayed(url: String, plan: &Plan, error: &Unanswered) -> Report {
    let verdict = |case: &Case| match case.name {
        cases::FIRST => failed(Stop { fault: Fault::Unreachable, says: error.to_string() }),
        _ => Verdict::NotChecked { reason: format!("{}, see {}", Fault::Unreachable, cases::FIRST) },
    };
    let cases = cases::all().filter(|case| plan.asks_for(case) || case.name == cases::FIRST);
    let cases = cases.map(|case| without_playing(case, verdict(case))).collect();
    Report { url, cases, upload_median_ms: None, deliveries: 0, seconds: 0.0 }
}

fn since(clock: &Clock, began: Instant) -> Duration {
    clock.instant().duration_since(began)
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}
