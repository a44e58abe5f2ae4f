//! Fingerprint texts: the agent's, the store's, a vendor's own, and what becomes of them on the way.

use license_core::Kind;
use serde_json::json;

use super::rng::Rng;
use super::{Asked, VENDOR, devices, junk};

/// What stands around a text that was pasted.
const AROUND: [(&str, &str); 16] = [
    ("", "\n"),
    ("> ", ""),
    ("\"", "\""),
    ("'", "'"),
    ("\u{feff}", ""),
    ("\u{200b}", "\u{200b}"),
    ("\u{a0}", "\u{a0}"),
    ("Fingerprint: ", ""),
    ("device = ", ""),
    ("", " (laptop)"),
    ("Hello,\n\n", "\n\nRegards"),
    ("```\n", "\n```"),
    ("“", "”"),
    ("\0", "\0"),
    ("\t", "\r\n"),
    ("\u{202d}", "\u{202c}"),
];

/// A text of the agent's, and nothing else in it than such a text may hold.
pub(super) fn ask_df1(rng: &mut Rng) -> Asked {
    let (why, text) = df1(rng);
    (why, json!({"realm": VENDOR, "text": text}))
}

pub(super) fn ask(rng: &mut Rng) -> Asked {
    let (why, text) = match rng.below(20) {
        16..20 => df1(rng),
        0 | 5 => placeholder(rng),
        1..5 => pasted(rng),
        5..10 => four_parts(rng),
        10..13 => opaque(rng),
        13 => long(rng),
        14 => versions(rng),
        _ => ("nothing".into(), rng.text(" \t\n\0\u{200b}", 5)),
    };
    (why, json!({"realm": VENDOR, "text": text}))
}

fn df1(rng: &mut Rng) -> (String, String) {
    let mut records = Vec::new();
    for kind in Kind::ALL.into_iter().filter(|kind| *kind != Kind::Custom) {
        for _ in 0..rng.below(kind.limit() + 1) {
            let (byte, digest) = devices::record(kind, rng);
            records.push((byte | if rng.once_in(5) { 0x80 } else { 0 }, digest));
        }
    }
    if records.iter().all(|(byte, _)| byte & 0x7f == Kind::Cpu.as_byte()) && !rng.once_in(4) {
        records.push(devices::record(Kind::Os, rng));
    }
    let tag = if rng.once_in(10) { rng.bytes() } else { devices::tag(VENDOR) };
    let why = match rng.below(18) {
        0 if records.len() > 1 => {
            records.sort_unstable();
            records.swap(0, 1);
            "two parts change places"
        }
        1 => {
            let twice = records[rng.below(records.len().max(1)).min(records.len() - 1)];
            records.push(twice);
            records.sort_unstable();
            "a part stands twice"
        }
        2 => {
            let (byte, digest) = records[0];
            records.push((byte ^ 0x80, digest));
            records.sort_unstable();
            "a part stands with and without the bit for rights"
        }
        3 => {
            records.push((*rng.pick(&[0, 10, 11, 0x7f, 0x80, 0x8f]), rng.bytes()));
            records.sort_unstable();
            "a kind that is not known"
        }
        4 => {
            (0..5).for_each(|_| records.push(devices::record(Kind::Mac, rng)));
            records.sort_unstable();
            "more cards than are listed"
        }
        5 => {
            records.push(devices::record(Kind::Custom, rng));
            records.sort_unstable();
            "an operator's id beside others"
        }
        6 => {
            records = vec![devices::record(Kind::Custom, rng)];
            "an operator's id"
        }
        7 => {
            records.clear();
            "no part at all"
        }
        _ => {
            records.sort_unstable();
            "a text of the agent's"
        }
    };
    let text = devices::df1(tag, &records);
    let (how, text) = spelled(&text, rng);
    (format!("{why}{how}"), text)
}

fn spelled(text: &str, rng: &mut Rng) -> (&'static str, String) {
    let body = text.trim_start_matches("DF1-");
    let at = rng.below(body.len().max(1));
    match rng.below(17) {
        0 => (", in small letters", text.to_lowercase()),
        16 => {
            let blank = ["\t", "\n", "\r", "\r\n", "\x0c"][rng.below(5)];
            (", broken by a control", format!("DF1-{}{blank}{}", &body[..at], &body[at..]))
        }
        1 => (", in groups", format!("DF1-{}", groups(body, 5, "-"))),
        2 => (", in groups with blanks", format!("DF1 {}", groups(body, 4, " "))),
        3 => (", with blanks around", format!("  {text} ")),
        4 => (
            ", one character changed",
            format!(
                "DF1-{}{}{}",
                &body[..at],
                rng.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 1),
                &body[at + usize::from(at < body.len())..]
            ),
        ),
        5 => (
            ", one character lost",
            format!("DF1-{}{}", &body[..at], &body[at + usize::from(at < body.len())..]),
        ),
        6 => (", cut", format!("DF1-{}", &body[..at])),
        7 => (
            ", a digit that is none",
            format!("DF1-{}{}", &body[..at], body[at..].replacen(|_| true, "1", 1)),
        ),
        8 => (", without a dash", format!("DF1{body}")),
        9 => (", twice", format!("{text}{text}")),
        _ => ("", text.to_owned()),
    }
}

fn groups(text: &str, of: usize, between: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    chars.chunks(of).map(|chunk| chunk.iter().collect::<String>()).collect::<Vec<_>>().join(between)
}

fn placeholder(rng: &mut Rng) -> (String, String) {
    let junk = junk::value(rng);
    let text = match rng.below(4) {
        0 => junk.to_uppercase(),
        1 => format!(" {junk} "),
        2 => junk.replace(' ', "_"),
        _ => junk,
    };
    ("a placeholder".into(), text)
}

fn pasted(rng: &mut Rng) -> (String, String) {
    let (before, after) = *rng.pick(&AROUND);
    let text = match rng.below(8) {
        0 | 1 => four_parts(rng).1,
        2..7 => df1(rng).1,
        _ => devices::df1(
            devices::tag(VENDOR),
            &[devices::record(Kind::Board, rng), devices::record(Kind::Os, rng)],
        ),
    };
    ("pasted with something around it".into(), format!("{before}{text}{after}"))
}

fn four_parts(rng: &mut Rng) -> (String, String) {
    let mut macs = Vec::new();
    for _ in 0..rng.below(4) {
        macs.push(address(rng));
    }
    if rng.once_in(12) {
        (0..5).for_each(|_| macs.push(devices::mac(rng)));
    }
    let mut disks = Vec::new();
    for _ in 0..rng.below(3) {
        disks.push(disk(rng));
    }
    if rng.once_in(12) {
        (0..5).for_each(|_| disks.push(format!("WD-WCC4E{}", rng.text("0123456789ABCDEF", 7))));
    }
    let board = match rng.below(5) {
        0 => String::new(),
        1 => junk::value(rng),
        2 => format!("  pf2qx  {} ", rng.text("0123456789", 5)),
        _ => format!("PF2QX{}", rng.text("0123456789", 5)),
    };
    let cpu = rng.word(&[
        "BFEBFBFF00090672",
        "bfebfbff000906ea",
        "",
        "0000000000000000",
        "178BFBFF00A20F12",
        "N/A",
        "BFEB FBFF 0009 0672",
    ]);
    let comma = rng.word(&[",", ", ", ",,"]);
    let bar = if rng.once_in(15) { rng.word(&["\u{a6}", "\u{2502}", " | "]) } else { "|" };
    let text = [macs.join(comma), disks.join(comma), board, cpu.to_owned()].join(bar);
    ("a text of four parts".into(), text)
}

fn address(rng: &mut Rng) -> String {
    let mac = devices::mac(rng);
    match rng.below(12) {
        0 => mac.replace(':', "-"),
        1 => mac.replace(':', "").to_lowercase(),
        2 => mac.replace(':', "."),
        3 => mac.replacen("04", "06", 1),
        4 => mac.replacen("04:7C:16", "00:15:5D", 1),
        5 => (rng.word(&["00:00:00:00:00:00", "FF:FF:FF:FF:FF:FF", "N/A", "None", "02:00:00:00:00:00"]))
            .to_owned(),
        6 => mac.replacen("04", "05", 1),
        7 => mac[..14].to_owned(),
        8 => junk::address(rng),
        _ => mac,
    }
}

fn disk(rng: &mut Rng) -> String {
    let hex = rng.text("0123456789abcdef", 16);
    match rng.below(10) {
        0 => format!("eui.{hex}"),
        1 => format!("naa.5{}", &hex[..15]),
        2 => format!("0x5{}", &hex[..15]),
        3 => format!("{}_{}_{}_{}.", &hex[..4], &hex[4..8], &hex[8..12], &hex[12..]).to_uppercase(),
        4 => "0000_0000_0000_0000.".into(),
        5 => (rng.word(&["None", "0", "SAMSUNG SSD", "Virtual Disk", "6002248000000000"])).to_owned(),
        6 => format!("  s4ew nx0m{} ", &hex[..6]),
        7 => format!("Ünïcode{hex}"),
        8 => junk::value(rng),
        _ => format!("S4EWNX0M{}", hex.to_uppercase()),
    }
}

fn opaque(rng: &mut Rng) -> (String, String) {
    let len = *rng.pick(&[1, 7, 8, 9, 12, 20, 36, 100]);
    let alphabet = rng.word(&[
        "0123456789abcdef",
        "ABCDEFGHJKLMNPQRSTUVWXYZ",
        "abc -_|:.,",
        "中文机器码标识",
        "aA",
        "0F",
        "😀é\u{301}ß\u{130}",
        "|ab",
    ]);
    let text = rng.text(alphabet, len);
    let text = match rng.below(5) {
        0 => format!(" {text}\n"),
        1 => format!("vendor-id {text}"),
        2 => format!("{text}|{text}|{text}|{text}"),
        _ => text,
    };
    ("an identifier of a vendor's own".into(), text)
}

fn long(rng: &mut Rng) -> (String, String) {
    let len = *rng.pick(&[5119, 5120, 5121, 6000]);
    let text = rng.text("0123456789abcdef", len);
    if rng.once_in(3) {
        (format!("{len} bytes and blanks"), format!("  {text}  "))
    } else {
        (format!("{len} bytes"), text)
    }
}

fn versions(rng: &mut Rng) -> (String, String) {
    let body = rng.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 40);
    let start = rng.word(&[
        "DF2-",
        "DF10-",
        "df3-",
        "DF-",
        "DF0-",
        "DF2",
        "DFX-",
        "DF1",
        "DF1:",
        "D F1-",
        "DF1--",
        "XDF1-",
        "DF99999999999999999999-",
    ]);
    ("the mark of another version".into(), format!("{start}{body}"))
}
