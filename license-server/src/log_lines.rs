//! The standard error, with nothing in a line that would move, hide or turn around the rest of it.

use std::io::{self, Write};

use license_core::{shown, shown_in_json};
use tracing_subscriber::fmt::MakeWriter;

/// Writes each event as one line.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LogLines {
    /// Colours are for a terminal, and are made of escape characters.
    pub(crate) colours: bool,
}

impl<'a> MakeWriter<'a> for LogLines {
    type Writer = Line;

    fn make_writer(&'a self) -> Line {
        Line(*self)
    }
}

/// Where one event goes.
#[derive(Debug)]
pub(crate) struct Line(LogLines);

impl Write for Line {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        io::stderr().lock().write_all(clean(bytes, self.0.colours).as_bytes())?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}

/// An event's bytes, of which only the last may end a line. In JSON such characters stand only in texts, where
/// `\u{…}` would be wrong.
fn clean(bytes: &[u8], colours: bool) -> String {
    let text = String::from_utf8_lossy(bytes);
    let (line, end) = match text.strip_suffix('\n') {
        Some(line) => (line, "\n"),
        None => (&*text, ""),
    };
    if line.starts_with('{') {
        return shown_in_json(line).into_owned() + end;
    }
    if !colours {
        return shown(line).into_owned() + end;
    }
    // What escapes there are by now are the colours': those in values were spelled out when they were formatted.
    let parts: Vec<_> = line.split('\u{1b}').map(shown).collect();
    parts.join("\u{1b}") + end
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_one_line_and_shows_what_it_is() {
        for (event, expected) in [
            ("INFO call instance=a\n", "INFO call instance=a\n"),
            ("INFO call instance=a\nERROR forged\n", "INFO call instance=a\\u{a}ERROR forged\n"),
            ("INFO event=\u{202e}x\u{1b}[2J\n", "INFO event=\\u{202e}x\\u{1b}[2J\n"),
            ("{\"event\":\"\u{202e}\u{e0001}x\"}\n", "{\"event\":\"\\u202e\\udb40\\udc01x\"}\n"),
        ] {
            assert_eq!(clean(event.as_bytes(), false), expected);
        }
        let coloured = "\u{1b}[32m INFO\u{1b}[0m event=\u{202e}\n";
        assert_eq!(clean(coloured.as_bytes(), true), "\u{1b}[32m INFO\u{1b}[0m event=\\u{202e}\n");
        assert!(
            serde_json::from_str::<serde_json::Value>(&clean(b"{\"a\":\"\xe2\x80\xae\"}\n", false)).is_ok()
        );
    }
}
