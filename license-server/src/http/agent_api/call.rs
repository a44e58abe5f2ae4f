//! One call from its bytes to what the engine says.

use std::net::IpAddr;
use std::time::Duration;

use hyper::header::{AUTHORIZATION, CONTENT_TYPE};
use license_core::{ActivationCode, FingerprintError, Issued, KeyId, UnverifiedLicense, VerifyError};
use tracing::error;

use super::admission::Admitted;
use super::answer::Success;
use super::client::client;
use super::limits::Key;
use super::problem::Problem;
use super::proof::{Proved, proven};
use super::{Sent, Trail};
use crate::app::App;
use crate::engine::codes::CodeDigest;
use crate::engine::ids::{InstanceId, SeatName};
use crate::engine::request::{
    Activate, ActivateBy, ApplyDevice, Command, Deactivate, Outcome, Renew, Request,
};
use crate::log_sampler::{self, Line};
use crate::members::{self, Members};
use crate::storage::StorageError;

/// How long storage may take. What was begun goes on, and a repeat finds what it made.
const BUDGET: Duration = crate::fault::patience(Duration::from_millis(3_500));

/// What is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in super::super) enum Call {
    /// A license for an activation code.
    Activate,
    /// What became of a license.
    Renew,
    /// To give the seat of a license back.
    Deactivate {
        /// As the path has it.
        license_id: String,
    },
}

type Decided<T = Success> = Result<T, Problem>;

impl Call {
    /// Its name in the log.
    pub(super) fn as_str(&self) -> &'static str {
        match self {
            Self::Activate => "activate",
            Self::Renew => "renew",
            Self::Deactivate { .. } => "deactivate",
        }
    }

    pub(super) async fn run(self, app: &App, sent: &Sent, trail: &mut Trail) -> Decided {
        let mut caller = Caller::of(app, client(sent, &app.trusted_proxies)).await?;
        let decided = match &self {
            Self::Activate => activate(app, sent, trail, &mut caller).await,
            Self::Renew => renew(app, sent, trail, &mut caller).await,
            Self::Deactivate { license_id } => deactivate(app, sent, trail, license_id, &mut caller).await,
        };
        let decided = decided.map_err(|problem| caller.count(problem));
        caller.admitted.leave().await;
        decided
    }
}

/// Who asks, and their place among those who ask.
struct Caller<'a> {
    app: &'a App,
    address: IpAddr,
    /// The code or the license that was shown.
    shown: Option<Key>,
    admitted: Admitted<'a>,
}

impl<'a> Caller<'a> {
    /// Before anything is done for a call, it has a place.
    async fn of(app: &'a App, address: IpAddr) -> Decided<Self> {
        let (limits, now) = (&app.agent_limits, app.clock.now_ms());
        let is_over = limits.is_over(Key::address(address), now) || limits.is_over(Key::caller(address), now);
        Ok(Self { app, address, shown: None, admitted: app.agent_admission.enter(address, is_over).await? })
    }

    /// Takes down what was shown; where it failed too often, the call goes on more slowly.
    async fn shows(&mut self, key: Key) -> Decided<()> {
        self.shown = Some(key);
        if self.app.agent_limits.is_over(key, self.app.clock.now_ms()) {
            self.admitted.slow_down().await?;
        }
        Ok(())
    }

    /// Whether its address showed nothing that is known here too often.
    fn guesses(&self) -> bool {
        self.app.agent_limits.is_over(Key::address(self.address), self.app.clock.now_ms())
    }

    /// A failure counts; whoever failed too often is told that and nothing else. What succeeds is never refused for it.
    fn count(&self, problem: Problem) -> Problem {
        let (limits, now) = (&self.app.agent_limits, self.app.clock.now_ms());
        if !problem.is_the_callers() {
            return problem;
        }
        let address = if problem.shows_no_right() { Key::address } else { Key::caller };
        // R88
        let of_address = limits.failed(address(self.address), now);
        let of_shown = self.shown.filter(|_| problem.is_refusal()).and_then(|key| limits.failed(key, now));
        match of_address.max(of_shown) {
            Some(seconds) => Problem::TooManyAttempts { seconds },
            None => problem,
        }
    }
}

async fn activate(app: &App, sent: &Sent, trail: &mut Trail, caller: &mut Caller<'_>) -> Decided {
    let members = json(sent)?;
    let code = members.required("activation_code")?;
    let device = device(app, &members)?;
    let name = members.optional("name")?.map(SeatName::parse).transpose();
    // R87
    let name = name.map_err(|fault| Problem::Malformed(format!("The name of the machine {fault}.")))?;
    let device_key = device_key(sent)?;
    // R78
    let code: ActivationCode = code.parse().map_err(Problem::MistypedCode)?;
    let digest = CodeDigest(code.sha256());
    caller.shows(Key::code(digest)).await?;
    // R78, R88: A flood of guesses from one address does not reach the writer.
    if caller.guesses() && !app.store.has_code(digest).await.map_err(|error| stored(&error))? {
        return Err(Problem::UnknownCode);
    }
    let command = Command::Activate(Activate { by: ActivateBy::Code(digest), device, name, device_key });
    licensed(decide(app, command).await?, trail)
}

async fn renew(app: &App, sent: &Sent, trail: &mut Trail, caller: &mut Caller<'_>) -> Decided {
    let members = json(sent)?;
    let license = members.required("license")?;
    let device = device(app, &members)?;
    let issued = own(app, license, trail).await?;
    caller.shows(Key::license(issued.id())).await?;
    let proved = Proved { method: "POST", path: "/v1/licenses/renew", license };
    let renew = Renew { license: issued.id().to_owned(), device, proven: proven(app, sent, &proved)? };
    match licensed(decide(app, Command::Renew(renew)).await?, trail)? {
        // A renewed license is none that was made by this call's address.
        Success::Licensed(mut activated) => {
            activated.had_seat = true;
            Ok(Success::Licensed(activated))
        }
        other => Ok(other),
    }
}

async fn deactivate(app: &App, sent: &Sent, trail: &mut Trail, id: &str, caller: &mut Caller<'_>) -> Decided {
    let license = bearer(sent)?;
    let issued = own(app, license, trail).await?;
    caller.shows(Key::license(issued.id())).await?;
    // R90
    if issued.id() != id {
        return Err(Problem::Untrusted("The license that was sent is not the one that the address names."));
    }
    let path = format!("/v1/activations/{id}");
    let proven = proven(app, sent, &Proved { method: "DELETE", path: &path, license })?;
    match decide(app, Command::Deactivate(Deactivate { license: id.to_owned(), proven })).await? {
        Outcome::Deactivated(_) => Ok(Success::Deactivated),
        other => Err(unexpected(other)),
    }
}

/// A license that this server issued.
async fn own(app: &App, text: &str, trail: &mut Trail) -> Decided<Issued> {
    let license: UnverifiedLicense =
        text.parse().map_err(|_| Problem::Untrusted("What was sent as the license is none."))?;
    // R90
    let foreign = Problem::Untrusted("The license is not one that this vendor's server has signed.");
    let issued = match license.recognise(&app.keystore.published(), &app.issuer) {
        // Whoever stole a key can sign what he likes; that the license was issued here is told by its bytes.
        Err(VerifyError::UnknownKey { .. }) => {
            let Ok(issued) = license.recognise(&app.keystore.withdrawn(), &app.issuer) else {
                return Err(foreign);
            };
            let (id, text) = (issued.id().to_owned(), license.as_str().to_owned());
            let is_issued = app.store.has_issued(id, text).await.map_err(|error| stored(&error))?;
            is_issued.then_some(issued).ok_or(foreign)?
        }
        other => other.map_err(|_| foreign)?,
    };
    trail.instance = InstanceId::parse(issued.instance()).ok();
    Ok(issued)
}

/// `Authorization: Bearer …` ([RFC 6750](https://www.rfc-editor.org/rfc/rfc6750#section-2.1)), or `DPoP …`, as those who
/// go by RFC 9449 say it.
fn bearer(sent: &Sent) -> Decided<&str> {
    // R90
    let mut given = sent.headers.get_all(AUTHORIZATION).iter();
    let (Some(only), None) = (given.next(), given.next()) else {
        return Err(Problem::NoLicense);
    };
    match only.to_str().ok().and_then(|text| text.split_once(' ')) {
        Some((scheme, token)) if ["bearer", "dpop"].contains(&scheme.to_ascii_lowercase().as_str()) => {
            Ok(token.trim())
        }
        _ => Err(Problem::NoLicense),
    }
}

fn json(sent: &Sent) -> Decided<Members> {
    let named = sent.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let (kind, parameters) = named.split_once(';').unwrap_or((named, ""));
    let charset = parameters.trim();
    let is_utf8 = charset.is_empty()
        || charset.split_once('=').is_some_and(|(name, value)| {
            let value = value.trim_matches('"');
            name.eq_ignore_ascii_case("charset")
                && (value.eq_ignore_ascii_case("utf-8") || value.eq_ignore_ascii_case("utf8"))
        });
    // R87
    if !kind.trim().eq_ignore_ascii_case("application/json") || !is_utf8 {
        return Err(Problem::UnsupportedMediaType);
    }
    Ok(Members::read(&sent.body)?)
}

/// The thumbprint of the public key that a machine sends.
fn device_key(sent: &Sent) -> Decided<Option<KeyId>> {
    let fault = |why: String| Problem::Malformed(format!("The member device_key is no public key: {why}."));
    // R87
    let jwk = members::raw(&sent.body, "device_key");
    jwk.map(|jwk| KeyId::of_public_jwk(jwk).map_err(|error| fault(error.to_string()))).transpose()
}

/// Faults of the text are told at once; whether a device is needed at all is the product's to say.
fn device(app: &App, members: &Members) -> Decided<ApplyDevice> {
    // R27
    let text = members.optional("fingerprint")?;
    ApplyDevice::of(text, &app.realm).map_err(|why: FingerprintError| Problem::NoFingerprint(why.to_string()))
}

fn licensed(outcome: Outcome, trail: &mut Trail) -> Decided {
    match outcome {
        Outcome::Activated(activated) => {
            trail.instance = Some(activated.instance.clone());
            Ok(Success::Licensed(activated))
        }
        other => Err(unexpected(other)),
    }
}

async fn decide(app: &App, command: Command) -> Decided<Outcome> {
    let request = Request { replay: None, entropy: rand::random(), command };
    // R89
    match tokio::time::timeout(BUDGET, app.store.submit(request)).await {
        Ok(Ok(outcome)) => Ok(outcome),
        Ok(Err(error)) => Err(stored(&error)),
        Err(_) => {
            if log_sampler::admits(Line::fault("agent call", "storage is slow")) {
                error!("storage did not answer in time");
            }
            Err(Problem::Busy)
        }
    }
}

fn stored(error: &StorageError) -> Problem {
    // R89
    match error {
        StorageError::Busy
        | StorageError::Locked
        | StorageError::Closed
        | StorageError::Unreachable(_)
        | StorageError::Conflict(_)
        | StorageError::Slow(_)
        | StorageError::Unknown => Problem::Busy,
        error => {
            if log_sampler::admits(Line::fault("agent call", "storage")) {
                error!(%error, "storage did not answer");
            }
            Problem::Internal
        }
    }
}

fn unexpected(outcome: Outcome) -> Problem {
    match outcome {
        Outcome::Refused(refusal) => Problem::of(refusal),
        _ => Problem::Internal,
    }
}
