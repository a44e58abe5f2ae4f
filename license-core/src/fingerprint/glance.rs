//! What a value cannot be, told by the sorts of its characters.
//!
//! Nearly every value is somebody's serial number, and each kind of junk is made of characters that few of those have:
//! words with something between them, a dot, a bracket. One pass finds the sorts; a check without which it goes is
//! passed over, and none says otherwise than it would have.

/// The sorts of characters that a text has.
#[derive(Clone, Copy)]
pub(super) struct Glance(u8);

const DIGIT: u8 = 1;
/// A letter of ASCII that is no hex digit.
const LETTER: u8 = 1 << 1;
/// Of ASCII, neither letter nor digit; every other sort of marks has this one as well.
const MARK: u8 = 1 << 2;
const WHITE: u8 = 1 << 3;
/// What stands in addresses of hosts.
const ADDRESS: u8 = 1 << 4;
/// What begins a place that a template holds open.
const PLACE: u8 = 1 << 5;
/// Not of ASCII.
const BEYOND: u8 = 1 << 6;
/// What escapes begin with, or lines end with that were broken.
const ESCAPE: u8 = 1 << 7;

static SORTS: [u8; 256] = sorts();

impl Glance {
    pub(super) fn at(value: &str) -> Self {
        Self(value.bytes().fold(0, |found, byte| found | SORTS[usize::from(byte)]))
    }

    const fn has(self, sorts: u8) -> bool {
        self.0 & sorts != 0
    }

    pub(super) const fn has_digit(self) -> bool {
        self.has(DIGIT)
    }

    /// Whether it may have letters that are no hex digits, of which all words have one.
    pub(super) const fn may_have_words(self) -> bool {
        self.has(LETTER | BEYOND)
    }

    /// Whether it may have anything but letters and digits, as what is made of two words or begins with a mark has.
    pub(super) const fn may_have_marks(self) -> bool {
        self.has(MARK | BEYOND)
    }

    /// Whether it may have white space.
    pub(super) const fn may_have_space(self) -> bool {
        self.has(WHITE | BEYOND)
    }

    /// Whether it may have letters of another script or with accents.
    pub(super) const fn is_beyond_ascii(self) -> bool {
        self.has(BEYOND)
    }

    /// Whether it may have the dots, colons, slashes or brackets of a host's address.
    pub(super) const fn may_be_address(self) -> bool {
        self.has(ADDRESS)
    }

    /// Whether it may have escapes of any code.
    pub(super) const fn may_have_escapes(self) -> bool {
        self.has(ESCAPE)
    }

    /// Whether it may hold a place open, as templates do.
    pub(super) const fn may_have_places(self) -> bool {
        self.has(PLACE)
    }
}

const fn sorts() -> [u8; 256] {
    let mut sorts = [BEYOND; 256];
    let mut byte: u8 = 0;
    while byte < 128 {
        sorts[byte as usize] = match byte {
            b'0'..=b'9' => DIGIT,
            b'A'..=b'F' | b'a'..=b'f' => 0,
            b'G'..=b'Z' | b'g'..=b'z' => LETTER,
            b' ' | b'\t'..=b'\r' => MARK | WHITE,
            b'.' | b':' | b'/' => MARK | ADDRESS,
            b'[' => MARK | ADDRESS | PLACE,
            b'%' | b'_' => MARK | PLACE | ESCAPE,
            b'&' | b'+' | b'=' | b'\\' | b'^' => MARK | ESCAPE,
            b'{' | b'$' | b'<' | b'@' | b'`' | b'#' => MARK | PLACE,
            _ => MARK,
        };
        byte += 1;
    }
    sorts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sort_that_stands_in_a_value_is_seen_wherever_it_stands() {
        for (sort, sees) in [
            ("7", Glance::has_digit as fn(Glance) -> bool),
            ("Z", Glance::may_have_words),
            ("É", Glance::may_have_words),
            ("-", Glance::may_have_marks),
            ("_", Glance::may_have_marks),
            ("—", Glance::may_have_marks),
            ("\u{b}", Glance::may_have_space),
            ("\u{3000}", Glance::may_have_space),
            ("主", Glance::is_beyond_ascii),
            (":", Glance::may_be_address),
            ("[", Glance::may_be_address),
            ("[", Glance::may_have_places),
            ("#", Glance::may_have_places),
            ("_", Glance::may_have_places),
            ("_", Glance::may_have_escapes),
            ("\\", Glance::may_have_escapes),
        ] {
            assert!(!sees(Glance::at("ACE")), "{sort}");
            for value in [format!("{sort}ACE"), format!("A{sort}CE"), format!("ACE{sort}")] {
                assert!(sees(Glance::at(&value)), "{value}");
            }
        }
    }
}
