//! What a Windows answered, with pseudonyms in place of what names the machine.

use std::collections::BTreeSet;

use data_encoding::{HEXLOWER, HEXLOWER_PERMISSIVE};
use serde_json::{Map, Value, json};

use super::pseudonyms::Pseudonyms;
use super::{ABOUT, CaptureError, DRAWS, quality};
use crate::collect::firmware_strings::FirmwareStrings;
use crate::collect::windows::played::SAID_OF_IT;
use crate::collect::{Collected, smbios};
use crate::fingerprint::Kind;

/// Where a card's source begins in a report.
const CARD: &str = "network card ";

/// One object of answers, under pseudonyms, with what came of it.
pub(super) fn capture(text: &str) -> Result<String, CaptureError> {
    let answers: Map<String, Value> = serde_json::from_str(text).unwrap_or_default();
    let (found, reading, environment) = crate::collect::windows::played_candidates(text, false);
    let collected = Collected::of(found, reading, environment);
    let write = |salt| {
        let mut names = Pseudonyms::new(salt, BTreeSet::new());
        // Once to learn every value, since one may stand in a text that is met before it.
        rewritten(&answers, &mut names);
        let mut object = rewritten(&answers, &mut names);
        let facts: Vec<_> = collected
            .facts()
            .iter()
            .map(|fact| {
                let source = match fact.source.strip_prefix(CARD) {
                    Some(name) => format!("{CARD}{}", interface(name, &mut names)),
                    None => fact.source.clone(),
                };
                (fact.kind, source, fact.status)
            })
            .collect();
        let mut facts = facts;
        facts.sort_by(|a, b| (a.0, &a.1).cmp(&(b.0, &b.1)));
        let facts: Vec<_> =
            facts.into_iter().map(|(kind, source, status)| format!("{kind} {source} : {status}")).collect();
        object.insert("about".into(), ABOUT.join(" ").into());
        object.insert("origin".into(), "captured".into());
        object.insert("environment".into(), collected.environment().to_string().into());
        object.insert("quality".into(), quality(&collected).map_or(Value::Null, Value::from));
        object.insert("facts".into(), json!(facts));
        let text = serde_json::to_string_pretty(&object).ok()? + "\n";
        names.is_gone_from(&text).then_some(text)
    };
    (0..DRAWS).find_map(write).ok_or(CaptureError::NotReplaced)
}

/// Addresses first, then what they may stand in.
fn rewritten(answers: &Map<String, Value>, names: &mut Pseudonyms) -> Map<String, Value> {
    let mut out = Map::new();
    let mut members: Vec<_> =
        answers.iter().filter(|(member, _)| !SAID_OF_IT.contains(&member.as_str())).collect();
    let turn = |member: &str| {
        ["adapters", "drives", "firmware", "machine_guid"].iter().position(|one| *one == member)
    };
    members.sort_by_key(|(member, _)| turn(member).unwrap_or(usize::MAX));
    if let Some(Value::Array(adapters)) = answers.get("adapters") {
        for address in adapters.iter().filter_map(|adapter| adapter.get("permanent")?.as_str()) {
            names.address(address);
        }
    }
    for (member, value) in members {
        let new = match (member.as_str(), value) {
            ("machine_guid", Value::String(id)) => names.id(Kind::Os, id).into(),
            ("firmware", Value::String(hex)) => hex_with(hex, |raw| table(raw, names)),
            ("adapters", Value::Array(all)) => all.iter().map(|one| adapter(one, names)).collect(),
            ("drives", Value::Array(all)) => all.iter().map(|one| drive(one, names)).collect(),
            // What the processor calls its hypervisor.
            ("processor", told) => told.clone(),
            (_, other) => other_answer(other, names),
        };
        out.insert(member.clone(), new);
    }
    out
}

fn hex_with(hex: &str, rewrite: impl FnOnce(&[u8]) -> Vec<u8>) -> Value {
    match HEXLOWER_PERMISSIVE.decode(hex.as_bytes()) {
        Ok(raw) => HEXLOWER.encode(&rewrite(&raw)).into(),
        // Of no known form before, and so it stays.
        Err(_) => "-".into(),
    }
}

fn adapter(adapter: &Value, names: &mut Pseudonyms) -> Value {
    let Value::Object(members) = adapter else { return Value::Null };
    let members = members.iter().map(|(member, value)| {
        let new = match (member.as_str(), value) {
            ("name", Value::String(name)) => interface(name, names).into(),
            ("permanent", Value::String(address)) => names.address(address).into(),
            ("instance", Value::String(place)) => instance(place, names).into(),
            (_, Value::String(text)) => names.words(text).into(),
            (_, other) => other_answer(other, names),
        };
        (member.clone(), new)
    });
    Value::Object(members.collect())
}

/// The name that a user sees, and may have chosen.
fn interface(name: &str, names: &mut Pseudonyms) -> String {
    #[rustfmt::skip]
    const WORDS: &[&str] = &[
        "adapter", "area", "bluetooth", "connection", "debug", "default", "driver", "eth", "ethernet", "fi", "filter",
        "hyper", "interface", "kernel", "lan", "layer", "lightweight", "lo", "local", "loopback", "mac", "microsoft",
        "miniport", "mobilfunk", "native", "network", "netzwerkverbindung", "nic", "openvpn", "packet", "port", "pseudo",
        "qos", "scheduler", "slot", "switch", "tap", "team", "verbindung", "vethernet", "virtual", "vmnet", "vmware", "wan",
        "wfp", "wi", "wifi", "windows", "wlan",
    ];
    names.runs(name, &|run| {
        let word = run.trim_end_matches(|c: char| c.is_ascii_digit());
        run.len() - word.len() <= 4 && (word.len() <= 1 || WORDS.contains(&word))
    })
}

/// `BUS\MODEL\PLACE`: the place may hold a number of the device's own.
fn instance(place: &str, names: &mut Pseudonyms) -> String {
    let mut parts = place.splitn(3, '\\');
    let start: Vec<String> = parts.by_ref().take(2).map(|part| names.in_text(part)).collect();
    let end = parts.next().map(|end| names.runs(end, &|run| run.len() <= 4));
    start.into_iter().chain(end).collect::<Vec<_>>().join("\\")
}

/// `[number, hex of a STORAGE_DEVICE_DESCRIPTOR]`.
fn drive(drive: &Value, names: &mut Pseudonyms) -> Value {
    match drive.as_array().map(Vec::as_slice) {
        Some([number, Value::String(hex)]) => json!([number, hex_with(hex, |raw| descriptor(raw, names))]),
        Some([number, Value::Null]) => json!([number, null]),
        _ => Value::Null,
    }
}

/// The fixed part, and the texts that it points to; what else a driver adds may hold anything.
fn descriptor(raw: &[u8], names: &mut Pseudonyms) -> Vec<u8> {
    let mut out = raw.to_vec();
    out.iter_mut().skip(36).for_each(|byte| *byte = 0);
    let place = |at: usize| {
        let place = raw.get(at..)?.first_chunk().map(|bytes| u32::from_le_bytes(*bytes))?;
        usize::try_from(place).ok().filter(|place| (36..raw.len()).contains(place))
    };
    for at in [12, 16, 20, 24] {
        let Some(start) = place(at) else { continue };
        let bytes = raw[start..].split(|&byte| byte == 0).next().unwrap_or_default();
        let text: String = bytes.iter().copied().map(char::from).collect();
        let new = if at == 24 { names.disk(&text) } else { names.in_text(&text) };
        for (slot, new) in out[start..].iter_mut().zip(new.chars()) {
            *slot = u8::try_from(u32::from(new)).unwrap_or(b'?');
        }
    }
    out
}

/// A firmware's table: the structures of firmware, system, board and chassis, in which makers, models and versions
/// stay. Others hold numbers of processors and memory, and whatever a maker likes.
fn table(raw: &[u8], names: &mut Pseudonyms) -> Vec<u8> {
    let Some((header, mut rest)) = raw.split_at_checked(8) else { return raw.to_vec() };
    let version = smbios::claimed_version(header[1], header[2]);
    let mut table = Vec::new();
    while let [kind, length, ..] = *rest {
        let Some((formatted, after)) = rest.split_at_checked(usize::from(length)) else { break };
        if kind == 127 || formatted.len() < 4 {
            break;
        }
        let Some(end) = after.windows(2).position(|pair| pair == [0, 0]) else { break };
        if kind <= 3 {
            table.extend(structure(kind, formatted, &after[..end], version, names));
        }
        rest = &after[end + 2..];
    }
    table.extend([127, 4, 0, 0, 0, 0]);
    let length = u32::try_from(table.len()).unwrap_or(u32::MAX).to_le_bytes();
    header[..4].iter().chain(&length).copied().chain(table).collect()
}

fn structure(
    kind: u8,
    formatted: &[u8],
    strings: &[u8],
    version: (u8, u8),
    names: &mut Pseudonyms,
) -> Vec<u8> {
    /// Where a structure of this kind names its serial number, its tag, and what may stay.
    const PLACES: [(&[usize], &[usize], &[usize]); 4] =
        [(&[], &[], &[4, 5, 8]), (&[7], &[], &[4, 5, 6]), (&[7], &[8], &[4, 5, 6]), (&[7], &[8], &[4, 6])];
    let (serials, tags, plain) = PLACES[usize::from(kind)];
    let mut out = formatted.to_vec();
    if let Some(uuid) = out.get_mut(8..24).filter(|_| kind == 1) {
        let bytes = <[u8; 16]>::try_from(&*uuid).unwrap_or_default();
        let new =
            names.id(Kind::System, &smbios::uuid_text(bytes, version)).replace('-', "").to_ascii_lowercase();
        let new = HEXLOWER.decode(new.as_bytes()).ok().and_then(|new| <[u8; 16]>::try_from(new).ok());
        // Its order of bytes is its own inverse.
        let new = new.map(|new| smbios::uuid_text(new, version).replace('-', ""));
        if let Some(new) = new.and_then(|new| HEXLOWER.decode(new.as_bytes()).ok()) {
            uuid.copy_from_slice(&new);
        }
    }
    let is_at = |places: &[usize], number: usize| {
        places.iter().any(|&at| formatted.get(at).copied().map(usize::from) == Some(number))
    };
    for (number, string) in strings.split(|&byte| byte == 0).enumerate().map(|(at, string)| (at + 1, string))
    {
        let text: String = string.iter().copied().map(char::from).collect();
        let new = match () {
            () if is_at(serials, number) => names.serial(Kind::Board, &text),
            () if is_at(tags, number) => {
                let strings =
                    FirmwareStrings { chassis_tag: text.trim().to_owned(), ..FirmwareStrings::default() };
                names.tag(&text, strings.cloud().is_some())
            }
            () if is_at(plain, number) => names.in_text(&text),
            () => names.instance(&text),
        };
        out.extend(new.chars().map(|c| u8::try_from(u32::from(c)).unwrap_or(b'?')));
        out.push(0);
    }
    out.push(0);
    out
}

/// An answer that has no place of its own here.
fn other_answer(value: &Value, names: &mut Pseudonyms) -> Value {
    match value {
        Value::String(text) => names.words(text).into(),
        Value::Array(all) => all.iter().map(|one| other_answer(one, names)).collect(),
        Value::Object(members) => {
            members.iter().map(|(member, value)| (member.clone(), other_answer(value, names))).collect()
        }
        other => other.clone(),
    }
}
