//! The form in which a Linux machine is written down, a line for each file.

use std::fmt::Write as _;

use super::{Entry, Files, PlayedMachineError};

/// The files of a text, and whether they are to be read with rights. What is expected of the machine, in lines that
/// begin with `!` and `?`, is for tests.
pub(super) fn parse(text: &str) -> Result<(Files, bool), PlayedMachineError> {
    let (mut files, mut privileged) = (Files::default(), false);
    let lines = text.strip_prefix('\u{feff}').unwrap_or(text).lines();
    for (number, line) in lines.enumerate().map(|(at, line)| (at + 1, line.trim_end_matches(['\r', ' ']))) {
        if line == "! privileged" {
            privileged = true;
        } else if line.starts_with('/') {
            let (path, entry) = entry(line).ok_or(PlayedMachineError::Line(number))?;
            files.insert(path, entry);
        } else if !(line.is_empty() || line.starts_with(['#', '!', '?'])) {
            return Err(PlayedMachineError::Line(number));
        }
    }
    if files.is_empty() { Err(PlayedMachineError::Nothing) } else { Ok((files, privileged)) }
}

/// `/path = text`, `/path -> target`, `/path ! unreadable`, `/path ! absent` or `/path/`.
fn entry(line: &str) -> Option<(String, Entry)> {
    let marks = [" =", " -> ", " ! "];
    let first = marks.into_iter().filter_map(|mark| Some((line.find(mark)?, mark))).min();
    let (path, entry) = match first {
        None => (line.strip_suffix('/')?, Entry::Folder),
        Some((at, mark)) => {
            let (path, rest) = (&line[..at], &line[at + mark.len()..]);
            let entry = match (mark, rest) {
                (" =", rest) => Entry::File(bytes(rest.strip_prefix(' ').unwrap_or(rest))?),
                (" -> ", target) => Entry::Link(String::from_utf8(bytes(target)?).ok()?),
                (_, "unreadable") => Entry::Unreadable,
                (_, "absent") => Entry::Absent,
                _ => return None,
            };
            (path, entry)
        }
    };
    let path = String::from_utf8(bytes(path.trim_end())?).ok()?;
    (path.len() > 1 && path.split('/').all(|part| part != "..")).then_some((path, entry))
}

/// `\n`, `\t`, `\0`, `\\` and `\x80` spelt out.
fn bytes(text: &str) -> Option<Vec<u8>> {
    let (mut bytes, mut rest) = (Vec::with_capacity(text.len()), text);
    while let Some((before, after)) = rest.split_once('\\') {
        bytes.extend(before.bytes());
        let (byte, len) = match after.as_bytes().first()? {
            b'n' => (b'\n', 1),
            b't' => (b'\t', 1),
            b'r' => (b'\r', 1),
            b'0' => (0, 1),
            b'\\' => (b'\\', 1),
            b'x' => (u8::from_str_radix(after.get(1..3)?, 16).ok()?, 3),
            _ => return None,
        };
        bytes.push(byte);
        rest = &after[len..];
    }
    bytes.extend(rest.bytes());
    Some(bytes)
}

/// Bytes as a line holds them: what is not plain is spelt out, and so is white space at the end.
pub(in crate::collect) fn escaped(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    let plain = bytes.iter().rposition(|&byte| byte != b' ').map_or(0, |last| last + 1);
    for (at, &byte) in bytes.iter().enumerate() {
        match byte {
            b'\n' => text.push_str("\\n"),
            b'\t' => text.push_str("\\t"),
            b'\r' => text.push_str("\\r"),
            b'\\' => text.push_str("\\\\"),
            0 => text.push_str("\\0"),
            b' ' if at >= plain => text.push_str("\\x20"),
            0x20..=0x7e => text.push(char::from(byte)),
            other => _ = write!(text, "\\x{other:02x}"),
        }
    }
    text
}

/// A path, in which white space would end it.
pub(in crate::collect) fn escaped_path(path: &str) -> String {
    escaped(path.as_bytes()).replace(' ', "\\x20")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_line_has_one_of_six_forms() {
        let text = "# a\n\n! privileged\n/a = x -> y\\n\n/b -> ../c = d\n/c ! unreadable\n/d ! absent\n/e/\n/f =\n? mac x : used\n";
        let (files, privileged) = parse(text).unwrap();
        let entries: Vec<_> = files.iter().map(|(path, entry)| (path.to_owned(), entry.clone())).collect();
        let expected = [
            ("/a", Entry::File(b"x -> y\n".to_vec())),
            ("/b", Entry::Link("../c = d".into())),
            ("/c", Entry::Unreadable),
            ("/d", Entry::Absent),
            ("/e", Entry::Folder),
            ("/f", Entry::File(Vec::new())),
        ];
        assert_eq!(entries, expected.map(|(path, entry)| (path.to_owned(), entry)));
        assert!(privileged);
        for (bad, line) in [
            ("x", 1),
            ("/a = b\n/c", 2),
            ("/a ! gone", 1),
            ("/a = \\q", 1),
            ("/a/../b = c", 1),
            ("/a = \\x1", 1),
        ] {
            assert_eq!(parse(bad).unwrap_err(), PlayedMachineError::Line(line), "{bad}");
        }
        assert_eq!(parse("# nothing\n").unwrap_err(), PlayedMachineError::Nothing);
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "(/[a-z/ ]{0,6}( = | -> | ! |)?\\PC{0,12}\n|\\PC{0,20}\n){0,6}") {
            _ = parse(&text);
        }

        #[test]
        fn bytes_and_paths_come_back_as_they_were(content in prop::collection::vec(any::<u8>(), 0..40), path in "(/[!-~ ]{1,5}){1,4}") {
            prop_assume!(path.split('/').all(|part| part != ".."));
            let line = format!("{} = {}\n", escaped_path(&path), escaped(&content));
            let (files, _) = parse(&line).unwrap();
            let read: Vec<_> = files.iter().map(|(path, entry)| (path.to_owned(), entry.clone())).collect();
            prop_assert_eq!(read, [(path, Entry::File(content))]);
        }
    }
}
