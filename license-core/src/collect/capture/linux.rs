//! The files of a Linux machine, with pseudonyms in place of what names it.

use std::ops::Range;

use super::pseudonyms::{Alphabet, Pseudonyms};
use crate::collect::environment_linux::ENGINES_VARIABLES;
use crate::collect::firmware_strings::FirmwareStrings;
use crate::collect::parse;
use crate::collect::played::{Entry, Files};
use crate::fingerprint::Kind;

/// What a file holds, by its name.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Content {
    /// A network address.
    Address,
    /// A serial number as text.
    Serial,
    /// The page of a SCSI disk's serial number.
    SerialPage,
    /// What a memory card says of itself.
    Card,
    /// A disk's name.
    Disk,
    /// The page of a SCSI disk's names.
    NamePage,
    Board,
    System,
    Installation,
    Instance,
    Tag,
    /// A cloud's id among the firmware's tags.
    BoardTag,
    Processor,
    Environment,
    /// A process's state.
    Status,
    /// A version of a kernel, which may be somebody's own.
    Release,
    /// Makers, models, types, numbers of the kernel's: they name no machine.
    Plain,
    /// A table of mounts.
    Mounts,
    /// Anything else.
    Words,
}

fn content(path: &str) -> Content {
    let name = path.rsplit('/').next().unwrap_or_default();
    match name {
        "address" if path.contains("/nvme") => Content::Plain,
        "address" | "perm_hwaddr" | "macaddress" | "perm_address" => Content::Address,
        "serial" | "serial-number" => Content::Serial,
        "vpd_pg80" => Content::SerialPage,
        "cid" => Content::Card,
        "wwid" | "eui" | "nguid" | "uuid" => Content::Disk,
        "vpd_pg83" => Content::NamePage,
        "board_serial" => Content::Board,
        "product_uuid" => Content::System,
        "machine-id" => Content::Installation,
        "instance-id" => Content::Instance,
        "board_asset_tag" => Content::BoardTag,
        "chassis_asset_tag" => Content::Tag,
        "cpuinfo" => Content::Processor,
        "environ" => Content::Environment,
        "status" => Content::Status,
        "osrelease" => Content::Release,
        "mountinfo" => Content::Mounts,
        "type"
        | "removable"
        | "addr_assign_type"
        | "sys_vendor"
        | "product_name"
        | "bios_version"
        | "model"
        | "vendor"
        | "compatible"
        | "transport"
        | "hidden"
        | "available_clocksource"
        | "capabilities" => Content::Plain,
        _ => Content::Words,
    }
}

/// The same machine under other names. Values are met in an order that does not depend on them, those that stand
/// inside others first.
pub(super) fn rewrite(files: &Files, names: &mut Pseudonyms) -> Files {
    let cards = files.iter().filter_map(|(path, _)| path.strip_prefix("/sys/class/net/"));
    names.interfaces = cards.filter_map(|rest| Some(rest.split('/').next()?.to_owned())).collect();
    let mut by_content: Vec<_> = files.iter().map(|(path, entry)| (content(path), path, entry)).collect();
    by_content.sort_by_key(|(content, ..)| *content);
    let mut rewritten = Vec::new();
    for (content, path, entry) in by_content {
        let entry = match entry {
            Entry::File(bytes) => Some(Entry::File(contents(content, bytes, names))),
            Entry::Link(_) => None,
            other => Some(other.clone()),
        };
        rewritten.push((path, entry));
    }
    let mut out = Files::default();
    for (path, entry) in rewritten {
        let entry = entry.unwrap_or_else(|| match files.iter().find(|(other, _)| *other == path) {
            // Numbers of namespaces are the kernel's, and the first ones are known.
            Some((_, Entry::Link(target))) if path.starts_with("/proc/") && path.contains("/ns/") => {
                Entry::Link(target.clone())
            }
            Some((_, Entry::Link(target))) => Entry::Link(place(target, path.starts_with("/sys/"), names)),
            _ => Entry::Absent,
        });
        out.insert(self::path(path, names), entry);
    }
    out
}

fn contents(content: Content, bytes: &[u8], names: &mut Pseudonyms) -> Vec<u8> {
    match content {
        Content::SerialPage => return serial_page(bytes, names),
        Content::NamePage => return name_page(bytes, names),
        _ => {}
    }
    // What is no text stays text of one byte a character, so that nothing is lost.
    let text: String = bytes.iter().copied().map(char::from).collect();
    let core = text.trim_matches(is_padding);
    let new = match content {
        Content::Address => names.address(core),
        Content::Serial => names.serial(Kind::Disk, core),
        Content::Card => card(core, names),
        Content::Disk => names.disk(core),
        Content::Board => names.serial(Kind::Board, core),
        Content::System => names.id(Kind::System, core),
        Content::Installation => names.id(Kind::Os, core),
        Content::Instance | Content::BoardTag => names.instance(core),
        Content::Tag => {
            let strings = FirmwareStrings { chassis_tag: core.to_owned(), ..FirmwareStrings::default() };
            names.tag(core, strings.cloud().is_some())
        }
        Content::Processor => processor(core, names),
        Content::Environment => environment(core, names),
        Content::Status => status(core),
        Content::Release => release(core, names),
        Content::Plain => names.in_text(core),
        Content::Mounts => mounts(core, names),
        Content::Words | Content::SerialPage | Content::NamePage => names.words(core),
    };
    let whole = if matches!(content, Content::Processor | Content::Environment | Content::Status) {
        new
    } else {
        text.replacen(core, &new, 1)
    };
    whole.chars().map(|c| u8::try_from(u32::from(c)).unwrap_or(b'?')).collect()
}

/// White space and NUL; bytes of other scripts' letters are none.
fn is_padding(c: char) -> bool {
    c.is_ascii_whitespace() || matches!(c, '\u{b}' | '\0')
}

/// Header and length stay, the number is replaced.
fn serial_page(page: &[u8], names: &mut Pseudonyms) -> Vec<u8> {
    let Some((header, rest)) = page.split_at_checked(4) else { return page.to_vec() };
    let text: String = rest.iter().copied().map(char::from).collect();
    let core = text.trim_matches(is_padding);
    let judged = parse::unit_serial_page(page).unwrap_or_default();
    let new = if judged == core { names.disk(core) } else { names.words(core) };
    let whole = text.replacen(core, &new, 1);
    header.iter().copied().chain(whole.chars().map(|c| u8::try_from(u32::from(c)).unwrap_or(b'?'))).collect()
}

/// Each designator keeps its header; names of digits keep their maker's.
fn name_page(page: &[u8], names: &mut Pseudonyms) -> Vec<u8> {
    let Some((header, mut rest)) = page.split_at_checked(4) else { return page.to_vec() };
    let mut out = header.to_vec();
    while let Some((about, after)) = rest.split_at_checked(4) {
        let Some((designator, next)) = after.split_at_checked(usize::from(about[3])) else { break };
        out.extend(about);
        let text: String = designator.iter().copied().map(char::from).collect();
        let new = match (about[1] & 0x0f, about[0] & 0x0f) {
            (1, 2 | 3) => names.disk(&format!("t10.{text}")).split_off(4),
            (_, 2 | 3) => names.words(&text),
            (kind, _) => {
                let form = if kind == 3 { "naa." } else { "eui." };
                let hex = data_encoding::HEXLOWER.encode(designator);
                let new = names.disk(&format!("{form}{hex}")).split_off(4).to_ascii_lowercase();
                out.extend(
                    data_encoding::HEXLOWER
                        .decode(new.as_bytes())
                        .unwrap_or_else(|_| vec![0; designator.len()]),
                );
                rest = next;
                continue;
            }
        };
        out.extend(new.chars().map(|c| u8::try_from(u32::from(c)).unwrap_or(b'?')));
        rest = next;
    }
    // What the length does not cover says nothing.
    out.resize(page.len(), 0);
    out
}

/// Maker, product and date of a card stay; its serial number is digits 18 to 25.
///
/// Source: JEDEC JESD84, the register CID.
fn card(text: &str, names: &mut Pseudonyms) -> String {
    match (text.get(..18), text.get(18..26), text.get(26..)) {
        (Some(maker), Some(number), Some(rest)) if text.len() == 32 => {
            format!("{maker}{}{rest}", names.replace(number, Alphabet::Hex, &|_| false, &|_| true))
        }
        _ => names.serial(Kind::Disk, text),
    }
}

/// Of the first processor, and on ARM of the board, what names a model.
fn processor(text: &str, names: &mut Pseudonyms) -> String {
    const KEPT: [&str; 12] = [
        "processor",
        "vendor_id",
        "cpu family",
        "model",
        "model name",
        "stepping",
        "flags",
        "Features",
        "BogoMIPS",
        "CPU implementer",
        "Hardware",
        "Model",
    ];
    let mut out = String::new();
    let mut seen: Vec<&str> = Vec::new();
    for line in text.lines() {
        let Some((key, value)) = line.split_once(':') else { continue };
        let key = key.trim();
        if seen.contains(&key) {
            continue;
        }
        seen.push(key);
        if KEPT.contains(&key) {
            out += &names.in_text(line);
            out.push('\n');
        } else if key == "Serial" {
            let value = value.trim();
            out += &format!("Serial\t\t: {}\n", names.serial(Kind::Board, value));
        }
    }
    out
}

/// Kinds of file systems and names of options stay, for they decide what a machine is; their values are replaced.
fn mounts(text: &str, names: &mut Pseudonyms) -> String {
    let lines = text.split('\n').map(|line| {
        let mut new = names.words(line);
        // A pseudonym is as long as its value, but letters of other scripts may not be.
        if line.is_ascii() && new.len() == line.len() {
            for place in kernels_words(line) {
                if !names.knows_as_name(&line[place.clone()]) {
                    new.replace_range(place.clone(), &line[place]);
                }
            }
        }
        new
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// Where a line of mounts has the kernel's words: the kind, without what a program of a user's calls itself, and the
/// options' names.
fn kernels_words(line: &str) -> Vec<Range<usize>> {
    let Some(start) = line.find(" - ").map(|at| at + 3) else { return Vec::new() };
    let is_word = |word: &str| {
        word.len() <= LONGEST_WORD
            && !word.is_empty()
            && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
    };
    let mut fields = line[start..].splitn(3, ' ');
    let (kind, source) = (fields.next().unwrap_or_default(), fields.next().unwrap_or_default());
    let main = kind.split('.').next().unwrap_or_default();
    let mut places: Vec<_> = std::iter::once(start..start + main.len()).collect();
    let mut at = start + kind.len() + source.len() + 2;
    for option in fields.next().unwrap_or_default().split(',') {
        if let Some((name, _)) = option.split_once('=') {
            places.push(at..at + name.len());
        }
        at += option.len() + 1;
    }
    places.retain(|place| is_word(&line[place.clone()]));
    places
}

/// Longest word of the kernel's in a table of mounts.
const LONGEST_WORD: usize = 24;

/// Only what an engine calls itself: the others are anybody's, secrets among them.
fn environment(text: &str, names: &mut Pseudonyms) -> String {
    let told = text.split('\0').filter_map(|one| match one.split_once('=')? {
        ("container", _) => Some(names.words(one) + "\0"),
        (name, _) if ENGINES_VARIABLES.contains(&name) => Some(format!("{name}=\0")),
        _ => None,
    });
    told.collect()
}

/// Only whose hands it is in.
fn status(text: &str) -> String {
    text.lines().filter(|line| line.starts_with("TracerPid:")).map(|line| format!("{line}\n")).collect()
}

/// Numbers and the marks of distributions, which are short, stay.
fn release(text: &str, names: &mut Pseudonyms) -> String {
    names.runs(text, &|run| run.len() <= 4 || super::words::is_common(run))
}

/// A path of the machine's.
pub(super) fn path(path: &str, names: &mut Pseudonyms) -> String {
    place(path, path.starts_with("/sys/"), names)
}

/// A path, or where a link points. The kernel's names of devices stay, those that people or drivers gave are replaced.
fn place(path: &str, is_sys: bool, names: &mut Pseudonyms) -> String {
    let mut after = "";
    let mut out = Vec::new();
    for part in path.split('/') {
        out.push(match after {
            "net" if is_sys && names.interfaces.contains(part) => names.interface(part),
            _ if is_sys => device(part, names),
            // Users of the machine.
            "home" | "Users" => names.name(part),
            _ if names.ours.contains(part) => part.to_owned(),
            _ => names.words(part),
        });
        after = part;
    }
    out.join("/")
}

/// A part of a device's place: ids that a hypervisor drew are replaced.
fn device(part: &str, names: &mut Pseudonyms) -> String {
    let known = names.in_text(part);
    if known != part {
        known
    } else if let Some(name) = part.strip_prefix("md_").filter(|name| !is_numbered(name)) {
        // An array that somebody named.
        format!("md_{}", names.name(name))
    } else {
        names.device(part)
    }
}

fn is_numbered(name: &str) -> bool {
    name.strip_prefix('d').is_some_and(|number| number.bytes().all(|b| b.is_ascii_digit()))
}
