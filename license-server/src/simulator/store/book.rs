//! What the store knows: orders, uploads, refusals.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::watch;

use super::order::Order;

/// As many uploads are remembered unless another number is asked for.
const UPLOADS: usize = 100_000;
/// And no more bytes of licenses than these, 1 GiB.
const UPLOADED_BYTES: usize = 1 << 30;
const COMPLAINTS: usize = 10_000;

/// A license that the store took.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upload {
    /// The application it answers.
    pub event: String,
    /// When it was taken.
    pub at: Instant,
    /// How it came.
    pub form: UploadForm,
    /// The license, byte for byte.
    pub license: Vec<u8>,
}

/// How a license came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UploadForm {
    /// As text.
    Characters,
    /// As a file.
    File {
        /// The file's name.
        name: String,
    },
}

/// A call that was refused because it was wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Complaint {
    /// What was wrong with it.
    pub about: About,
    /// The path that was called, cut to 200 characters.
    pub path: String,
    /// One sentence.
    pub message: String,
}

/// What was wrong with a refused call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum About {
    /// Nothing of the API is at this path, or not for this method.
    Path,
    /// The signature.
    Signature,
    /// More bytes or characters than the store takes, or none.
    Size,
    /// The query, the multipart form or its JSON.
    Form,
    /// The checksum of a file.
    Sha256,
    /// There is no such order or line.
    UnknownOrder,
}

/// A refusal of an upload that is final.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FinalRefusal {
    /// 91381034: the application is no longer valid.
    ApplicationInvalid,
    /// 91381035: nothing of the order is left.
    NothingLeft,
}

impl FinalRefusal {
    /// The store's code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::ApplicationInvalid => "91381034",
            Self::NothingLeft => "91381035",
        }
    }

    pub(super) fn message(self) -> &'static str {
        match self {
            Self::ApplicationInvalid => "application invalid",
            Self::NothingLeft => "no remaining amount",
        }
    }
}

/// How often what happened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Order queries that came, whatever became of them.
    pub order_queries: u64,
    /// Upload calls that came, whatever became of them.
    pub uploads: u64,
    /// Uploads that were taken.
    pub accepted: u64,
    /// Calls that were refused: those complained of, and uploads under a refused event.
    pub refused: u64,
    /// Faults that were played.
    pub faults: u64,
}

/// All that is known, behind one lock.
pub(super) struct Book {
    pages: Mutex<Pages>,
    /// Uploads taken so far.
    news: watch::Sender<u64>,
}

#[derive(Default)]
struct Pages {
    orders: HashMap<String, Order>,
    refused_events: HashMap<String, FinalRefusal>,
    complaints: VecDeque<Complaint>,
    counts: Counts,
    uploads: VecDeque<Upload>,
    /// Numbers of the uploads under an event; the first of `uploads` has the number `forgotten`.
    by_event: HashMap<String, VecDeque<u64>>,
    forgotten: u64,
    bytes: usize,
    limit: usize,
}

impl Book {
    pub(super) fn new() -> Self {
        let pages = Pages { limit: UPLOADS, ..Pages::default() };
        Self { pages: Mutex::new(pages), news: watch::Sender::new(0) }
    }

    fn pages(&self) -> MutexGuard<'_, Pages> {
        self.pages.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn sell(&self, order: Order) {
        self.pages().orders.insert(order.id.clone(), order);
    }

    pub(super) fn order(&self, id: &str) -> Option<Order> {
        self.pages().orders.get(id).cloned()
    }

    pub(super) fn refuse_event(&self, event: &str, refusal: FinalRefusal) {
        self.pages().refused_events.insert(event.to_owned(), refusal);
    }

    /// Why an event gets nothing, counted.
    pub(super) fn refusal(&self, event: &str) -> Option<FinalRefusal> {
        let mut pages = self.pages();
        let refusal = pages.refused_events.get(event).copied()?;
        pages.counts.refused += 1;
        Some(refusal)
    }

    pub(super) fn remember(&self, uploads: usize) {
        let mut pages = self.pages();
        pages.limit = uploads;
        pages.forget();
    }

    /// Takes an upload and gives its number.
    pub(super) fn record(&self, upload: Upload) -> u64 {
        let number = self.pages().record(upload);
        self.news.send_modify(|taken| *taken = (*taken).max(number + 1));
        number
    }

    pub(super) fn uploads(&self, event: &str) -> Vec<Upload> {
        let pages = self.pages();
        let numbers = pages.by_event.get(event).into_iter().flatten();
        numbers.filter_map(|number| pages.upload(*number).cloned()).collect()
    }

    pub(super) fn all_uploads(&self) -> Vec<Upload> {
        self.pages().uploads.iter().cloned().collect()
    }

    /// Waits until there are `count` under an event, but not longer than `within`.
    pub(super) async fn wait(&self, event: &str, count: usize, within: Duration) {
        let mut news = self.news.subscribe();
        let enough = async {
            while self.pages().by_event.get(event).map_or(0, VecDeque::len) < count {
                // The sender lives as long as the book.
                if news.changed().await.is_err() {
                    break;
                }
            }
        };
        // What came by then is asked for afterwards, in time or not.
        let _ = tokio::time::timeout(within, enough).await;
    }

    pub(super) fn complain(&self, complaint: Complaint) {
        let mut pages = self.pages();
        pages.counts.refused += 1;
        if pages.complaints.len() == COMPLAINTS {
            pages.complaints.pop_front();
        }
        pages.complaints.push_back(complaint);
    }

    pub(super) fn complaints(&self) -> Vec<Complaint> {
        self.pages().complaints.iter().cloned().collect()
    }

    pub(super) fn counts(&self) -> Counts {
        self.pages().counts
    }

    pub(super) fn count(&self, add: impl FnOnce(&mut Counts)) {
        add(&mut self.pages().counts);
    }
}

impl Pages {
    fn upload(&self, number: u64) -> Option<&Upload> {
        self.uploads.get(usize::try_from(number.checked_sub(self.forgotten)?).ok()?)
    }

    fn record(&mut self, upload: Upload) -> u64 {
        let number = self.counts.accepted;
        self.counts.accepted += 1;
        self.bytes += upload.license.len();
        self.by_event.entry(upload.event.clone()).or_default().push_back(number);
        self.uploads.push_back(upload);
        self.forget();
        number
    }

    /// The oldest first.
    fn forget(&mut self) {
        while self.uploads.len() > self.limit || self.bytes > UPLOADED_BYTES {
            let Some(oldest) = self.uploads.pop_front() else { return };
            self.bytes -= oldest.license.len();
            self.forgotten += 1;
            if let Some(numbers) = self.by_event.get_mut(&oldest.event) {
                numbers.pop_front();
                if numbers.is_empty() {
                    self.by_event.remove(&oldest.event);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Clock;

    fn upload(event: &str, license: &str) -> Upload {
        let at = Clock::system().instant();
        Upload { event: event.into(), at, form: UploadForm::Characters, license: license.into() }
    }

    #[test]
    fn uploads_are_kept_in_order_and_the_oldest_are_forgotten() {
        let book = Book::new();
        book.remember(3);
        for (event, license) in [("a", "1"), ("b", "2"), ("a", "3"), ("a", "4"), ("c", "5")] {
            book.record(upload(event, license));
        }
        let texts = |uploads: Vec<Upload>| {
            uploads.into_iter().map(|one| String::from_utf8(one.license).unwrap()).collect::<Vec<_>>()
        };
        assert_eq!(texts(book.all_uploads()), ["3", "4", "5"]);
        assert_eq!(texts(book.uploads("a")), ["3", "4"]);
        assert_eq!(texts(book.uploads("b")), Vec::<String>::new());
        assert_eq!(book.counts().accepted, 5);
        book.remember(0);
        let pages = book.pages();
        assert_eq!((pages.uploads.len(), pages.by_event.len(), pages.bytes), (0, 0, 0));
    }

    #[tokio::test]
    async fn waiting_ends_with_the_last_upload_or_the_time() {
        let book = Book::new();
        book.record(upload("a", "1"));
        book.wait("a", 1, Duration::from_secs(60)).await;
        book.wait("a", 2, Duration::ZERO).await;
        assert_eq!(book.uploads("a").len(), 1);
        tokio::join!(book.wait("a", 2, Duration::from_secs(60)), async {
            tokio::task::yield_now().await;
            book.record(upload("b", "2"));
            book.record(upload("a", "3"));
        });
        assert_eq!(book.uploads("a").len(), 2);
    }
}
