//! How much memory unread requests may hold, all together.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

/// What a request holds besides its header's and its body's bytes: its stream, its task, its tables.
const EACH: usize = 4 * 1024;

/// The memory of requests whose bodies are still coming; clones share it.
///
/// When it is used up, the request goes that has been coming for longest: whoever comes is served. A body that is there
/// at once holds nothing of it.
#[derive(Clone, Debug)]
pub(super) struct Room(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    most: usize,
    held: Mutex<Held>,
}

#[derive(Debug, Default)]
struct Held {
    next: u64,
    bytes: usize,
    requests: BTreeMap<u64, Unread>,
}

#[derive(Debug)]
struct Unread {
    bytes: usize,
    gone: Arc<Notify>,
}

/// What one request holds, free again when it is dropped.
#[derive(Debug)]
pub(super) struct Hold {
    room: Room,
    id: u64,
    gone: Arc<Notify>,
}

impl Room {
    /// Of so many bytes.
    pub(super) fn of(most: usize) -> Self {
        Self(Arc::new(Shared { most, held: Mutex::default() }))
    }

    /// For a request with so many bytes of header and body.
    pub(super) fn hold(&self, bytes: usize) -> Hold {
        let gone = Arc::new(Notify::new());
        let mut held = self.held();
        let id = held.next;
        held.next += 1;
        held.requests.insert(id, Unread { bytes: 0, gone: Arc::clone(&gone) });
        held.set(id, bytes, self.0.most);
        Hold { room: self.clone(), id, gone }
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.0.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Held {
    fn set(&mut self, id: u64, bytes: usize, most: usize) {
        // One that had to go holds nothing any more.
        let Some(request) = self.requests.get_mut(&id) else { return };
        let bytes = bytes.saturating_add(EACH);
        self.bytes = self.bytes - request.bytes + bytes;
        request.bytes = bytes;
        while self.bytes > most
            && let Some((_, oldest)) = self.requests.pop_first()
        {
            self.bytes -= oldest.bytes;
            oldest.gone.notify_one();
        }
    }
}

impl Hold {
    /// The request has so many bytes by now.
    pub(super) fn set(&self, bytes: usize) {
        self.room.held().set(self.id, bytes, self.room.0.most);
    }

    /// Returns when the request has to go.
    pub(super) async fn taken(&self) {
        self.gone.notified().await;
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        let mut held = self.room.held();
        if let Some(request) = held.requests.remove(&self.id) {
            held.bytes -= request.bytes;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn is_gone(hold: &Hold) -> bool {
        tokio::select! {
            biased;
            () = hold.taken() => true,
            () = std::future::ready(()) => false,
        }
    }

    #[tokio::test]
    async fn the_oldest_goes_when_there_is_no_room_for_more() {
        let room = Room::of(4 * EACH);
        let holds: Vec<_> = (0..4).map(|_| room.hold(0)).collect();
        assert!(!is_gone(&holds[0]).await);
        let fifth = room.hold(0);
        assert!(is_gone(&holds[0]).await && !is_gone(&holds[1]).await);
        fifth.set(2 * EACH);
        assert!(is_gone(&holds[1]).await && is_gone(&holds[2]).await && !is_gone(&holds[3]).await);
        fifth.set(9 * EACH);
        assert!(is_gone(&holds[3]).await && is_gone(&fifth).await, "more than all there is");
        holds[0].set(9 * EACH);
        assert_eq!(room.held().bytes, 0, "those that are gone hold nothing");
        drop((holds, fifth));
        assert!(room.held().requests.is_empty() && room.held().bytes == 0);
    }

    #[tokio::test]
    async fn what_was_read_makes_room() {
        let room = Room::of(4 * EACH);
        for _ in 0..100 {
            let hold = room.hold(3 * EACH);
            assert!(!is_gone(&hold).await);
        }
        assert_eq!(room.held().bytes, 0);
    }
}
