//! The state of the installed license, as one screen or one object.

use std::fmt::Write as _;
use std::path::PathBuf;

use license_core::{ComponentVerdict, License, LicenseState, Outcome, UnixTime, Verdict};
use serde::Serialize;

use crate::check::{Standing, days_in_words, days_left, grace_until};
use crate::exit::Exit;
use crate::refusal::Refusal;
use crate::report::{self, Answer};
use crate::words::sentence;

/// From how many days before its end a license asks to be renewed.
const RENEW_DAYS: i64 = 14;

/// The state in which a license is over and works.
const GRACE: &str = "grace";

/// The advice for whom all is well.
const NOTHING: &str = "nothing.";

/// Everything there is to say. Members are always there, `null` where nothing is known; times are RFC 3339 in UTC.
#[derive(Debug, Serialize)]
pub(crate) struct Screen {
    licensed: bool,
    state: &'static str,
    product: String,
    issuer: String,
    license: Option<String>,
    instance: Option<String>,
    issued_at: Option<String>,
    valid_from: Option<String>,
    /// `null` also for a perpetual license, which has a `valid_from`.
    valid_until: Option<String>,
    /// Where it works beyond its end, also before and after that; `null` where it does not.
    grace_until: Option<String>,
    /// Whole days until it stops to work: the end of the license, or of its grace once that has begun.
    days_left: Option<i64>,
    quantity: Option<u32>,
    features: Vec<String>,
    trial: Option<bool>,
    test: Option<bool>,
    device: Option<DeviceView>,
    file: PathBuf,
    /// Why it is not licensed.
    reason: Option<Reason>,
    advice: Vec<String>,
    notes: Vec<String>,
}

/// How the licensed device compares with this one; no components for an identifier of the vendor's own.
#[derive(Debug, Serialize)]
struct DeviceView {
    percent: u8,
    /// The per cent that are needed.
    threshold: Option<u8>,
    components: Vec<ComponentView>,
}

#[derive(Debug, Serialize)]
struct ComponentView {
    kind: &'static str,
    /// The share of the license that this kind is worth, rounded down.
    percent: u32,
    outcome: String,
}

#[derive(Debug, Serialize)]
struct Reason {
    code: &'static str,
    message: String,
}

impl Screen {
    /// The screen before anything is installed. Product and issuer are those that are asked for.
    pub(crate) fn empty(
        product: &str,
        issuer: &str,
        has_server: bool,
        file: PathBuf,
        notes: Vec<String>,
    ) -> Self {
        let reason =
            Reason { code: "not-installed", message: format!("no license for {product} is installed") };
        let by_code = "with the activation code that came with the purchase: license-agent activate CODE";
        let by_hand = match has_server {
            true => "without a code, give your vendor what `license-agent fingerprint` prints",
            false => "if you have no license yet, give your vendor what `license-agent fingerprint` prints",
        };
        let steps = has_server
            .then_some(by_code)
            .into_iter()
            .chain([by_hand, "install the license that you get: license-agent install FILE"]);
        let advice = steps.map(str::to_owned).collect();
        Self {
            licensed: false,
            state: "none",
            product: product.to_owned(),
            issuer: issuer.to_owned(),
            license: None,
            instance: None,
            issued_at: None,
            valid_from: None,
            valid_until: None,
            grace_until: None,
            days_left: None,
            quantity: None,
            features: Vec::new(),
            trial: None,
            test: None,
            device: None,
            file,
            reason: Some(reason),
            advice,
            notes,
        }
    }

    /// The same with what an installed license came to.
    pub(crate) fn of(self, standing: &Standing, now: UnixTime) -> Self {
        match standing {
            Standing::Holds(license) => Self {
                licensed: true,
                reason: None,
                advice: next_steps(license, now),
                ..self.granted(license, now)
            },
            Standing::Untimely(license, refusal) => {
                Self { days_left: None, ..self.granted(license, now) }.refused(refusal)
            }
            Standing::Refused(refusal) => Self { state: "refused", ..self }.refused(refusal),
        }
    }

    fn granted(self, license: &License, now: UnixTime) -> Self {
        let state = match license.state(now) {
            LicenseState::Active => "active",
            LicenseState::Grace { .. } => GRACE,
            LicenseState::NotYetValid => "not-yet-valid",
            LicenseState::Expired => "expired",
        };
        let threshold = license.binding().and_then(|binding| Some(binding.threshold()?.get()));
        Self {
            state,
            license: Some(license.id().to_owned()),
            instance: Some(license.instance().to_owned()),
            issued_at: Some(license.issued_at().to_string()),
            valid_from: Some(license.not_before().to_string()),
            valid_until: license.expires_at().map(|end| end.to_string()),
            grace_until: grace_until(license).map(|end| end.to_string()),
            days_left: days_left(license, now),
            quantity: Some(license.quantity()),
            features: license.features().to_vec(),
            trial: Some(license.is_trial()),
            test: Some(license.is_test()),
            device: license.verdict().map(|verdict| DeviceView::new(verdict, threshold)),
            ..self
        }
    }

    fn refused(self, refusal: &Refusal) -> Self {
        let device = refusal.verdict().map(|verdict| DeviceView::new(verdict, None)).or(self.device);
        let reason = Some(Reason { code: refusal.code(), message: refusal.to_string() });
        Self { device, reason, advice: refusal.advice(), ..self }
    }

    /// The same with what there is to say about the clock, unless that is the reason already.
    pub(crate) fn with_clock(mut self, note: Option<String>) -> Self {
        let is_reason = self.reason.as_ref().is_some_and(|reason| reason.code.starts_with("clock-"));
        if let (Some(note), false) = (note, is_reason) {
            self.notes.push(note);
            self.advice.retain(|step| step != NOTHING);
            self.advice.push("set the clock of this machine right".into());
        }
        self
    }

    /// Both forms, with the exit code that goes with them.
    pub(crate) fn answer(self) -> Answer {
        let exit = if self.licensed { Exit::Ok } else { Exit::NotLicensed };
        Answer { exit, text: self.text(), json: report::json(&self), notes: self.notes, picture: None }
    }

    fn text(&self) -> String {
        let mut text = match &self.reason {
            None if self.state == GRACE => {
                format!(
                    "{} is licensed on this machine, but the license is over and in grace.\n\n",
                    self.product
                )
            }
            None => format!("{} is licensed on this machine.\n\n", self.product),
            Some(Reason { message, .. }) => {
                format!("{} is not licensed on this machine: {}\n\n", self.product, sentence(message))
            }
        };
        let mut line = |name: &str, value: &str| _ = writeln!(text, "  {name:<12} {value}");
        line("product", &self.product);
        line("issuer", &self.issuer);
        if let (Some(license), Some(instance)) = (&self.license, &self.instance) {
            line("license", license);
            line("instance", instance);
        }
        line("state", &self.state_in_words());
        if let Some(from) = &self.valid_from {
            line("valid from", from);
            let left = self.days_left.filter(|_| self.state != GRACE).map(days_in_words);
            let left = left.map(|left| format!(", {left}")).unwrap_or_default();
            line(
                "valid until",
                &self.valid_until.as_ref().map_or("no end".into(), |end| format!("{end}{left}")),
            );
            if let Some(until) = self.grace_until.as_ref().filter(|_| self.state != GRACE) {
                line("grace until", until);
            }
        }
        if let Some(quantity) = self.quantity {
            line("quantity", &quantity.to_string());
            line(
                "features",
                &if self.features.is_empty() { "none".into() } else { self.features.join(", ") },
            );
        }
        for (mark, is_set) in [("trial license", self.trial), ("test license", self.test)] {
            if is_set == Some(true) {
                line("mark", mark);
            }
        }
        match &self.device {
            Some(device) => device.write(&mut line),
            None if self.license.is_some() => line("device", "any; the license is bound to none"),
            None => {}
        }
        line("file", &self.file.display().to_string());
        text.push('\n');
        text.push_str(&report::advice(&self.advice));
        text
    }

    fn state_in_words(&self) -> String {
        match (&self.grace_until, self.days_left) {
            (Some(until), Some(days)) if self.state == GRACE => {
                format!("in grace until {until}, {}", days_in_words(days))
            }
            _ => self.state.replace('-', " "),
        }
    }
}

impl DeviceView {
    fn new(verdict: &Verdict, threshold: Option<u8>) -> Self {
        let components = verdict.components();
        let total: u32 = components.iter().map(|c| u32::from(c.weight)).sum();
        let view = |c: &ComponentVerdict| ComponentView {
            kind: c.kind.as_str(),
            percent: (u32::from(c.weight) * 100).checked_div(total).unwrap_or(0),
            outcome: outcome(c.outcome),
        };
        Self {
            percent: verdict.score_percent(),
            threshold,
            components: components.iter().map(view).collect(),
        }
    }

    fn write(&self, line: &mut impl FnMut(&str, &str)) {
        let needed = self.threshold.map(|least| format!(", {least} % needed")).unwrap_or_default();
        match (self.components.is_empty(), self.percent) {
            (true, 100) => line("device", "the identifier matches"),
            (true, _) => line("device", "another identifier"),
            (false, percent) => line("device", &format!("{percent} % matches{needed}")),
        }
        for ComponentView { kind, percent, outcome } in &self.components {
            line(&format!("  {kind}"), &format!("{percent:>2} % {outcome}"));
        }
    }
}

fn outcome(outcome: Outcome) -> String {
    match outcome {
        Outcome::Partly { matched, of } => format!("partly, {matched} of {of}"),
        other => other.to_string(),
    }
}

/// What the holder of a valid license may want to do.
fn next_steps(license: &License, now: UnixTime) -> Vec<String> {
    let mut steps = Vec::new();
    if matches!(license.state(now), LicenseState::Grace { .. }) {
        steps.push(
            "renew now: license-agent renew, or at your vendor's and install the license that you get"
                .to_owned(),
        );
    } else if days_left(license, now).is_some_and(|days| days < RENEW_DAYS) {
        steps.push(
            "it ends soon: license-agent renew, or renew at your vendor's and install the license that you get"
                .to_owned(),
        );
    }
    if license.verdict().is_some_and(|verdict| verdict.score_percent() < 100) {
        steps.push(
            "parts of this machine were changed and the license still holds; before more is changed, ask your vendor \
             for one for the machine as it is"
                .to_owned(),
        );
    }
    if steps.is_empty() {
        steps.push(NOTHING.to_owned());
    }
    steps
}

#[cfg(test)]
mod tests {
    use license_core::{Claims, ClockGuard, ClockKey, Device, Observation, SigningKey, Trust};

    use super::*;
    use crate::check::check;

    const END: i64 = 1_800_000_000;

    /// The screen `before` seconds before a license without grace ends.
    fn screen(before: i64) -> Screen {
        let key = SigningKey::from_seed(&[7; 32]);
        let claims = Claims {
            issuer: "v".into(),
            product: "cad".into(),
            instance: "i".into(),
            license_id: "l".into(),
            issued_at: UnixTime::from_secs(0),
            not_before: UnixTime::from_secs(0),
            expires_at: Some(UnixTime::from_secs(END)),
            binding: None,
            quantity: 1,
            features: Vec::new(),
            grace: 0,
            trial: false,
            test: false,
            device_key: None,
        };
        let trust = Trust::new("v", "cad", "v", [key.verifying_key().clone()].into_iter().collect());
        let now = UnixTime::from_secs(END - before);
        let judged = ClockGuard::new(ClockKey::from_bytes([0; 32])).observe(&Observation::at(now));
        let standing = check(&key.issue(&claims).unwrap(), &trust, &Device::none(), judged);
        Screen::empty("cad", "v", false, "cad.lic".into(), Vec::new()).of(&standing, now)
    }

    #[test]
    fn days_are_counted_down_and_the_last_fortnight_asks_to_renew() {
        for (before, days, line, renew) in [
            (15 * 86_400, Some(15), "2027-01-15T08:00:00Z, 15 days left\n", false),
            (14 * 86_400, Some(14), "2027-01-15T08:00:00Z, 14 days left\n", false),
            (14 * 86_400 - 1, Some(13), "2027-01-15T08:00:00Z, 13 days left\n", true),
            (86_400, Some(1), "2027-01-15T08:00:00Z, 1 day left\n", true),
            (1, Some(0), "2027-01-15T08:00:00Z, less than a day left\n", true),
            (0, None, "2027-01-15T08:00:00Z\n", false),
        ] {
            let screen = screen(before);
            let answer = screen.text();
            assert_eq!(screen.days_left, days);
            assert!(answer.contains(&format!("  valid until  {line}")), "{answer}");
            assert_eq!(answer.contains("it ends soon: "), renew, "{answer}");
            assert_eq!(screen.licensed, before > 0);
        }
    }
}
