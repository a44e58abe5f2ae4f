//! Files that are made to take long: the steps of reading them are bounded.

use super::*;
use crate::MAX_TOKEN_LEN;

#[test]
fn hostile_files_are_read_in_a_bounded_number_of_steps() {
    let (short, long) = (MAX_TOKEN_LEN / 4, 256 * 1024);
    for piece in [
        "eyJ",
        "_eyJ",
        "eyJ.",
        "eyJ ",
        "eyJ\n",
        "{\"license_request\":",
        "{",
        "license_request",
        "&#",
        "<a",
        "<style>",
        "\\u00",
        "=\n",
        "%2",
        "boundary=",
        "boundary=\"",
        "From: a\nboundary=x\n--x\n\n",
        "issuer=\"\n",
        "[[keys]]\n",
        "{\"a\":",
        "[",
        "> ",
        "1 \n",
        "\u{201c}",
        "DF1-",
        "PK",
        "\u{1b}]",
        "\u{1b}[1m",
        "> eyJ\n",
        "- eyJ\n",
        "a: eyJhYmNkZWZnaGlqa2xtbm9wcXJz\n",
        "{\\rtf",
        "CZ2P-",
        "a.",
        ".",
    ] {
        let text = piece.repeat(short / piece.len());
        for text in [
            text.clone(),
            format!("{{\"a\":\"{text}"),
            format!("From: x\n\n{text}"),
            format!("{{\\rtf1 {text}"),
        ] {
            let bytes = text.as_bytes();
            _ = (license(bytes), key_sets(bytes), vendor_file(bytes), request(bytes), activation_code(bytes));
        }
        let text = piece.repeat(long / piece.len());
        _ = (license(text.as_bytes()), vendor_file(text.as_bytes()));
        // A few passes over it, however it is wrapped.
        let readings = unwrap::readings(&text);
        let bytes: usize = readings.iter().map(String::len).sum();
        assert!(readings.len() <= 32 && bytes <= 4 * text.len() + 256 * 1024, "{piece}: {bytes}");
    }
}
