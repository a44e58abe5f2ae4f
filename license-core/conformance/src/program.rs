//! The other side: a program that is asked over pipes.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::io::{BufRead, BufReader, BufWriter, Read, Write};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use crate::answer::PROTOCOL;

/// Longest line that is read, in bytes.
const LONGEST_LINE: u64 = 1 << 20;

/// How much of what it wrote to its standard error is kept, in bytes.
const KEPT_COMPLAINTS: usize = 4096;

/// How many questions may wait for an answer.
pub const WINDOW: usize = 128;

/// A program that was started.
pub struct Program {
    child: Child,
    questions: Option<SyncSender<String>>,
    answers: Receiver<Line>,
    complaints: Arc<Mutex<VecDeque<u8>>>,
    timeout: Duration,
    /// What it says of itself.
    pub hello: Greeting,
}

/// What a program answers to `hello`.
#[derive(Clone, Debug, Default)]
pub struct Greeting {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// What it can be asked.
    pub ops: Vec<String>,
}

/// A line, or why there is none.
type Line = Result<String, Unreadable>;

/// What is no line.
#[derive(Debug)]
enum Unreadable {
    TooLong,
    NotText,
}

/// Why a program cannot be asked any further.
#[derive(Debug, thiserror::Error)]
pub enum ProgramError {
    /// It does not start.
    #[error("the program {program:?} cannot be started: {source}")]
    Start {
        /// What was called.
        program: OsString,
        /// What the system says.
        source: std::io::Error,
    },
    /// It ended though questions were left.
    #[error("the program ended{status} before it had answered{}", complaint(complaints))]
    Died {
        /// With which status, in words.
        status: String,
        /// The end of what it wrote to its standard error.
        complaints: String,
    },
    /// It does not answer.
    #[error("the program has not answered for {} s{}", waited.as_secs(), complaint(complaints))]
    Hangs {
        /// How long it had.
        waited: Duration,
        /// The end of what it wrote to its standard error.
        complaints: String,
    },
    /// A line that is no answer.
    #[error("the program answers with {0}")]
    Answer(&'static str),
    /// It does not speak this protocol.
    #[error("the program does not introduce itself as it should: {0}")]
    Hello(String),
}

fn complaint(text: &str) -> String {
    let text = text.trim();
    if text.is_empty() { String::new() } else { format!("; it wrote: {}", license_core::shown(text)) }
}

impl Program {
    /// Starts a program and asks what it can do.
    ///
    /// # Errors
    /// [`ProgramError`]
    pub fn start(command: &[OsString], timeout: Duration) -> Result<Self, ProgramError> {
        let (program, arguments) =
            command.split_first().ok_or_else(|| ProgramError::Hello("no command was given".into()))?;
        let started = Command::new(program)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn();
        let mut child = started.map_err(|source| ProgramError::Start { program: program.clone(), source })?;
        // One that does not read is no reason to wait: what waits is bounded by the window.
        let (questions, to_write) = sync_channel::<String>(WINDOW + 2);
        let (read, answers) = sync_channel(WINDOW + 2);
        let complaints = Arc::new(Mutex::new(VecDeque::new()));
        if let Some(stdin) = child.stdin.take() {
            thread::spawn(move || write_lines(stdin, &to_write));
        }
        if let Some(stdout) = child.stdout.take() {
            thread::spawn(move || read_lines(stdout, &read));
        }
        if let Some(stderr) = child.stderr.take() {
            let kept = Arc::clone(&complaints);
            thread::spawn(move || keep_the_end(stderr, &kept));
        }
        let hello = Greeting::default();
        let mut started = Self { child, questions: Some(questions), answers, complaints, timeout, hello };
        started.ask(&json!({"id": 0, "op": "hello", "protocol": PROTOCOL}));
        started.hello = Greeting::read(&started.answer()?)?;
        Ok(started)
    }

    /// Sends a question. At most [`WINDOW`] may be without an answer.
    pub fn ask(&self, question: &Value) {
        if let Some(questions) = &self.questions {
            // If nobody writes any more the program is gone, which the next answer tells.
            _ = questions.try_send(question.to_string());
        }
    }

    /// Waits for the next answer; one that is no JSON comes back as null.
    ///
    /// # Errors
    /// [`ProgramError`]
    pub fn answer(&mut self) -> Result<Value, ProgramError> {
        match self.answers.recv_timeout(self.timeout) {
            Ok(Ok(line)) => Ok(serde_json::from_str(&line).unwrap_or_default()),
            Ok(Err(Unreadable::TooLong)) => Err(ProgramError::Answer("a line of more than a mebibyte")),
            Ok(Err(Unreadable::NotText)) => Err(ProgramError::Answer("a line that is no UTF-8")),
            Err(RecvTimeoutError::Timeout) => {
                Err(ProgramError::Hangs { waited: self.timeout, complaints: self.complaints() })
            }
            Err(RecvTimeoutError::Disconnected) => {
                // Who closed its output is ended, so that its status can be asked for.
                let status = self.end();
                Err(ProgramError::Died { status, complaints: self.complaints() })
            }
        }
    }

    /// Ends the input, after which the program has to end.
    ///
    /// # Errors
    /// [`ProgramError`] if it answers what was not asked, or stays.
    pub fn finish(mut self) -> Result<(), ProgramError> {
        self.questions = None;
        match self.answers.recv_timeout(self.timeout) {
            Ok(_) => Err(ProgramError::Answer("more lines than it was asked")),
            Err(RecvTimeoutError::Disconnected) => Ok(()),
            Err(RecvTimeoutError::Timeout) => {
                Err(ProgramError::Hangs { waited: self.timeout, complaints: self.complaints() })
            }
        }
    }

    fn end(&mut self) -> String {
        let status = match self.child.try_wait() {
            Ok(Some(status)) => Ok(status),
            _ => {
                _ = self.child.kill();
                self.child.wait()
            }
        };
        status.map(|status| format!(" ({status})")).unwrap_or_default()
    }

    fn complaints(&self) -> String {
        let kept = self.complaints.lock().unwrap_or_else(PoisonError::into_inner);
        let bytes: Vec<u8> = kept.iter().copied().collect();
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

impl Drop for Program {
    /// Ends the program that was started, and no other.
    fn drop(&mut self) {
        self.questions = None;
        _ = self.end();
    }
}

impl Greeting {
    fn read(answer: &Value) -> Result<Self, ProgramError> {
        if answer["protocol"].as_u64() != Some(PROTOCOL) {
            let says = license_core::shown(&answer.to_string()).chars().take(200).collect::<String>();
            return Err(ProgramError::Hello(format!("`protocol` is not {PROTOCOL} in {says}")));
        }
        let text = |member: &str| answer[member].as_str().unwrap_or("unknown").chars().take(100).collect();
        let ops = answer["ops"].as_array().map(Vec::as_slice).unwrap_or_default();
        let ops: Vec<_> = ops.iter().filter_map(|op| op.as_str().map(str::to_owned)).take(100).collect();
        if ops.is_empty() {
            return Err(ProgramError::Hello("`ops` names nothing that it can do".into()));
        }
        Ok(Self { name: text("name"), version: text("version"), ops })
    }
}

fn write_lines(stdin: impl Write, lines: &Receiver<String>) {
    let mut stdin = BufWriter::new(stdin);
    while let Ok(line) = lines.recv() {
        let mut next = Some(line);
        while let Some(line) = next {
            if stdin.write_all(line.as_bytes()).and_then(|()| stdin.write_all(b"\n")).is_err() {
                return;
            }
            next = lines.try_recv().ok();
        }
        if stdin.flush().is_err() {
            return;
        }
    }
}

fn read_lines(stdout: impl Read, lines: &SyncSender<Line>) {
    let mut stdout = BufReader::new(stdout);
    loop {
        let mut bytes = Vec::new();
        let read = (&mut stdout).take(LONGEST_LINE).read_until(b'\n', &mut bytes);
        if !matches!(read, Ok(1..)) {
            return;
        }
        let is_whole = bytes.last() == Some(&b'\n');
        let line = match String::from_utf8(bytes) {
            Ok(line) if is_whole || (line.len() as u64) < LONGEST_LINE => Ok(line),
            Ok(_) => Err(Unreadable::TooLong),
            Err(_) => Err(Unreadable::NotText),
        };
        let goes_on = line.is_ok();
        if lines.send(line).is_err() || !goes_on {
            return;
        }
    }
}

fn keep_the_end(mut stderr: impl Read, kept: &Mutex<VecDeque<u8>>) {
    let mut block = [0; 1024];
    while let Ok(read @ 1..) = stderr.read(&mut block) {
        let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.extend(&block[..read]);
        let too_many = kept.len().saturating_sub(KEPT_COMPLAINTS);
        kept.drain(..too_many);
    }
}
