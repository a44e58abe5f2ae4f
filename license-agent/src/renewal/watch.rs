//! The service: looks at the installed license every minute, asks when it is time, and says what happens.

use std::process;
use std::thread;
use std::time::Duration;

use license_core::{License, UnixTime};

use super::ask::{Asked, Installation, ask, look};
use super::log::{Level, Line, Log};
use super::plan::{self, Outcome, due, first_look};
use crate::check::{days_in_words, days_left};
use crate::cli::{Common, RenewArgs};
use crate::clock::{self, Stopwatch};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::fault;
use crate::here::{Here, clock_note};
use crate::report::{Answer, Form};
use crate::server::{Server, ServerError};
use crate::words::span;

/// Seconds between two looks. Short, so that a license that was put there by hand, a clock that was set and a machine
/// that slept are soon seen.
const LOOK: u64 = 60;

/// The service between two looks.
struct Watch<'a> {
    common: &'a Common,
    args: &'a RenewArgs,
    log: Log,
    /// The license that the plan is made for.
    seen: Option<String>,
    next: Option<Next>,
    last: Option<Outcome>,
    /// How often in a row the last outcome came.
    attempts: u32,
}

/// When to ask next: by the clock, or when that much time has passed, whichever is first. The clock may be set back, and
/// time that a machine sleeps through may not count.
#[derive(Clone, Copy, Debug)]
struct Next {
    at: UnixTime,
    since: Stopwatch,
    wait: u64,
}

/// Runs until it is stopped.
pub(crate) fn watch(common: &Common, args: &RenewArgs) -> Result<Answer, Failure> {
    // What is wrong from the start is said at once, and ends the service.
    Server::new(&args.server, Here::read(common, &args.machine, &args.device)?.server.as_deref())?;
    let form = args.output.form();
    stop_on_signal(form);
    let log = Log::new(form);
    let mut watch = Watch { common, args, log, seen: None, next: None, last: None, attempts: 0 };
    loop {
        if let Err(failure) = watch.look() {
            watch.say(Level::Error, failure.fault().code.into_owned(), sentence(&failure), None);
        }
        thread::sleep(watch.pause());
    }
}

impl Watch<'_> {
    /// One look, which may ask. What it cannot look at is tried again at the next one.
    fn look(&mut self) -> Result<(), Failure> {
        // Read anew each time: the vendor may have replaced its file, and parts of the machine may have changed.
        let mut here = Here::read(self.common, &self.args.machine, &self.args.device)?;
        let installation = look(&here).inspect_err(|_| self.seen = None)?;
        if let Some(note) = clock_note(installation.judged) {
            self.say(Level::Warning, "clock".into(), note, None);
        }
        if self.seen.as_deref() != Some(&installation.text) {
            self.plan(&installation);
        }
        if let Some(refusal) = &installation.refusal {
            let message = format!("{} is not licensed on this machine: {refusal}", here.trust.product());
            self.say(Level::Error, refusal.code().into(), message, None);
        }
        if self.next.is_some_and(|next| next.is_now(clock::now())) {
            self.ask(&mut here, &installation)
        } else {
            Ok(())
        }
    }

    /// Makes a plan for a license that was not seen before.
    fn plan(&mut self, installation: &Installation) {
        let now = installation.judged.time();
        (self.last, self.attempts) = (None, 0);
        self.seen = Some(installation.text.clone());
        let license = installation.license.as_deref();
        let wait = match (license, &installation.refusal) {
            (Some(license), None) => first_look(license, now, self.args.every),
            // Nothing to lose by asking at once.
            _ => 0,
        };
        self.next = Some(Next::after(wait));
        if let (Some(license), None) = (license, &installation.refusal) {
            let message =
                format!("the license for {} {}{}", license.product(), holds(license, now), renewed(license));
            self.say(Level::Info, "watching".into(), message, Some(license));
        }
    }

    fn ask(&mut self, here: &mut Here, before: &Installation) -> Result<(), Failure> {
        let asked = Server::new(&self.args.server, here.server.as_deref()).map_err(Failure::from).and_then(
            |server| {
                let lock = here.place.lock(self.args.server.patience(), || {})?;
                ask(here, &lock, &server)
            },
        );
        match asked {
            Ok(asked) => self.answered(here, asked),
            Err(failure) => {
                self.failed(before, &failure);
                Ok(())
            }
        }
    }

    fn answered(&mut self, here: &Here, asked: Asked) -> Result<(), Failure> {
        let (license, now) = (&asked.accepted.license, asked.judged.time());
        if let Some(note) = asked.key_note {
            self.say(Level::Warning, "device-key".into(), note, None);
        }
        self.seen = here.place.read()?;
        let is_due = due(license).is_some_and(|due| due <= now);
        self.count(Outcome::Answered);
        let wait = match is_due {
            true => plan::wait(Outcome::Answered, self.attempts, Some(license), now, None),
            false => plan::next_look(license, now, self.args.every),
        };
        self.next = Some(Next::after(wait));
        let product = license.product();
        if let Some(note) = &asked.note {
            self.say(Level::Warning, "keys".into(), note.clone(), None);
        }
        if asked.accepted.changed {
            self.log.forget();
            let message =
                format!("renewed the license for {product}: it {}{}", holds(license, now), renewed(license));
            self.say(Level::Info, "renewed".into(), message, Some(license));
        } else if is_due {
            let message = format!(
                "the vendor has nothing newer for {product}: the license {}; renew it at your vendor's",
                holds(license, now)
            );
            self.say(Level::Warning, "nothing-newer".into(), message, Some(license));
        }
        Ok(())
    }

    fn failed(&mut self, before: &Installation, failure: &Failure) {
        let now = before.judged.time();
        let (outcome, retry_after) = match failure {
            Failure::Server(ServerError::Refused(problem)) if problem.is_trouble() => {
                (Outcome::Unreachable, problem.retry_after)
            }
            Failure::Server(ServerError::Refused(problem)) => (Outcome::Refused, problem.retry_after),
            _ => (Outcome::Unreachable, None),
        };
        self.count(outcome);
        let license = before.license.as_deref();
        let wait = plan::wait(outcome, self.attempts, license, now, retry_after);
        self.next = Some(Next::after(wait));
        let standing = match (license, &before.refusal) {
            (Some(license), None) => {
                format!("; the license for {} {}", license.product(), holds(license, now))
            }
            _ => String::new(),
        };
        let again = span(wait.unsigned_abs());
        let message = format!("{}{standing}; trying again in {again}", sentence(failure));
        let level = if before.refusal.is_some() { Level::Error } else { Level::Warning };
        self.say(level, failure.fault().code.into_owned(), message, license);
    }

    fn count(&mut self, outcome: Outcome) {
        self.attempts = if self.last == Some(outcome) { self.attempts.saturating_add(1) } else { 1 };
        self.last = Some(outcome);
    }

    fn say(&mut self, level: Level, event: String, message: String, license: Option<&License>) {
        let valid_until = license.and_then(License::expires_at).map(|end| end.to_string());
        self.log.say(clock::now(), &Line { level, event, message, valid_until });
    }

    /// Until the next look.
    fn pause(&self) -> Duration {
        let most = Duration::from_secs(LOOK) / fault::pace();
        self.next.map_or(most, |next| next.left().min(most)).max(Duration::from_millis(20))
    }
}

impl Next {
    fn after(wait: i64) -> Self {
        Self {
            at: clock::now().plus(wait),
            since: Stopwatch::start(),
            wait: u64::try_from(wait).unwrap_or(0),
        }
    }

    fn is_now(self, now: UnixTime) -> bool {
        now >= self.at || self.left().is_zero()
    }

    fn left(self) -> Duration {
        (Duration::from_secs(self.wait) / fault::pace()).saturating_sub(self.since.elapsed())
    }
}

/// Whatever step it is at: every file is replaced as a whole, so there is nothing to wait for.
fn stop_on_signal(form: Form) {
    let stopped = move || {
        let message = "stopped; the license stays as it is".to_owned();
        Log::new(form).say(
            clock::now(),
            &Line { level: Level::Info, event: "stopped".into(), message, valid_until: None },
        );
        process::exit(Exit::Ok as i32);
    };
    // Without a handler the system ends the process, which does as well.
    _ = ctrlc::set_handler(stopped);
}

/// What is wrong, and what to do, in one line.
fn sentence(failure: &Failure) -> String {
    let fault = failure.fault();
    let bare = |text: &str| text.trim_end_matches('.').to_owned();
    let wrong = match &fault.detail {
        Some(detail) => format!("{}: {}", fault.message, bare(detail)),
        None => fault.message,
    };
    match fault.advice.first() {
        Some(step) if !matches!(failure, Failure::Server(ServerError::Unreachable { .. })) => {
            format!("{wrong}; what to do: {}", bare(step))
        }
        _ => wrong,
    }
}

fn holds(license: &License, now: UnixTime) -> String {
    match (license.expires_at(), days_left(license, now)) {
        (Some(end), Some(days)) => format!("holds until {end}, {}", days_in_words(days)),
        _ => "has no end".into(),
    }
}

fn renewed(license: &License) -> String {
    due(license).map(|due| format!("; it is renewed from {due} on")).unwrap_or_default()
}
