//! The rows of applications, table by table as a batch writes them.

use std::collections::BTreeMap;

use super::rows::{Applied, Row, Sample};

/// What one transaction writes.
pub(super) struct Batch<'a> {
    /// How many applications these are.
    pub(super) applications: usize,
    /// For each of the sample's tables its rows.
    pub(super) inserts: Vec<Vec<&'a Row>>,
    /// Instances' keys and counts, each instance once.
    pub(super) counts: Vec<&'a Row>,
}

impl<'a> Batch<'a> {
    fn of(applications: &'a [Applied], tables: usize) -> Self {
        let (mut inserts, mut counts) = (vec![Vec::new(); tables], BTreeMap::new());
        for application in applications {
            for (table, row) in &application.rows {
                inserts[*table].push(row);
            }
            if let Some((instance, row)) = &application.counts {
                counts.insert(*instance, row);
            }
        }
        Self { applications: applications.len(), inserts, counts: counts.into_values().collect() }
    }

    /// How many rows, instances' updates among them.
    pub(super) fn len(&self) -> usize {
        self.inserts.iter().map(Vec::len).sum::<usize>() + self.counts.len()
    }
}

/// Batches of so many applications.
pub(super) fn batches(sample: &Sample, size: usize) -> Vec<Batch<'_>> {
    sample.applications.chunks(size.max(1)).map(|some| Batch::of(some, sample.tables.len())).collect()
}
