//! Values of TOML that are no texts, and words that only look like one: what stands in a vendor file beside what counts is
//! passed over, but must be TOML.

use super::rng::Rng;

/// Numbers, dates and words at the edges of what TOML has.
const EDGES: [&str; 38] = [
    "0",
    "-0",
    "+0",
    "00",
    "1_000",
    "1__0",
    "_1",
    "1_",
    "0x",
    "0xDEADbeef",
    "0xG",
    "+0x1",
    "0X1",
    "0o17",
    "0o8",
    "0b101",
    "0b2",
    "0x0000_0001",
    "1.",
    ".5",
    "1.e5",
    "1e5",
    "1E+05",
    "1e",
    "0e0",
    "00.5",
    "1._5",
    "inf",
    "+inf",
    "-nan",
    "Inf",
    "NaN",
    "true",
    "True",
    "null",
    "1-2",
    "1:2",
    "1+1",
];

/// Where a number no longer fits.
const LARGE: [&str; 14] = [
    "9223372036854775808",
    "340282366920938463463374607431768211455",
    "340282366920938463463374607431768211456",
    "-170141183460469231731687303715884105728",
    "-170141183460469231731687303715884105729",
    "0xffff_ffff_ffff_ffff_ffff_ffff_ffff_ffff",
    "0x1_0000_0000_0000_0000_0000_0000_0000_0000",
    "0o3777777777777777777777777777777777777777777",
    "1e308",
    "1e309",
    "1.7976931348623158e308",
    "1.7976931348623159e308",
    "179769313486231593e291",
    "-1e999",
];

/// One value; about every second one is none.
pub(super) fn value(rng: &mut Rng) -> String {
    let value = match rng.below(6) {
        0 => rng.word(&EDGES).to_owned(),
        1 => rng.word(&LARGE).to_owned(),
        2 => number(rng),
        3 => moment(rng),
        _ if rng.once_in(2) => damaged(&number(rng), rng),
        _ => damaged(&moment(rng), rng),
    };
    match rng.below(12) {
        0 => format!("[{value}]"),
        1 => format!("[1, {value} ,]"),
        2 => format!("{{ a = {value}, b = [\"x\"] }}"),
        3 => {
            let depth = *rng.pick(&[10, 79, 80, 81, 120]);
            format!("{}{value}{}", "[".repeat(depth), "]".repeat(depth))
        }
        4 => {
            let depth = *rng.pick(&[9, 79, 80, 81]);
            format!("{}{value}{}", "{a=".repeat(depth), "}".repeat(depth))
        }
        _ => value,
    }
}

fn number(rng: &mut Rng) -> String {
    let mut text = rng.word(&["", "", "-", "+"]).to_owned();
    text.push_str(&digits(rng, 4));
    if rng.once_in(2) {
        text.push('.');
        text.push_str(&digits(rng, 3));
    }
    if rng.once_in(3) {
        text.push_str(rng.word(&["e", "E", "e-", "e+"]));
        text.push_str(&digits(rng, 2));
    }
    text
}

fn digits(rng: &mut Rng, most: usize) -> String {
    let len = 1 + rng.below(most);
    let text = rng.text("0123456789", len);
    if len > 1 && rng.once_in(4) { format!("{}_{}", &text[..1], &text[1..]) } else { text }
}

/// A date, a time, or both.
fn moment(rng: &mut Rng) -> String {
    let two = |rng: &mut Rng, most: usize| format!("{:02}", rng.below(most));
    let year = *rng.pick(&[0, 4, 100, 400, 1900, 1999, 2000, 2023, 2024, 9999, 10_000]);
    let date = format!("{year:04}-{}-{}", two(rng, 14), two(rng, 33));
    let leap = format!("{year:04}-02-{}", rng.word(&["28", "29", "30"]));
    let date = if rng.once_in(3) { leap } else { date };
    let mut time = format!("{}:{}", two(rng, 25), two(rng, 61));
    if !rng.once_in(4) {
        time = format!("{time}:{}", two(rng, 62));
        if rng.once_in(3) {
            let len = *rng.pick(&[1, 3, 9, 12]);
            time = format!("{time}.{}", rng.text("0123456789", len));
        }
    }
    let zone = rng.word(&["", "", "Z", "z", "+01:00", "-23:59", "+24:00", "+00:60", "+0100"]);
    match rng.below(5) {
        0 => date,
        1 => time,
        2 => format!("{time}{zone}"),
        _ => format!("{date}{}{time}{zone}", rng.word(&["T", "T", "t", " ", "  ", "_"])),
    }
}

/// The text with one to three characters changed, added or left out.
fn damaged(text: &str, rng: &mut Rng) -> String {
    let mut chars: Vec<char> = text.chars().collect();
    for _ in 0..1 + rng.below(3) {
        let at = rng.below(chars.len() + 1);
        let new =
            *rng.pick(&['0', '1', '9', '_', '.', '-', '+', ':', 'e', 'E', 'x', 'T', 'Z', 'a', ' ', '/']);
        match rng.below(3) {
            0 if at < chars.len() => _ = chars.remove(at),
            1 if at < chars.len() => chars[at] = new,
            _ => chars.insert(at, new),
        }
    }
    chars.into_iter().collect()
}
