//! Everything that was acknowledged, held against what is stored and delivered.

use std::collections::BTreeMap;

use license_core::{Trust, UnverifiedLicense};
use license_server::clock::Clock;
use license_server::config::values;
use license_server::delivery::file_name;
use license_server::keystore::KeyFolder;
use license_server::simulator::store::SimulatedStore;
use license_tests::{PATIENCE, Workplace, eventually};

use super::callers::{Ack, Caller, Wish};
use super::sweep::Sweep;

/// What was acknowledged until now.
#[derive(Default)]
pub struct Book {
    acks: Vec<Ack>,
    /// The one instance of each order line.
    lines: BTreeMap<String, String>,
    /// The bytes of each event's license, as they were seen first.
    licenses: BTreeMap<String, String>,
}

impl Book {
    /// Takes in what was acknowledged in a round, and looks whether it is all there.
    pub fn check(&mut self, acks: Vec<Ack>, database: &str) {
        let sweep = Sweep::of(&values::database(database).expect("an address"));
        assert_eq!(sweep.faults(), Vec::<String>::new());
        for ack in &acks {
            self.note(ack, &sweep);
        }
        self.acks.extend(acks);
        // What an earlier round saw is still there, byte for byte.
        for (event, license) in &self.licenses {
            assert_eq!(sweep.licenses.get(event), Some(license), "{event}");
        }
        for (event, license) in sweep.licenses {
            self.licenses.entry(event).or_insert(license);
        }
    }

    fn note(&mut self, ack: &Ack, sweep: &Sweep) {
        match &ack.wish {
            Wish::Buy { line } => {
                let instance = ack.reply.instance();
                let first = self.lines.entry(line.clone()).or_insert_with(|| instance.to_owned());
                assert_eq!(first, instance, "{line} is one instance");
                assert_eq!(sweep.instances.get(line).map(String::as_str), Some(instance), "{line} is there");
            }
            Wish::Apply { event, .. } => {
                let is_granted = ack.reply.code() == "000000";
                assert_eq!(sweep.licenses.contains_key(event), is_granted, "{event}: {}", ack.reply.code());
            }
            Wish::Renew { instance, order, ends_at } => {
                assert!(sweep.renewals.contains(&(instance.clone(), order.clone())), "{order} is there");
                assert!(sweep.ends[instance] >= ends_at.as_secs(), "{instance} ends no earlier");
            }
        }
    }

    /// Repeats some of it: every one, or one in `of`.
    pub async fn repeat(&self, caller: &mut Caller, one_in: u64) {
        for ack in &self.acks {
            if caller.chance.below(one_in) == 0 {
                caller.repeat(ack).await;
            }
        }
    }

    /// Waits until all licenses are in the folder: they are what is stored, and open on their machines.
    pub async fn check_deliveries(&self, place: &Workplace) {
        let keys = KeyFolder::open(&place.path("keys")).and_then(|folder| folder.published()).expect("keys");
        let (issuer, now) = ("https://vendor.example", Clock::system().now());
        let trust = Trust::new(issuer, "cad", issuer, keys);
        let machines: BTreeMap<&str, u32> = self.acks.iter().filter_map(machine_of).collect();
        for (event, license) in &self.licenses {
            let file = place.path("delivered").join(file_name(event));
            let found = eventually(&format!("{event} arrives"), || std::fs::read_to_string(&file).ok()).await;
            assert_eq!(&found, license, "{event}");
            if let Some(number) = machines.get(event.as_str()) {
                let device = license_tests::machine(*number).device(&license_core::Realm::new(issuer));
                let license: UnverifiedLicense = license.parse().expect("a license");
                license.verify(&trust, &device, now).expect("it opens on its machine");
            }
        }
    }

    /// Waits until a store has all licenses: whatever it was ever sent is what is stored.
    pub async fn check_uploads(&self, store: &SimulatedStore) {
        for event in self.licenses.keys() {
            let uploads = store.wait_for_uploads(event, 1, PATIENCE).await;
            assert!(!uploads.is_empty(), "{event} arrives");
        }
        for upload in store.all_uploads() {
            let stored = self.licenses.get(&upload.event).map(String::as_bytes);
            assert_eq!(Some(upload.license.as_slice()), stored, "no other bytes for {}", upload.event);
        }
        assert_eq!(store.complaints(), []);
    }

    /// For the reader of a run.
    pub fn summary(&self) -> String {
        let of = |code: &str| self.acks.iter().filter(|ack| ack.reply.code() == code).count();
        let (lines, licenses) = (self.lines.len(), self.licenses.len());
        let (done, refused) = (of("000000"), of("000900"));
        format!(
            "{done} calls carried out, {refused} refused for seats, {lines} instances, {licenses} licenses"
        )
    }
}

fn machine_of(ack: &Ack) -> Option<(&str, u32)> {
    match &ack.wish {
        Wish::Apply { event, machine, .. } => Some((event, *machine)),
        _ => None,
    }
}
