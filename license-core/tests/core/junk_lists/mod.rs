//! The lists in `data`: every entry is refused in every spelling and in every way in, and no honest value is.

#![allow(clippy::unwrap_used, reason = "a list that cannot be read fails its test")]

mod forms;
mod hashes;
mod honest;
mod products;
mod words;

use std::fs;
use std::path::Path;

use license_core::{Fingerprint, FingerprintError, Kind, Realm};

/// The values of a list.
fn list(name: &str) -> Vec<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("data").join(name).with_extension("txt");
    let text = fs::read_to_string(path).unwrap();
    let entries = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    entries.map(|line| line.split_whitespace().next().unwrap().to_owned()).collect()
}

fn realm() -> Realm {
    Realm::new("https://vendor.example")
}

/// Whether a value names a machine: what a fingerprint of it alone would be made of.
fn names(kind: Kind, value: &str) -> bool {
    Fingerprint::from_values(&realm(), [(kind, value)]).is_ok()
}

/// Capitals and small letters, quotes, brackets and white space around.
fn dresses(value: &str) -> Vec<String> {
    let small = value.to_lowercase();
    let mixed: String = small
        .chars()
        .enumerate()
        .map(|(at, c)| if at % 2 == 0 { c.to_ascii_uppercase() } else { c })
        .collect();
    let mut all =
        vec![format!(" {value}\n"), format!("{value}\0"), format!("\"{value}\""), format!("'{small}'")];
    all.extend([value.to_owned(), small, mixed]);
    all
}

/// With separators between groups of so many characters.
fn grouped(value: &str, size: usize, separator: &str) -> String {
    let chars: Vec<char> = value.chars().collect();
    let groups: Vec<String> = chars.chunks(size).map(|group| group.iter().collect()).collect();
    groups.join(separator)
}

/// As UUIDs are written: dashes and braces.
fn uuid_spellings(digits: &str) -> Vec<String> {
    let dashed = format!(
        "{}-{}-{}-{}-{}",
        &digits[..8],
        &digits[8..12],
        &digits[12..16],
        &digits[16..20],
        &digits[20..]
    );
    vec![digits.to_owned(), dashed.clone(), format!("{{{dashed}}}")]
}

/// The first three fields as SMBIOS stores them.
fn stored(digits: &str) -> String {
    let order = [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15];
    order.iter().map(|at| &digits[2 * at..2 * at + 2]).collect()
}

/// Refused as an identifier of the vendor's own; short ones are too short anyway.
fn is_refused_opaque(text: &str) -> bool {
    let read = Fingerprint::parse(text, &realm());
    !read.is_ok_and(|fingerprint| fingerprint.is_opaque())
}

/// A four-part text with the value at a kind's place, beside a processor's model, which names no machine.
fn is_refused_in_four_parts(kind: Kind, value: &str) -> bool {
    if value.contains(['|', ',']) {
        return true;
    }
    let text = match kind {
        Kind::Mac => format!("{value}|||BFEBFBFF00090672"),
        Kind::Disk => format!("|{value}||BFEBFBFF00090672"),
        _ => format!("||{value}|BFEBFBFF00090672"),
    };
    Fingerprint::parse(&text, &realm()) == Err(FingerprintError::NoAnchor)
}

#[test]
fn what_stands_for_nothing_is_refused_as_any_kind() {
    let anchors = [Kind::Mac, Kind::Disk, Kind::Board, Kind::System, Kind::Os, Kind::Cloud, Kind::Custom];
    let mut values = list("placeholders");
    values.extend(list("nothing-words"));
    values.extend(list("hashes"));
    values.extend(list("error-texts"));
    values.extend(list("default-names"));
    for value in values {
        let mut spellings = dresses(&value);
        for separator in [" ", "-", "_", "."] {
            spellings.push(grouped(&value, 4, separator));
        }
        for spelling in &spellings {
            for kind in anchors {
                assert!(!names(kind, spelling), "{kind}: {spelling:?}");
            }
            assert!(is_refused_opaque(spelling), "opaque: {spelling:?}");
            for kind in [Kind::Disk, Kind::Board] {
                assert!(is_refused_in_four_parts(kind, spelling), "four parts, {kind}: {spelling:?}");
            }
        }
    }
}

#[test]
fn what_tools_print_is_refused_with_whatever_stands_around_it() {
    for value in list("error-texts") {
        for spelling in
            [format!("sh: 1: {value}"), format!("Error: {value} (7)"), format!("{value}, 0x80041010")]
        {
            assert!(!names(Kind::Board, &spelling) && is_refused_opaque(&spelling), "{spelling}");
        }
    }
}

#[test]
fn rows_of_placeholders_and_filler_are_refused() {
    for word in list("filler-words") {
        for value in [format!("Default string {word} null"), format!("{word} To be filled by O.E.M.")] {
            assert!(!names(Kind::Board, &value) && is_refused_opaque(&value), "{value}");
        }
    }
    for value in ["To Be Filled By O.E.M. by More String", "MB-1234567890", "NB-1234567890", "(null string)"]
    {
        assert!(is_refused_in_four_parts(Kind::Board, value), "{value}");
    }
}

#[test]
fn a_listed_address_names_no_card() {
    let whole = list("addresses");
    let begun =
        list("address-prefixes").into_iter().map(|prefix| format!("{prefix}6D91C25A")[..12].to_owned());
    let ended = list("address-suffixes").into_iter().map(|suffix| format!("046D91C25A{suffix}"));
    let ended = ended.map(|address| address[address.len() - 12..].to_owned());
    // An address that a hypervisor drew from its maker's range is no card's, but may be an id.
    let makers: Vec<String> =
        list("address-prefixes").into_iter().filter(|prefix| prefix.len() == 6).collect();
    for digits in whole.iter().cloned().chain(begun).chain(ended) {
        let may_be_an_id =
            !whole.contains(&digits) && makers.iter().any(|prefix| digits.starts_with(prefix.as_str()));
        let (pairs, dashes, dots) =
            (grouped(&digits, 2, ":"), grouped(&digits, 2, "-"), grouped(&digits, 4, "."));
        for spelling in [digits, pairs, dashes, dots].iter().flat_map(|spelling| dresses(spelling)) {
            assert!(!names(Kind::Mac, &spelling), "{spelling:?}");
            assert!(may_be_an_id || is_refused_opaque(&spelling), "opaque: {spelling:?}");
            // Between quotes it is no address, so that the text is no four-part one.
            if !spelling.contains(['"', '\'']) {
                assert!(is_refused_in_four_parts(Kind::Mac, &spelling), "four parts: {spelling:?}");
            }
        }
    }
}

#[test]
fn a_shared_uuid_names_neither_board_nor_installation_in_either_order() {
    let all = list("uuids").into_iter().chain(list("machine-ids"));
    for digits in all.flat_map(|digits| [stored(&digits), digits]) {
        for spelling in uuid_spellings(&digits).iter().flat_map(|spelling| dresses(spelling)) {
            assert!(!names(Kind::System, &spelling) && !names(Kind::Os, &spelling), "{spelling:?}");
            assert!(is_refused_opaque(&spelling), "opaque: {spelling:?}");
        }
        for spelling in uuid_spellings(&digits) {
            assert!(!names(Kind::Disk, &format!("uuid.{spelling}")), "{spelling:?}");
        }
    }
}

#[test]
fn a_hypervisors_model_names_no_disk() {
    for model in list("disk-models") {
        let hex: String = model.bytes().map(|byte| format!("{byte:02x}")).collect();
        let names_of_it = [
            model.clone(),
            format!("{model} 7F31"),
            format!("nvme.1af4-{hex}-{hex}-00000001"),
            format!("t10.ATA     {model:<40}"),
            format!("{model}_00000001."),
            format!("0QEMU    {model}"),
        ];
        for spelling in names_of_it.iter().flat_map(|name| dresses(name)) {
            assert!(!names(Kind::Disk, &spelling), "{spelling:?}");
            if !spelling.starts_with(['"', '\'']) {
                assert!(is_refused_in_four_parts(Kind::Disk, &spelling), "four parts: {spelling:?}");
            }
        }
        for spelling in dresses(&model) {
            assert!(is_refused_opaque(&spelling), "opaque: {spelling:?}");
        }
    }
}

#[cfg(feature = "collect")]
#[test]
fn a_listed_value_is_left_out_where_it_is_collected() {
    use license_core::collect::{CollectOptions, FactStatus, collect};
    let folder = tempfile::tempdir().unwrap();
    let put = |path: &str, text: &str| {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, format!("{text}\n")).unwrap();
    };
    put("sys/class/net/eno1/type", "1");
    put("sys/class/net/eno1/addr_assign_type", "0");
    put("sys/class/net/eno1/device/x", "");
    put("sys/block/sda/device/model", "X");
    let places = [
        (vec!["placeholders", "hashes"], "sys/firmware/devicetree/base/serial-number"),
        (vec!["uuids", "machine-ids"], "etc/machine-id"),
        (vec!["addresses"], "sys/class/net/eno1/address"),
        (vec!["disk-models", "placeholders"], "sys/block/sda/device/serial"),
    ];
    for (lists, place) in places {
        for value in lists.into_iter().flat_map(list) {
            put(place, &value.to_lowercase());
            let options = CollectOptions { root: folder.path().into(), ..CollectOptions::default() };
            let collected = collect(&options);
            let used = collected.facts().iter().filter(|fact| fact.status == FactStatus::Used);
            assert_eq!(used.count(), 0, "{place}: {value}");
        }
        fs::remove_file(folder.path().join(place)).unwrap();
    }
}
