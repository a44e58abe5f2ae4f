//! Percent-encoding as the open API signs it: everything but letters, digits and `-._~`.

const DIGITS: &[u8; 16] = b"0123456789ABCDEF";

/// Encodes a text as one path segment, one parameter's name or one value.
#[must_use]
pub fn encode(text: &str) -> String {
    encode_bytes(text.as_bytes())
}

pub(super) fn encode_bytes(bytes: &[u8]) -> String {
    let mut encoded = String::with_capacity(bytes.len());
    for &byte in bytes {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push('%');
            encoded.push(char::from(DIGITS[usize::from(byte >> 4)]));
            encoded.push(char::from(DIGITS[usize::from(byte & 15)]));
        }
    }
    encoded
}

/// Decodes what is encoded. A percent sign without two hex digits stands for itself, as it does for the store's SDK.
#[must_use]
pub fn decode(text: &str) -> Vec<u8> {
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let pair = if *first == b'%' { tail.first_chunk().and_then(byte) } else { None };
        decoded.push(pair.unwrap_or(*first));
        rest = if pair.is_some() { &tail[2..] } else { tail };
    }
    decoded
}

/// The query of a request line as decoded pairs, in its order. A `+` is a plus: the open API never spells a space so.
#[must_use]
pub fn decode_query(query: &str) -> Vec<(String, String)> {
    let text = |part: &str| String::from_utf8_lossy(&decode(part)).into_owned();
    let pair = |part: &str| {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        (text(name), text(value))
    };
    query.split('&').filter(|part| !part.is_empty()).map(pair).collect()
}

/// Decoded pairs as the query of a request line, in their order.
#[must_use]
pub fn encode_query(pairs: &[(&str, &str)]) -> String {
    let encoded: Vec<_> =
        pairs.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect();
    encoded.join("&")
}

fn byte(pair: &[u8; 2]) -> Option<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    Some(digit(pair[0])? << 4 | digit(pair[1])?)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn all_but_the_unreserved_is_encoded() {
        assert_eq!(encode("aZ09-._~ /+%中"), "aZ09-._~%20%2F%2B%25%E4%B8%AD");
    }

    #[test]
    fn a_lone_percent_sign_stands_for_itself() {
        for (text, expected) in
            [("%", "%"), ("%4", "%4"), ("%4g", "%4g"), ("%41%4", "A%4"), ("%%41", "%A"), ("%e4%B8%aD", "中")]
        {
            assert_eq!(decode(text), expected.as_bytes(), "{text}");
        }
    }

    #[test]
    fn a_query_keeps_its_order_and_its_plus() {
        let pairs = [("b", "1+1"), ("a", ""), ("c", "x=y"), ("", "z")].map(|(n, v)| (n.into(), v.into()));
        assert_eq!(decode_query("b=1+1&a&&c=x=y&=z"), pairs);
    }

    proptest! {
        #[test]
        fn what_is_encoded_is_decoded_to_itself(text in "\\PC{0,40}") {
            prop_assert_eq!(decode(&encode(&text)), text.as_bytes());
        }

        #[test]
        fn a_query_is_read_back(pairs in prop::collection::vec(("\\PC{0,8}", "\\PC{0,8}"), 0..5)) {
            let borrowed: Vec<_> = pairs.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
            prop_assert_eq!(decode_query(&encode_query(&borrowed)), pairs);
        }

        #[test]
        fn any_text_gets_an_answer(text in "[%0-9a-gA-G&=+]{0,40}") {
            let _ = decode_query(&text);
        }
    }
}
