//! The tables that both databases have, as they are copied and compared.

use sha2::{Digest as _, Sha256};

use super::columns::Columns;
use super::{Database, Param, StorageError};

/// How many rows are read at once.
const PAGE: usize = 1_000;

/// What a column holds; each may be NULL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Int,
    Text,
    Bytes,
}
use Kind::{Bytes, Int, Text};

/// A table, its columns, and how many of them, counted from the first, are its key.
#[derive(Debug)]
pub(super) struct Table {
    pub(super) name: &'static str,
    pub(super) columns: &'static [(&'static str, Kind)],
    key: usize,
    /// Rows that belong to one database and not to what is stored in it.
    of_its_own: Option<&'static str>,
}

/// One value.
#[derive(Clone, Debug)]
pub(super) enum Value {
    Int(Option<i64>),
    Text(Option<String>),
    Bytes(Option<Vec<u8>>),
}

/// A row, its columns as in [`Table`].
pub(super) type Row = Vec<Value>;

/// What a table holds, to be compared.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Contents {
    pub(super) rows: u64,
    /// The SHA-256 of each row, added up: databases order texts each in its own way.
    sum: [u64; 4],
}

/// Every table but PostgreSQL's own `writer` and `schema_version`.
pub(super) const TABLES: &[Table] = &[
    Table {
        name: "setting",
        columns: &[("name", Text), ("value", Text)],
        key: 1,
        of_its_own: Some("name IN ('checked', 'copying')"),
    },
    table(
        "instance",
        1,
        &[
            ("n", Int),
            ("id", Text),
            ("order_id", Text),
            ("line_id", Text),
            ("created_at", Int),
            ("lifecycle", Int),
            ("lifecycle_at", Int),
            ("standing", Int),
            ("problem", Text),
            ("product", Text),
            ("bought", Text),
            ("quantity", Int),
            ("starts_at", Int),
            ("ends_at", Int),
            ("term", Int),
            ("trial", Int),
            ("seat_phase", Int),
            ("seat_epoch", Int),
            ("seats_seen", Int),
            ("next_seat", Int),
            ("bought_as_trial", Int),
            ("unread_orders", Int),
            ("code_counter", Int),
            ("code_sha256", Bytes),
            ("seats_taken", Int),
            ("seats_renewed", Int),
            ("counted_from", Int),
            ("counted_until", Int),
        ],
    ),
    table(
        "order_change",
        1,
        &[
            ("n", Int),
            ("instance", Int),
            ("order_id", Text),
            ("line_id", Text),
            ("kind", Int),
            ("ends_at", Int),
            ("product_id", Text),
            ("cancelled", Int),
            ("facts", Text),
        ],
    ),
    table("buyer", 1, &[("instance", Int), ("data", Text)]),
    table(
        "seat",
        2,
        &[
            ("instance", Int),
            ("no", Int),
            ("created_at", Int),
            ("baseline", Bytes),
            ("phase", Int),
            ("epoch", Int),
            ("taken_until", Int),
            ("holds", Text),
            ("rebased_at", Text),
            ("freed", Int),
            ("license", Int),
            ("name", Text),
            ("deactivated_at", Int),
            ("keys_told", Int),
            ("given", Text),
            ("device_key", Bytes),
        ],
    ),
    table("seat_part", 3, &[("instance", Int), ("part", Bytes), ("no", Int)]),
    table("known_part", 3, &[("part", Bytes), ("instance", Int), ("no", Int)]),
    table("seat_moved", 1, &[("n", Int), ("instance", Int), ("no", Int), ("gone", Bytes)]),
    table(
        "suspect",
        1,
        &[
            ("n", Int),
            ("instance", Int),
            ("no", Int),
            ("other_instance", Int),
            ("other_no", Int),
            ("first_seen", Int),
            ("last_seen", Int),
        ],
    ),
    table(
        "application",
        1,
        &[
            ("n", Int),
            ("instance", Int),
            ("event_id", Text),
            ("identity", Bytes),
            ("created_at", Int),
            ("status", Int),
            ("detail", Text),
            ("device", Bytes),
            ("seat", Int),
            ("license_id", Text),
            ("token", Text),
            ("until", Int),
            ("key_id", Text),
            ("terms", Bytes),
        ],
    ),
    table(
        "delivery",
        1,
        &[
            ("application", Int),
            ("instance", Int),
            ("status", Int),
            ("at", Int),
            ("attempts", Int),
            ("error", Text),
            ("uncertain", Int),
        ],
    ),
    table(
        "inquiry",
        1,
        &[
            ("n", Int),
            ("instance", Int),
            ("order_id", Text),
            ("line_id", Text),
            ("kind", Int),
            ("status", Int),
            ("at", Int),
            ("attempts", Int),
            ("error", Text),
        ],
    ),
    table("replay", 2, &[("signed_at", Int), ("signature", Bytes), ("until", Int), ("outcome", Text)]),
    table(
        "notice",
        1,
        &[("n", Int), ("order_id", Text), ("line_id", Text), ("received_at", Int), ("handled_at", Int)],
    ),
    table("history", 1, &[("n", Int), ("instance", Int), ("at", Int), ("what", Text), ("detail", Text)]),
];

const fn table(name: &'static str, key: usize, columns: &'static [(&'static str, Kind)]) -> Table {
    Table { name, columns, key, of_its_own: None }
}

impl Table {
    /// `a, b, c`
    pub(super) fn column_list(&self) -> String {
        let names: Vec<_> = self.columns.iter().map(|(name, _)| *name).collect();
        names.join(", ")
    }

    /// How many rows there are.
    pub(super) fn count(&self, db: &dyn Database) -> Result<u64, StorageError> {
        let query = format!("SELECT count(*) FROM {} WHERE {}", self.name, self.belongs());
        let found = db.view(&query, &[], |row| row.get::<i64>(0))?;
        Ok(found.first().and_then(|rows| u64::try_from(*rows).ok()).unwrap_or(0))
    }

    /// Whether there is a row.
    pub(super) fn has_rows(&self, db: &dyn Database) -> Result<bool, StorageError> {
        db.finds(&format!("SELECT 1 FROM {} WHERE {} LIMIT 1", self.name, self.belongs()), &[])
    }

    /// All rows in the order of their keys, a page at a time.
    pub(super) fn read(
        &self,
        db: &dyn Database,
        mut page: impl FnMut(Vec<Row>) -> Result<(), StorageError>,
    ) -> Result<(), StorageError> {
        let key: Vec<_> = self.columns.iter().take(self.key).map(|(name, _)| *name).collect();
        let key = key.join(", ");
        let marks: Vec<_> = (1..=self.key).map(|n| format!("?{n}")).collect();
        let (name, columns, belongs) = (self.name, self.column_list(), self.belongs());
        let rest = format!("{belongs} ORDER BY {key} LIMIT {PAGE}");
        let first = format!("SELECT {columns} FROM {name} WHERE {rest}");
        let next = format!("SELECT {columns} FROM {name} WHERE ({key}) > ({}) AND {rest}", marks.join(", "));
        let mut rows = db.view(&first, &[], |row| self.row(row))?;
        loop {
            let is_last = rows.len() < PAGE;
            let last: Row =
                rows.last().map(|row| row.iter().take(self.key).cloned().collect()).unwrap_or_default();
            page(rows)?;
            if is_last {
                return Ok(());
            }
            let params: Vec<_> = last.iter().map(Value::param).collect();
            rows = db.view(&next, &params, |row| self.row(row))?;
        }
    }

    /// What it holds, read row by row.
    pub(super) fn contents(
        &self,
        db: &dyn Database,
        mut read: impl FnMut(usize),
    ) -> Result<Contents, StorageError> {
        let mut contents = Contents::default();
        self.read(db, |rows| {
            rows.iter().for_each(|row| contents.add(row));
            read(rows.len());
            Ok(())
        })?;
        Ok(contents)
    }

    /// Which rows are copied, as a condition.
    pub(super) fn belongs(&self) -> String {
        self.of_its_own.map_or_else(|| "1 = 1".to_owned(), |own| format!("NOT ({own})"))
    }

    fn row(&self, row: &dyn Columns) -> Result<Row, StorageError> {
        let value = |(column, (_, kind)): (usize, &(&str, Kind))| {
            Ok(match kind {
                Int => Value::Int(row.int(column)?),
                Text => Value::Text(row.text(column)?.map(str::to_owned)),
                Bytes => Value::Bytes(row.bytes(column)?.map(<[u8]>::to_vec)),
            })
        };
        self.columns.iter().enumerate().map(value).collect()
    }
}

impl Value {
    pub(super) fn param(&self) -> Param<'_> {
        match self {
            Self::Int(number) => Param::MaybeInt(*number),
            Self::Text(text) => Param::MaybeText(text.as_deref()),
            Self::Bytes(bytes) => Param::Bytes(bytes.as_deref()),
        }
    }

    /// Its kind and length go in as well, so that no two rows look alike.
    fn hash_into(&self, hash: &mut Sha256) {
        let (kind, bytes): (u8, &[u8]) = match self {
            Self::Int(Some(number)) => return hash.update([&[1][..], &number.to_be_bytes()].concat()),
            Self::Text(Some(text)) => (2, text.as_bytes()),
            Self::Bytes(Some(bytes)) => (3, bytes),
            Self::Int(None) | Self::Text(None) | Self::Bytes(None) => return hash.update([0]),
        };
        hash.update([kind]);
        hash.update(u64::try_from(bytes.len()).unwrap_or(u64::MAX).to_be_bytes());
        hash.update(bytes);
    }
}

impl Contents {
    pub(super) fn add(&mut self, row: &Row) {
        let mut hash = Sha256::new();
        row.iter().for_each(|value| value.hash_into(&mut hash));
        let digest = hash.finalize();
        let lanes = digest.as_chunks::<8>().0;
        for (sum, lane) in self.sum.iter_mut().zip(lanes) {
            *sum = sum.wrapping_add(u64::from_be_bytes(*lane));
        }
        self.rows += 1;
    }

    /// In hexadecimal digits.
    pub(super) fn checksum(&self) -> String {
        self.sum.iter().map(|lane| format!("{lane:016x}")).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::Sqlite;

    #[test]
    fn every_table_and_every_column_is_known() {
        let dir = tempfile::tempdir().expect("a folder");
        let db = Sqlite::open(&dir.path().join("a.db")).expect("made");
        let db: &dyn Database = &db;
        let tables =
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name";
        let mut known: Vec<_> = TABLES.iter().map(|table| table.name.to_owned()).collect();
        known.sort();
        assert_eq!(db.view(tables, &[], |row| row.get::<String>(0)), Ok(known));
        for table in TABLES {
            let columns = "SELECT name, type FROM pragma_table_info(?1)";
            let read = |row: &dyn Columns| Ok((row.get::<String>(0)?, row.get::<String>(1)?));
            let mut found = db.view(columns, &[Param::Text(table.name)], read).expect("readable");
            // The row's own number, which PostgreSQL does without.
            found.retain(|(name, _)| (table.name, name.as_str()) != ("seat", "n"));
            let written = |kind: Kind| match kind {
                Int => "INTEGER",
                Text => "TEXT",
                Bytes => "BLOB",
            };
            let known =
                table.columns.iter().map(|(name, kind)| ((*name).to_owned(), written(*kind).to_owned()));
            let mut known: Vec<_> = known.collect();
            known.sort();
            found.sort();
            assert_eq!(found, known, "{}", table.name);
        }
    }

    #[test]
    fn no_two_rows_look_alike() {
        let text = |text: &str| Value::Text(Some(text.to_owned()));
        let of = |rows: &[Row]| {
            let mut contents = Contents::default();
            rows.iter().for_each(|row| contents.add(row));
            contents
        };
        let rows: [&[Row]; 7] = [
            &[],
            &[vec![text("ab"), text("c")]],
            &[vec![text("a"), text("bc")]],
            &[vec![text("abc"), Value::Text(None)]],
            &[vec![text("abc"), text("")]],
            &[vec![Value::Bytes(Some(b"ab".to_vec())), text("c")]],
            &[vec![text("ab"), text("c")], vec![text("ab"), text("c")]],
        ];
        for (n, a) in rows.iter().enumerate() {
            for (m, b) in rows.iter().enumerate() {
                assert_eq!(of(a).checksum() == of(b).checksum(), n == m, "{a:?} {b:?}");
            }
        }
        let [one, other] = [vec![text("1")], vec![Value::Int(Some(1))]];
        assert_eq!(of(&[one.clone(), other.clone()]), of(&[other, one]), "in whatever order");
    }
}
