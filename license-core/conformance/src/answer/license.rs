//! `verify`: every check of a license.

use license_core::{
    Accept, Binding, KeyRing, License, OutcomeCode, PossessionChallenge, Trust, UnixTime, UnverifiedLicense,
    VerifyError,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::matching::VerdictView;
use super::{Answer, device, members};

/// The question.
#[derive(Deserialize)]
struct Ask {
    token: String,
    now: UnixTime,
    trust: TrustMembers,
    #[serde(default)]
    device: Value,
    challenge: Option<String>,
    proof: Option<String>,
}

/// What the verifier goes by.
#[derive(Deserialize)]
struct TrustMembers {
    issuer: String,
    product: String,
    realm: String,
    keys: Value,
    test: Option<bool>,
    learned: Option<String>,
    possession: Option<bool>,
}

/// Every claim of a license that holds, by the names of the format.
#[derive(Debug, Serialize)]
pub struct ClaimsView {
    iss: String,
    aud: String,
    sub: String,
    jti: String,
    iat: UnixTime,
    nbf: UnixTime,
    exp: Option<UnixTime>,
    dev: Option<Binding>,
    qty: u32,
    feat: Vec<String>,
    grace: u32,
    trial: bool,
    test: bool,
    cnf: Option<Confirmation>,
}

#[derive(Debug, Serialize)]
struct Confirmation {
    jkt: String,
}

pub(super) fn verify(ask: &Value) -> Result<Answer, String> {
    let ask: Ask = members(ask)?;
    let Some(trust) = ask.trust.read() else {
        return Ok(Answer::of(OutcomeCode::UnusableTrust.as_str()));
    };
    let Ok(device) = device::read(&ask.device, trust.realm()) else {
        return Ok(Answer::of(OutcomeCode::UnreadableDevice.as_str()));
    };
    let challenge = ask.challenge.map(|text| text.parse::<PossessionChallenge>()).transpose();
    let challenge = challenge.map_err(|error| error.to_string())?;
    let verified =
        ask.token.parse::<UnverifiedLicense>().map_err(VerifyError::from).and_then(|license| {
            match (&challenge, &ask.proof) {
                (Some(challenge), Some(proof)) => {
                    license.verify_with_proof(&trust, &device, ask.now, challenge, proof)
                }
                _ => license.verify(&trust, &device, ask.now),
            }
        });
    let answer = Answer::of(OutcomeCode::of(&verified).as_str());
    Ok(match verified {
        Ok(license) => Answer {
            days_left: license.days_left(ask.now),
            verdict: license.verdict().map(VerdictView::from),
            claims: Some(ClaimsView::from(&license)),
            ..answer
        },
        Err(VerifyError::Device(verdict) | VerifyError::NeedsPrivileges(verdict)) => {
            Answer { verdict: Some(VerdictView::from(&verdict)), ..answer }
        }
        Err(VerifyError::Possession(error)) => Answer { proof: Some(error.word()), ..answer },
        Err(_) => answer,
    })
}

impl TrustMembers {
    fn read(&self) -> Option<Trust> {
        let keys = KeyRing::deserialize(&self.keys).ok()?;
        let mut trust = Trust::new(&self.issuer, &self.product, &self.realm, keys);
        if self.test == Some(true) {
            trust = trust.accepting(Accept::Test);
        }
        // What cannot be taken teaches nothing.
        _ = trust.learn(self.learned.as_deref().unwrap_or_default());
        Some(if self.possession == Some(true) { trust.require_possession() } else { trust })
    }
}

impl From<&License> for ClaimsView {
    fn from(license: &License) -> Self {
        Self {
            iss: license.issuer().to_owned(),
            aud: license.product().to_owned(),
            sub: license.instance().to_owned(),
            jti: license.id().to_owned(),
            iat: license.issued_at(),
            nbf: license.not_before(),
            exp: license.expires_at(),
            dev: license.binding().cloned(),
            qty: license.quantity(),
            feat: license.features().to_vec(),
            grace: license.grace(),
            trial: license.is_trial(),
            test: license.is_test(),
            cnf: license.device_key().map(|key| Confirmation { jkt: key.to_string() }),
        }
    }
}
