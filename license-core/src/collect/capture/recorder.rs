//! Notes what a collector asks for, and what it is answered.

use std::cell::RefCell;
use std::collections::BTreeSet;

use crate::collect::fact::LeftOut;
use crate::collect::links::resolve;
use crate::collect::played::{Entry, Files};
use crate::collect::root::{Presence, Root};

/// Another root, and everything that it was asked for: files, links and folders at the places where they really are,
/// and the links on the way there.
pub(in crate::collect) struct Recorder<'a> {
    root: Root<'a>,
    seen: RefCell<Files>,
    /// What the collector itself calls files and folders outside of `/sys`, part by part: words of ours.
    asked: RefCell<BTreeSet<String>>,
}

impl<'a> Recorder<'a> {
    pub(super) fn new(root: Root<'a>) -> Self {
        Self { root, seen: RefCell::default(), asked: RefCell::default() }
    }

    pub(super) fn into_parts(self) -> (Files, BTreeSet<String>) {
        (self.seen.into_inner(), self.asked.into_inner())
    }

    pub(in crate::collect) fn bytes(&self, path: &str, most: u64) -> Option<Result<Vec<u8>, LeftOut>> {
        self.ask(path);
        let answer = self.root.first_bytes(path, most);
        let entry = match &answer {
            Some(Ok(bytes)) => Entry::File(bytes.clone()),
            Some(Err(_)) => Entry::Unreadable,
            None if self.root.presence(path) == Presence::Absent => Entry::Absent,
            // A folder, or a link that leads nowhere.
            None => {
                self.presence(path);
                return answer;
            }
        };
        self.note(path, true, entry);
        answer
    }

    pub(in crate::collect) fn presence(&self, path: &str) -> Presence {
        self.ask(path);
        let presence = self.root.presence(path);
        match presence {
            Presence::Absent => self.note(path, false, Entry::Absent),
            Presence::There => self.note_what_is_there(path),
            Presence::Denied => {
                let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
                self.note(folder, true, Entry::Unreadable);
            }
        }
        presence
    }

    pub(in crate::collect) fn is_folder(&self, path: &str) -> bool {
        self.presence(path);
        self.root.is_folder(path)
    }

    pub(in crate::collect) fn link(&self, path: &str) -> Option<String> {
        self.ask(path);
        let target = self.root.link(path);
        if target.is_some() {
            self.note_what_is_there(path);
        } else {
            self.presence(path);
        }
        target
    }

    pub(in crate::collect) fn names(&self, path: &str) -> Result<Vec<String>, LeftOut> {
        self.ask(path);
        let names = self.root.names(path);
        match &names {
            Err(_) => self.note(path, true, Entry::Unreadable),
            Ok(names) if names.is_empty() => {
                let there = self.root.presence(path) == Presence::There;
                self.note(path, true, if there { Entry::Folder } else { Entry::Absent });
            }
            Ok(names) => {
                for name in names {
                    self.note_what_is_there(&format!("{}/{name}", path.trim_end_matches('/')));
                }
            }
        }
        names
    }

    fn ask(&self, path: &str) {
        if !path.starts_with("/sys/") {
            self.asked.borrow_mut().extend(path.split('/').map(str::to_owned));
        }
    }

    /// That something is there, without what it holds.
    fn note_what_is_there(&self, path: &str) {
        let entry = match self.root.link(path) {
            Some(target) => Entry::Link(target),
            None if self.root.is_folder(path) => Entry::Folder,
            None => Entry::File(Vec::new()),
        };
        self.note(path, false, entry);
    }

    fn note(&self, path: &str, follow_last: bool, entry: Entry) {
        let mut seen = self.seen.borrow_mut();
        let real = resolve(path, follow_last, |here| {
            let target = self.root.link(here);
            if let Some(target) = &target {
                seen.note(here.to_owned(), Entry::Link(target.clone()));
            }
            target
        });
        // A way without an end is noted by its links.
        if let Some(real) = real.filter(|real| real != "/") {
            seen.note(real, entry);
        }
    }
}
