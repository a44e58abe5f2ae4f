//! What is known of the values that collectors read: which part of them names the machine, and which its maker.

use data_encoding::HEXLOWER;

use super::pseudonyms::{Alphabet, Pseudonyms, bare, stays};
use super::spans::{self, Span};
use super::words;
use crate::fingerprint::{Dropped, Kind, normalise, serial_of};

/// Whether many machines have it, so that it stands as it was read.
fn is_shared(kind: Kind, text: &str) -> bool {
    matches!(normalise(kind, text), Err(Dropped::Placeholder | Dropped::Empty))
}

/// Whether another value would be judged alike.
fn judged_alike(kind: Kind, one: &str, other: &str) -> bool {
    normalise(kind, one).err() == normalise(kind, other).err()
}

impl Pseudonyms {
    /// An address of a network card: its maker's or its hypervisor's prefix stays.
    pub(super) fn address(&mut self, text: &str) -> String {
        if is_shared(Kind::Mac, text) {
            return text.to_owned();
        }
        // Some ranges of hypervisors and tunnels are named by more than three bytes.
        let virtual_one = normalise(Kind::Mac, text) == Err(Dropped::VirtualAdapter);
        let prefix = match virtual_one {
            true => [6, 8, 10].into_iter().find(|&len| is_virtual_by(text, len)).unwrap_or(6),
            false => 6,
        };
        self.replace(text, Alphabet::Hex, &|at| at < prefix, &|new| judged_alike(Kind::Mac, text, new))
    }

    /// A name or number of a disk, whatever it is composed of.
    pub(super) fn disk(&mut self, text: &str) -> String {
        let value = text.trim();
        let replaced = match value.split_once('.') {
            Some(("nvme", rest)) => format!("nvme.{}", self.nvme_name(rest)),
            Some(("t10", rest)) => format!("t10.{}", self.t10_name(rest)),
            Some((form @ ("naa" | "eui" | "uuid"), digits)) if !is_shared(Kind::Disk, value) => {
                format!("{form}.{}", self.world_wide_name(form, value, digits))
            }
            _ => self.serial(Kind::Disk, value),
        };
        text.replacen(value, &replaced, 1)
    }

    /// A serial number.
    pub(super) fn serial(&mut self, kind: Kind, text: &str) -> String {
        if text.trim().is_empty() || is_shared(Kind::Board, text) {
            return text.to_owned();
        }
        if is_shared(kind, text) {
            // A word that somebody gave to a guest's disk names nobody by its form, but may by what it says.
            let is_label = !text.bytes().any(|b| b.is_ascii_digit());
            return if is_label { self.words(text) } else { text.to_owned() };
        }
        if let Some((start, digits)) =
            text.split_at_checked(2).filter(|(start, _)| start.eq_ignore_ascii_case("0x"))
        {
            return format!("{start}{}", self.plain(digits));
        }
        let all = bare(text.as_bytes());
        // Windows spells a world-wide name in groups, and names an NVMe disk's namespace after its number.
        if text.contains('_')
            && text.ends_with('.')
            && all.bytes().all(|b| b.is_ascii_hexdigit())
            && matches!(all.len(), 16 | 32)
        {
            return self.world_wide_name("eui", text, text);
        }
        let namespace = text
            .strip_suffix('.')
            .and_then(|rest| rest.rsplit_once('_'))
            .filter(|(_, number)| number.len() == 8);
        match namespace {
            Some((number, _)) if number != text => {
                let rest = &text[number.len()..];
                format!("{}{rest}", self.serial(kind, number))
            }
            _ => self.replace(text, Alphabet::Classes, &|_| false, &|new| judged_alike(kind, text, new)),
        }
    }

    /// `VVVV-<hex of the number>-<hex of the model>-NNNNNNNN`.
    fn nvme_name(&mut self, rest: &str) -> String {
        let mut parts: Vec<String> = rest.split('-').map(str::to_owned).collect();
        if let Some(part) = parts.get_mut(1) {
            let decoded =
                HEXLOWER.decode(part.as_bytes()).ok().and_then(|bytes| String::from_utf8(bytes).ok());
            *part = match decoded {
                Some(number) if number.is_ascii() => HEXLOWER.encode(self.disk(&number).as_bytes()),
                _ => self.plain(part),
            };
        }
        parts.join("-")
    }

    /// `ATA     <model, 40 characters><number, 20>`; others are composed as their makers like.
    fn t10_name(&mut self, rest: &str) -> String {
        let split = match rest.split_at_checked(48) {
            Some((model, number)) if rest.starts_with("ATA ") && !number.trim().is_empty() => {
                Some((model, number))
            }
            _ => rest.rfind(' ').map(|at| rest.split_at(at + 1)),
        };
        let (model, number) = split.unwrap_or(("", rest));
        // Letters alone are no number, and yet were the disk's elsewhere.
        if self.knows(number) {
            return format!("{model}{}", self.plain(number));
        }
        // A model alone has no number; that of a name of a shared model may still be its own.
        let names_one =
            serial_of(&format!("t10.{rest}")).is_some() || !is_shared(Kind::Disk, &format!("t10.{rest}"));
        if is_shared(Kind::Disk, number.trim()) || !names_one {
            return rest.to_owned();
        }
        // Some targets' default names are known by model and number together.
        let is_known = |number: &str| is_shared(Kind::Disk, &format!("t10.{model}{number}"));
        let another = number.replace(|c: char| c.is_ascii_digit(), "7").replace(char::is_alphabetic, "K");
        if is_known(number) && !is_known(&format!("58{another}")) {
            return rest.to_owned();
        }
        format!("{model}{}", self.disk(number))
    }

    /// `whole` is judged; `digits` are replaced but for its maker's.
    fn world_wide_name(&mut self, form: &str, whole: &str, digits: &str) -> String {
        let len = bare(digits.as_bytes()).len();
        let maker = match (form, len) {
            ("naa", _) => 0..7,
            ("eui", 32) => 16..22,
            ("eui", _) => 0..6,
            _ => 0..0,
        };
        let is_fit = |new: &str| judged_alike(Kind::Disk, whole, &whole.replacen(digits, new, 1));
        self.replace(digits, Alphabet::Hex, &|at| maker.contains(&at), &is_fit)
    }

    /// A UUID or an installation's id.
    pub(super) fn id(&mut self, kind: Kind, text: &str) -> String {
        if is_shared(kind, text) {
            return text.to_owned();
        }
        let is_hex = bare(text.as_bytes()).bytes().all(|b| b.is_ascii_hexdigit());
        let alphabet = if is_hex { Alphabet::Hex } else { Alphabet::Classes };
        self.replace(text, alphabet, &|_| false, &|new| judged_alike(kind, text, new))
    }

    /// A cloud's id of an instance: the words by which clouds tell their ids stay.
    pub(super) fn instance(&mut self, text: &str) -> String {
        const WORDS: [&str; 7] = ["i", "iid", "ins", "instance", "oc1", "ocid1", "vm"];
        if is_shared(Kind::Cloud, text) {
            return text.to_owned();
        }
        if bare(text.as_bytes()).len() == 32 && text.trim().len() == 36 {
            return self.id(Kind::Cloud, text);
        }
        self.runs(text, &|run| WORDS.contains(&run))
    }

    /// A tag that an owner may have put there: a maker's phrase or a cloud's mark stays.
    pub(super) fn tag(&mut self, text: &str, is_mark: bool) -> String {
        let says_none =
            !text.bytes().any(|b| b.is_ascii_digit()) && text.to_ascii_lowercase().contains("asset");
        if is_mark || says_none || is_shared(Kind::Board, text) {
            text.to_owned()
        } else {
            self.instance(text)
        }
    }

    /// A text of unknown content: whatever is no common word is replaced, piece by piece.
    pub(super) fn words(&mut self, text: &str) -> String {
        self.pieces(text, &words::is_common)
    }

    /// A name that somebody chose, of whatever words.
    pub(super) fn name(&mut self, text: &str) -> String {
        self.pieces(text, &|_| false)
    }

    /// A part of a device's place: ids and world-wide names are replaced, places on buses and in memory stay.
    pub(super) fn device(&mut self, part: &str) -> String {
        let is_place = |run: &str| {
            let digits = run.strip_prefix("0x").unwrap_or(run);
            digits.len() < 12 || !digits.bytes().all(|b| b.is_ascii_hexdigit())
        };
        self.pieces(part, &is_place)
    }

    fn pieces(&mut self, text: &str, stays: &dyn Fn(&str) -> bool) -> String {
        let pieces = spans::of(text).into_iter().map(|piece| match piece {
            Span::Escape(text) => text.to_owned(),
            Span::Id { text, separator } => {
                self.id(Kind::System, &text.replace(separator, "-")).replace('-', separator)
            }
            Span::Volume(text) => self.replace(text, Alphabet::Hex, &|_| false, &|_| true),
            Span::Host(text) => self.host(text),
            // The same pseudonym as with stops.
            Span::HostName { text, separator } => {
                self.host(&text.replace(separator, ".")).replace('.', separator)
            }
            Span::Name(text) => self.name(text),
            Span::Text(text) => self.runs(text, stays),
        });
        pieces.collect()
    }

    /// Replaces each run of letters and digits of a text but those that `stays`, told in lower case.
    pub(super) fn runs(&mut self, text: &str, stays: &dyn Fn(&str) -> bool) -> String {
        let known = self.in_text(text);
        let (mut out, mut old, mut new) = (String::with_capacity(text.len()), text, known.as_str());
        while let Some(first) = old.chars().next() {
            // Letters of other scripts, and bytes of them, are letters of a name.
            let is_in_run = |c: &char| c.is_ascii_alphanumeric() || !c.is_ascii();
            let run: usize = old.chars().take_while(is_in_run).map(char::len_utf8).sum();
            let len = run.max(first.len_utf8());
            // The same place in both: a pseudonym is as long as its value.
            let ((before, rest), (after, known_rest)) = (old.split_at(len), new.split_at(len));
            let is_known = before != after;
            if !before.is_ascii() {
                out.push_str(&self.plain(&spelt(before)));
            } else if run == 0 || is_known || is_shared_run(before) || stays(&before.to_ascii_lowercase()) {
                out.push_str(after);
            } else if names_nothing(before) {
                out.push_str(before);
            } else if run >= 8 && before.bytes().all(|b| b.is_ascii_hexdigit()) {
                out.push_str(&self.replace(before, Alphabet::Hex, &|_| false, &|_| true));
            } else {
                out.push_str(&self.plain(before));
            }
            (old, new) = (rest, known_rest);
        }
        out
    }

    /// The name of a network interface: the beginnings that systems give stay.
    pub(super) fn interface(&mut self, name: &str) -> String {
        let known = self.in_text(name);
        if known != name || words::INTERFACES.contains(&name) || is_predictable(name) {
            return known;
        }
        let start =
            words::INTERFACES.iter().filter(|word| name.starts_with(**word)).max_by_key(|word| word.len());
        let (start, rest) = name.split_at(start.map_or(0, |word| word.len()));
        let is_number = |run: &str| {
            run.len() <= 4
                && run.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'v' | b'p' | b'n' | b'i'))
        };
        // A number that follows a word is a number, letters that go on are another word.
        match !start.is_empty() || rest.is_empty() {
            true => format!("{start}{}", self.runs(rest, &is_number)),
            false => self.runs(rest, &|_| false),
        }
    }
}

/// Letters for letters of other scripts, from which nothing is drawn.
fn spelt(run: &str) -> String {
    const LETTERS: &[u8; 18] = b"ghjklmnpqrstuvwxyz";
    let letter = |c: char| match c {
        c if c.is_ascii() => c,
        c => char::from(LETTERS[usize::try_from(u32::from(c)).unwrap_or_default() % LETTERS.len()]),
    };
    run.chars().map(letter).collect()
}

/// So little is left of it beside its rows of equal characters that it is a count.
fn names_nothing(run: &str) -> bool {
    run.len() >= 8 && stays(&bare(run.as_bytes())).iter().filter(|stays| !**stays).count() <= 2
}

/// Whether a run of digits is an address or an id that many machines have.
fn is_shared_run(run: &str) -> bool {
    match run.len() {
        12 => is_shared(Kind::Mac, run),
        32 => is_shared(Kind::Os, run),
        _ => false,
    }
}

fn is_virtual_by(text: &str, len: usize) -> bool {
    let mut left = len;
    let other = text.chars().map(|c| match c {
        c if !c.is_ascii_hexdigit() => c,
        c if left > 0 => {
            left -= 1;
            c
        }
        _ => '7',
    });
    normalise(Kind::Mac, &other.collect::<String>()) == Err(Dropped::VirtualAdapter)
}

/// `enp0s31f6`, `wlp2s0`, `ens160np0`, `enP27453s1`: where the card is plugged in.
fn is_predictable(name: &str) -> bool {
    let rest = ["en", "wl", "ww", "ib", "sl"].iter().find_map(|kind| name.strip_prefix(kind));
    rest.is_some_and(|rest| {
        rest.starts_with(['o', 'p', 'P', 's', 'd', 'X'])
            && rest.bytes().all(|b| b.is_ascii_digit() || b"opPsfundvciaX".contains(&b))
    })
}
