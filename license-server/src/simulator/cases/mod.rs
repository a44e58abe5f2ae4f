//! The cases: what is played, why, and by which page of the store's guide.

mod application;
mod debug;
mod life;
mod members;
mod open_api;
mod outage;
mod purchase;
mod renewal;
mod seats;
mod signature;
mod state;

use std::pin::Pin;

use super::act::{Act, Done};

/// A case being played.
pub(super) type Playing<'a> = Pin<Box<dyn Future<Output = Done> + Send + 'a>>;

/// What a case needs of the server under test.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Needs {
    /// Only its answers.
    Answers,
    /// Uploads through the played open API as well.
    Uploads,
    /// Uploads, and order queries there.
    Orders,
}

/// One case.
#[derive(Clone, Copy)]
pub struct Case {
    /// Its name; it stays the same.
    pub name: &'static str,
    /// What it is about.
    pub group: &'static str,
    /// The guide's page: the number at the end of its address.
    pub page: &'static str,
    /// Why what it expects is expected.
    pub why: &'static str,
    /// What it needs.
    pub needs: Needs,
    pub(super) play: for<'a> fn(&'a mut Act) -> Playing<'a>,
}

/// The case that is played first: what it shows of the open API decides which others can be played.
pub const FIRST: &str = "first-license";

/// All cases in the order they are played.
pub fn all() -> impl Iterator<Item = &'static Case> {
    [
        purchase::FIRST_LICENSE,
        debug::CASES,
        purchase::CASES,
        life::CASES,
        application::CASES,
        seats::CASES,
        renewal::CASES,
        state::CASES,
        signature::CASES,
        members::CASES,
        outage::CASES,
        open_api::CASES,
    ]
    .into_iter()
    .flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_case_has_a_name_of_its_own_a_page_and_a_reason() {
        let mut names: Vec<_> = all().map(|case| case.name).collect();
        assert_eq!(names[0], FIRST);
        names.sort_unstable();
        let count = names.len();
        names.dedup();
        assert_eq!(names.len(), count);
        for case in all() {
            let is_page = case.page.len() >= 4 && case.page.bytes().all(|byte| byte.is_ascii_digit());
            assert!(is_page, "{}", case.name);
            assert!(case.why.len() > 20, "{}", case.name);
        }
    }
}
