//! Files, links and folders in memory, found as Linux finds them.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry as Slot;

use crate::collect::fact::LeftOut;
use crate::collect::links::resolve;
use crate::collect::root::Presence;

/// What stands at a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::collect) enum Entry {
    File(Vec<u8>),
    /// Where it points, as written in it.
    Link(String),
    /// One that may be empty; others need no entry of their own.
    Folder,
    /// A file or folder that cannot be read.
    Unreadable,
    /// It was asked for and is not there. Says more than nothing only to people.
    Absent,
}

/// By absolute path.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::collect) struct Files(BTreeMap<String, Entry>);

impl Files {
    pub(in crate::collect) fn insert(&mut self, path: String, entry: Entry) {
        self.0.insert(path, entry);
    }

    /// Puts it there unless something is there that says more.
    pub(in crate::collect) fn note(&mut self, path: String, entry: Entry) {
        match self.0.entry(path) {
            Slot::Vacant(free) => _ = free.insert(entry),
            Slot::Occupied(mut old) => {
                if said(&entry) > said(old.get()) {
                    old.insert(entry);
                }
            }
        }
    }

    pub(in crate::collect) fn iter(&self) -> impl Iterator<Item = (&str, &Entry)> {
        self.0.iter().map(|(path, entry)| (path.as_str(), entry))
    }

    pub(in crate::collect) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The first bytes of a file; nothing if there is no such file.
    pub(in crate::collect) fn bytes(&self, path: &str, most: u64) -> Option<Result<Vec<u8>, LeftOut>> {
        let path = self.real(path, true)?;
        if self.is_denied(&path) {
            return Some(Err(LeftOut::Unreadable));
        }
        match self.0.get(&path)? {
            Entry::File(bytes) => {
                let most = usize::try_from(most).unwrap_or(usize::MAX);
                Some(Ok(bytes.iter().copied().take(most).collect()))
            }
            Entry::Unreadable => Some(Err(LeftOut::Unreadable)),
            Entry::Link(_) | Entry::Folder | Entry::Absent => None,
        }
    }

    pub(in crate::collect) fn presence(&self, path: &str) -> Presence {
        let Some(path) = self.real(path, false) else { return Presence::Absent };
        if self.is_denied(&path) {
            return Presence::Denied;
        }
        match self.0.get(&path) {
            Some(Entry::Absent) | None if self.below(&path).next().is_none() => Presence::Absent,
            _ => Presence::There,
        }
    }

    pub(in crate::collect) fn is_folder(&self, path: &str) -> bool {
        self.real(path, false).is_some_and(|path| {
            self.below(&path).next().is_some() || self.0.get(&path) == Some(&Entry::Folder)
        })
    }

    pub(in crate::collect) fn link(&self, path: &str) -> Option<String> {
        match self.0.get(&self.real(path, false)?)? {
            Entry::Link(target) => Some(target.clone()),
            _ => None,
        }
    }

    /// The names in a folder, sorted; none if there is no such folder.
    pub(in crate::collect) fn names(&self, path: &str) -> Result<Vec<String>, LeftOut> {
        let Some(folder) = self.real(path, true) else { return Ok(Vec::new()) };
        if self.is_denied(&folder) || self.0.get(&folder) == Some(&Entry::Unreadable) {
            return Err(LeftOut::Unreadable);
        }
        let mut names: Vec<String> = Vec::new();
        for rest in self.below(&folder) {
            let name = rest.split('/').next().unwrap_or_default();
            if names.last().is_none_or(|last| last != name) {
                names.push(name.to_owned());
            }
        }
        names.sort();
        names.dedup();
        Ok(names)
    }

    /// What lies below a folder that is really there, by the rest of its path.
    fn below(&self, folder: &str) -> impl Iterator<Item = &str> {
        let start = format!("{}/", folder.trim_end_matches('/'));
        let inside = self.0.range(start.clone()..).take_while(move |(path, _)| path.starts_with(&start));
        let len = folder.trim_end_matches('/').len() + 1;
        inside.filter(|(_, entry)| **entry != Entry::Absent).filter_map(move |(path, _)| path.get(len..))
    }

    /// Whether it lies in a folder that cannot be read.
    fn is_denied(&self, path: &str) -> bool {
        path.match_indices('/').skip(1).any(|(at, _)| self.0.get(&path[..at]) == Some(&Entry::Unreadable))
    }

    fn real(&self, path: &str, follow_last: bool) -> Option<String> {
        resolve(path, follow_last, |here| match self.0.get(here) {
            Some(Entry::Link(target)) => Some(target.clone()),
            _ => None,
        })
    }
}

/// How much an entry says.
const fn said(entry: &Entry) -> u8 {
    match entry {
        Entry::Absent => 0,
        Entry::Folder => 1,
        Entry::File(bytes) if bytes.is_empty() => 2,
        Entry::Unreadable => 3,
        Entry::File(_) | Entry::Link(_) => 4,
    }
}
