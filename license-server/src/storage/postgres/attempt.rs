//! One batch, tried until it is done or its time is over.

use tokio::time::{Instant, sleep, timeout_at};

use super::session::{Session, Step};
use super::{BUDGET, LAST, PAUSE, Postgres, load, write};
use crate::engine::request::{Outcome, Request};
use crate::engine::{Rules, decide};
use crate::storage::{Param, StorageError};

/// The longest pause between two attempts.
const LONGEST_PAUSE: std::time::Duration = std::time::Duration::from_millis(200);

/// A transaction whose commit was sent and not answered.
struct Doubt {
    transaction: String,
    outcomes: Vec<Outcome>,
}

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
            let was_committed = was_committed(&mut session, &known.transaction).await?;
            if let Some(known) = doubt.take().filter(|_| was_committed) {
                self.keep(session);
                return Ok(known.outcomes);
            }
        }
        let (mut ledger, transaction) = match load::load(&mut session, rules.now, requests).await {
            Ok(loaded) => loaded,
            Err(error) => return self.give_up(session, error).await,
        };
        let outcomes: Vec<_> = requests.iter().map(|request| decide(&mut ledger, rules, request)).collect();
        let mut steps = match write::steps(rules.now, &ledger, requests.len()) {
            Ok(steps) => steps,
            Err(error) => return self.give_up(session, error).await,
        };
        steps.push(Step::new("COMMIT", Vec::new()));
        *doubt = Some(Doubt { transaction, outcomes });
        match session.run(&steps).await {
            Ok(_) => {
                self.keep(session);
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
}

/// What became of a transaction; an error while that is not known yet.
async fn was_committed(session: &mut Session, transaction: &str) -> Result<bool, StorageError> {
    let query = "SELECT pg_xact_status(CAST(?1 AS text)::xid8)";
    let found = session.query(query, &[Param::Text(transaction)]).await?;
    let status = found.first().map(|row| row.try_get::<_, Option<&str>>(0)).transpose()?.flatten();
    match status {
        Some("committed") => Ok(true),
        Some("aborted") => Ok(false),
        _ => Err(StorageError::Unknown),
    }
}
