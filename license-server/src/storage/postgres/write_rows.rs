//! Many rows in one statement: an array for each column of each place.

use tokio_postgres::types::ToSql;

use super::session::{Step, Value};

/// One value of a row.
pub(super) enum Cell {
    Int(Option<i64>),
    Text(Option<String>),
    Bytes(Option<Vec<u8>>),
}

/// Rows that go to one place.
pub(super) struct Rows {
    /// With `#` where the rows are read from.
    statement: &'static str,
    columns: Vec<Column>,
}

enum Column {
    Int(Vec<Option<i64>>),
    Text(Vec<Option<String>>),
    Bytes(Vec<Option<Vec<u8>>>),
}

impl Rows {
    /// No rows yet for a statement that has `#` where it reads them.
    pub(super) fn of(statement: &'static str) -> Self {
        Self { statement, columns: Vec::new() }
    }

    /// Adds a row; every row has the same columns.
    pub(super) fn push(&mut self, row: impl IntoIterator<Item = Cell>) {
        if self.columns.is_empty() {
            self.columns = row.into_iter().map(Column::with).collect();
        } else {
            self.columns.iter_mut().zip(row).for_each(|(column, cell)| column.push(cell));
        }
    }

    /// Its part of a statement; its values go behind those that are there.
    fn part(self, values: &mut Vec<Value>) -> String {
        let arrays: Vec<String> = (values.len() + 1..)
            .zip(&self.columns)
            .map(|(number, column)| format!("?{number}::{}[]", column.type_name()))
            .collect();
        values.extend(self.columns.into_iter().map(Column::value));
        self.statement.replace('#', &format!("unnest({})", arrays.join(", ")))
    }
}

/// One statement for rows of many places, unless there are none: each statement of its own would cost the database and
/// the connection as much as several rows. None of its parts sees what another one changes.
pub(super) fn together(rows: Vec<Rows>) -> Option<Step> {
    let mut values = Vec::new();
    let filled = rows.into_iter().filter(|rows| !rows.columns.is_empty());
    let parts: Vec<String> = (1..)
        .zip(filled)
        .map(|(number, rows)| format!("p{number} AS ({})", rows.part(&mut values)))
        .collect();
    (!parts.is_empty()).then(|| Step::new(format!("WITH {} SELECT 1 WHERE false", parts.join(", ")), values))
}

impl Column {
    fn with(cell: Cell) -> Self {
        match cell {
            Cell::Int(value) => Self::Int(vec![value]),
            Cell::Text(value) => Self::Text(vec![value]),
            Cell::Bytes(value) => Self::Bytes(vec![value]),
        }
    }

    fn push(&mut self, cell: Cell) {
        match (self, cell) {
            (Self::Int(column), Cell::Int(value)) => column.push(value),
            (Self::Text(column), Cell::Text(value)) => column.push(value),
            (Self::Bytes(column), Cell::Bytes(value)) => column.push(value),
            // A column has one type in all rows of one place; a shorter one is refused by the database.
            _ => {}
        }
    }

    fn type_name(&self) -> &'static str {
        match self {
            Self::Int(_) => "bigint",
            Self::Text(_) => "text",
            Self::Bytes(_) => "bytea",
        }
    }

    fn value(self) -> Value {
        fn boxed(value: impl ToSql + Sync + Send + 'static) -> Value {
            Box::new(value)
        }
        match self {
            Self::Int(column) => boxed(column),
            Self::Text(column) => boxed(column),
            Self::Bytes(column) => boxed(column),
        }
    }
}

/// A number, or NULL.
pub(super) fn int(value: impl Into<Option<i64>>) -> Cell {
    Cell::Int(value.into())
}

/// A number of another type.
pub(super) fn number(value: impl Into<i64>) -> Cell {
    Cell::Int(Some(value.into()))
}

/// A number of another type, or NULL.
pub(super) fn maybe<T: Into<i64>>(value: Option<T>) -> Cell {
    Cell::Int(value.map(Into::into))
}

/// A text, or NULL. PostgreSQL's texts cannot hold a NUL, and nobody misses it.
pub(super) fn text<'a>(value: impl Into<Option<&'a str>>) -> Cell {
    Cell::Text(value.into().map(|text| text.replace('\0', "")))
}

/// Bytes, or NULL.
pub(super) fn bytes<'a>(value: impl Into<Option<&'a [u8]>>) -> Cell {
    Cell::Bytes(value.into().map(<[u8]>::to_vec))
}
