//! One connection: statements are prepared once, and many are sent before the first answer is awaited.

use std::collections::HashMap;

use futures_util::future::join_all;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, Row, Statement};

use super::PostgresAddress;
use super::tls::Tls;
use crate::storage::copying::COPYING;
use crate::storage::{Param, Statement as Asked, StorageError};

/// Everything that is asked here is found by an index, whatever the statistics of a young table say. A server that is
/// gone leaves its locks to the others soon, and nothing waits for ever.
const SETTINGS: &str = "SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off; \
     SET plan_cache_mode = force_generic_plan; SET jit = off; SET lock_timeout = '1500ms'; \
     SET statement_timeout = '2500ms'; SET idle_in_transaction_session_timeout = '5s'; \
     SET client_min_messages = warning";
/// Whole tables are read, in the order of their keys, and nobody waits for an answer.
const COPIER_SETTINGS: &str = "SET enable_seqscan = off; SET enable_bitmapscan = off; SET enable_sort = off; \
     SET plan_cache_mode = force_generic_plan; SET jit = off; SET lock_timeout = '30s'; \
     SET statement_timeout = '10min'; SET client_min_messages = warning";
/// What operators ask may read whole tables.
const READER_SETTINGS: &str = "SET statement_timeout = '30s'; SET default_transaction_read_only = on; SET client_min_messages = warning";

/// How many statements are kept prepared, at most. Batches that change other tables are other statements.
const PREPARED: usize = 128;

/// A value that is sent.
pub(super) type Value = Box<dyn ToSql + Sync + Send>;

/// A statement and its values.
pub(super) struct Step {
    pub(super) statement: String,
    pub(super) values: Vec<Value>,
}

impl Step {
    pub(super) fn new(statement: impl Into<String>, values: Vec<Value>) -> Self {
        Self { statement: statement.into(), values }
    }
}

/// What a connection is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Use {
    /// Batches.
    Writing,
    /// Operators' and workers' looks.
    Reading,
    /// Another database is copied into this one.
    Copying,
}

pub(super) struct Session {
    client: Client,
    statements: HashMap<String, Statement>,
}

impl Session {
    pub(super) async fn connect(address: &PostgresAddress, tls: &Tls, of: Use) -> Result<Self, StorageError> {
        let (client, connection) = address.config.connect(tls.clone()).await?;
        // It ends with the client; what it has to say, every query says as well.
        tokio::spawn(async move { drop(connection.await) });
        let settings = match of {
            Use::Writing => SETTINGS,
            Use::Reading => READER_SETTINGS,
            Use::Copying => COPIER_SETTINGS,
        };
        client.batch_execute(settings).await?;
        Ok(Self { client, statements: HashMap::new() })
    }

    pub(super) fn is_closed(&self) -> bool {
        self.client.is_closed()
    }

    /// Makes the row of a writer, and forgets those that were not seen for a month. Where another database is being
    /// copied to, there are no writers: a copy marks the database and then deletes their rows.
    pub(super) async fn introduce(&mut self, id: &[u8]) -> Result<(), StorageError> {
        let forget = "DELETE FROM writer WHERE seen_at < extract(epoch FROM now()) - 30 * 86400 AND id <> ?1";
        self.query(forget, &[Param::Bytes(Some(id))]).await?;
        let insert = "INSERT INTO writer (id, batch, seen_at) VALUES (?1, 0, extract(epoch FROM now())) \
             ON CONFLICT (id) DO NOTHING";
        self.query(insert, &[Param::Bytes(Some(id))]).await?;
        // After the row is there: a copy that begins now finds it.
        let copying = "SELECT 1 FROM setting WHERE name = ?1";
        let marked = self.query(copying, &[Param::Text(COPYING)]).await?;
        if marked.is_empty() { Ok(()) } else { Err(StorageError::HalfCopied) }
    }

    /// Several statements without values.
    pub(super) async fn script(&self, statements: &str) -> Result<(), StorageError> {
        Ok(self.client.batch_execute(statements).await?)
    }

    /// Sends all steps at once; they are carried out one after the other.
    pub(super) async fn run(&mut self, steps: &[Step]) -> Result<Vec<Vec<Row>>, StorageError> {
        let mut prepared = Vec::with_capacity(steps.len());
        for step in steps {
            prepared.push(self.prepare(&step.statement, &[]).await?);
        }
        let values: Vec<Vec<&(dyn ToSql + Sync)>> = steps
            .iter()
            .map(|step| step.values.iter().map(|value| &**value as &(dyn ToSql + Sync)).collect())
            .collect();
        let asked =
            prepared.iter().zip(&values).map(|(statement, values)| self.client.query(statement, values));
        // The first one that failed says why; those after it only say that it did.
        Ok(join_all(asked).await.into_iter().collect::<Result<_, _>>()?)
    }

    /// One query with values of the kinds that both databases know.
    pub(super) async fn query(
        &mut self,
        query: &str,
        params: &[Param<'_>],
    ) -> Result<Vec<Row>, StorageError> {
        let types: Vec<Type> = params.iter().map(type_of).collect();
        let statement = self.prepare(query, &types).await?;
        Ok(self.client.query(&statement, &values(params)).await?)
    }

    /// One statement for each set of values, in one transaction.
    pub(super) async fn execute(
        &mut self,
        statement: &str,
        sets: &[&[Param<'_>]],
    ) -> Result<(), StorageError> {
        let types: Vec<Type> = sets.first().into_iter().flat_map(|set| set.iter().map(type_of)).collect();
        let statement = self.prepare(statement, &types).await?;
        self.script("BEGIN").await?;
        let written = async {
            for some in sets.chunks(512) {
                let values: Vec<_> = some.iter().map(|set| values(set)).collect();
                let asked = values.iter().map(|values| self.client.execute(&statement, values));
                join_all(asked).await.into_iter().collect::<Result<Vec<_>, _>>()?;
            }
            Ok(())
        };
        let written = written.await;
        self.script(if written.is_ok() { "COMMIT" } else { "ROLLBACK" }).await?;
        written
    }

    /// Statements in one transaction; how many rows each changed.
    pub(super) async fn carry_out(&mut self, asked: &[Asked<'_>]) -> Result<Vec<u64>, StorageError> {
        let mut prepared = Vec::with_capacity(asked.len());
        for Asked { text, params } in asked {
            let types: Vec<Type> = params.iter().map(type_of).collect();
            prepared.push((self.prepare(text, &types).await?, values(params)));
        }
        self.script("BEGIN").await?;
        let sent = prepared.iter().map(|(statement, values)| self.client.execute(statement, values));
        let changed: Result<Vec<u64>, StorageError> =
            join_all(sent).await.into_iter().map(|rows| Ok(rows?)).collect();
        self.script(if changed.is_ok() { "COMMIT" } else { "ROLLBACK" }).await?;
        changed
    }

    async fn prepare(&mut self, text: &str, types: &[Type]) -> Result<Statement, StorageError> {
        if let Some(known) = self.statements.get(text) {
            return Ok(known.clone());
        }
        if self.statements.len() >= PREPARED {
            // What is asked often is soon prepared again.
            self.statements.clear();
        }
        let statement = self.client.prepare_typed(&numbered(text), types).await?;
        self.statements.insert(text.to_owned(), statement.clone());
        Ok(statement)
    }
}

/// `?1` is `$1` here; no text of this program has another question mark.
fn numbered(query: &str) -> String {
    query.replace('?', "$")
}

fn type_of(param: &Param<'_>) -> Type {
    match param {
        Param::Int(_) | Param::MaybeInt(_) => Type::INT8,
        Param::Text(_) | Param::MaybeText(_) => Type::TEXT,
        Param::Bytes(_) => Type::BYTEA,
    }
}

fn values<'a>(params: &'a [Param<'a>]) -> Vec<&'a (dyn ToSql + Sync)> {
    let value = |param: &'a Param<'a>| -> &'a (dyn ToSql + Sync) {
        match param {
            Param::Int(number) => number,
            Param::MaybeInt(number) => number,
            Param::Text(text) => text,
            Param::MaybeText(text) => text,
            Param::Bytes(bytes) => bytes,
        }
    };
    params.iter().map(value).collect()
}
