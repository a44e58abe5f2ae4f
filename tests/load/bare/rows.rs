//! What a server stored for each application, read by the columns that its database has.
//!
//! What only the look for clones and the pruning write is left out: it happens behind the calls.

use std::collections::HashMap;

use license_server::storage::{Database, Param, StorageError};

/// The names and types of a table's columns, in SQLite and in PostgreSQL.
pub(super) const COLUMNS_OF_SQLITE: &str = "SELECT name, type FROM pragma_table_info(?1) ORDER BY cid";
pub(super) const COLUMNS_OF_POSTGRES: &str = "SELECT column_name::text, data_type::text FROM information_schema.columns \
     WHERE table_schema = current_schema() AND table_name = ?1 ORDER BY ordinal_position";

/// Where an application's rows lie, in the order in which they are written.
const TABLES: [&str; 6] = ["seat", "seat_part", "seat_moved", "delivery", "replay", "application"];
const SEAT: usize = 0;
const SEAT_PART: usize = 1;
const SEAT_MOVED: usize = 2;
const DELIVERY: usize = 3;
const REPLAY: usize = 4;
const APPLICATION: usize = 5;

/// What a new seat changes in its instance.
const COUNTS: [&str; 7] = [
    "seat_epoch",
    "seats_seen",
    "next_seat",
    "seats_taken",
    "seats_renewed",
    "counted_from",
    "counted_until",
];

/// Rows of the seats of the applications from one number to another.
const OF_SEATS: &str = "JOIN (SELECT DISTINCT instance, seat FROM application WHERE n > ?1 AND n <= ?2) a \
     ON a.instance = t.instance AND a.seat = t.no";

/// What a column holds; each may be NULL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Int,
    Text,
    Bytes,
}

/// One value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Cell {
    Int(Option<i64>),
    Text(Option<String>),
    Bytes(Option<Vec<u8>>),
}

/// A row, its columns as in [`Table`].
pub(super) type Row = Vec<Cell>;

/// A table and its columns, without those that the database numbers by itself.
#[derive(Clone, Debug)]
pub(super) struct Table {
    pub(super) name: &'static str,
    pub(super) columns: Vec<(String, Kind)>,
}

/// What was stored for one application.
#[derive(Debug, Default)]
pub(super) struct Applied {
    /// Rows with the number of their table in the sample.
    pub(super) rows: Vec<(usize, Row)>,
    /// The instance's key and counts, for a new seat.
    pub(super) counts: Option<(i64, Row)>,
}

/// Applications with all their rows, and the instances they belong to.
#[derive(Debug)]
pub(crate) struct Sample {
    pub(super) instance: Table,
    pub(super) instances: Vec<Row>,
    /// The instance's key and what is updated of it.
    pub(super) counts: Table,
    pub(super) tables: Vec<Table>,
    pub(super) applications: Vec<Applied>,
}

/// The number of the newest application, 0 where there is none.
pub(super) fn newest(db: &dyn Database) -> Result<i64, StorageError> {
    let mut newest = 0;
    db.select("SELECT max(n) FROM application", &[], &mut |row| {
        newest = row.int(0)?.unwrap_or(0);
        Ok(())
    })?;
    Ok(newest)
}

impl Sample {
    /// Reads at most so many applications that came after the one with that number.
    pub(super) fn read(
        db: &dyn Database,
        columns: &str,
        after: i64,
        count: u32,
    ) -> Result<Self, StorageError> {
        let instance = Table::of(db, columns, "instance")?;
        let tables = TABLES.iter().map(|name| Table::of(db, columns, name)).collect::<Result<Vec<_>, _>>()?;
        let first = [Param::Int(after), Param::Int(count.into())];
        let applications = tables[APPLICATION].read(db, "WHERE t.n > ?1 ORDER BY t.n LIMIT ?2", &first)?;
        let last = match applications.last() {
            Some(row) => tables[APPLICATION].int(row, "n")?.unwrap_or(after),
            None => after,
        };
        let range = [Param::Int(after), Param::Int(last)];
        let of_seats = |table: usize| -> Result<_, StorageError> {
            let rows = tables[table].read(db, OF_SEATS, &range)?;
            tables[table].grouped(rows, &["instance", "no"])
        };
        let deliveries =
            tables[DELIVERY].read(db, "WHERE t.application > ?1 AND t.application <= ?2", &range)?;
        let of_applications =
            "JOIN (SELECT DISTINCT instance FROM application WHERE n > ?1 AND n <= ?2) a ON a.instance = t.n";
        let instances = instance.read(db, of_applications, &range)?;
        let replays = tables[REPLAY].read(db, "ORDER BY t.signed_at DESC LIMIT ?1", &first[1..])?;
        let mut left = Left {
            seats: of_seats(SEAT)?,
            parts: of_seats(SEAT_PART)?,
            moved: of_seats(SEAT_MOVED)?,
            deliveries: tables[DELIVERY].grouped(deliveries, &["application"])?,
            replays,
            counts: HashMap::new(),
        };
        let counts = instance.only(&["n"].into_iter().chain(COUNTS).collect::<Vec<_>>())?;
        for row in &instances {
            let key = instance.int(row, "n")?.unwrap_or(0);
            left.counts.insert(key, instance.cells(row, &counts)?);
        }
        let rows = applications.into_iter().map(|row| left.take(&tables, row));
        let applications = rows.collect::<Result<Vec<_>, _>>()?;
        Ok(Self { instance, instances, counts, tables, applications })
    }

    /// How many applications.
    pub(crate) fn len(&self) -> usize {
        self.applications.len()
    }

    /// Whether there is no application.
    pub(crate) fn is_empty(&self) -> bool {
        self.applications.is_empty()
    }
}

type Grouped = HashMap<Vec<i64>, Vec<Row>>;

/// Rows that were not given to an application yet.
struct Left {
    seats: Grouped,
    parts: Grouped,
    moved: Grouped,
    deliveries: Grouped,
    replays: Vec<Row>,
    counts: HashMap<i64, Row>,
}

impl Left {
    /// All rows of an application. A seat's belong to its first one; those that are gone from the database are made up.
    fn take(&mut self, tables: &[Table], application: Row) -> Result<Applied, StorageError> {
        let number = |name: &str| tables[APPLICATION].int(&application, name);
        let (n, instance, seat) =
            (number("n")?.unwrap_or(0), number("instance")?.unwrap_or(0), number("seat")?);
        let mut all = Applied::default();
        if let Some(no) = seat {
            let key = vec![instance, no];
            let is_new = self.seats.contains_key(&key);
            let mut add = |table, rows: Option<Vec<Row>>| {
                all.rows.extend(rows.into_iter().flatten().map(|row| (table, row)));
            };
            add(SEAT, self.seats.remove(&key));
            add(SEAT_PART, self.parts.remove(&key));
            let kept = self.moved.get_mut(&key).and_then(Vec::pop);
            let moved = kept.map_or_else(|| moved(&tables[SEAT_MOVED], instance, no, is_new), Ok)?;
            add(SEAT_MOVED, Some(vec![moved]));
            if is_new {
                all.counts = self.counts.get(&instance).map(|row| (instance, row.clone()));
            }
        }
        let deliveries = self.deliveries.remove(&vec![n]);
        all.rows.extend(deliveries.into_iter().flatten().map(|row| (DELIVERY, row)));
        let replay = self.replays.pop().map_or_else(|| replay(&tables[REPLAY], n), Ok)?;
        all.rows.push((REPLAY, replay));
        all.rows.push((APPLICATION, application));
        Ok(all)
    }
}

/// A new seat leaves no part behind, a known one the part that changed.
fn moved(table: &Table, instance: i64, no: i64, is_new: bool) -> Result<Row, StorageError> {
    table.made(|name| match name {
        "instance" => Some(Cell::Int(Some(instance))),
        "no" => Some(Cell::Int(Some(no))),
        "gone" => Some(Cell::Bytes(Some(vec![0; if is_new { 0 } else { 11 }]))),
        _ => None,
    })
}

/// As long as one of a signed call, as scattered, and never the same.
fn replay(table: &Table, n: i64) -> Result<Row, StorageError> {
    let scattered = n.wrapping_mul(0x1E37_79B9_7F4A_7C15).to_be_bytes().repeat(4);
    table.made(|name| match name {
        "signed_at" => Some(Cell::Int(Some(n / 15))),
        "signature" => Some(Cell::Bytes(Some(scattered.clone()))),
        "until" => Some(Cell::Int(Some(i64::MAX))),
        "outcome" => Some(Cell::Text(Some("\"Done\"".into()))),
        _ => None,
    })
}

impl Table {
    /// A table as the database has it.
    fn of(db: &dyn Database, columns: &str, name: &'static str) -> Result<Self, StorageError> {
        let mut found = Vec::new();
        db.select(columns, &[Param::Text(name)], &mut |row| {
            let column = row.text(0)?.unwrap_or_default().to_owned();
            let kind = match row.text(1)?.unwrap_or_default() {
                "INTEGER" | "bigint" | "smallint" | "integer" => Kind::Int,
                "TEXT" | "text" => Kind::Text,
                "BLOB" | "bytea" => Kind::Bytes,
                other => return Err(fault(name, &format!("column {column} is of the type {other}"))),
            };
            // The others' numbers are keys that are named elsewhere.
            let numbers_itself = column == "n" && !["instance", "application"].contains(&name);
            if !numbers_itself {
                found.push((column, kind));
            }
            Ok(())
        })?;
        if found.is_empty() { Err(fault(name, "it is not there")) } else { Ok(Self { name, columns: found }) }
    }

    /// The same with some of its columns.
    fn only(&self, names: &[&str]) -> Result<Self, StorageError> {
        let columns = names.iter().map(|name| Ok(self.columns[self.at(name)?].clone()));
        Ok(Self { name: self.name, columns: columns.collect::<Result<_, StorageError>>()? })
    }

    fn read(&self, db: &dyn Database, rest: &str, params: &[Param<'_>]) -> Result<Vec<Row>, StorageError> {
        let names: Vec<_> = self.columns.iter().map(|(name, _)| format!("t.{name}")).collect();
        let query = format!("SELECT {} FROM {} t {rest}", names.join(", "), self.name);
        let mut found = Vec::new();
        db.select(&query, params, &mut |row| {
            let cell = |(at, (_, kind)): (usize, &(String, Kind))| {
                Ok(match kind {
                    Kind::Int => Cell::Int(row.int(at)?),
                    Kind::Text => Cell::Text(row.text(at)?.map(str::to_owned)),
                    Kind::Bytes => Cell::Bytes(row.bytes(at)?.map(<[u8]>::to_vec)),
                })
            };
            found.push(self.columns.iter().enumerate().map(cell).collect::<Result<Row, StorageError>>()?);
            Ok(())
        })?;
        Ok(found)
    }

    fn at(&self, name: &str) -> Result<usize, StorageError> {
        let found = self.columns.iter().position(|(column, _)| column == name);
        found.ok_or_else(|| fault(self.name, &format!("it has no column {name}")))
    }

    fn int(&self, row: &Row, name: &str) -> Result<Option<i64>, StorageError> {
        match row.get(self.at(name)?) {
            Some(Cell::Int(number)) => Ok(*number),
            _ => Err(fault(self.name, &format!("column {name} is no number"))),
        }
    }

    /// What a row has in the columns of another table of the same name.
    fn cells(&self, row: &Row, of: &Self) -> Result<Row, StorageError> {
        of.columns.iter().map(|(name, _)| Ok(row[self.at(name)?].clone())).collect()
    }

    fn grouped(&self, rows: Vec<Row>, key: &[&str]) -> Result<Grouped, StorageError> {
        let mut grouped = Grouped::new();
        for row in rows {
            let key = key.iter().map(|name| Ok(self.int(&row, name)?.unwrap_or(0)));
            grouped.entry(key.collect::<Result<_, StorageError>>()?).or_default().push(row);
        }
        Ok(grouped)
    }

    /// A row that is made up; one with a column that nobody thought of is none.
    fn made(&self, cell: impl Fn(&str) -> Option<Cell>) -> Result<Row, StorageError> {
        let cells = self.columns.iter().map(|(name, _)| {
            cell(name).ok_or_else(|| fault(self.name, &format!("what belongs into {name} is not known")))
        });
        cells.collect()
    }
}

fn fault(table: &'static str, why: &str) -> StorageError {
    StorageError::Row { table, why: why.to_owned() }
}
