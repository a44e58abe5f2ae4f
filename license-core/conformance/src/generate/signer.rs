//! Ed25519 by its arithmetic (RFC 8032), so that signatures can be made which only a strict verifier refuses.

use curve25519_dalek::constants::EIGHT_TORSION;
use curve25519_dalek::edwards::EdwardsPoint;
use curve25519_dalek::scalar::Scalar;
use license_core::{KeyRing, SigningKey};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha512};

use super::rng::Rng;

/// The order of the base point, lowest byte first.
const ORDER: [u8; 32] = [
    0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
];

/// A key for tests.
pub(super) struct Signer {
    pub(super) key: SigningKey,
    secret: Scalar,
    prefix: [u8; 32],
}

/// Which signature is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Made {
    /// That of RFC 8032.
    Right,
    /// *S* + *L* in place of *S*: the same number in a second spelling.
    SecondSpelling,
    /// *R* with a point of small order added, which multiplying by the cofactor hides.
    MixedOrder,
    /// *R* of small order.
    SmallOrder,
    /// One bit is another one.
    OneBit,
    /// The number of the message is another one.
    Random,
    /// All zeros.
    Zeros,
}

impl Signer {
    /// The vendor's key of a number.
    pub(super) fn of(number: u8) -> Self {
        let seed = [number; 32];
        let hash: [u8; 64] = Sha512::digest(seed).into();
        let (mut low, mut prefix) = ([0; 32], [0; 32]);
        low.copy_from_slice(&hash[..32]);
        prefix.copy_from_slice(&hash[32..]);
        low[0] &= 248;
        low[31] = (low[31] & 127) | 64;
        let secret = Scalar::from_bytes_mod_order(low);
        Self { key: SigningKey::from_seed(&seed), secret, prefix }
    }

    pub(super) fn id(&self) -> String {
        self.key.id().to_string()
    }

    /// The public key as it stands in a vendor file.
    pub(super) fn jwk(&self) -> Value {
        let ring: KeyRing = [self.key.verifying_key().clone()].into_iter().collect();
        json!(ring)[0].clone()
    }

    pub(super) fn sign(&self, message: &[u8], made: Made, rng: &mut Rng) -> [u8; 64] {
        let nonce = scalar(&[&self.prefix, message]);
        let mut point = EdwardsPoint::mul_base(&nonce);
        let mut nonce = nonce;
        match made {
            Made::MixedOrder => point += EIGHT_TORSION[1 + rng.below(7)],
            Made::SmallOrder => {
                nonce = Scalar::ZERO;
                point = EIGHT_TORSION[rng.below(8)];
            }
            _ => {}
        }
        let r = point.compress().to_bytes();
        let challenge = scalar(&[&r, self.key.verifying_key().as_bytes(), message]);
        let mut s = (nonce + challenge * self.secret).to_bytes();
        if made == Made::SecondSpelling {
            add_order(&mut s);
        }
        let mut signature = [0; 64];
        signature[..32].copy_from_slice(&r);
        signature[32..].copy_from_slice(&s);
        match made {
            Made::OneBit => signature[rng.below(64)] ^= 1 << rng.below(8),
            Made::Random => signature = rng.bytes(),
            Made::Zeros => signature = [0; 64],
            _ => {}
        }
        signature
    }
}

/// 32 bytes that are mostly no key: a point of small order, one that is not reduced, or any bytes, of which half are on
/// the curve; with either sign.
pub(super) fn odd_point(rng: &mut Rng) -> [u8; 32] {
    let mut bytes = match rng.below(3) {
        0 => EIGHT_TORSION[rng.below(8)].compress().to_bytes(),
        1 => {
            // From 2^255 - 19 to 2^255 - 1.
            let mut bytes = [0xff; 32];
            (bytes[0], bytes[31]) = (0xed + rng.below(19) as u8, 0x7f);
            bytes
        }
        _ => rng.bytes(),
    };
    if rng.once_in(2) {
        bytes[31] ^= 0x80;
    }
    bytes
}

fn scalar(parts: &[&[u8]]) -> Scalar {
    let mut hasher = Sha512::new();
    parts.iter().for_each(|part| hasher.update(part));
    Scalar::from_bytes_mod_order_wide(&hasher.finalize().into())
}

fn add_order(number: &mut [u8; 32]) {
    let mut carry = 0;
    for (byte, add) in number.iter_mut().zip(ORDER) {
        let sum = u16::from(*byte) + u16::from(add) + carry;
        let [low, high] = sum.to_le_bytes();
        (*byte, carry) = (low, u16::from(high));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::answer::answer;
    use crate::generate::{claims::Payload, tokens};

    #[test]
    fn what_is_due_as_an_object_is_not_taken_as_a_list_of_its_values() {
        let rng = &mut Rng::of(1, 1);
        let signer = Signer::of(1);
        let jwk = signer.jwk();
        let listed = json!([jwk["kty"], jwk["crv"], jwk["x"]]);
        let thumbprint = signer.id();
        for (cnf, key, expected) in [
            (json!({"jkt": thumbprint}), jwk.clone(), "active"),
            (json!([thumbprint]), jwk.clone(), "malformed"),
            (json!({"jkt": thumbprint}), listed, "unusable-trust"),
        ] {
            let mut payload = Payload::plain();
            payload.set("cnf", &cnf.to_string());
            let token = tokens::signed(&signer, payload.json().as_bytes(), Made::Right, rng);
            let trust =
                json!({"issuer": super::super::VENDOR, "product": "cad-pro", "realm": "r", "keys": [key]});
            let ask = json!({"op": "verify", "token": token, "now": 1_790_000_000, "trust": trust});
            assert_eq!(answer(&ask).outcome, Some(expected), "{cnf}");
        }
    }

    #[test]
    fn of_odd_points_none_is_a_key_but_those_of_the_curve() {
        let rng = &mut Rng::of(1, 1);
        let mut taken = 0;
        for _ in 0..300 {
            let x = data_encoding::BASE64URL_NOPAD.encode(&odd_point(rng));
            let jwk = json!({"kty": "OKP", "crv": "Ed25519", "x": x});
            let ask = json!({"op": "key_set", "issuer": "v", "keys": [jwk], "sets": []});
            taken += usize::from(answer(&ask).error.is_none());
        }
        assert!((20..100).contains(&taken), "{taken} of 300; a third are any bytes");
    }

    #[test]
    fn the_right_signature_is_the_cores_and_the_others_are_not_taken() {
        let rng = &mut Rng::of(1, 1);
        let signer = Signer::of(1);
        for (made, expected) in [
            (Made::Right, "active"),
            (Made::SecondSpelling, "signature"),
            (Made::MixedOrder, "signature"),
            (Made::SmallOrder, "signature"),
            (Made::OneBit, "signature"),
            (Made::Random, "signature"),
            (Made::Zeros, "signature"),
        ] {
            let payload = Payload::plain();
            let token = tokens::signed(&signer, payload.json().as_bytes(), made, rng);
            let trust = json!({"issuer": super::super::VENDOR, "product": "cad-pro", "realm": "r", "keys": [signer.jwk()]});
            let ask = json!({"op": "verify", "token": token, "now": 1_790_000_000, "trust": trust});
            assert_eq!(answer(&ask).outcome, Some(expected), "{made:?}");
        }
    }
}
