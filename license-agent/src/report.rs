//! Everything that is printed: an answer or a failure, as text or as one JSON object.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::io::{self, IsTerminal as _, Write as _};

use serde::Serialize;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::qr::Picture;

/// How an answer is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// For people: the answer on the standard output, notes and errors on the standard error.
    Text,
    /// For programs: one object on the standard output, also when something failed.
    Json,
}

/// What a command found out, in both forms.
#[derive(Debug, Default)]
pub(crate) struct Answer {
    pub(crate) exit: Exit,
    /// With its last line feed.
    pub(crate) text: String,
    pub(crate) json: String,
    /// Said beside the text; the object holds them itself.
    pub(crate) notes: Vec<String>,
    /// Drawn after the text, never beside an object.
    pub(crate) picture: Option<Picture>,
}

/// What went wrong, for programs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Fault {
    /// A short fixed name.
    pub(crate) code: Cow<'static, str>,
    pub(crate) message: String,
    /// What is wrong in this case, in the server's words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) detail: Option<String>,
    /// What can be done about it.
    pub(crate) advice: Vec<String>,
    /// Seconds until it is worth asking the server again, where it says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) retry_after: Option<u64>,
}

/// A struct as one JSON object over several lines, members in the order of its fields.
pub(crate) fn json(object: &impl Serialize) -> String {
    // Structs of texts, numbers and lists cannot fail to serialise.
    serde_json::to_string_pretty(object).unwrap_or_default() + "\n"
}

/// A struct as one JSON object on one line.
pub(crate) fn json_line(object: &impl Serialize) -> String {
    serde_json::to_string(object).unwrap_or_default()
}

/// Says something beside any answer.
pub(crate) fn tell(text: &str) {
    _ = err(text);
}

/// Prints one line of a service. A reader that went away is not waited for, and does not end the service.
pub(crate) fn line(text: &str) {
    _ = out(&format!("{text}\n"));
}

/// What can be done, one line each; a single one on the line of its title.
pub(crate) fn advice(steps: &[String]) -> String {
    let mut text = String::new();
    match steps {
        [] => {}
        [one] => _ = writeln!(text, "What to do: {one}"),
        several => {
            text.push_str("What to do:\n");
            several.iter().for_each(|step| _ = writeln!(text, "  - {step}"));
        }
    }
    text
}

/// Prints what a command came to.
pub(crate) fn print(form: Form, result: Result<Answer, Failure>) -> Exit {
    let written = match (form, &result) {
        (Form::Text, Ok(answer)) => {
            let notes = answer.notes.iter().map(|note| format!("note: {note}\n")).collect::<String>();
            out(&answer.text).and_then(|()| draw(answer.picture.as_ref())).and_then(|()| err(&notes))
        }
        (Form::Json, Ok(answer)) => out(&answer.json),
        (Form::Text, Err(failure)) => {
            let Fault { message, detail, advice: steps, .. } = failure.fault();
            let detail = detail.map(|detail| detail + "\n").unwrap_or_default();
            err(&format!("error: {message}\n{detail}{}", advice(&steps)))
        }
        (Form::Json, Err(failure)) => {
            #[derive(Serialize)]
            struct Failed {
                error: Fault,
            }
            out(&json(&Failed { error: failure.fault() }))
        }
    };
    match (written, result) {
        // A reader that went away, such as `head`, has what it wanted.
        (Err(error), _) if error.kind() != io::ErrorKind::BrokenPipe => {
            _ = err(&format!("error: the answer cannot be written: {error}\n"));
            Exit::Usage
        }
        (_, Ok(answer)) => answer.exit,
        (_, Err(failure)) => failure.exit(),
    }
}

/// Help, the version, or what is wrong with the arguments.
pub(crate) fn usage(error: &clap::Error) -> Exit {
    _ = error.print();
    if error.use_stderr() { Exit::Usage } else { Exit::Ok }
}

fn out(text: &str) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(harmless(text).as_bytes())?;
    stdout.flush()
}

/// A picture holds no text of anybody's, so its colours may command the terminal.
fn draw(picture: Option<&Picture>) -> io::Result<()> {
    let Some(picture) = picture else { return Ok(()) };
    let mut stdout = io::stdout().lock();
    let is_terminal = stdout.is_terminal();
    stdout.write_all(picture.text(is_terminal).as_bytes())?;
    stdout.flush()
}

fn err(text: &str) -> io::Result<()> {
    io::stderr().lock().write_all(harmless(text).as_bytes())
}

/// Characters of names and files spelt out that would command a terminal or mislead who reads it. Inside JSON they only
/// stand in strings, where this is their spelling too.
fn harmless(text: &str) -> Cow<'_, str> {
    license_core::shown_in_json(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_can_command_a_terminal() {
        assert_eq!(harmless("file\u{202e}gpj"), "file\\u202egpj");
        assert_eq!(harmless("a\x1b[2Jb\r\u{9b}c\n"), "a\\u001b[2Jb\\u000d\\u009bc\n");
        let object = json(&["a\u{9b}\x7f\x1b"]);
        let object = harmless(&object);
        assert_eq!(object, "[\n  \"a\\u009b\\u007f\\u001b\"\n]\n");
        assert_eq!(serde_json::from_str::<[String; 1]>(&object).unwrap(), ["a\u{9b}\x7f\x1b"]);
    }

    #[test]
    fn advice_is_one_line_or_a_list() {
        assert_eq!(advice(&[]), "");
        assert_eq!(advice(&["wait".into()]), "What to do: wait\n");
        assert_eq!(advice(&["a".into(), "b".into()]), "What to do:\n  - a\n  - b\n");
    }
}
