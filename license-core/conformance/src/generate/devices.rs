//! A licensed device, and the machine that it is compared with.

use std::collections::BTreeMap;

use data_encoding::{BASE32_NOPAD, BASE64URL_NOPAD};
use license_core::{Fingerprint, Kind, Realm};
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use super::VENDOR;
use super::rng::Rng;

/// Kinds that can be licensed together.
const KINDS: [Kind; 7] = [Kind::Mac, Kind::Disk, Kind::Board, Kind::System, Kind::Os, Kind::Cloud, Kind::Tpm];

/// Set in the kind byte of what takes rights to read.
const PRIVILEGED: u8 = 0x80;

/// A `dev` claim and a device.
pub(super) struct Pair {
    pub(super) why: String,
    pub(super) dev: Value,
    pub(super) device: Value,
}

/// What becomes of a licensed kind.
#[derive(Clone, Copy, PartialEq)]
enum Fate {
    Stays,
    Partly,
    Changes,
    Goes,
    Hidden,
}

/// One digest of a kind, as the byte of its kind and itself.
type Record = (u8, [u8; 10]);

/// A `DF1` text of records that are in order.
pub(super) fn df1(tag: [u8; 4], records: &[Record]) -> String {
    let mut bytes = tag.to_vec();
    for (kind, digest) in records {
        bytes.push(*kind);
        bytes.extend(digest);
    }
    let check: [u8; 32] = Sha256::digest(&bytes).into();
    bytes.extend(&check[..4]);
    format!("DF1-{}", BASE32_NOPAD.encode(&bytes))
}

/// The tag of a realm.
pub(super) fn tag(realm: &str) -> [u8; 4] {
    *Realm::new(realm).tag().as_bytes()
}

/// A binding and a device, of every form.
pub(super) fn pair(rng: &mut Rng) -> Pair {
    match rng.below(12) {
        0 => opaque(rng),
        1 => custom(rng),
        2 => text(rng),
        _ => weighted(rng),
    }
}

fn opaque(rng: &mut Rng) -> Pair {
    let id = format!("vendor id {}", rng.text("ABCDEFGHJKLMNPQRSTUVWXYZ23456789", 12));
    let licensed = Fingerprint::parse(&id, &Realm::new(VENDOR)).map(|f| f.to_bytes().split_off(5));
    let dev = json!({"v": 1, "r": encoded(&tag(VENDOR)), "id": encoded(&licensed.unwrap_or_default())});
    let (why, device) = match rng.below(4) {
        0 | 1 => ("an opaque id and the same text", json!({"text": format!(" {id}\n")})),
        2 => ("an opaque id and another text", json!({"text": format!("{id}x")})),
        _ => (
            "an opaque id and a machine's parts",
            json!({"fingerprint": df1(tag(VENDOR), &[record(Kind::Os, rng)])}),
        ),
    };
    Pair { why: why.into(), dev, device }
}

fn custom(rng: &mut Rng) -> Pair {
    let licensed = record(Kind::Custom, rng);
    let dev = json!({"v": 1, "r": encoded(&tag(VENDOR)), "min": 51 + rng.below(50), "c": {"custom": [1 + rng.below(100), encoded(&licensed.1)]}});
    let other = record(Kind::Custom, rng);
    let (why, here) = match rng.below(3) {
        0 => ("an operator's id and the same one", licensed),
        1 => ("an operator's id and another one", other),
        _ => ("an operator's id and a machine without", record(Kind::Board, rng)),
    };
    Pair { why: why.into(), dev, device: json!({"fingerprint": df1(tag(VENDOR), &[here])}) }
}

/// Values of the store's form, of which some are changed.
fn text(rng: &mut Rng) -> Pair {
    let (mac, other_mac) = (mac(rng), mac(rng));
    let disk = format!("S4EWNX{}", rng.text("0123456789ABCDEF", 8));
    let board = format!("PF2QX{}", rng.text("0123456789", 4));
    let text = format!("{mac},{other_mac}|{disk}|{board}|BFEBFBFF00090672");
    let fingerprint = Fingerprint::parse(&text, &Realm::new(VENDOR));
    let mut rows: BTreeMap<&str, Vec<Value>> = BTreeMap::new();
    for component in fingerprint.iter().flat_map(Fingerprint::components).filter(|c| c.kind != Kind::Cpu) {
        let row = rows.entry(component.kind.as_str()).or_insert_with(|| vec![json!(10 + rng.below(30))]);
        row.push(json!(component.digest));
    }
    let dev = json!({"v": 1, "r": encoded(&tag(VENDOR)), "min": 51 + rng.below(50), "c": rows});
    let (why, text) = match rng.below(5) {
        0 => ("a text of four parts", text),
        1 => {
            ("a text of four parts, spelled otherwise", format!(" {}", text.to_lowercase().replace(':', "-")))
        }
        2 => ("a text of four parts, one card less", format!("{mac}|{disk}|{board}|")),
        3 => ("a text of four parts, another disk", format!("{mac}|OTHER7702X|{board}|")),
        _ => ("a text of four parts, the board alone", format!("|||{board}")),
    };
    Pair { why: why.into(), dev, device: json!({"text": text}) }
}

fn weighted(rng: &mut Rng) -> Pair {
    let is_privileged = rng.once_in(3);
    let mut licensed: Vec<(Kind, usize, Vec<[u8; 10]>)> = Vec::new();
    for kind in KINDS {
        if rng.once_in(2) {
            continue;
        }
        let digests = (0..1 + rng.below(kind.limit())).map(|_| rng.bytes()).collect();
        let heaviest = if rng.once_in(2) { 30 } else { 100 };
        licensed.push((kind, 1 + rng.below(heaviest), digests));
    }
    if licensed.is_empty() {
        licensed.push((Kind::Disk, 20, vec![rng.bytes()]));
    }
    let kindness = rng.below(4);
    let mut machine: Vec<Record> = Vec::new();
    let mut unreadable: Vec<&str> = Vec::new();
    let (mut total, mut score) = (0, 0);
    for (kind, weight, digests) in &licensed {
        let fate = match rng.below(8) {
            at if at < 2 * kindness => Fate::Stays,
            6 => Fate::Partly,
            5 => Fate::Changes,
            4 => Fate::Hidden,
            7 if kindness == 3 => Fate::Goes,
            _ => *rng.pick(&[Fate::Stays, Fate::Changes, Fate::Goes, Fate::Goes]),
        };
        let kept = match fate {
            Fate::Stays => digests.len(),
            Fate::Partly => rng.below(digests.len()),
            _ => 0,
        };
        machine.extend(digests.iter().take(kept).map(|digest| (kind.as_byte(), *digest)));
        if fate == Fate::Changes || (fate == Fate::Partly && rng.once_in(2)) {
            machine.push(record(*kind, rng));
        }
        if fate == Fate::Hidden {
            unreadable.push(kind.as_str());
        }
        total += weight * 12;
        score += weight * 12 / digests.len() * kept;
    }
    // Thresholds on either side of what matches find every fault in rounding.
    let reached = score * 100 / total.max(1);
    let min = if rng.once_in(2) { (reached + rng.below(2)).clamp(51, 100) } else { 51 + rng.below(50) };
    let rows: Map<String, Value> = licensed
        .iter()
        .map(|(kind, weight, digests)| {
            let mut row = vec![json!(weight)];
            row.extend(digests.iter().map(|digest| json!(encoded(digest))));
            (kind.as_str().to_owned(), Value::Array(row))
        })
        .collect();
    let mut dev = json!({"v": 1, "r": encoded(&tag(VENDOR)), "min": min, "c": rows});
    if is_privileged {
        dev["priv"] = true.into();
    }
    for _ in 0..rng.below(4) {
        let kind = *rng.pick(&[Kind::Mac, Kind::Disk, Kind::Cpu, Kind::Os, Kind::Board]);
        machine.push(record(kind, rng));
    }
    let why = format!("{reached} % of {} kinds, {min} % are due", licensed.len());
    let device = printed(&machine, &unreadable, is_privileged, rng);
    Pair { why, dev, device }
}

/// A device as the agent prints it: few of each kind in the text, all of them in `found`.
fn printed(machine: &[Record], unreadable: &[&str], may_be_privileged: bool, rng: &mut Rng) -> Value {
    let mut named: Vec<Record> = Vec::new();
    let names_few = rng.once_in(3);
    for (byte, digest) in machine {
        let of_kind = named.iter().filter(|(known, _)| known & !PRIVILEGED == *byte).count();
        let limit = Kind::from_byte(*byte).map_or(0, Kind::limit);
        if of_kind < limit && !(names_few && rng.once_in(3)) {
            let bit = if may_be_privileged && matches!(byte, 3 | 5) { PRIVILEGED } else { 0 };
            named.push((byte | bit, *digest));
        }
    }
    named.sort_unstable();
    let has_anchor = named.iter().any(|(byte, _)| byte & !PRIVILEGED != Kind::Cpu.as_byte());
    let realm = if rng.once_in(25) { None } else { Some(tag(VENDOR)) };
    let text = has_anchor.then(|| df1(realm.unwrap_or([1, 2, 3, 4]), &named));
    let says_all = rng.once_in(2);
    let mut found: Map<String, Value> = Map::new();
    for (byte, digest) in machine {
        let is_named = named.iter().any(|(known, other)| known & !PRIVILEGED == *byte && other == digest);
        let Some(kind) = Kind::from_byte(*byte).filter(|_| says_all || !is_named) else { continue };
        let digests = found.entry(kind.as_str()).or_insert_with(|| json!([]));
        digests.as_array_mut().into_iter().for_each(|list| list.insert(0, json!(encoded(digest))));
    }
    let mut device = json!({"fingerprint": text, "found": found});
    match rng.below(4) {
        0 if may_be_privileged => device["privileged"] = true.into(),
        0 | 1 => device["privileged"] = false.into(),
        2 => device["privileged"] = Value::Null,
        _ => {}
    }
    if !unreadable.is_empty() {
        device["unreadable"] = json!(unreadable);
    }
    match rng.below(30) {
        0 => device["found"]["scent"] = json!(["anything"]),
        1 => device["unreadable"] = json!(["scent", "board"]),
        2 => device["notes"] = json!(["the kinds are for people"]),
        3 => device["kinds"] = json!({"not": "looked at"}),
        4 => damage(&mut device, rng),
        _ => {}
    }
    device
}

/// Makes a device unreadable.
fn damage(device: &mut Value, rng: &mut Rng) {
    match rng.below(14) {
        0 => device["fingerprint"] = "an identifier of the vendor's".into(),
        1 => device["fingerprint"] = "04:7C:16:5E:E3:5D|||".into(),
        2 => device["fingerprint"] = "".into(),
        3 => device["fingerprint"] = 7.into(),
        4 => device["fingerprint"] = df1(tag(VENDOR), &[]).into(),
        5 => {
            let text = device["fingerprint"].as_str().unwrap_or("DF1-AAAA").to_owned();
            device["fingerprint"] = text[..text.len() - 1].into();
        }
        6 => device["found"] = json!([]),
        7 => device["found"] = json!({"disk": "AAAAAAAAAAAAAA"}),
        8 => device["found"] = json!({"disk": ["AAAAAAAAAAAAAB"]}),
        9 => device["found"] = json!({"disk": ["AAAAAAAAAAAAAA=="]}),
        10 => device["found"] = json!({"disk": [null]}),
        11 => device["privileged"] = "yes".into(),
        12 => device["unreadable"] = "board".into(),
        _ => device["text"] = "vendor id 7F3A-99".into(),
    }
}

/// One random fact of a kind.
pub(super) fn record(kind: Kind, rng: &mut Rng) -> Record {
    (kind.as_byte(), rng.bytes())
}

/// An address that a maker gave.
pub(super) fn mac(rng: &mut Rng) -> String {
    let [a, b, c] = rng.bytes();
    format!("04:7C:16:{a:02X}:{b:02X}:{c:02X}")
}

fn encoded(bytes: &[u8]) -> String {
    BASE64URL_NOPAD.encode(bytes)
}
