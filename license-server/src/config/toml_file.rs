//! Settings and catalogs as editors save them.

use std::path::Path;

use license_core::saved_text::{SavedText, SavedTextError, decode, what_is};
use toml::Table;

use super::error::{ConfigError, syntax};

/// Reads a TOML file: in UTF-8 with or without a mark, or in UTF-16 with one. Nothing else in it is repaired, since an
/// operator writes it.
///
/// # Errors
/// What else the file is, or what is wrong in which line.
pub(super) fn read(path: &Path, wanted: SavedText) -> Result<Table, ConfigError> {
    let fault = |why: String| ConfigError::File { path: path.to_owned(), why };
    let named = |what: SavedTextError| fault(format!("{what}; {}", what.advice()));
    let bytes = std::fs::read(path).map_err(|error| fault(error.to_string()))?;
    let text = match decode(&bytes) {
        Ok(text) => text,
        // Every setting can be given elsewhere.
        Err(SavedTextError::Empty) => return Ok(Table::new()),
        Err(what) => return Err(named(what)),
    };
    text.parse().map_err(|error| match what_is(&bytes, Some(wanted)) {
        Some(what) => named(what),
        None => in_words(syntax(path.to_owned(), &text, &error), &text),
    })
}

/// The error with what a word processor put into its line, which looks like what it should be.
fn in_words(error: ConfigError, text: &str) -> ConfigError {
    let ConfigError::Syntax { path, line, why } = error else { return error };
    let at = text.lines().nth(line.saturating_sub(1)).unwrap_or_default();
    let why = if at.contains(['\u{201c}', '\u{201d}', '\u{201e}', '\u{2018}', '\u{2019}', '\u{ab}', '\u{bb}'])
    {
        "it has the quotes of a word processor; write \" in their place".to_owned()
    } else if at.contains(['\u{a0}', '\u{202f}', '\u{3000}', '\u{200b}']) {
        "it has blanks that only look like a space; write a space in their place".to_owned()
    } else if at.trim_start().starts_with(['>', '|', '`', '~']) {
        "it begins with the mark of a mail or a chat; take that off all lines".to_owned()
    } else {
        why
    };
    ConfigError::Syntax { path, line, why }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_read_from_any_editor_and_what_is_wrong_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("settings.toml");
        let text = "issuer = \"vendor\"\n";
        let utf16: Vec<u8> = format!("\u{feff}{text}").encode_utf16().flat_map(u16::to_le_bytes).collect();
        for bytes in [
            text.as_bytes().to_vec(),
            format!("\u{feff}{text}").into_bytes(),
            utf16.clone(),
            text.replace('\n', "\r\n").into_bytes(),
        ] {
            std::fs::write(&path, bytes).unwrap();
            assert_eq!(read(&path, SavedText::Settings).unwrap()["issuer"].as_str(), Some("vendor"));
        }
        std::fs::write(&path, "").unwrap();
        assert!(read(&path, SavedText::Settings).unwrap().is_empty());
        for (bytes, says) in [
            (utf16[2..].to_vec(), "cannot be read: it is UTF-16 without a mark; save it as UTF-8"),
            (b"PK\x03\x04".to_vec(), "it is a ZIP archive"),
            (b"<!doctype html><html></html>".to_vec(), "it is a web page"),
            (
                b"-----BEGIN PRIVATE KEY-----\nsecret\n-----END PRIVATE KEY-----\n".to_vec(),
                "it is a private key",
            ),
            (
                "a = 1\nissuer = \u{201c}vendor\u{201d}\n".into(),
                "line 2: it has the quotes of a word processor",
            ),
            ("issuer\u{a0}= \"vendor\"\n".into(), "line 1: it has blanks that only look like a space"),
            (b"> issuer = \"vendor\"\n".to_vec(), "line 1: it begins with the mark of a mail"),
        ] {
            std::fs::write(&path, bytes).unwrap();
            let error = read(&path, SavedText::Settings).unwrap_err().to_string();
            assert!(error.contains(says) && !error.contains("secret\n"), "{error}");
        }
    }
}
