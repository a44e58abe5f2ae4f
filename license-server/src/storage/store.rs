//! The handle that calls go through, and the one writer behind it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, PoisonError, RwLock};
use std::thread::JoinHandle;

use license_core::{Claims, UnixTime};
use tokio::sync::{mpsc, oneshot, watch};

use super::answers::{Answer, Answers};
use super::jobs::Jobs;
use super::pace::Pace;
use super::signer::Signer;
use super::{Database, StorageError};
use crate::clock_watch::ClockWatch;
use crate::engine::codes::CodeDigest;
use crate::engine::ids::OrderLine;
use crate::engine::request::{Command, Outcome, Request};
use crate::engine::{Policy, Rules};
use crate::keystore::KeyStore;
use crate::log_sampler::{self, Line};

/// How many calls may wait at most; fewer where it would take too long ([`Pace`]). Beyond that they are answered at once.
const QUEUE: usize = 4096;
/// How many calls share one transaction.
const BATCH: usize = 512;

/// What the writer goes by.
#[derive(Clone, Debug)]
pub struct StoreSettings {
    /// The vendor's rules.
    pub policy: SharedPolicy,
    /// The keys that sign.
    pub keys: KeyStore,
    /// The time, and whether it can be believed.
    pub clock: ClockWatch,
}

/// The vendor's rules as they are now; clones share them, and they can be replaced while the server runs.
#[derive(Clone, Debug)]
pub struct SharedPolicy(Arc<RwLock<Arc<Policy>>>);

impl From<Policy> for SharedPolicy {
    fn from(policy: Policy) -> Self {
        Self(Arc::new(RwLock::new(Arc::new(policy))))
    }
}

impl SharedPolicy {
    /// Those of now.
    #[must_use]
    pub fn current(&self) -> Arc<Policy> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Other ones from the next batch on.
    pub fn replace(&self, policy: Policy) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(policy);
    }
}

/// The one way to durable state. Cheap to clone; its threads end when the last clone is dropped.
#[derive(Clone, Debug)]
pub struct Store {
    queue: mpsc::Sender<Job>,
    pace: Arc<Pace>,
    looks: mpsc::Sender<Look>,
    committed: watch::Receiver<()>,
}

/// What a writer decides with.
struct Office {
    settings: StoreSettings,
    signer: Signer,
    answers: Answers<Outcome>,
    pace: Arc<Pace>,
    /// How many writers there are.
    writers: usize,
}

/// Something to be read.
type Look = Box<dyn FnOnce(&dyn Database) + Send>;
/// Something to be written that no call asks for.
type Work = Box<dyn FnOnce(&mut dyn Database) + Send>;

enum Job {
    Decide { request: Box<Request>, answer: Answer<Outcome> },
    Check { answer: Answer<()> },
    Work(Work),
}

impl Store {
    /// Starts a thread for each writer and one for the reader. They end when the last clone of the store is dropped.
    ///
    /// # Errors
    /// [`StorageError::Other`] when a thread cannot be started.
    pub fn start(
        writers: Vec<Box<dyn Database>>,
        reader: Box<dyn Database>,
        settings: StoreSettings,
    ) -> Result<(Self, Vec<JoinHandle<()>>), StorageError> {
        let (queue, jobs) = mpsc::channel(QUEUE);
        let (looks, asked) = mpsc::channel(QUEUE);
        let (told, committed) = watch::channel(());
        let (jobs, told) = (Arc::new(Jobs::new(jobs)), Arc::new(told));
        let (signer, signing) = Signer::start()?;
        let answers = Answers::start();
        let (pace, count) = (Arc::new(Pace::default()), writers.len());
        let mut threads =
            vec![thread("storage-reader", move || read_until_closed(&*reader, asked))?, signing];
        for writer in writers {
            let office = Office {
                settings: settings.clone(),
                signer: signer.clone(),
                answers: answers.clone(),
                pace: Arc::clone(&pace),
                writers: count,
            };
            let (jobs, told) = (Arc::clone(&jobs), Arc::clone(&told));
            threads.push(thread("storage", move || write_until_closed(writer, &office, &jobs, &told))?);
        }
        Ok((Self { queue, pace, looks, committed }, threads))
    }

    /// Decides a request and returns when its changes are on disk.
    ///
    /// # Errors
    /// [`StorageError`]; then nothing of it was written, or it is not known whether it was.
    pub async fn submit(&self, request: Request) -> Result<Outcome, StorageError> {
        if !self.pace.allows(self.queue.max_capacity() - self.queue.capacity()) {
            return Err(StorageError::Busy);
        }
        let (answer, answered) = oneshot::channel();
        self.enqueue(Job::Decide { request: Box::new(request), answer })?;
        answered.await.unwrap_or(Err(StorageError::Closed))
    }

    /// Whether storage can be written.
    ///
    /// # Errors
    /// [`StorageError`]
    pub async fn ready(&self) -> Result<(), StorageError> {
        let (answer, answered) = oneshot::channel();
        self.enqueue(Job::Check { answer })?;
        answered.await.unwrap_or(Err(StorageError::Closed))
    }

    /// Whether a license is to be delivered now.
    ///
    /// # Errors
    /// [`StorageError`]
    pub async fn has_due_deliveries(&self, now: UnixTime) -> Result<bool, StorageError> {
        self.read(move |reader| reader.has_due_deliveries(now)).await
    }

    /// Whether an order is to be read now.
    ///
    /// # Errors
    /// [`StorageError`]
    pub async fn has_due_inquiries(&self, now: UnixTime) -> Result<bool, StorageError> {
        self.read(move |reader| reader.has_due_inquiries(now)).await
    }

    /// Whether an order line has its instance.
    ///
    /// # Errors
    /// [`StorageError`]
    pub async fn is_open(&self, order: OrderLine) -> Result<bool, StorageError> {
        self.read(move |reader| reader.is_open(&order)).await
    }

    /// Whether an instance has this activation code; the writer is not asked.
    ///
    /// # Errors
    /// [`StorageError`]
    pub async fn has_code(&self, digest: CodeDigest) -> Result<bool, StorageError> {
        self.read(move |reader| reader.has_code(digest)).await
    }

    /// Tells of commits that may have made something due.
    #[must_use]
    pub fn commits(&self) -> watch::Receiver<()> {
        self.committed.clone()
    }

    /// Whether a license with these bytes was issued, whoever could have signed it; the writer is not asked.
    ///
    /// # Errors
    /// [`StorageError`]
    pub async fn has_issued(&self, license_id: String, text: String) -> Result<bool, StorageError> {
        self.read(move |reader| Ok(reader.license_text(&license_id)?.is_some_and(|kept| kept == text))).await
    }

    /// Does a little between two batches; callers wait meanwhile.
    ///
    /// # Errors
    /// [`StorageError`], or what `work` says.
    pub(crate) async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut dyn Database) -> Result<T, StorageError> + Send + 'static,
    ) -> Result<T, StorageError> {
        let (answer, answered) = oneshot::channel();
        // Whoever has gone away does not need the answer.
        self.enqueue(Job::Work(Box::new(move |db| drop(answer.send(work(db))))))?;
        answered.await.unwrap_or(Err(StorageError::Closed))
    }

    /// Reads beside the writers.
    ///
    /// # Errors
    /// [`StorageError`], or what `look` says.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        look: impl FnOnce(&dyn Database) -> Result<T, StorageError> + Send + 'static,
    ) -> Result<T, StorageError> {
        let (answer, answered) = oneshot::channel();
        // A caller that has gone away does not need the answer.
        let look: Look = Box::new(move |reader| drop(answer.send(look(reader))));
        self.looks.try_send(look).map_err(refused)?;
        answered.await.unwrap_or(Err(StorageError::Closed))
    }

    fn enqueue(&self, job: Job) -> Result<(), StorageError> {
        self.queue.try_send(job).map_err(refused)
    }
}

fn refused<T>(error: mpsc::error::TrySendError<T>) -> StorageError {
    match error {
        mpsc::error::TrySendError::Full(_) => StorageError::Busy,
        mpsc::error::TrySendError::Closed(_) => StorageError::Closed,
    }
}

pub(super) fn thread(
    name: &str,
    work: impl FnOnce() + Send + 'static,
) -> Result<JoinHandle<()>, StorageError> {
    let fault = |e: std::io::Error| StorageError::Other(format!("a thread cannot be started: {e}"));
    std::thread::Builder::new().name(name.into()).spawn(work).map_err(fault)
}

fn read_until_closed(reader: &dyn Database, mut asked: mpsc::Receiver<Look>) {
    while let Some(look) = asked.blocking_recv() {
        // A fault of the program must not end the reader; whoever asked is told that nobody answers.
        drop(catch_unwind(AssertUnwindSafe(|| look(reader))));
    }
}

fn write_until_closed(
    mut db: Box<dyn Database>,
    office: &Office,
    jobs: &Jobs<Job>,
    committed: &watch::Sender<()>,
) {
    let mut batch = Vec::with_capacity(BATCH);
    while let Some(at_work) = jobs.take(&mut batch, BATCH) {
        let (mut decisions, mut checks, mut works) =
            (Vec::with_capacity(batch.len()), Vec::new(), Vec::new());
        for job in batch.drain(..) {
            match job {
                // Whoever waited for it has given up already.
                Job::Decide { answer, .. } if answer.is_closed() => {}
                Job::Decide { request, answer } => decisions.push((request, answer)),
                Job::Check { answer } => checks.push(answer),
                Job::Work(work) => works.push(work),
            }
        }
        if !decisions.is_empty() {
            // Taking makes nothing due; telling the takers of it would keep them awake for ever.
            let is_news = decisions.iter().any(|(request, _)| !is_taking(&request.command));
            let (calls, from) = (decisions.len(), office.settings.clock.clock().instant());
            decide_batch(&mut *db, office, decisions);
            let took = office.settings.clock.clock().instant().saturating_duration_since(from);
            office.pace.note(calls, took, office.writers);
            if is_news {
                // Nobody waiting is no fault.
                let _ = committed.send(());
            }
        }
        // Calls need not gather while nothing but this is done.
        drop(at_work);
        // However many ask, it is tried once.
        if !checks.is_empty() {
            let writable = db.check_writable();
            checks.into_iter().for_each(|answer| drop(answer.send(writable.clone())));
        }
        for work in works {
            // A fault of the program must not end the writer; whoever asked is told that nobody answers.
            drop(catch_unwind(AssertUnwindSafe(|| work(&mut *db))));
        }
    }
}

/// Takes jobs, or makes none.
fn is_taking(command: &Command) -> bool {
    matches!(
        command,
        Command::TakeDeliveries { .. }
            | Command::TakeInquiries { .. }
            | Command::Activate(_)
            | Command::Renew(_)
            | Command::Deactivate(_)
    )
}

fn decide_batch(db: &mut dyn Database, office: &Office, decisions: Vec<(Box<Request>, Answer<Outcome>)>) {
    let requests: Vec<&Request> = decisions.iter().map(|(request, _)| &**request).collect();
    let calls = requests.len();
    let outcomes: Vec<Result<Outcome, StorageError>> = match decide(db, office, &requests) {
        Ok(outcomes) => outcomes.into_iter().map(Ok).collect(),
        Err(error) if error.may_be_of_one_request() => {
            if log_sampler::admits(Line::fault("storage", "batch")) {
                tracing::error!(%error, calls, "a batch could not be written; each call is tried alone");
            }
            let alone = decisions.iter().map(|(request, answer)| match answer.is_closed() {
                true => Err(StorageError::Closed),
                false => decide_alone(db, office, request),
            });
            alone.collect()
        }
        Err(error) => {
            if log_sampler::admits(Line::fault("storage", "calls")) {
                tracing::error!(%error, calls, "calls could not be written");
            }
            vec![Err(error); calls]
        }
    };
    office.answers.give(decisions.into_iter().map(|(_, answer)| answer).zip(outcomes).collect());
}

/// A fault of the program must not end the writer: the transaction is rolled back and the calls are answered.
fn decide(
    db: &mut dyn Database,
    office: &Office,
    requests: &[&Request],
) -> Result<Vec<Outcome>, StorageError> {
    let run = AssertUnwindSafe(|| with_rules(office, |rules| db.decide(rules, requests)));
    catch_unwind(run).unwrap_or_else(|_| Err(StorageError::Other("a fault of the program".into())))
}

fn decide_alone(db: &mut dyn Database, office: &Office, request: &Request) -> Result<Outcome, StorageError> {
    decide(db, office, &[request])?.into_iter().next().ok_or(StorageError::Closed)
}

fn with_rules<T>(office: &Office, run: impl FnOnce(&Rules<'_>) -> T) -> T {
    let Office { settings, signer, .. } = office;
    let key = settings.keys.signing_key();
    let sign = |claims: &Claims| match &key {
        Some(key) => Ok((signer.promise(key, claims)?, key.id().to_string())),
        None => Err("there is no signing key; run `license-server keys generate`".to_owned()),
    };
    let test = settings.keys.is_dev();
    let key_id = key.as_ref().map(|key| key.id().to_string());
    let policy = settings.policy.current();
    let rules = policy.rules(settings.clock.clock().now(), test, &sign);
    let forgets_answers = settings.clock.believed().is_ok();
    let keys_told = settings.keys.sequence().and_then(|sequence| i64::try_from(sequence).ok());
    run(&Rules { key_id: key_id.as_deref(), keys_told, forgets_answers, ..rules })
}
