//! Durable jobs: taken from storage for a while, done a few at a time, settled.
//!
//! A job that waits for the network ties up no thread, only one of a limited number of places. Whatever is not settled
//! (a crash, storage that fails) is taken again when its lease is over.

use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::storage::StorageError;

/// How long an idle worker sleeps at most: a retry may have become due, or an operator's command may have made it so.
const IDLE: Duration = Duration::from_secs(1);

/// How long attempts that are under way may take once the server is to stop.
const FINISHED_WITHIN: Duration = Duration::from_secs(6);

/// A kind of job.
pub(crate) trait Jobs: Clone + Send + Sync + 'static {
    /// One of them.
    type Job: Send + 'static;
    /// For the log.
    const NAME: &'static str;
    /// How many are done at the same time.
    const AT_ONCE: usize;

    /// Whether any is due now.
    fn is_due(&self) -> impl Future<Output = Result<bool, StorageError>> + Send;
    /// Takes at most `limit` that are due.
    fn take(&self, limit: u32) -> impl Future<Output = Result<Vec<Self::Job>, StorageError>> + Send;
    /// Does one and settles it.
    fn run(&self, job: Self::Job) -> impl Future<Output = ()> + Send;
}

/// Does what is due until `stop` becomes true; what is under way then is finished.
pub(crate) async fn work<J: Jobs>(
    jobs: J,
    mut commits: watch::Receiver<()>,
    mut stop: watch::Receiver<bool>,
) {
    let mut under_way = JoinSet::new();
    while !*stop.borrow() {
        commits.mark_unchanged();
        let free = J::AT_ONCE - under_way.len();
        match take(&jobs, free).await {
            Ok(taken) => {
                for job in taken {
                    let jobs = jobs.clone();
                    under_way.spawn(async move { jobs.run(job).await });
                }
            }
            Err(error) => {
                tracing::error!(%error, jobs = J::NAME, "jobs cannot be read; they wait");
            }
        }
        tokio::select! {
            changed = stop.changed() => {
                // Nobody left who could say so is a reason to stop as well.
                if changed.is_err() {
                    break;
                }
            }
            changed = commits.changed(), if under_way.len() < J::AT_ONCE => {
                if changed.is_err() {
                    break;
                }
            }
            Some(ended) = under_way.join_next() => report::<J>(ended),
            () = tokio::time::sleep(IDLE) => {}
        }
        while let Some(ended) = under_way.try_join_next() {
            report::<J>(ended);
        }
    }
    let finished = async {
        while let Some(ended) = under_way.join_next().await {
            report::<J>(ended);
        }
    };
    if tokio::time::timeout(FINISHED_WITHIN, finished).await.is_err() {
        tracing::warn!(
            jobs = J::NAME,
            left = under_way.len(),
            "attempts without an answer are left; they are taken again"
        );
        under_way.shutdown().await;
    }
}

async fn take<J: Jobs>(jobs: &J, free: usize) -> Result<Vec<J::Job>, StorageError> {
    if free == 0 || !jobs.is_due().await? {
        return Ok(Vec::new());
    }
    jobs.take(u32::try_from(free).unwrap_or(u32::MAX)).await
}

/// A fault of the program ends one job's attempt, not the worker; the job's lease ends by itself.
fn report<J: Jobs>(ended: Result<(), tokio::task::JoinError>) {
    if let Err(error) = ended {
        tracing::error!(%error, jobs = J::NAME, "an attempt ended by a fault of the program");
    }
}
