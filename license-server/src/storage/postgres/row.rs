//! PostgreSQL's rows as both databases' rows.

use tokio_postgres::Row;
use tokio_postgres::types::Type;

use crate::storage::StorageError;
use crate::storage::columns::{Columns, fault};

impl Columns for Row {
    fn int(&self, column: usize) -> Result<Option<i64>, StorageError> {
        let Some(found) = self.columns().get(column) else {
            return Err(fault(column, "is not there"));
        };
        Ok(match *found.type_() {
            Type::INT2 => self.try_get::<_, Option<i16>>(column)?.map(i64::from),
            Type::INT4 => self.try_get::<_, Option<i32>>(column)?.map(i64::from),
            Type::BOOL => self.try_get::<_, Option<bool>>(column)?.map(i64::from),
            _ => self.try_get(column)?,
        })
    }

    fn text(&self, column: usize) -> Result<Option<&str>, StorageError> {
        Ok(self.try_get(column)?)
    }

    fn bytes(&self, column: usize) -> Result<Option<&[u8]>, StorageError> {
        Ok(self.try_get(column)?)
    }
}

/// A row from one of its columns on.
pub(super) struct From<'r> {
    pub(super) row: &'r Row,
    pub(super) first: usize,
}

impl Columns for From<'_> {
    fn int(&self, column: usize) -> Result<Option<i64>, StorageError> {
        self.row.int(self.first + column)
    }

    fn text(&self, column: usize) -> Result<Option<&str>, StorageError> {
        self.row.text(self.first + column)
    }

    fn bytes(&self, column: usize) -> Result<Option<&[u8]>, StorageError> {
        self.row.bytes(self.first + column)
    }
}
