//! The page of the rules, the code and the cases have the same numbers; so have the pages that refer to them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

const NONE: Vec<u32> = Vec::new();

/// A number, and the files that have it.
type Found = BTreeMap<u32, BTreeSet<String>>;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn page(name: &str) -> String {
    let path = root().join("docs").join(name);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// `R12` and the like, each as a word of its own.
fn numbers(text: &str) -> impl Iterator<Item = u32> {
    let words = text.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
    words.filter_map(|word| word.strip_prefix('R')).filter(|digits| digits.len() < 4).filter_map(|digits| {
        let is_number = digits.bytes().all(|byte| byte.is_ascii_digit());
        is_number.then(|| digits.parse().ok()).flatten()
    })
}

/// The comments of a source text: numbers count there only.
fn comments(source: &str) -> impl Iterator<Item = &str> {
    source.lines().filter_map(|line| line.split_once("//")).map(|(_, comment)| comment)
}

/// The rows of a page's tables whose first cell satisfies `is_key`, as cells.
fn rows(page: &str, is_key: impl Fn(&str) -> bool) -> Vec<Vec<String>> {
    let cells = |line: &str| {
        let inner = line.strip_prefix('|')?.strip_suffix('|')?;
        Some(inner.split('|').map(|cell| cell.trim().to_owned()).collect::<Vec<_>>())
    };
    page.lines().filter_map(cells).filter(|cells| is_key(&cells[0])).collect()
}

/// Number, rule, result codes, problems.
fn rules() -> Vec<Vec<String>> {
    rows(&page("rules.md"), |key| {
        key.strip_prefix('R').is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))
    })
}

/// The files of a folder, and of those in it, whose names end so.
fn files(folder: &str, ending: &str) -> Vec<PathBuf> {
    let (mut folders, mut found) = (vec![root().join(folder)], Vec::new());
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|end| end == ending) {
                found.push(path);
            }
        }
    }
    found
}

/// The numbers in the code, and those in the cases: files of tests, and the tests at the end of a file.
fn in_sources() -> (Found, Found) {
    let (mut code, mut cases) = (Found::new(), Found::new());
    let of_code = ["license-server/src", "license-core/src", "license-agent/src"].map(|it| (it, true));
    let of_cases =
        ["license-core/tests", "license-agent/tests", "tests/cases", "tests/rules", "tests/crashes"];
    let folders = of_code.into_iter().chain(of_cases.map(|it| (it, false)));
    let all =
        folders.flat_map(|(of, may_be_code)| files(of, "rs").into_iter().map(move |it| (it, may_be_code)));
    for (path, may_be_code) in all {
        let text = fs::read_to_string(&path).expect("a source");
        let path = path.strip_prefix(root()).expect("below the root");
        let is_of_cases = !may_be_code
            || path.file_name().is_some_and(|name| name == "tests.rs" || name == "documented.rs")
            || path.components().any(|part| part.as_os_str() == "tests");
        let (above, below) = match text.find("#[cfg(test)]\nmod tests {") {
            Some(at) if may_be_code => text.split_at(at),
            _ => (text.as_str(), ""),
        };
        let note = |found: &mut Found, text: &str| {
            for number in comments(text).flat_map(numbers) {
                found.entry(number).or_default().insert(path.display().to_string());
            }
        };
        // What this file says of numbers is no case of theirs.
        if !path.ends_with("rule_numbers.rs") {
            note(if is_of_cases { &mut cases } else { &mut code }, above);
            note(&mut cases, below);
        }
    }
    (code, cases)
}

#[test]
fn every_rule_has_its_code_and_its_case_and_no_other_number_is_used() {
    let mut defined = BTreeSet::new();
    for row in rules() {
        let number = numbers(&row[0]).next().expect("a number");
        assert_eq!(row.len(), 4, "R{number} has a cell for the rule, one for the store, one for machines");
        assert!(defined.insert(number), "R{number} stands there twice");
    }
    let (code, cases) = in_sources();
    let lacking =
        |found: &Found| defined.iter().filter(|n| !found.contains_key(n)).copied().collect::<Vec<_>>();
    assert_eq!(lacking(&code), NONE, "rules that no check in the code names");
    assert_eq!(lacking(&cases), NONE, "rules that no case names");
    let unknown: Vec<_> = code.iter().chain(&cases).filter(|(number, _)| !defined.contains(number)).collect();
    assert!(unknown.is_empty(), "numbers that docs/rules.md lacks: {unknown:?}");
    let others = ["README.md", "SECURITY.md", "CONTRIBUTING.md"].map(|name| root().join(name));
    for path in files("docs", "md").into_iter().chain(others) {
        let text = fs::read_to_string(&path).expect("a page");
        let unknown: Vec<_> = numbers(&text).filter(|number| !defined.contains(number)).collect();
        assert!(unknown.is_empty(), "{}: numbers that docs/rules.md lacks: {unknown:?}", path.display());
    }
}

/// What a rule is answered with, cell by cell, and what a code says that leads to it.
#[test]
fn a_rule_and_the_page_of_codes_name_each_other() {
    let codes = page("result-codes.md");
    for (cell, is_key) in [
        (
            2,
            (|key: &str| key.len() == 6 && key.bytes().all(|byte| byte.is_ascii_digit())) as fn(&str) -> bool,
        ),
        (3, |key: &str| key.starts_with('`') && key.ends_with('`')),
    ] {
        let mut by_rules: BTreeMap<String, BTreeSet<u32>> = BTreeMap::new();
        for row in rules() {
            let number = numbers(&row[0]).next().expect("a number");
            for code in row[cell].split(", ").filter(|code| !code.is_empty()) {
                by_rules.entry(code.to_owned()).or_default().insert(number);
            }
        }
        let mut by_codes: BTreeMap<String, BTreeSet<u32>> = BTreeMap::new();
        for row in rows(&codes, is_key) {
            let led = row.get(2).map(|cell| numbers(cell).collect()).unwrap_or_default();
            by_codes.insert(row[0].trim_matches('`').to_owned(), led);
        }
        assert_eq!(by_codes.remove("000000").unwrap_or_default(), BTreeSet::new(), "success is every rule's");
        assert_eq!(by_codes, by_rules);
    }
}

#[test]
fn numbers_are_words_of_their_own() {
    let found: Vec<_> = numbers("(R1), R20: R3_x R1234 XR5 R R7b; `R107`").collect();
    assert_eq!(found, [1, 20, 107]);
}
