//! What a seat takes of its first text.

use license_core::{Fingerprint, Kind};

use super::search::{fact, fingerprint};
use crate::engine::catalog::Product;
use crate::engine::seat_first::first_parts;

fn text(kinds: &[(Kind, u8)]) -> Fingerprint {
    let facts = kinds.iter().flat_map(|(kind, many)| (0..*many).map(|nth| fact(*kind, 1, nth)));
    fingerprint(facts.collect()).expect("a text")
}

fn taken(kinds: &[(Kind, u8)]) -> usize {
    first_parts(&text(kinds), &Product::ordinary()).components().len()
}

/// R50
#[test]
fn a_copied_id_and_the_cards_of_four_machines_are_one_seats_for_two_at_most() {
    assert_eq!(taken(&[(Kind::Os, 1), (Kind::Mac, 4)]), 3);
    assert_eq!(taken(&[(Kind::Os, 1), (Kind::Disk, 4)]), 3);
    assert_eq!(taken(&[(Kind::Cloud, 1), (Kind::Disk, 3)]), 3);
}

/// R50
#[test]
fn what_a_usual_machine_shows_is_taken_whole() {
    for kinds in [
        &[(Kind::Os, 1), (Kind::Mac, 2), (Kind::Disk, 1)][..],
        &[(Kind::Os, 1), (Kind::Mac, 4), (Kind::Disk, 4)],
        &[(Kind::Mac, 4), (Kind::Disk, 2), (Kind::Board, 1)],
        &[(Kind::Os, 1), (Kind::Mac, 2), (Kind::Disk, 2), (Kind::Board, 1), (Kind::System, 1)],
        &[(Kind::Mac, 4)],
        &[(Kind::Os, 1)],
    ] {
        assert_eq!(first_parts(&text(kinds), &Product::ordinary()), text(kinds), "{kinds:?}");
    }
}
