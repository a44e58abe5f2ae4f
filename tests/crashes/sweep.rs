//! What a database holds, read at once, and what must not be in it.

use std::collections::{BTreeMap, BTreeSet};

use license_server::clock::Clock;
use license_server::storage::{Address, Database};

use super::replicas::SEATS;

/// A look at everything.
pub struct Sweep {
    /// Instances by their order.
    pub instances: BTreeMap<String, String>,
    /// When instances end.
    pub ends: BTreeMap<String, i64>,
    /// Licenses by their event.
    pub licenses: BTreeMap<String, String>,
    /// Instances and the orders that renewed them.
    pub renewals: BTreeSet<(String, String)>,
    faults: Vec<String>,
}

/// What no database holds, each with a text that names it.
const NEVER: [(&str, &str); 8] = [
    (
        "an order line with two instances",
        "SELECT order_id || '/' || line_id FROM instance GROUP BY order_id, line_id HAVING count(*) > 1",
    ),
    (
        "two seats of one instance with one machine",
        "SELECT i.id FROM seat_part p JOIN instance i ON i.n = p.instance \
         JOIN seat s ON s.instance = p.instance AND s.no = p.no WHERE s.freed = 0 AND s.baseline IS NOT NULL \
         GROUP BY i.id, p.part HAVING count(DISTINCT p.no) > 1",
    ),
    (
        "an event of two instances, or with two licenses for one machine",
        "SELECT event_id FROM application GROUP BY event_id HAVING count(*) > 1",
    ),
    (
        "a license without a delivery",
        "SELECT event_id FROM application a WHERE token IS NOT NULL \
         AND NOT EXISTS (SELECT 1 FROM delivery d WHERE d.application = a.n)",
    ),
    (
        "a delivery without a license",
        "SELECT 'delivery' FROM delivery d \
         WHERE NOT EXISTS (SELECT 1 FROM application a WHERE a.n = d.application AND a.token IS NOT NULL)",
    ),
    (
        "a license without its seat",
        "SELECT event_id FROM application a WHERE token IS NOT NULL \
         AND NOT EXISTS (SELECT 1 FROM seat s WHERE s.instance = a.instance AND s.no = a.seat)",
    ),
    (
        "a seat without parts",
        "SELECT i.id FROM seat s JOIN instance i ON i.n = s.instance \
         WHERE s.freed = 0 AND NOT EXISTS (SELECT 1 FROM seat_part p WHERE p.instance = s.instance AND p.no = s.no)",
    ),
    (
        "one license id twice",
        "SELECT license_id FROM application WHERE license_id IS NOT NULL GROUP BY license_id HAVING count(*) > 1",
    ),
];

impl Sweep {
    /// Reads all.
    pub fn of(address: &Address) -> Self {
        let db = &*address.open_for_reading().expect("it opens");
        let mut faults = Vec::new();
        for (what, query) in NEVER {
            faults.extend(
                pairs(db, &format!("SELECT x.*, '' FROM ({query}) x"))
                    .into_iter()
                    .map(|(of, _)| format!("{what}: {of}")),
            );
        }
        let now = Clock::system().now().as_secs();
        let overfull = format!(
            "SELECT i.id, '' FROM seat s JOIN instance i ON i.n = s.instance \
             WHERE s.freed = 0 AND s.taken_until > {now} GROUP BY i.id HAVING count(*) > {SEATS}"
        );
        faults.extend(
            pairs(db, &overfull).into_iter().map(|(of, _)| format!("more seats than were bought: {of}")),
        );
        let ends = pairs(db, "SELECT id, CAST(coalesce(ends_at, 0) AS TEXT) FROM instance");
        let renewals = "SELECT i.id, c.order_id FROM order_change c JOIN instance i ON i.n = c.instance WHERE c.kind = 2";
        Self {
            instances: pairs(db, "SELECT order_id, id FROM instance").into_iter().collect(),
            ends: ends.into_iter().map(|(id, end)| (id, end.parse().expect("a number"))).collect(),
            licenses: pairs(db, "SELECT event_id, token FROM application WHERE token IS NOT NULL")
                .into_iter()
                .collect(),
            renewals: pairs(db, renewals).into_iter().collect(),
            faults,
        }
    }

    /// What is wrong.
    pub fn faults(&self) -> Vec<String> {
        self.faults.clone()
    }
}

/// Two columns of text.
pub fn pairs(db: &dyn Database, query: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let read = db.select(query, &[], &mut |row| {
        let (first, second) = (row.text(0)?.unwrap_or_default(), row.text(1)?.unwrap_or_default());
        found.push((first.to_owned(), second.to_owned()));
        Ok(())
    });
    read.expect("readable");
    found
}
