//! The handle that calls go through, and the one writer behind it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use license_core::{Claims, UnixTime};
use tokio::sync::{mpsc, oneshot, watch};

use super::{Sqlite, StorageError};
use crate::clock::Clock;
use crate::engine::codes::CodeDigest;
use crate::engine::ids::OrderLine;
use crate::engine::request::{Command, Outcome, Request};
use crate::engine::{Policy, Rules};
use crate::keystore::KeyStore;

/// How many calls may wait; a full queue is answered at once rather than late.
const QUEUE: usize = 4096;
/// How many calls share one transaction.
const BATCH: usize = 512;

/// What the writer goes by.
#[derive(Clone, Debug)]
pub struct StoreSettings {
    /// The vendor's rules.
    pub policy: Arc<Policy>,
    /// The keys that sign.
    pub keys: KeyStore,
    /// The time.
    pub clock: Clock,
}

/// The one way to durable state. Cheap to clone; the writer ends when the last clone is dropped.
#[derive(Clone, Debug)]
pub struct Store {
    queue: mpsc::Sender<Job>,
    reader: Arc<Mutex<Sqlite>>,
    committed: watch::Receiver<()>,
}

#[derive(Debug)]
enum Job {
    Decide { request: Box<Request>, answer: Answer<Outcome> },
    Check { answer: Answer<()> },
}

type Answer<T> = oneshot::Sender<Result<T, StorageError>>;

impl Store {
    /// Starts the writer on its own thread, which ends when the last clone of the store is dropped.
    ///
    /// # Errors
    /// [`StorageError::Other`] when the thread cannot be started.
    pub fn start(
        writer: Sqlite,
        reader: Sqlite,
        settings: StoreSettings,
    ) -> Result<(Self, JoinHandle<()>), StorageError> {
        let (queue, jobs) = mpsc::channel(QUEUE);
        let (told, committed) = watch::channel(());
        let thread = std::thread::Builder::new()
            .name("storage".into())
            .spawn(move || write_until_closed(writer, &settings, jobs, &told))
            .map_err(|e| StorageError::Other(format!("the writer thread cannot be started: {e}")))?;
        Ok((Self { queue, reader: Arc::new(Mutex::new(reader)), committed }, thread))
    }

    /// Decides a request and returns when its changes are on disk.
    ///
    /// # Errors
    /// [`StorageError`]; then nothing of it was written, or it is not known whether it was.
    pub async fn submit(&self, request: Request) -> Result<Outcome, StorageError> {
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

    async fn read<T: Send + 'static>(
        &self,
        look: impl FnOnce(&Sqlite) -> Result<T, StorageError> + Send + 'static,
    ) -> Result<T, StorageError> {
        let reader = Arc::clone(&self.reader);
        let read = move || look(&reader.lock().unwrap_or_else(PoisonError::into_inner));
        tokio::task::spawn_blocking(read).await.unwrap_or(Err(StorageError::Closed))
    }

    fn enqueue(&self, job: Job) -> Result<(), StorageError> {
        self.queue.try_send(job).map_err(|e| match e {
            mpsc::error::TrySendError::Full(_) => StorageError::Busy,
            mpsc::error::TrySendError::Closed(_) => StorageError::Closed,
        })
    }
}

fn write_until_closed(
    mut db: Sqlite,
    settings: &StoreSettings,
    mut jobs: mpsc::Receiver<Job>,
    committed: &watch::Sender<()>,
) {
    let mut batch = Vec::with_capacity(BATCH);
    while jobs.blocking_recv_many(&mut batch, BATCH) > 0 {
        let (mut decisions, mut checks) = (Vec::with_capacity(batch.len()), Vec::new());
        for job in batch.drain(..) {
            match job {
                Job::Decide { request, answer } => decisions.push((request, answer)),
                Job::Check { answer } => checks.push(answer),
            }
        }
        if !decisions.is_empty() {
            // Taking makes nothing due; telling the takers of it would keep them awake for ever.
            let is_news = decisions.iter().any(|(request, _)| !is_taking(&request.command));
            decide_batch(&mut db, settings, decisions);
            if is_news {
                // Nobody waiting is no fault.
                let _ = committed.send(());
            }
        }
        // However many ask, it is tried once.
        if !checks.is_empty() {
            let writable = db.check_writable();
            checks.into_iter().for_each(|answer| drop(answer.send(writable.clone())));
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
            | Command::Deactivate { .. }
    )
}

fn decide_batch(db: &mut Sqlite, settings: &StoreSettings, decisions: Vec<(Box<Request>, Answer<Outcome>)>) {
    let requests: Vec<&Request> = decisions.iter().map(|(request, _)| &**request).collect();
    let calls = requests.len();
    let outcomes: Vec<Result<Outcome, StorageError>> = match decide(db, settings, &requests) {
        Ok(outcomes) => outcomes.into_iter().map(Ok).collect(),
        Err(error) if error.may_be_of_one_request() => {
            tracing::error!(%error, calls, "a batch could not be written; each call is tried alone");
            requests.iter().map(|request| decide_alone(db, settings, request)).collect()
        }
        Err(error) => {
            tracing::error!(%error, calls, "calls could not be written");
            vec![Err(error); calls]
        }
    };
    for ((_, answer), outcome) in decisions.into_iter().zip(outcomes) {
        // A caller that has gone away does not need the answer; what was decided stays.
        drop(answer.send(outcome));
    }
}

/// A fault of the program must not end the writer: the transaction is rolled back and the calls are answered.
fn decide(
    db: &mut Sqlite,
    settings: &StoreSettings,
    requests: &[&Request],
) -> Result<Vec<Outcome>, StorageError> {
    let run = AssertUnwindSafe(|| with_rules(settings, |rules| db.decide(rules, requests)));
    catch_unwind(run).unwrap_or_else(|_| Err(StorageError::Other("a fault of the program".into())))
}

fn decide_alone(
    db: &mut Sqlite,
    settings: &StoreSettings,
    request: &Request,
) -> Result<Outcome, StorageError> {
    decide(db, settings, &[request])?.into_iter().next().ok_or(StorageError::Closed)
}

fn with_rules<T>(settings: &StoreSettings, run: impl FnOnce(&Rules<'_>) -> T) -> T {
    let key = settings.keys.signing_key();
    let sign = |claims: &Claims| match &key {
        Some(key) => key.issue(claims).map(|token| (token, key.id().to_string())).map_err(|e| e.to_string()),
        None => Err("there is no signing key; run `license-server keys generate`".to_owned()),
    };
    let test = settings.keys.is_dev();
    let key_id = key.as_ref().map(|key| key.id().to_string());
    let rules = settings.policy.rules(settings.clock.now(), test, &sign);
    run(&Rules { key_id: key_id.as_deref(), ..rules })
}
