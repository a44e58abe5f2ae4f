//! The three parameters that sign a call.

use std::borrow::Cow;

use data_encoding::HEXLOWER_PERMISSIVE;

/// No query of the store's comes near.
const MAX_QUERY: usize = 4096;
const MAX_NONCE: usize = 128;

/// What the query of a call says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SignedQuery {
    pub(super) signature: [u8; 32],
    /// As received: it is part of what is signed.
    pub(super) timestamp: String,
    /// The same in milliseconds since 1970.
    pub(super) timestamp_ms: i64,
    pub(super) nonce: String,
}

/// What is wrong with a query.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum QueryError {
    /// Longer than 4096 bytes, or a percent sign without two hex digits, or no UTF-8 behind them.
    #[error("the query is malformed")]
    Malformed,
    /// A parameter is missing.
    #[error("{0} is missing")]
    Missing(&'static str),
    /// A parameter stands twice.
    #[error("{0} is given twice")]
    Duplicate(&'static str),
    /// Not 10 or 13 digits.
    #[error("timestamp is not 10 or 13 digits")]
    Timestamp,
    /// Not 1 to 128 visible ASCII characters.
    #[error("nonce is not 1 to 128 visible characters")]
    Nonce,
    /// Not 64 hex digits.
    #[error("signature is not 64 hex digits")]
    Signature,
}

impl SignedQuery {
    /// Reads a raw query string; parameters of other names are ignored.
    pub(super) fn parse(query: &str) -> Result<Self, QueryError> {
        if query.len() > MAX_QUERY {
            return Err(QueryError::Malformed);
        }
        let (mut signature, mut timestamp, mut nonce) = (None, None, None);
        for pair in query.split('&') {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let (slot, name) = match &*percent_decode(name)? {
                "signature" => (&mut signature, "signature"),
                "timestamp" => (&mut timestamp, "timestamp"),
                "nonce" => (&mut nonce, "nonce"),
                _ => continue,
            };
            // R1
            if slot.replace(percent_decode(value)?).is_some() {
                return Err(QueryError::Duplicate(name));
            }
        }
        let signature = signature.ok_or(QueryError::Missing("signature"))?;
        let timestamp = timestamp.ok_or(QueryError::Missing("timestamp"))?;
        let nonce = nonce.ok_or(QueryError::Missing("nonce"))?;
        if !(1..=MAX_NONCE).contains(&nonce.len()) || !nonce.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(QueryError::Nonce);
        }
        Ok(Self {
            signature: hex(&signature)?,
            timestamp_ms: milliseconds(&timestamp)?,
            timestamp: timestamp.into_owned(),
            nonce: nonce.into_owned(),
        })
    }
}

/// Ten digits are seconds, thirteen are milliseconds: the store's guides say both.
fn milliseconds(text: &str) -> Result<i64, QueryError> {
    let unit = match text.len() {
        10 => 1000,
        13 => 1,
        _ => return Err(QueryError::Timestamp),
    };
    if !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(QueryError::Timestamp);
    }
    text.parse::<i64>().map(|number| number * unit).map_err(|_| QueryError::Timestamp)
}

fn hex(text: &str) -> Result<[u8; 32], QueryError> {
    let bytes = HEXLOWER_PERMISSIVE.decode(text.as_bytes()).map_err(|_| QueryError::Signature)?;
    bytes.try_into().map_err(|_| QueryError::Signature)
}

/// RFC 3986 section 2.1; a plus sign is itself, not a space.
fn percent_decode(text: &str) -> Result<Cow<'_, str>, QueryError> {
    if !text.contains('%') {
        return Ok(Cow::Borrowed(text));
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        if first == b'%' {
            let (digits, after) = after.split_at_checked(2).ok_or(QueryError::Malformed)?;
            bytes.extend(HEXLOWER_PERMISSIVE.decode(digits).map_err(|_| QueryError::Malformed)?);
            rest = after;
        } else {
            bytes.push(first);
            rest = after;
        }
    }
    String::from_utf8(bytes).map(Cow::Owned).map_err(|_| QueryError::Malformed)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ZEROS: &str = "0000000000000000000000000000000000000000000000000000000000000000";

    fn parse(signature: &str, timestamp: &str, nonce: &str) -> Result<SignedQuery, QueryError> {
        SignedQuery::parse(&format!("signature={signature}&timestamp={timestamp}&nonce={nonce}"))
    }

    #[test]
    fn a_query_is_read_in_any_order_with_others_between() {
        let text = format!("x&nonce=%6e+%2B&a=b%20c&timestamp=1790144272&signature={ZEROS}");
        let query = SignedQuery::parse(&text).unwrap();
        assert_eq!((query.nonce.as_str(), query.timestamp_ms), ("n++", 1_790_144_272_000));
    }

    #[test]
    fn a_parameter_that_stands_twice_is_refused_in_any_spelling() {
        for (extra, name) in [
            ("nonce=n", "nonce"),
            ("%6eonce=", "nonce"),
            ("timestamp", "timestamp"),
            ("signature=1", "signature"),
        ] {
            let text = format!("signature={ZEROS}&timestamp=1790144272&nonce=n&{extra}");
            assert_eq!(SignedQuery::parse(&text), Err(QueryError::Duplicate(name)));
        }
    }

    #[test]
    fn each_parameter_is_needed_and_checked() {
        assert_eq!(SignedQuery::parse(""), Err(QueryError::Missing("signature")));
        assert_eq!(SignedQuery::parse("signature=a&nonce=b"), Err(QueryError::Missing("timestamp")));
        assert_eq!(SignedQuery::parse("signature=a&timestamp=b"), Err(QueryError::Missing("nonce")));
        for timestamp in
            ["", "179014427", "+790144272", "-790144272", "17901442725", "179014427250９", "1790144272 "]
        {
            assert_eq!(parse(ZEROS, timestamp, "n"), Err(QueryError::Timestamp), "{timestamp}");
        }
        for signature in
            ["", &ZEROS[1..], &format!("{ZEROS}0"), &format!("{ZEROS}00"), &ZEROS.replace('0', "g")]
        {
            assert_eq!(parse(signature, "1790144272", "n"), Err(QueryError::Signature), "{signature}");
        }
        for nonce in ["", "a%20b", "a%00", "%c3%a9", &"n".repeat(129)] {
            assert_eq!(parse(ZEROS, "1790144272", nonce), Err(QueryError::Nonce), "{nonce}");
        }
        for nonce in ["%", "%4", "%zz", "%ff"] {
            assert_eq!(parse(ZEROS, "1790144272", nonce), Err(QueryError::Malformed), "{nonce}");
        }
        assert!(parse(ZEROS, "1790144272", &"n".repeat(128)).is_ok());
        assert_eq!(SignedQuery::parse(&"a".repeat(4097)), Err(QueryError::Malformed));
    }

    proptest! {
        #[test]
        fn any_query_gets_an_answer(text in "\\PC{0,80}", piece in "(signature|timestamp|nonce|%[0-9a-g]{0,2}|[&=]){0,12}") {
            let _ = SignedQuery::parse(&text);
            let _ = SignedQuery::parse(&piece);
        }

        #[test]
        fn a_percent_encoded_nonce_is_the_nonce(nonce in "[!-~]{1,128}") {
            let encoded: String = nonce.bytes().map(|byte| format!("%{byte:02X}")).collect();
            prop_assert_eq!(parse(ZEROS, "1790144272509", &encoded).unwrap().nonce, nonce);
        }
    }
}
