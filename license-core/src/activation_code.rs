//! The code with which a buyer's machine asks for its license. The format is in `docs/activation-codes.md`.

mod symbols;
#[cfg(test)]
mod tests;

use std::fmt;
use std::str::FromStr;

use hmac::Mac as _;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use crate::mac::hmac_sha256;

/// What a buyer types to activate a machine: 128 secret bits, with a checksum for the hand that types them.
///
/// Written as seven groups of four: `CZ2P-08AA-FEE8-…`. Read in any case, with O for 0 and I or L for 1, spaces and
/// dashes where they like. Whoever knows it can take a seat, so `Debug` prints `***`, comparing takes the same time
/// whatever differs, and it is wiped from memory when dropped. A server stores [`sha256`](Self::sha256) only.
///
/// ```
/// # use license_core::ActivationCode;
/// let code = ActivationCode::derive(&[7; 32], "03pf80c2-bae9-6vc4-9b80-b917bea776d7", 0);
/// let typed = code.to_string().to_lowercase().replace('-', " ");
/// assert_eq!(typed.parse(), Ok(code));
/// ```
#[derive(Clone)]
pub struct ActivationCode(Zeroizing<[u8; 16]>);

/// Why a text is no activation code. `Display` says what to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ActivationCodeError {
    /// Too short or too long.
    #[error("an activation code has 28 characters in seven groups of four, and this has {found}; {}", short_or_long(*found))]
    Length {
        /// How many characters there were, spaces and dashes not counted.
        found: usize,
    },
    /// A character that no code has.
    #[error(
        "character {place} is {}, which no activation code has; look at it again in what you were sent",
        Shown(*found)
    )]
    Character {
        /// Where: 1 is the first, spaces and dashes not counted.
        place: usize,
        /// What stood there.
        found: char,
    },
    /// The characters do not belong together: some are wrong, or not where they should be.
    #[error(
        "the activation code is mistyped; compare it, group by group, with what you were sent, or copy it from there"
    )]
    Checksum,
}

impl ActivationCode {
    /// The code of 16 bytes that nobody can guess.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// The code of an instance: the first 16 bytes of HMAC-SHA256(secret, "activation-code/v1" ‖ 0 ‖ instance ‖ 0 ‖
    /// counter as four bytes, highest first).
    ///
    /// The same arguments give the same code, so a server need not store it to show it again; the next counter
    /// replaces it. `secret` is to hold 32 random bytes at least: all codes are as secret as it is.
    #[must_use]
    pub fn derive(secret: &[u8], instance: &str, counter: u32) -> Self {
        let hmac = hmac_sha256(secret)
            .chain_update(b"activation-code/v1\0")
            .chain_update(instance)
            .chain_update([0])
            .chain_update(counter.to_be_bytes());
        let full: Zeroizing<[u8; 32]> = Zeroizing::new(hmac.finalize().into_bytes().into());
        let mut code = Self::from_bytes([0; 16]);
        code.0.copy_from_slice(&full[..16]);
        code
    }

    /// The 16 bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }

    /// SHA-256 of the 16 bytes: what a server stores and looks a code up by. Of 128 random bits no table can be made,
    /// so it needs neither salt nor stretching.
    #[must_use]
    pub fn sha256(&self) -> [u8; 32] {
        Sha256::digest(self.as_bytes()).into()
    }
}

impl FromStr for ActivationCode {
    type Err = ActivationCodeError;

    /// Reads a code as people type and paste it. The first character that no code has is named before the length is
    /// looked at, and the length before the checksum.
    fn from_str(text: &str) -> Result<Self, ActivationCodeError> {
        let symbols = Zeroizing::new(symbols::read(text)?);
        let [data @ .., first, second] = &*symbols;
        if symbols::check(data) != [*first, *second] {
            return Err(ActivationCodeError::Checksum);
        }
        symbols::join(data).map(Self::from_bytes).ok_or(ActivationCodeError::Checksum)
    }
}

impl fmt::Display for ActivationCode {
    /// Seven groups of four, in capitals, joined by `-`: the whole secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let data = Zeroizing::new(symbols::split(&self.0));
        let mut text = Zeroizing::new(String::with_capacity(symbols::ALL + symbols::ALL / 4));
        for (at, symbol) in data.iter().chain(&symbols::check(&data)).enumerate() {
            if at > 0 && at % 4 == 0 {
                text.push('-');
            }
            text.push(char::from(symbols::ALPHABET[usize::from(*symbol)]));
        }
        f.pad(&text)
    }
}

impl fmt::Debug for ActivationCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ActivationCode(***)")
    }
}

impl PartialEq for ActivationCode {
    fn eq(&self, other: &Self) -> bool {
        self.as_bytes().ct_eq(other.as_bytes()).into()
    }
}

impl Eq for ActivationCode {}

const fn short_or_long(found: usize) -> &'static str {
    if found < symbols::ALL { "copy all of it" } else { "leave out what stands around it" }
}

/// A character from outside, harmless to a terminal.
struct Shown(char);

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            c if c.is_ascii_graphic() || c.is_alphanumeric() => write!(f, "“{c}”"),
            c => write!(f, "U+{:04X}", u32::from(c)),
        }
    }
}
