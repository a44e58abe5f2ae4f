//! One batch, tried until it is done or its time is over.

use std::sync::atomic::Ordering;

use tokio::time::{Instant, sleep, timeout_at};

use super::session::{Session, Step};
use super::{BUDGET, LAST, PAUSE, Postgres, load, write};
use crate::engine::request::{Outcome, Request};
use crate::engine::{Rules, decide};
use crate::storage::{Param, StorageError};

/// The longest pause between two attempts.
const LONGEST_PAUSE: std::time::Duration = std::time::Duration::from_millis(200);

/// A batch whose commit was sent and not answered.
struct Doubt {
    batch: i64,
    outcomes: Vec<Outcome>,
}

/// Notes the batch in its own transaction; one that was given up meanwhile divides by zero.
const NOTE: &str = "WITH noted AS (UPDATE writer SET batch = ?2::bigint, seen_at = ?3::bigint WHERE id = ?1::bytea AND batch < ?2::bigint \
     RETURNING batch) SELECT 1 / count(*) FROM noted";

/// Waits for the batch if it is under way, and gives it up if it is not committed.
const SETTLE: &str = "UPDATE writer SET batch = CASE WHEN batch = ?2 THEN batch ELSE ?2 + 1 END \
     WHERE id = ?1 RETURNING batch";

impl Postgres {
    /// Tries again what another server or a lost connection was in the way of.
    pub(super) async fn decide_in_time(
        &self,
        rules: &Rules<'_>,
        requests: &[&Request],
    ) -> Result<Vec<Outcome>, StorageError> {
        let until = Instant::now() + BUDGET;
        let (mut doubt, mut pause) = (None, PAUSE);
        loop {
            let attempt = timeout_at(until + LAST, self.attempt(rules, requests, &mut doubt)).await;
            let error = match attempt {
                Ok(Ok(outcomes)) => return Ok(outcomes),
                Ok(Err(error)) => error,
                Err(_) => StorageError::Slow("no answer in time".into()),
            };
            let is_refused = self.is_away && matches!(error, StorageError::Unreachable(_));
            let goes_on = doubt.is_some() || error.passes() && !is_refused;
            if !goes_on || Instant::now() + pause >= until {
                return Err(if doubt.is_some() { StorageError::Unknown } else { error });
            }
            tracing::debug!(%error, "a batch is tried again");
            // Two servers that met must not meet again.
            sleep(pause.mul_f64(0.5 + rand::random::<f64>())).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    async fn attempt(
        &self,
        rules: &Rules<'_>,
        requests: &[&Request],
        doubt: &mut Option<Doubt>,
    ) -> Result<Vec<Outcome>, StorageError> {
        let mut session = self.session().await?;
        if let Some(known) = doubt.as_ref() {
            let was_committed = self.was_committed(&mut session, known.batch).await?;
            if let Some(known) = doubt.take().filter(|_| was_committed) {
                self.keep(session);
                return Ok(known.outcomes);
            }
        }
        let mut ledger = match load::load(&mut session, rules.now, requests).await {
            Ok(loaded) => loaded,
            Err(error) => return self.give_up(session, error).await,
        };
        let outcomes: Vec<_> = requests.iter().map(|request| decide(&mut ledger, rules, request)).collect();
        // The number after it is for giving it up.
        let batch = self.batches.fetch_add(2, Ordering::Relaxed);
        let mut steps = vec![Step::new(
            NOTE,
            vec![Box::new(self.id.to_vec()), Box::new(batch), Box::new(rules.now.as_secs())],
        )];
        match write::steps(rules.now, &ledger) {
            Ok(written) => steps.extend(written),
            Err(error) => return self.give_up(session, error).await,
        }
        let forgetting =
            self.forgotten.step(batch, rules.now, requests.len()).filter(|_| rules.forgets_answers);
        let forgets = forgetting.is_some().then_some(steps.len());
        steps.extend(forgetting);
        steps.push(Step::new("COMMIT", Vec::new()));
        *doubt = Some(Doubt { batch, outcomes });
        match session.run(&steps).await {
            Ok(answers) => {
                self.keep(session);
                self.forgotten.note(forgets.and_then(|at| answers.get(at)));
                doubt.take().map(|known| known.outcomes).ok_or(StorageError::Unknown)
            }
            Err(error @ StorageError::Unreachable(_)) => Err(error),
            // It was answered: a transaction that failed before its commit is rolled back by it.
            Err(error) => {
                *doubt = None;
                self.keep_unless_lost(session, &Err::<(), _>(error.clone()));
                Err(error)
            }
        }
    }

    /// Ends a transaction that changed nothing.
    async fn give_up<T>(&self, session: Session, error: StorageError) -> Result<T, StorageError> {
        let is_open = !matches!(error, StorageError::Unreachable(_) | StorageError::ReadOnly);
        if is_open && session.script("ROLLBACK").await.is_ok() {
            self.keep(session);
        }
        Err(error)
    }

    async fn was_committed(&self, session: &mut Session, batch: i64) -> Result<bool, StorageError> {
        let found = session.query(SETTLE, &[Param::Bytes(Some(&self.id)), Param::Int(batch)]).await?;
        let noted: i64 = found.first().ok_or(StorageError::Unknown)?.try_get(0)?;
        Ok(noted == batch)
    }
}
