//! Places that a template holds open, and words that say what to put there. All functions take upper-case text.

/// Longest inside of a place that a template holds open, in bytes with the end.
const PLACE: usize = 64;

/// Whether a text says what to do in its place: `REPLACE_WITH_DEVICE_ID`, `put your id here`, `<insert-id>` without its
/// brackets. None has a digit.
pub(super) fn is_instruction(value: &str) -> bool {
    const FIRST: [&str; 16] = [
        "REPLACE",
        "INSERT",
        "ENTER",
        "PUT",
        "PASTE",
        "YOUR",
        "TODO",
        "FIXME",
        "CHANGEME",
        "EXAMPLE",
        "SAMPLE",
        "DUMMY",
        "PLACEHOLDER",
        "FILL",
        "SPECIFY",
        "PROVIDE",
    ];
    if value.bytes().any(|b| b.is_ascii_digit()) {
        return false;
    }
    let mut words = value.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    let (Some(first), Some(second)) = (words.next(), words.next()) else { return false };
    FIRST.contains(&first)
        || (matches!(first, "CHANGE" | "SET") && matches!(second, "ME" | "THIS" | "IT"))
        || words.next_back().unwrap_or(second) == "HERE"
}

/// Whether a text, in its own case, is the name of a value with no value behind it: `hostname=`, `X-Device-Id:`, `id: ""`.
pub(super) fn is_label(text: &str) -> bool {
    let is_nothing = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '~' | '-' | '\0');
    let Some(name) = text.trim_end_matches(is_nothing).strip_suffix([':', '=', '\u{ff1a}']) else {
        return false;
    };
    let name = name.trim_matches(|c: char| c.is_whitespace() || matches!(c, '"' | '\''));
    let is_word = |c: char| c.is_alphabetic() || c.is_whitespace() || "-_./'()°".contains(c);
    if name.len() < 2 || !name.chars().all(is_word) {
        return false;
    }
    // Base64 ends so too: of a length of its own, and hardly ever in one case or with marks.
    let is_base64 = text.ends_with('=') && (name.len() + 1).is_multiple_of(4);
    let is_one_case = !name.contains(char::is_lowercase) || !name.contains(char::is_uppercase);
    !is_base64 || is_one_case || !name.bytes().all(|b| b.is_ascii_alphabetic())
}

/// Whether a text is the place of an id rather than the id: `/etc/machine-id`, `file:///run/secrets/id`.
pub(super) fn is_path(value: &str) -> bool {
    const ROOTS: [&str; 16] = [
        "/ETC/",
        "/RUN/",
        "/VAR/",
        "/SYS/",
        "/PROC/",
        "/TMP/",
        "/USR/",
        "/OPT/",
        "/MNT/",
        "/HOME/",
        "/ROOT/",
        "/SECRETS/",
        "FILE:",
        "C:\\",
        "C:/",
        "./",
    ];
    let digits = value.bytes().filter(u8::is_ascii_digit).count();
    digits <= 1 && ROOTS.iter().any(|root| value.starts_with(root))
}

/// What is left of a value without the places that a template holds open, `${HOSTNAME}`, `{{ device }}`, `%SERIAL%`,
/// `<serial>`; nothing if there are none.
pub(super) fn without_places(value: &str) -> Option<String> {
    if !value.contains(['{', '$', '%', '<', '@', '_', '[', '`', '#']) {
        return None;
    }
    const WHOLE: [(&str, &str); 10] = [
        ("{{", "}}"),
        ("{%", "%}"),
        ("${", "}"),
        ("$(", ")"),
        ("<%", "%>"),
        ("#{", "}"),
        ("$[", "]"),
        ("[[", "]]"),
        ("%(", ")S"),
        ("%%", "%%"),
    ];
    // Braces may stand around a UUID, and the others around anything: only around a name are they a place.
    const NAMED: [(&str, &str); 8] =
        [("{", "}"), ("<", ">"), ("%", "%"), ("@@", "@@"), ("@", "@"), ("__", "__"), ("[", "]"), ("#", "#")];
    let is_name = |inner: &str| {
        inner.bytes().all(|b| b.is_ascii_uppercase() || b"_-. ".contains(&b))
            || (inner.len() == 1 && inner.bytes().all(|b| b.is_ascii_digit()))
    };
    let place = |rest: &str| {
        let end = |(open, close): &(&str, &str)| {
            let inner = rest.strip_prefix(open)?;
            let len = inner[..inner.floor_char_boundary(PLACE)].find(close)?;
            Some((&inner[..len], open.len() + len + close.len()))
        };
        let whole = WHOLE.iter().find_map(end).map(|(_, len)| len);
        // A command that no shell has run; one with a digit may be a value that somebody marked as code.
        let command = || {
            end(&("`", "`"))
                .filter(|(inner, _)| !inner.contains(|c: char| c.is_ascii_digit()))
                .map(|(_, len)| len)
        };
        let named = || NAMED.iter().filter_map(end).find(|(inner, _)| is_name(inner)).map(|(_, len)| len);
        let variable = || {
            let name = rest.strip_prefix('$')?;
            let len = name.bytes().take_while(|b| b.is_ascii_uppercase() || *b == b'_').count();
            (len >= 2).then_some(1 + len)
        };
        whole.or_else(command).or_else(named).or_else(variable)
    };
    let (mut left, mut rest, mut found) = (String::new(), value, false);
    while let Some(first) = rest.chars().next() {
        let len = place(rest);
        found |= len.is_some();
        if len.is_none() {
            left.push(first);
        }
        rest = &rest[len.unwrap_or(first.len_utf8())..];
    }
    found.then_some(left)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_ends_where_its_marks_do() {
        for (text, left) in [
            ("{{ .NODE }}", ""),
            ("A-${HOSTNAME}-7", "A--7"),
            ("$(CAT /ETC/MACHINE-ID)", ""),
            ("`HOSTNAME`", ""),
            ("%%ID%%", ""),
            ("@@ID@@", ""),
            ("[DEVICE ID]", ""),
        ] {
            assert_eq!(without_places(text).as_deref(), Some(left), "{text}");
        }
        assert_eq!(without_places("PLC-07"), None);
        assert_eq!(without_places("RACK[7]-[A7]"), Some("RACK-[A7]".into()));
    }

    #[test]
    fn a_name_without_a_value_is_known_and_base64_is_not() {
        for text in [
            "hostname=",
            "X-Device-Id:",
            "id: \"\"",
            "\"deviceId\":",
            "Numéro de série :",
            "name= ''",
            "序列号：",
        ] {
            assert!(is_label(text), "{text}");
        }
        for text in ["QWJjZGVmZGg=", "plc-07=", "=", "COM1:", "7F3A:", "name=x", "hostname"] {
            assert!(!is_label(text), "{text}");
        }
    }

    #[test]
    fn words_that_say_what_to_do_are_no_value() {
        for text in
            ["REPLACE_ME", "REPLACE-WITH-ID", "PUT YOUR ID HERE", "DEVICE-ID-HERE", "CHANGE_ME", "SET ME"]
        {
            assert!(is_instruction(text), "{text}");
        }
        for text in ["ENTER", "PRESS-ENTER", "REPLACE 7F3A", "HERE", "CHANGE OVER"] {
            assert!(!is_instruction(text), "{text}");
        }
    }
}
