//! What people and programs do to a text that they carry.

use proptest::prelude::*;
use proptest::sample::select;

/// What stands before and after.
pub(super) const AROUND: &[(&str, &str)] = &[
    ("server01|", ""),
    ("server01 | ", ""),
    ("", "|server01"),
    ("", " | server01"),
    ("server01\t", ""),
    ("", "\tserver01\tWin11"),
    ("\"server01\",\"", "\""),
    ("server01,", ""),
    ("server01;", ";ok"),
    ("| ws17 | ", " |"),
    ("|", "|"),
    ("║ ", " ║"),
    ("PC=", ""),
    ("LICENSE_DEVICE_ID=", ""),
    ("export LICENSE_DEVICE_ID='", "'"),
    ("id: ", ""),
    ("- id: ", ""),
    ("fingerprint: |\n  ", ""),
    ("[device]\nid = \"", "\"\n"),
    ("<id>", "</id>"),
    ("<![CDATA[", "]]>"),
    ("<fingerprint value=\"", "\"/>"),
    ("{\"id\":\"", "\"}"),
    ("{\"n\":1,\"pc\":{\"id\":\"", "\",\"x\":[1,2]}}"),
    ("[\"", "\",\"second\"]"),
    ("{'id': '", "'}"),
    ("[code]", "[/code]"),
    ("[quote=Jo]", "[/quote]"),
    ("https://shop.example/buy?id=", ""),
    ("https://shop.example/buy?id=", "&x=1#y"),
    ("[id](https://shop.example/?f=", ")"),
    ("\u{1b}[1;32m", "\u{1b}[0m"),
    ("\u{1b}[m", "\u{1b}[K"),
    ("[32m", "[0m"),
    ("\\e[32m", "\\e[0m"),
    ("> ", ""),
    (">> ", ""),
    ("`", "`"),
    ("```\n", "\n```"),
    ("```txt\n", "\n```\n"),
    ("**", "**"),
    ("__", "__"),
    ("~~", "~~"),
    ("||", "||"),
    ("# ", ""),
    ("1. ", ""),
    ("* ", ""),
    ("$ ", ""),
    ("C:\\> ", ""),
    ("C:\\Users\\jo> echo ", ""),
    ("jo@ws17:~$ ", "\njo@ws17:~$ "),
    ("echo \"", "\" | clip"),
    ("ws17 ", ""),
    ("my laptop is ", ", thanks"),
    ("", " (laptop)"),
    ("", "."),
    ("", "。"),
    ("(", ")"),
    ("<", ">"),
    ("\u{201e}", "\u{201c}"),
    ("=\"", "\""),
    ("'", ""),
    ("...", ""),
    ("", "..."),
    ("\u{2026}", ""),
    ("[12:03] Jo: ", ""),
    ("Jo, 12.03.2026 12:03:\n", "\n\nRegards"),
    ("@bot ", ""),
    ("#", ""),
    ("-----BEGIN ID-----\n", "\n-----END ID-----"),
    ("\u{feff}", "\r\n"),
    ("\u{a0}", "\u{200b}"),
    ("mailto:a@b.example?body=", ""),
];

/// What is put in the place of something.
pub(super) const CHANGED: &[(&str, &str)] = &[
    ("|", "||"),
    ("|", "\t"),
    ("|", ";"),
    ("|", "丨"),
    ("|", "∣"),
    ("|", "｜"),
    ("|", "\\x7c"),
    ("|", "\\u007c"),
    ("|", "&#124;"),
    ("|", "&vert;"),
    ("|", "%7C"),
    ("|", "%7c"),
    ("|", "%257C"),
    ("|", "=7C"),
    ("|", " / "),
    ("|", "\\|"),
    ("|", "^|"),
    ("|", "'|'"),
    ("|", "\"|\""),
    ("|", "|\n> "),
    ("|", "\n> |"),
    ("|", " | "),
    ("|", "¦"),
    ("|", "│"),
    ("|", "║"),
    ("|", "ǀ"),
    ("|", "\\\\|"),
    ("|", "<br>|"),
    ("|", "|<wbr>"),
    ("|", "\u{200b}|"),
    ("|", "_x007C_"),
    ("|", "`|`"),
    ("|", "|\r\n"),
    ("|", "\",\""),
    ("|", "</td><td>"),
    ("|", "\\174"),
    ("|", "+AHw-"),
    ("|", "|\u{1b}[0m"),
    ("|", "\u{c2}\u{a6}"),
    ("|", "\u{e2}\u{201d}\u{201a}"),
    ("|", "\u{393}\u{f6}\u{e9}"),
    ("-", "\u{e2}\u{20ac}\u{201c}"),
    ("-", "\u{393}\u{c7}\u{f4}"),
    ("DF1-", "D\u{23ce}F1-"),
    ("DF1-", "DF\u{21b5}1-"),
    ("DF1-", "DF1\u{b6}-"),
    ("DF1-", "DF1-\u{23ce}"),
    ("DF1-", "DF\u{661}-"),
    ("1", "\u{661}"),
    ("2", "\u{6f2}"),
    ("7", "\u{96d}"),
    ("5", "\u{1d7d3}"),
    (":", "∶"),
    (":", "："),
    (":", "꞉"),
    (":", "%3A"),
    (":", "&colon;"),
    (":", "&#58;"),
    (":", "\\:"),
    (":", " : "),
    (":", " "),
    (":", ""),
    (":", "."),
    (":", "-"),
    (":", "=3A"),
    (":", "˸"),
    ("-", "–"),
    ("-", "\u{2011}"),
    ("-", "&ndash;"),
    ("-", "&#8209;"),
    ("-", "%2D"),
    ("-", "=2D"),
    ("-", "\\-"),
    ("-", "−"),
    (" ", "\u{a0}"),
    (" ", "&nbsp;"),
    (" ", "%20"),
    ("DF1-", "DFl-"),
    ("DF1-", "DFI-"),
    ("DF1-", "0F1-"),
    ("DF1-", "DE1-"),
    ("DF1-", "DF7-"),
    ("DF1-", "F1-"),
    ("DF1-", "DF1 "),
    ("DF1-", ""),
    ("DF1-", "df1-"),
    ("DF1-", "DF1–"),
    ("DF1-", "D F 1 - "),
    ("DF1-", "OF1-"),
    ("DF1-", "DF!-"),
];

/// What a scanner makes of bars, and a person who types them from a screen.
pub(super) const BARS: [&str; 4] = ["I", "l", "1", "!"];

/// What people write before what they paste.
pub(super) const BEFORE: &[&str] = &[
    "",
    "ws17 ",
    "my laptop: ",
    "PC-7 ",
    "id=",
    "server01|",
    "Hallo, hier: ",
    "{\"pc\":\"",
    "a7f3-",
    "fp\t",
];

/// One change of a text.
#[derive(Clone, Debug)]
pub(super) enum Habit {
    Around(&'static str, &'static str),
    Changed(&'static str, &'static str),
    Once(&'static str, &'static str, usize),
    Inserted(&'static str, usize),
    Wrapped(usize, &'static str),
    Grouped(usize, &'static str),
    Wide,
    Lower,
    Twice(&'static str),
    OtherCharacter(usize, char),
    Wrong(usize, char),
    Lost(usize),
    Swapped(usize),
}

/// What happens to single characters of a text that is typed from paper.
pub(super) fn slips() -> impl Strategy<Value = Habit> {
    let wrong = select(vec!['0', '1', '8', '9', 'O', 'I', 'B', '?', '!', 'e', 'x', '_', '.']);
    let mark = select(vec!["-", " ", "\u{23ce}", "\u{b6}", "i", "7", "\n"]);
    prop_oneof![
        2 => (0_usize..140, wrong.clone()).prop_map(|(at, c)| Habit::Wrong(at, c)),
        2 => (0_usize..12, wrong).prop_map(|(at, c)| Habit::Wrong(at, c)),
        1 => (0_usize..140).prop_map(Habit::Lost),
        1 => (0_usize..12).prop_map(Habit::Lost),
        1 => (0_usize..12).prop_map(Habit::Swapped),
        2 => (mark, 0_usize..12).prop_map(|(mark, at)| Habit::Inserted(mark, at)),
    ]
}

pub(super) fn habits() -> impl Strategy<Value = Habit> {
    let ends = select(vec!["\n", "\r\n", "\n> ", "=\n", "\n    ", "<br>", "\\n", "\\\n"]);
    let marks = select(vec![
        "\u{200b}",
        "\u{ad}",
        "…",
        "...",
        "<br>",
        "<wbr>",
        "\u{1b}[0m",
        "\u{fffd}",
        "&shy;",
        "[...]",
        "\\",
    ]);
    let gaps = select(vec![" ", "\n", "\t", ", ", ";", "", " | ", "|", "\n\n", "\",\""]);
    prop_oneof![
        6 => select(AROUND).prop_map(|(before, after)| Habit::Around(before, after)),
        6 => select(CHANGED).prop_map(|(was, is)| Habit::Changed(was, is)),
        2 => (select(CHANGED), 0_usize..4).prop_map(|((was, is), at)| Habit::Once(was, is, at)),
        1 => (marks, 0_usize..400).prop_map(|(mark, at)| Habit::Inserted(mark, at)),
        1 => (select(vec![20_usize, 40, 64, 72, 76]), ends).prop_map(|(at, end)| Habit::Wrapped(at, end)),
        1 => (4_usize..9, select(vec![" ", "-", "\n"])).prop_map(|(of, gap)| Habit::Grouped(of, gap)),
        1 => Just(Habit::Wide),
        1 => Just(Habit::Lower),
        1 => gaps.prop_map(Habit::Twice),
        1 => (4_usize..12, select(vec!['0', '1', '8', 'Q', 'é', '?', 'A'])).prop_map(|(at, c)| Habit::OtherCharacter(at, c)),
    ]
}

impl Habit {
    /// The text after it; none where it leaves nothing by which even a person would know what it was.
    pub(super) fn done_to(&self, text: &str) -> String {
        let split = |at: usize| {
            let at = text.char_indices().map(|(at, _)| at).nth(at).unwrap_or(text.len());
            text.split_at(at)
        };
        let pieces = |of: usize, gap: &str| {
            let chars: Vec<char> = text.chars().collect();
            chars.chunks(of).map(|piece| piece.iter().collect::<String>()).collect::<Vec<_>>().join(gap)
        };
        match self {
            Self::Around(before, after) => format!("{before}{text}{after}"),
            Self::Changed(was, is) => text.replace(was, is),
            Self::Once(was, is, nth) => match text.match_indices(was).nth(*nth) {
                Some((at, _)) => format!("{}{is}{}", &text[..at], &text[at + was.len()..]),
                None => text.to_owned(),
            },
            Self::Inserted(mark, at) => {
                let (before, after) = split(*at);
                format!("{before}{mark}{after}")
            }
            Self::Wrapped(at, end) => pieces(*at, end),
            Self::Grouped(of, gap) if text.starts_with("DF1-") => pieces(*of, gap),
            Self::Grouped(..) => text.to_owned(),
            Self::Wide => {
                let wide = |c: char| char::from_u32(u32::from(c) + 0xfee0).filter(|_| c.is_ascii_graphic());
                text.chars().map(|c| wide(c).unwrap_or(c)).collect()
            }
            Self::Lower => text.to_lowercase(),
            Self::Twice(gap) => format!("{text}{gap}{text}"),
            Self::OtherCharacter(at, c) if text.starts_with("DF1-") => {
                let (before, after) = split(*at);
                format!("{before}{c}{}", after.chars().skip(1).collect::<String>())
            }
            Self::OtherCharacter(..) => text.to_owned(),
            Self::Wrong(at, c) => {
                let (before, after) = split(*at);
                format!("{before}{c}{}", after.chars().skip(1).collect::<String>())
            }
            Self::Lost(at) => {
                let (before, after) = split(*at);
                format!("{before}{}", after.chars().skip(1).collect::<String>())
            }
            Self::Swapped(at) => {
                let (before, after) = split(*at);
                let first: String = after.chars().take(2).collect::<Vec<_>>().into_iter().rev().collect();
                format!("{before}{first}{}", after.chars().skip(2).collect::<String>())
            }
        }
    }
}
