//! `verify`: one to three things are out of the ordinary, so that the order of the checks is seen as well.

use data_encoding::BASE64URL_NOPAD;
use license_core::{DeviceKey, PossessionChallenge};
use serde_json::{Value, json};

use super::claims::{BEGIN, Payload};
use super::rng::Rng;
use super::signer::{Made, Signer};
use super::{Asked, VENDOR, devices, keys, matches, proofs, tokens};

/// What is being made.
struct Draft {
    payload: Payload,
    signer: Signer,
    header: Option<Vec<u8>>,
    made: Made,
    device: Value,
    trust: Value,
    now: i64,
    why: Vec<String>,
    respelled: bool,
    proof: Option<(DeviceKey, usize)>,
}

pub(super) fn ask(rng: &mut Rng) -> Asked {
    let payload = Payload::random(rng);
    let signer = Signer::of(1);
    let trust = json!({
        "issuer": VENDOR,
        "product": "cad-pro",
        "realm": VENDOR,
        "keys": [Signer::of(2).jwk(), signer.jwk()],
        "test": payload.is_test,
    });
    let now = payload.not_before + if rng.once_in(2) { 0 } else { rng.below(100_000) as i64 };
    let mut draft = Draft {
        payload,
        signer,
        header: None,
        made: Made::Right,
        device: Value::Null,
        trust,
        now,
        why: Vec::new(),
        respelled: false,
        proof: None,
    };
    for _ in 0..[1, 1, 1, 2, 2, 3][rng.below(6)] {
        draft.change(rng);
    }
    draft.finish(rng)
}

impl Draft {
    fn change(&mut self, rng: &mut Rng) {
        let why = match rng.below(23) {
            0..4 => {
                self.payload.mutate(rng);
                self.payload.why.clone()
            }
            4..9 => self.bind(rng),
            9..12 => self.time(rng),
            12 | 13 => self.trust(rng),
            14 => {
                let (why, header) = tokens::header(&self.signer, rng);
                self.header = Some(header);
                why
            }
            15 => {
                self.made = *rng.pick(&[
                    Made::SecondSpelling,
                    Made::MixedOrder,
                    Made::SmallOrder,
                    Made::OneBit,
                    Made::Random,
                    Made::Zeros,
                ]);
                format!("a signature made otherwise: {:?}", self.made)
            }
            16 => {
                self.respelled = true;
                "another spelling".into()
            }
            17 => self.size(rng),
            18..22 => self.possess(rng),
            _ => self.learn(rng),
        };
        self.why.push(why);
    }

    fn bind(&mut self, rng: &mut Rng) -> String {
        let devices::Pair { why, dev, device } = devices::pair(rng);
        self.device = device;
        if rng.once_in(12) {
            let (why, dev) = matches::edited(rng);
            self.payload.set("dev", &dev);
            return why;
        }
        self.payload.set("dev", &matches::raw(&dev));
        why
    }

    fn time(&mut self, rng: &mut Rng) -> String {
        let Payload { not_before, expires_at, grace, .. } = self.payload;
        let end = expires_at.unwrap_or(not_before + 500);
        let edge =
            *rng.pick(&[not_before, not_before - 300, end, end, end + grace, end + grace, end + 86_400]);
        self.now = match rng.below(12) {
            0 => -1,
            1 => 0,
            2 => 253_402_300_800,
            3 => 9_007_199_254_740_991,
            4 => -9_007_199_254_740_991,
            _ => edge + [-86_400, -2, -1, 0, 1, 2][rng.below(6)],
        };
        format!("now is {} s after it begins and {} s after it ends", self.now - not_before, self.now - end)
    }

    fn trust(&mut self, rng: &mut Rng) -> String {
        let weak = |x: &[u8; 32]| json!({"kty": "OKP", "crv": "Ed25519", "x": BASE64URL_NOPAD.encode(x)});
        let (member, value) = match rng.below(19) {
            0 => ("issuer", json!(format!("{VENDOR}/"))),
            1 => ("issuer", json!("https://Vendor.example")),
            2 => ("issuer", json!("https://other.example")),
            3 => ("product", json!("cad")),
            4 => ("product", json!("CAD-PRO")),
            5 => ("product", json!("cad-pro ")),
            6 => ("realm", json!("another realm")),
            7 => ("keys", json!([])),
            8 => ("keys", json!([Signer::of(2).jwk()])),
            9..12 | 17 => ("test", json!(!self.payload.is_test)),
            12 => {
                let mut identity = [0; 32];
                identity[0] = 1;
                ("keys", json!([weak(&identity), self.signer.jwk()]))
            }
            13 => {
                let mut unreduced = [0xff; 32];
                unreduced[31] = 0x7f;
                ("keys", json!([self.signer.jwk(), weak(&unreduced)]))
            }
            14 => ("keys", json!([keys::edited_jwk(&self.signer, rng)])),
            15 => {
                // Another key under the name of the right one.
                let mut jwk = Signer::of(2).jwk();
                jwk["kid"] = self.signer.id().into();
                ("keys", json!([jwk]))
            }
            _ => ("keys", json!([self.signer.jwk(), self.signer.jwk(), keys::edited_jwk(&self.signer, rng)])),
        };
        self.trust[member] = value;
        format!("another `{member}` is trusted")
    }

    /// A token as long as is read, or a byte longer.
    fn size(&mut self, rng: &mut Rng) -> String {
        let above = rng.once_in(2);
        let header = format!(r#"{{"alg":"EdDSA","kid":"{}","typ":"license+jwt"}}"#, self.signer.id());
        let due = tokens::payload_len_at_limit(&header, above);
        self.payload.push("pad", "\"\"");
        let missing = due.saturating_sub(self.payload.json().len());
        self.payload.set("pad", &format!("\"{}\"", "p".repeat(missing)));
        format!("a payload of {due} bytes, {} the limit", if above { "above" } else { "at" })
    }

    fn possess(&mut self, rng: &mut Rng) -> String {
        let key = DeviceKey::from_seed(&[7; 32]);
        if !rng.once_in(8) {
            self.payload.set("cnf", &json!({"jkt": key.thumbprint().to_string()}).to_string());
        }
        self.trust["possession"] = (!rng.once_in(6)).into();
        let how = rng.below(proofs::WAYS);
        self.proof = Some((key, how));
        format!("possession, way {how}")
    }

    fn learn(&mut self, rng: &mut Rng) -> String {
        let (why, sets) = keys::sets(rng);
        self.trust["keys"] = json!([Signer::of(2).jwk()]);
        self.trust["learned"] = sets.join("\n").into();
        format!("keys are learned: {why}")
    }

    fn finish(self, rng: &mut Rng) -> Asked {
        let payload = self.payload.bytes();
        let mut token = match &self.header {
            Some(header) => tokens::with_header(&self.signer, header, &payload, self.made, rng),
            None => tokens::signed(&self.signer, &payload, self.made, rng),
        };
        let mut why = self.why;
        if self.respelled {
            let (what, respelled) = tokens::respell(&token, rng);
            token = respelled;
            why.push(what);
        }
        let mut ask = json!({"token": token, "now": self.now, "trust": self.trust, "device": self.device});
        if let Some((key, how)) = self.proof {
            let challenge = PossessionChallenge::from_bytes(rng.bytes());
            ask["challenge"] = challenge.to_string().into();
            let proof = proofs::proof(&key, &challenge, &token, how, rng);
            ask["proof"] = proof.map_or(Value::Null, Value::String);
        }
        debug_assert!(self.now.abs() <= 1 << 53 && BEGIN > 0);
        (why.join("; "), ask)
    }
}
