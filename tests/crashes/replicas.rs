//! Servers that come and go, and where callers find them.

use std::net::SocketAddr;

use license_tests::postgres::Cluster;
use license_tests::{Served, Workplace};
use tokio::sync::watch;

use super::chance::Chance;

/// How many machines an instance has room for.
pub const SEATS: u64 = 5;

/// A vendor's folder whose instances have [`SEATS`] seats.
pub fn workplace() -> Workplace {
    let place = Workplace::ready();
    place.write("catalog.toml", &format!("[default]\ncode = \"cad\"\nseats = {SEATS}\n"));
    place
}

/// The file of a folder, as an address.
pub fn file(place: &Workplace) -> String {
    format!("sqlite://{}", place.path("license.db").display())
}

/// A new database of the shared cluster.
pub fn shared() -> String {
    Cluster::shared().database()
}

/// The servers of one folder, on one database.
pub struct Replicas {
    pub place: Workplace,
    pub database: String,
    running: Vec<Option<Served>>,
    told: watch::Sender<Vec<Option<SocketAddr>>>,
}

impl Replicas {
    /// Starts some.
    pub async fn start(place: Workplace, database: &str, count: usize) -> Self {
        let mut running = Vec::new();
        for n in 0..count {
            running.push(Some(place.serve_as(&n.to_string(), database, &[]).await));
        }
        let at = running.iter().map(|served| served.as_ref().map(|served| served.address)).collect();
        Self { place, database: database.to_owned(), running, told: watch::channel(at).0 }
    }

    /// Ends one as a power cut does.
    pub fn kill(&mut self, n: usize) {
        if let Some(served) = self.running[n].take() {
            served.kill();
        }
        self.told.send_modify(|at| at[n] = None);
    }

    /// Starts one that was killed.
    pub async fn revive(&mut self, n: usize) {
        let served = self.place.serve_as(&n.to_string(), &self.database, &[]).await;
        self.told.send_modify(|at| at[n] = Some(served.address));
        self.running[n] = Some(served);
    }

    /// How many there are when all run.
    pub fn count(&self) -> u64 {
        u64::try_from(self.running.len()).expect("few")
    }

    /// Where callers find them.
    pub fn door(&self) -> Door {
        Door(self.told.subscribe())
    }
}

/// Where servers are found at the moment.
#[derive(Clone)]
pub struct Door(watch::Receiver<Vec<Option<SocketAddr>>>);

impl Door {
    /// One server, which stays where it is.
    pub fn to(server: SocketAddr) -> Self {
        Self::to_all(&[server])
    }

    /// Several of that kind.
    pub fn to_all(servers: &[SocketAddr]) -> Self {
        let (told, door) = watch::channel(servers.iter().copied().map(Some).collect());
        // What was said last is heard though nobody says more.
        drop(told);
        Self(door)
    }

    /// One that is there, once there is one.
    pub async fn any(&mut self, chance: &mut Chance) -> SocketAddr {
        let there = self.0.wait_for(|at| at.iter().any(Option::is_some)).await;
        let there: Vec<SocketAddr> = there.expect("servers").iter().flatten().copied().collect();
        *chance.pick(&there)
    }
}
