//! What stands before and behind the lines of a text: marks of quotations, frames, numbers, continuations.

/// A line's frame, as terminals, tables and mail programs draw it.
const fn is_frame(c: char) -> bool {
    matches!(c, '>' | '|' | '\u{2502}' | '\u{2503}' | '\u{2551}' | '\u{2590}' | '\u{258c}')
}

/// The lines without marks of quotations, frames or numbers.
pub(super) fn unmarked(text: &str) -> Option<String> {
    if let Some(plain) = unindented(text).or_else(|| unnumbered(text)) {
        return Some(plain);
    }
    let listed = text.lines().filter(|line| !line.trim().is_empty());
    let listed = ["+ ", "- ", "# ", "// ", "; ", "* "].into_iter().find(|mark| {
        listed.clone().count() > 1 && listed.clone().all(|line| line.trim_start().starts_with(*mark))
    });
    let mut is_changed = false;
    let plain: Vec<&str> = text
        .lines()
        .map(|line| {
            let begun = line.trim_start();
            let plain = match listed.and_then(|mark| begun.strip_prefix(mark)) {
                Some(plain) => plain,
                None if begun.starts_with(is_frame) => {
                    let mut inner = begun;
                    while inner.starts_with(is_frame) {
                        inner = inner.trim_start_matches(is_frame);
                        // What is indented behind the mark stays so.
                        inner = inner.strip_prefix(' ').unwrap_or(inner);
                    }
                    // Format=flowed tells by a space at the end that a line goes on.
                    let end = inner.trim_end();
                    let bare = end.trim_end_matches(is_frame);
                    if bare.len() < end.len() && !end.ends_with('>') { bare.trim_end() } else { inner }
                }
                // What SMTP puts before a dot.
                None if line.starts_with("..") => &line[1..],
                None => return line,
            };
            is_changed = true;
            plain
        })
        .collect();
    is_changed.then(|| plain.join("\n"))
}

/// The lines without the white space that stands before each.
fn unindented(text: &str) -> Option<String> {
    let blanks = |line: &str| line.bytes().take_while(|b| matches!(b, b' ' | b'\t')).count();
    let indent = text.lines().filter(|line| !line.trim().is_empty()).map(blanks).min()?;
    (indent > 0).then(|| {
        text.lines().map(|line| line.get(indent..).unwrap_or_default()).collect::<Vec<_>>().join("\n")
    })
}

/// The lines without the numbers that a listing put before them, if these count up by one.
fn unnumbered(text: &str) -> Option<String> {
    let (mut next, mut plain) = (None, Vec::new());
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        let line = line.trim_start();
        let end = line.find(|c: char| !c.is_ascii_digit())?;
        let number: u32 = line[..end].parse().ok()?;
        let rest = line[end..].strip_prefix([' ', '\t', ':', '|', '.', ')', '\u{2502}'])?;
        // What goes on with a space within a text keeps it: only the one that belongs to the number goes.
        let is_tab = line[end..].starts_with('\t');
        let rest = if is_tab { rest } else { rest.strip_prefix(' ').unwrap_or(rest) };
        if next.is_some_and(|next| next != number) {
            return None;
        }
        next = number.checked_add(1);
        plain.push(rest);
    }
    (plain.len() > 1).then(|| plain.join("\n"))
}

/// The lines with those joined that end as shells say that they go on.
pub(super) fn continued(text: &str) -> Option<String> {
    ['\\', '^', '`'].into_iter().find_map(|mark| {
        let mut whole = String::with_capacity(text.len());
        let mut is_changed = false;
        for line in text.lines() {
            match line.trim_end().strip_suffix(mark) {
                Some(begun) => {
                    whole.push_str(begun);
                    is_changed = true;
                }
                None => {
                    whole.push_str(line);
                    whole.push('\n');
                }
            }
        }
        is_changed.then_some(whole)
    })
}

/// The lines without anything around them that is no character of a token.
pub(in super::super) fn undecorated(text: &str) -> String {
    let is_before = |c: char| c.is_whitespace() || is_frame(c) || "#;%:*\"'+".contains(c);
    let is_behind = |c: char| c.is_whitespace() || is_frame(c) || "\\\"'+,&^`*".contains(c);
    let plain = |line: &str| {
        let line = line.trim_start_matches(is_before).trim_end_matches(is_behind);
        // What SMTP puts before a dot; no token has two of them.
        line.strip_prefix('.').filter(|rest| rest.starts_with('.')).unwrap_or(line).to_owned()
    };
    text.lines().map(plain).collect::<Vec<_>>().join("\n")
}

/// The lines of a table of texts (TOML) with those joined that were broken: behind a `=`, or within quotes.
#[cfg(feature = "vendor-file")]
pub(in super::super) fn joined(text: &str) -> String {
    let mut whole = String::with_capacity(text.len());
    let mut is_open = false;
    for line in text.lines() {
        let line = line.trim();
        whole.push_str(line);
        is_open ^= line.matches('"').count() % 2 == 1;
        if !is_open && !line.ends_with('=') {
            whole.push('\n');
        }
    }
    whole
}
