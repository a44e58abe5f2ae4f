//! Whatever is sent as a proof, an answer or a key: it is read or refused, and nothing but what was signed passes.

use license_core::{DeviceKey, DpopProof, KeyId, MAX_PROOF_LEN, PossessionChallenge, ProofError, UnixTime};
use proptest::prelude::*;

const NOW: UnixTime = UnixTime::from_secs(1_790_000_000);
const URL: &str = "https://licenses.vendor.example/v1/licenses/renew";

fn key() -> DeviceKey {
    DeviceKey::from_seed(&[7; 32])
}

fn proof() -> String {
    key().prove_call("POST", URL, "a.b.c", NOW, &mut rand::rng())
}

/// Base64url of anything, or of JSON that is nearly right.
fn part() -> impl Strategy<Value = String> {
    let json = "\\{(\"(typ|alg|jwk|crit|htm|htu|iat|jti|ath|d|x)\":(1|\"[a-zA-Z+/=]{0,9}\"|\\{\\}|null|\\[\\]),?){0,6}\\}";
    prop_oneof![
        "[A-Za-z0-9_-]{0,120}",
        json.prop_map(|json| data_encoding::BASE64URL_NOPAD.encode(json.as_bytes())),
        proptest::collection::vec(any::<u8>(), 0..90)
            .prop_map(|bytes| data_encoding::BASE64URL_NOPAD.encode(&bytes)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn any_text_is_read_or_refused(text in ".{0,300}", header in part(), body in part(), signature in part()) {
        for text in [text, format!("{header}.{body}.{signature}")] {
            prop_assert!(text.parse::<DpopProof>().is_err());
            let challenge = PossessionChallenge::new(&mut rand::rng());
            prop_assert!(challenge.check(key().thumbprint(), "a.b.c", &text).is_err());
            let _ = (KeyId::of_public_jwk(&text), text.parse::<PossessionChallenge>());
        }
    }

    #[test]
    fn the_parts_of_a_genuine_proof_cannot_be_exchanged(part in part(), at in 0_usize..3) {
        let proof = proof();
        let mut parts: Vec<&str> = proof.split('.').collect();
        prop_assume!(parts[at] != part);
        parts[at] = &part;
        prop_assert!(parts.join(".").parse::<DpopProof>().is_err());
    }

    #[test]
    fn one_changed_character_is_noticed(at in 0_usize..400, to in "[A-Za-z0-9_.=+/ -]") {
        let proof = proof();
        let at = at % proof.len();
        prop_assume!(proof[at..=at] != to);
        let changed = format!("{}{to}{}", &proof[..at], &proof[at + 1..]);
        prop_assert!(changed.parse::<DpopProof>().is_err());
    }

    #[test]
    fn a_proof_holds_within_a_minute_and_never_else(issued in any::<i64>(), now in any::<i64>()) {
        let (issued, now) = (UnixTime::from_secs(issued), UnixTime::from_secs(now));
        let proof = key().prove_call("POST", URL, "a.b.c", issued, &mut rand::rng());
        let checked = proof.parse::<DpopProof>().map(|proof| proof.check("POST", "a.b.c", now).is_ok());
        let is_near = (i128::from(issued.as_secs()) - i128::from(now.as_secs())).abs() <= 60;
        prop_assert_eq!(checked, Ok(is_near));
    }

    #[test]
    fn what_is_too_long_is_not_looked_at(more in 1_usize..5_000) {
        let text = "x".repeat(MAX_PROOF_LEN + more);
        prop_assert_eq!(text.parse::<DpopProof>(), Err(ProofError::TooLong(text.len())));
    }
}
