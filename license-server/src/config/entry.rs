//! One entry of the catalog, member by member.

use std::ops::RangeInclusive;
use std::path::Path;

use toml::{Table, Value};

use super::error::{ConfigError, ValueError, nearest};

/// An entry that is being read; what is left in the end is unknown.
pub(super) struct Entry<'a> {
    path: &'a Path,
    /// `[default]`, or which product.
    name: String,
    table: Table,
    asked: Vec<&'static str>,
}

impl<'a> Entry<'a> {
    pub(super) fn new(path: &'a Path, name: String, table: Table) -> Self {
        Self { path, name, table, asked: Vec::new() }
    }

    /// Who it is in errors.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn fault(&self, member: &str, fault: ValueError) -> ConfigError {
        ConfigError::Entry {
            path: self.path.to_owned(),
            entry: self.name.clone(),
            member: member.to_owned(),
            fault,
        }
    }

    pub(super) fn take(&mut self, member: &'static str) -> Option<Value> {
        self.asked.push(member);
        self.table.remove(member)
    }

    /// A text, read.
    pub(super) fn text<T>(
        &mut self,
        member: &'static str,
        read: impl FnOnce(&str) -> Result<T, ValueError>,
    ) -> Result<Option<T>, ConfigError> {
        match self.take(member) {
            None => Ok(None),
            Some(Value::String(text)) => read(&text).map(Some).map_err(|fault| self.fault(member, fault)),
            Some(other) => Err(self.wrong_type(member, "a text", &other)),
        }
    }

    /// A list of texts, each read; empty when it is left out.
    pub(super) fn texts<T>(
        &mut self,
        member: &'static str,
        mut read: impl FnMut(&str) -> Result<T, ValueError>,
    ) -> Result<Vec<T>, ConfigError> {
        let wanted = "a list of texts";
        let items = match self.take(member) {
            None => return Ok(Vec::new()),
            Some(Value::Array(items)) => items,
            Some(other) => return Err(self.wrong_type(member, wanted, &other)),
        };
        items
            .iter()
            .map(|item| match item {
                Value::String(text) => read(text).map_err(|fault| self.fault(member, fault)),
                other => Err(self.wrong_type(member, wanted, other)),
            })
            .collect()
    }

    /// A whole number within bounds.
    pub(super) fn number<T: TryFrom<i64>>(
        &mut self,
        member: &'static str,
        bounds: RangeInclusive<i64>,
    ) -> Result<Option<T>, ConfigError> {
        let Some(value) = self.take(member) else { return Ok(None) };
        self.whole(member, &value, bounds).map(Some)
    }

    /// A value as a whole number within bounds.
    pub(super) fn whole<T: TryFrom<i64>>(
        &self,
        member: &str,
        value: &Value,
        bounds: RangeInclusive<i64>,
    ) -> Result<T, ConfigError> {
        let Some(found) = value.as_integer() else {
            return Err(self.wrong_type(member, "a whole number", value));
        };
        let (least, most) = bounds.into_inner();
        let within = Some(found)
            .filter(|found| (least..=most).contains(found))
            .and_then(|found| T::try_from(found).ok());
        within.ok_or_else(|| self.fault(member, ValueError::Bounds { least, most, found }))
    }

    pub(super) fn yes_or_no(&mut self, member: &'static str) -> Result<Option<bool>, ConfigError> {
        match self.take(member) {
            None => Ok(None),
            Some(Value::Boolean(yes)) => Ok(Some(yes)),
            Some(other) => Err(self.wrong_type(member, "true or false", &other)),
        }
    }

    /// One of a few words.
    pub(super) fn word<T: Copy>(
        &mut self,
        member: &'static str,
        words: &[(&str, T)],
    ) -> Result<Option<T>, ConfigError> {
        self.text(member, |text| {
            let known = words.iter().find(|(word, _)| *word == text).map(|(_, meaning)| *meaning);
            known.ok_or_else(|| {
                let words: Vec<_> = words.iter().map(|(word, _)| format!("`{word}`")).collect();
                ValueError::must(words.join(" or "))
            })
        })
    }

    pub(super) fn wrong_type(&self, member: &str, wanted: &'static str, found: &Value) -> ConfigError {
        self.fault(member, ValueError::Type { wanted, found: found.type_str() })
    }

    /// Refuses what was not asked for.
    pub(super) fn finish(self) -> Result<(), ConfigError> {
        let Some(unknown) = self.table.keys().next() else { return Ok(()) };
        let nearest = nearest(unknown, self.asked.iter().copied()).map(str::to_owned);
        Err(self.fault(unknown, ValueError::Unknown { nearest }))
    }
}
