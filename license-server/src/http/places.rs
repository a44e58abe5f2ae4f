//! Who may hold how many connections, and who gives one up for whom.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::pulse::Pulse;
use crate::clock::Clock;
use crate::config::Network;

/// For how long one of an address' own connections must have kept the server waiting before a new one of the same
/// address gets its place: connections that are in use all the time would only take turns.
const OWN_REST: Duration = Duration::from_millis(100);

/// The places of one listener; clones share them.
///
/// While there is room, everybody has as many as they want. When there is none, whoever comes gets the place of the
/// connection that has kept the server waiting longest: of addresses over their share first, of trusted proxies last.
/// An address over its share gets its own places only.
#[derive(Clone, Debug)]
pub(super) struct Places(Arc<Rules>);

#[derive(Debug)]
struct Rules {
    most: usize,
    share: usize,
    /// Whose connections are many people's.
    proxies: Arc<[Network]>,
    clock: Clock,
    own_rest: Duration,
    held: Mutex<Held>,
}

#[derive(Debug, Default)]
struct Held {
    next: u64,
    connections: HashMap<u64, Connection>,
    by_address: HashMap<IpAddr, usize>,
}

#[derive(Debug)]
struct Connection {
    address: IpAddr,
    is_proxy: bool,
    pulse: Pulse,
}

/// A connection's place, free again when it is dropped.
#[derive(Debug)]
pub(super) struct Place {
    places: Places,
    id: u64,
}

/// An IPv4 address, or the first half of an IPv6 address: the other half is its network's to choose.
pub(super) fn one_address(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(six) => IpAddr::V6((six.to_bits() >> 64 << 64).into()),
        four @ IpAddr::V4(_) => four,
    }
}

impl Places {
    /// So many in all, and so many for one address where there are too few.
    pub(super) fn new(most: usize, share: usize, proxies: Arc<[Network]>, clock: Clock) -> Self {
        Self::of(most, share, proxies, clock, OWN_REST)
    }

    fn of(most: usize, share: usize, proxies: Arc<[Network]>, clock: Clock, own_rest: Duration) -> Self {
        Self(Arc::new(Rules { most, share, proxies, clock, own_rest, held: Mutex::default() }))
    }

    /// A place for a new connection, and whether another one was closed for it; nothing if all others are being
    /// answered and have as good a right.
    pub(super) fn take(&self, peer: IpAddr, pulse: &Pulse) -> Option<(Place, bool)> {
        let is_proxy = self.0.proxies.iter().any(|network| network.contains(peer));
        let address = one_address(peer);
        let mut held = self.held();
        let is_full = held.connections.len() >= self.0.most;
        if is_full {
            let victim = self.victim(&held, address, is_proxy)?;
            held.remove(victim)?.pulse.close();
        }
        let id = held.next;
        held.next += 1;
        held.connections.insert(id, Connection { address, is_proxy, pulse: pulse.clone() });
        *held.by_address.entry(address).or_default() += 1;
        Some((Place { places: self.clone(), id }, is_full))
    }

    /// Which connection a new one of `address` may replace.
    fn victim(&self, held: &Held, address: IpAddr, is_proxy: bool) -> Option<u64> {
        let (share, own) = (self.0.share, if is_proxy { 0 } else { held.count(address) });
        if own < share {
            return held.longest_waiting(share, |_, _| true).or_else(|| held.of_the_greediest(own));
        }
        let now = self.0.clock.instant();
        held.longest_waiting(share, |connection, since| {
            connection.address == address && now.saturating_duration_since(since) >= self.0.own_rest
        })
    }

    /// Closes the connection that has kept the server waiting longest, whosever it is: the system has no more file
    /// handles. Whether there was one.
    pub(super) fn give_up_one(&self) -> bool {
        let mut held = self.held();
        let victim = held.longest_waiting(self.0.share, |_, _| true);
        victim.and_then(|id| held.remove(id)).is_some_and(|connection| {
            connection.pulse.close();
            true
        })
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.0.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Held {
    /// The one that has kept the server waiting longest, of those that `may_go`.
    fn longest_waiting(&self, share: usize, may_go: impl Fn(&Connection, Instant) -> bool) -> Option<u64> {
        let waiting = self.connections.iter().filter_map(|(id, connection)| {
            let since = connection.pulse.waiting_since().filter(|since| may_go(connection, *since))?;
            let is_over = !connection.is_proxy && self.count(connection.address) > share;
            Some((!is_over, connection.is_proxy, since, *id))
        });
        waiting.min().map(|(.., id)| id)
    }

    /// All are being answered: the oldest of the address that has the most, if it keeps more than the newcomer gets.
    /// What was begun for it goes on, only its answer is lost.
    fn of_the_greediest(&self, own: usize) -> Option<u64> {
        let others = self.connections.iter().filter(|(_, connection)| !connection.is_proxy);
        let (_, greedy) = others.max_by_key(|(_, connection)| self.count(connection.address))?;
        if self.count(greedy.address) <= own + 1 {
            return None;
        }
        let theirs =
            self.connections.iter().filter(|(_, one)| !one.is_proxy && one.address == greedy.address);
        theirs.map(|(id, _)| *id).min()
    }

    fn count(&self, address: IpAddr) -> usize {
        self.by_address.get(&address).copied().unwrap_or(0)
    }

    fn remove(&mut self, id: u64) -> Option<Connection> {
        let connection = self.connections.remove(&id)?;
        if let Some(count) = self.by_address.get_mut(&connection.address) {
            *count -= 1;
            if *count == 0 {
                self.by_address.remove(&connection.address);
            }
        }
        Some(connection)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        // Whoever was closed for another has given it back already.
        self.places.held().remove(self.id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::pulse::{Closed, Request};

    struct Guest {
        pulse: Pulse,
        place: Option<Place>,
        request: Option<Request>,
    }

    impl Guest {
        async fn was_closed(&self) -> bool {
            let stopped = tokio::time::timeout(Duration::ZERO, self.pulse.stopped());
            stopped.await == Ok(Closed::Place)
        }

        /// A whole request is there.
        fn asks(mut self) -> Self {
            let mut request = self.pulse.request();
            request.read();
            self.request = Some(request);
            self
        }
    }

    fn places() -> Places {
        Places::of(4, 2, ["10.0.0.1".parse().unwrap()].into(), Clock::system(), Duration::ZERO)
    }

    fn enter(places: &Places, peer: &str) -> Guest {
        let pulse = Pulse::new(Clock::system());
        let place = places.take(peer.parse().unwrap(), &pulse).map(|(place, _)| place);
        Guest { pulse, place, request: None }
    }

    #[tokio::test]
    async fn whoever_comes_gets_the_place_of_who_waits_longest() {
        let places = places();
        let guests: Vec<_> = (1..=4).map(|n| enter(&places, &format!("192.0.2.{n}"))).collect();
        // The first has been answered meanwhile.
        drop(guests[0].pulse.request());
        let newcomer = enter(&places, "192.0.2.9");
        assert!(newcomer.place.is_some() && guests[1].was_closed().await);
        for still in [&guests[0], &guests[2], &guests[3], &newcomer] {
            assert!(!still.was_closed().await);
        }
        assert_eq!(places.held().connections.len(), 4);
        drop(guests);
        assert_eq!(places.held().connections.len(), 1, "a place is given back once");
    }

    #[tokio::test]
    async fn an_address_over_its_share_gives_before_others_and_takes_its_own_only() {
        let places = places();
        let other = enter(&places, "192.0.2.1");
        let greedy: Vec<_> = (0..3).map(|_| enter(&places, "2001:db8:1:2::9")).collect();
        let again = enter(&places, "2001:db8:1:2:ffff::1");
        assert!(again.place.is_some() && greedy[0].was_closed().await, "its network is one address");
        let newcomer = enter(&places, "192.0.2.2");
        assert!(newcomer.place.is_some() && greedy[1].was_closed().await);
        assert!(!other.was_closed().await && !greedy[2].was_closed().await);
    }

    #[tokio::test]
    async fn connections_that_are_in_use_do_not_take_turns() {
        let places = Places::of(2, 1, Arc::default(), Clock::system(), Duration::from_secs(60));
        let _used = [enter(&places, "192.0.2.1"), enter(&places, "192.0.2.1")];
        assert!(enter(&places, "192.0.2.1").place.is_none());
        assert!(enter(&places, "192.0.2.2").place.is_some(), "another address need not wait");
    }

    #[tokio::test]
    async fn one_that_is_being_answered_goes_only_where_its_address_has_more_than_others() {
        let places = places();
        let greedy: Vec<_> = (0..4).map(|_| enter(&places, "192.0.2.1").asks()).collect();
        assert!(enter(&places, "192.0.2.1").place.is_none(), "over its share");
        let newcomers = [enter(&places, "192.0.2.2").asks(), enter(&places, "192.0.2.2").asks()];
        assert!(newcomers.iter().all(|guest| guest.place.is_some()));
        assert!(greedy[0].was_closed().await && greedy[1].was_closed().await);
        assert!(enter(&places, "192.0.2.2").place.is_none(), "two and two");
        assert!(enter(&places, "192.0.2.3").place.is_some());
    }

    #[tokio::test]
    async fn a_trusted_proxy_has_no_share_and_goes_last() {
        let places = places();
        let proxy: Vec<_> = (0..3).map(|_| enter(&places, "10.0.0.1")).collect();
        let other = enter(&places, "192.0.2.1");
        assert!(enter(&places, "10.0.0.1").place.is_some() && other.was_closed().await);
        assert!(!proxy[0].was_closed().await);
        let busy: Vec<_> = (0..4).map(|_| enter(&places, "10.0.0.1").asks()).collect();
        assert!(busy.iter().all(|guest| guest.place.is_some()));
        assert!(enter(&places, "192.0.2.9").place.is_none(), "those of a proxy are many people's");
    }

    #[tokio::test]
    async fn when_file_handles_run_out_the_longest_waiting_goes() {
        let places = places();
        assert!(!places.give_up_one());
        let (busy, waiting) = (enter(&places, "192.0.2.1").asks(), enter(&places, "192.0.2.2"));
        assert!(places.give_up_one() && waiting.was_closed().await && !busy.was_closed().await);
        assert!(!places.give_up_one());
    }
}
