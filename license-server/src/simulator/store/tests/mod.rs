//! The whole store over TCP.

mod calls;
mod client;
mod faults;
mod merchant;
mod outages;

use license_core::UnixTime;

use super::*;
use client::Client;

/// 2026-09-23T06:17:52Z
const NOW: UnixTime = UnixTime::from_secs(1_790_144_272);

/// A store whose clock stands at [`NOW`], and who may call it.
async fn open() -> (SimulatedStore, Client) {
    let (clock, _) = Clock::settable(NOW.as_secs() * 1000);
    let options = StoreOptions { clock, ..StoreOptions::local(Secret::from("AK1"), Secret::from("SK1")) };
    let store = SimulatedStore::listen(options).await.unwrap();
    let client = Client::of(&store);
    (store, client)
}

fn said(store: &SimulatedStore) -> Vec<(About, String)> {
    store.complaints().into_iter().map(|complaint| (complaint.about, complaint.message)).collect()
}

fn taken(store: &SimulatedStore, event: &str) -> Vec<Vec<u8>> {
    store.uploads(event).into_iter().map(|upload| upload.license).collect()
}
