//! A row of either database, and what its columns become.

use super::StorageError;

/// One row that was found.
pub trait Columns {
    /// A whole number, from whatever width the column has; a truth is 0 or 1.
    ///
    /// # Errors
    /// [`StorageError::Row`] when the column holds something else.
    fn int(&self, column: usize) -> Result<Option<i64>, StorageError>;

    /// A text.
    ///
    /// # Errors
    /// [`StorageError::Row`] when the column holds something else.
    fn text(&self, column: usize) -> Result<Option<&str>, StorageError>;

    /// Bytes.
    ///
    /// # Errors
    /// [`StorageError::Row`] when the column holds something else.
    fn bytes(&self, column: usize) -> Result<Option<&[u8]>, StorageError>;
}

impl dyn Columns + '_ {
    /// A column as what the caller needs.
    pub(super) fn get<T: FromColumn>(&self, column: usize) -> Result<T, StorageError> {
        T::from_column(self, column)?.ok_or_else(|| fault(column, "is NULL"))
    }
}

/// What a column may become; `None` stands for NULL.
pub(super) trait FromColumn: Sized {
    fn from_column(row: &dyn Columns, column: usize) -> Result<Option<Self>, StorageError>;
}

pub(super) fn fault(column: usize, why: &str) -> StorageError {
    StorageError::Row { table: "of the answer", why: format!("column {column} {why}") }
}

impl FromColumn for i64 {
    fn from_column(row: &dyn Columns, column: usize) -> Result<Option<Self>, StorageError> {
        row.int(column)
    }
}

impl FromColumn for u32 {
    fn from_column(row: &dyn Columns, column: usize) -> Result<Option<Self>, StorageError> {
        let narrow = |wide| Self::try_from(wide).map_err(|_| fault(column, "is out of range"));
        row.int(column)?.map(narrow).transpose()
    }
}

impl FromColumn for bool {
    fn from_column(row: &dyn Columns, column: usize) -> Result<Option<Self>, StorageError> {
        Ok(row.int(column)?.map(|number| number != 0))
    }
}

impl FromColumn for String {
    fn from_column(row: &dyn Columns, column: usize) -> Result<Option<Self>, StorageError> {
        Ok(row.text(column)?.map(str::to_owned))
    }
}

impl FromColumn for Vec<u8> {
    fn from_column(row: &dyn Columns, column: usize) -> Result<Option<Self>, StorageError> {
        Ok(row.bytes(column)?.map(<[u8]>::to_vec))
    }
}

impl<const N: usize> FromColumn for [u8; N] {
    fn from_column(row: &dyn Columns, column: usize) -> Result<Option<Self>, StorageError> {
        let sized = |bytes: &[u8]| bytes.try_into().map_err(|_| fault(column, "has another length"));
        row.bytes(column)?.map(sized).transpose()
    }
}

/// NULL is a value of its own.
impl<T: FromColumn> FromColumn for Option<T> {
    fn from_column(row: &dyn Columns, column: usize) -> Result<Option<Self>, StorageError> {
        T::from_column(row, column).map(Some)
    }
}
