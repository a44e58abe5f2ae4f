//! Inserts rows into a schema of its own of the same PostgreSQL, one statement for each table and transaction.

use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::future::join_all;
use license_server::clock::Clock;
use license_server::storage::{Postgres, PostgresAddress};
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, NoTls, Statement};

use super::batches::Batch;
use super::rows::{Cell, Kind, Row, Sample, Table};
use crate::place::{postgres_config, with_schema};
use crate::telling::Telling;

/// As the server plans: the statistics of a young table say nothing. How commits are made is the database's own setting.
const SETTINGS: &str = "SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off; \
     SET plan_cache_mode = force_generic_plan; SET jit = off; SET client_min_messages = warning";
/// Schemas that an interrupted run left behind begin so.
const SCHEMA: &str = "license_load_bare";

/// Inserts the batches over one connection; how long that took. Blocks.
pub(super) fn insert(
    url: &str,
    sample: &Sample,
    batches: &[Batch<'_>],
    telling: &Telling,
) -> Result<Duration, String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.map_err(|e| e.to_string())?.block_on(async {
        let schema = format!("{SCHEMA}_{}_{}", std::process::id(), Clock::system().now_ms());
        let outside = connect(url).await?;
        outside.batch_execute(&format!("CREATE SCHEMA {schema}")).await.map_err(said)?;
        let took = into_schema(&with_schema(url, &schema), sample, batches, telling).await;
        let dropped = outside.batch_execute(&format!("DROP SCHEMA {schema} CASCADE")).await.map_err(said);
        took.and_then(|took| dropped.map(|()| took))
    })
}

async fn into_schema(
    url: &str,
    sample: &Sample,
    batches: &[Batch<'_>],
    telling: &Telling,
) -> Result<Duration, String> {
    // The server's own schema.
    let address = PostgresAddress::parse(url)?;
    drop(Postgres::open(&address).map_err(|e| e.to_string())?);
    let client = connect(url).await?;
    client.batch_execute(SETTINGS).await.map_err(said)?;
    let mut writer = Writer { client, statements: BTreeMap::new() };
    let instances: Vec<_> = sample.instances.iter().collect();
    let all: Vec<_> = instances
        .chunks(1_000)
        .map(|some| step(insertion(&sample.instance), &sample.instance, some))
        .collect();
    writer.run(&all).await?;
    let clock = Clock::system();
    let mut took = Duration::ZERO;
    for batch in batches {
        // Sorting values by column is no work of the database.
        let steps = steps(sample, batch);
        writer.prepare(&steps).await?;
        let started = clock.instant();
        writer.run(&steps).await?;
        took += clock.instant().duration_since(started);
        telling.done(batch.applications);
    }
    Ok(took)
}

/// A statement and an array for each column.
struct Step<'a> {
    statement: String,
    values: Vec<Box<dyn ToSql + Sync + 'a>>,
}

fn steps<'a>(sample: &Sample, batch: &Batch<'a>) -> Vec<Step<'a>> {
    let plain = |statement: &str| Step { statement: statement.to_owned(), values: Vec::new() };
    let tables = sample.tables.iter().zip(&batch.inserts);
    let inserts = tables.map(|(table, rows)| (insertion(table), table, rows));
    let writes = std::iter::once((update(&sample.counts), &sample.counts, &batch.counts)).chain(inserts);
    let mut steps = vec![plain("BEGIN")];
    steps.extend(
        writes
            .filter(|(_, _, rows)| !rows.is_empty())
            .map(|(statement, table, rows)| step(statement, table, rows)),
    );
    steps.push(plain("COMMIT"));
    steps
}

fn step<'a>(statement: String, table: &Table, rows: &[&'a Row]) -> Step<'a> {
    let columns = table.columns.iter().enumerate();
    Step { statement, values: columns.map(|(at, (_, kind))| array(*kind, rows, at)).collect() }
}

fn array<'a>(kind: Kind, rows: &[&'a Row], at: usize) -> Box<dyn ToSql + Sync + 'a> {
    fn values<'a, T>(rows: &[&'a Row], at: usize, of: impl Fn(&'a Cell) -> Option<T>) -> Vec<Option<T>> {
        rows.iter().map(|row| row.get(at).and_then(&of)).collect()
    }
    match kind {
        Kind::Int => {
            Box::new(values(rows, at, |cell| if let Cell::Int(value) = cell { *value } else { None }))
        }
        Kind::Text => {
            Box::new(values(
                rows,
                at,
                |cell| if let Cell::Text(value) = cell { value.as_deref() } else { None },
            ))
        }
        Kind::Bytes => {
            Box::new(values(
                rows,
                at,
                |cell| if let Cell::Bytes(value) = cell { value.as_deref() } else { None },
            ))
        }
    }
}

fn insertion(table: &Table) -> String {
    format!("INSERT INTO {} ({}) SELECT * FROM {}", table.name, names(table), unnested(table))
}

/// Its first column is the key.
fn update(table: &Table) -> String {
    let set: Vec<_> = table.columns.iter().skip(1).map(|(name, _)| format!("{name} = w.{name}")).collect();
    let (set, from) = (set.join(", "), unnested(table));
    format!("UPDATE {} i SET {set} FROM {from} AS w({}) WHERE i.n = w.n", table.name, names(table))
}

fn names(table: &Table) -> String {
    table.columns.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(", ")
}

fn unnested(table: &Table) -> String {
    let array = |(at, (_, kind)): (usize, &(String, Kind))| {
        let name = match kind {
            Kind::Int => "bigint",
            Kind::Text => "text",
            Kind::Bytes => "bytea",
        };
        format!("${at}::{name}[]")
    };
    format!("unnest({})", (1..).zip(&table.columns).map(array).collect::<Vec<_>>().join(", "))
}

struct Writer {
    client: Client,
    statements: BTreeMap<String, Statement>,
}

impl Writer {
    async fn prepare(&mut self, steps: &[Step<'_>]) -> Result<(), String> {
        for Step { statement, .. } in steps {
            if !self.statements.contains_key(statement) {
                let prepared = self.client.prepare(statement).await.map_err(said)?;
                self.statements.insert(statement.clone(), prepared);
            }
        }
        Ok(())
    }

    /// Sends all of them before the first answer is awaited.
    async fn run(&mut self, steps: &[Step<'_>]) -> Result<(), String> {
        self.prepare(steps).await?;
        let values: Vec<Vec<&(dyn ToSql + Sync)>> =
            steps.iter().map(|step| step.values.iter().map(|value| &**value as _).collect()).collect();
        let sent = steps.iter().zip(&values).filter_map(|(step, values)| {
            Some(self.client.execute(self.statements.get(&step.statement)?, values))
        });
        // The first one that failed says why.
        join_all(sent).await.into_iter().try_for_each(|done| done.map(drop).map_err(said))
    }
}

async fn connect(url: &str) -> Result<Client, String> {
    let (client, connection) = postgres_config(url)?.connect(NoTls).await.map_err(said)?;
    // It ends with the client; what it has to say, every query says as well.
    tokio::spawn(async move { drop(connection.await) });
    Ok(client)
}

/// With what the database says of it.
fn said(error: tokio_postgres::Error) -> String {
    error.as_db_error().map_or_else(|| error.to_string(), ToString::to_string)
}
