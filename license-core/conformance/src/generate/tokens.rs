//! The token around a payload: header, signature, base64url, and what can be wrong with each.

use data_encoding::{BASE64, BASE64URL, BASE64URL_NOPAD};
use license_core::MAX_TOKEN_LEN;

use super::rng::Rng;
use super::signer::{Made, Signer};

/// A token with a good header.
pub(super) fn signed(signer: &Signer, payload: &[u8], made: Made, rng: &mut Rng) -> String {
    let header = format!(r#"{{"alg":"EdDSA","kid":"{}","typ":"license+jwt"}}"#, signer.id());
    with_header(signer, header.as_bytes(), payload, made, rng)
}

/// A token of these bytes.
pub(super) fn with_header(
    signer: &Signer,
    header: &[u8],
    payload: &[u8],
    made: Made,
    rng: &mut Rng,
) -> String {
    let input = format!("{}.{}", BASE64URL_NOPAD.encode(header), BASE64URL_NOPAD.encode(payload));
    let signature = signer.sign(input.as_bytes(), made, rng);
    format!("{input}.{}", BASE64URL_NOPAD.encode(&signature))
}

/// A header in which something may be wrong, and what.
pub(super) fn header(signer: &Signer, rng: &mut Rng) -> (String, Vec<u8>) {
    let (kid, other) = (signer.id(), Signer::of(9).id());
    let good = format!(r#"{{"alg":"EdDSA","kid":"{kid}","typ":"license+jwt"}}"#);
    let changed = |from: &str, to: &str| good.replacen(from, to, 1);
    let header = match rng.below(32) {
        0 => changed("EdDSA", "none"),
        1 => changed("EdDSA", "HS256"),
        2 => changed("EdDSA", "Ed25519"),
        3 => changed("EdDSA", "eddsa"),
        4 => changed("\"EdDSA\"", "[\"EdDSA\"]"),
        5 => changed("EdDSA", "Ed\\u0044SA"),
        6 => changed("license+jwt", "JWT"),
        7 => changed("license+jwt", "license+JWT"),
        8 => changed("license+jwt", "license-keys+jwt"),
        9 => changed("license+jwt", "application/license+jwt"),
        10 => changed("license+jwt", "license\\u002bjwt"),
        11 => changed(&kid, &other),
        12 => changed(&kid, &format!("{kid}=")),
        13 => changed(&kid, &kid[1..]),
        14 => changed(&kid, &format!("{}{}", &kid[..42], next_in_alphabet(&kid))),
        15 => changed(&format!("\"{kid}\""), "7"),
        16 => changed(&format!("\"kid\":\"{kid}\","), ""),
        17 => changed("\"alg\":\"EdDSA\",", ""),
        18 => changed(",\"typ\":\"license+jwt\"", ""),
        19 => changed("{", "{\"crit\":[\"exp\"],"),
        20 => changed("{", "{\"crit\":[],"),
        21 => changed("{", "{\"b64\":true,"),
        22 => changed("{", "{\"jwk\":{\"kty\":\"OKP\"},"),
        23 => changed("{", "{\"alg\":\"EdDSA\","),
        24 => changed("{", "{\"\\u0061lg\":\"EdDSA\","),
        25 => format!(r#"{{ "typ" : "license+jwt" , "kid" : "{kid}" , "alg" : "EdDSA" }}"#),
        26 => format!(r#"["EdDSA","{kid}","license+jwt"]"#),
        27 => format!(" {good}\n"),
        28 => format!("{good}x"),
        29 => format!("\u{feff}{good}"),
        30 => changed("\"alg\"", "\"\\u0061lg\""),
        _ => changed("{", "{\"x\":null,"),
    };
    (format!("the header is {header}"), header.into_bytes())
}

/// The last character with a bit set that belongs to no byte.
fn next_in_alphabet(text: &str) -> char {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let last = text.bytes().last().and_then(|last| ALPHABET.iter().position(|c| *c == last));
    last.and_then(|at| ALPHABET.get(at ^ 1)).map_or('B', |c| char::from(*c))
}

/// Changes the text of a token: some changes are allowed, most are not. Says what was done.
pub(super) fn respell(token: &str, rng: &mut Rng) -> (String, String) {
    let parts: Vec<&str> = token.split('.').collect();
    let [header, payload, signature] = parts.as_slice() else { return ("as it is".into(), token.into()) };
    if parts.iter().any(|part| part.len() < 6) {
        return ("as it is".into(), token.into());
    }
    let which = rng.below(3);
    let part_with = |change: &dyn Fn(&str) -> String| {
        let mut parts = [(*header).to_owned(), (*payload).to_owned(), (*signature).to_owned()];
        parts[which] = change(&parts[which]);
        parts.join(".")
    };
    let decoded = |part: &str| BASE64URL_NOPAD.decode(part.as_bytes()).unwrap_or_default();
    let (why, text) = match rng.below(24) {
        0 => ("padding", part_with(&|part| BASE64URL.encode(&decoded(part)))),
        1 => ("padding that is not due", part_with(&|part| format!("{part}="))),
        2 => (
            "a bit that belongs to no byte",
            part_with(&|part| {
                let end = part.len().saturating_sub(1);
                format!("{}{}", &part[..end], next_in_alphabet(part))
            }),
        ),
        3 => ("the other alphabet", part_with(&|part| BASE64.encode(&decoded(part)).replace('=', ""))),
        4 => ("a plus for a minus", part_with(&|part| part.replacen('-', "+", 1))),
        5 => ("a slash for an underscore", part_with(&|part| part.replacen('_', "/", 1))),
        6 => ("a blank within", part_with(&|part| format!("{} {}", &part[..5], &part[5..]))),
        7 => ("a line break within", part_with(&|part| format!("{}\n{}", &part[..5], &part[5..]))),
        8 => ("one character less", part_with(&|part| part[1..].to_owned())),
        9 => ("one character more", part_with(&|part| format!("{part}A"))),
        10 => ("an empty part", part_with(&|_| String::new())),
        11 => ("white space around it", format!(" \t\r\n\u{c}{token}\u{c}\n\r\t ")),
        12 => ("a vertical tab behind it", format!("{token}\u{b}")),
        13 => ("a blank of Unicode behind it", format!("{token}\u{a0}")),
        14 => ("a byte order mark before it", format!("\u{feff}{token}")),
        15 => ("a NUL behind it", format!("{token}\0")),
        16 => ("a part more", format!("{token}.")),
        17 => ("a part more before", format!(".{token}")),
        18 => ("a part less", format!("{header}.{payload}")),
        19 => ("quotation marks around it", format!("\"{token}\"")),
        20 => ("nothing", String::new()),
        21 => ("dots alone", "..".into()),
        22 => ("a character of another script", part_with(&|part| part.replacen('A', "А", 1))),
        _ => ("blanks before it, beyond the limit", format!("{}{token}", " ".repeat(MAX_TOKEN_LEN))),
    };
    (format!("{why}, part {}", which + 1), text)
}

/// How many bytes of payload make a token of at most, or just above, the limit.
pub(super) fn payload_len_at_limit(header: &str, above: bool) -> usize {
    let room = MAX_TOKEN_LEN - BASE64URL_NOPAD.encode_len(header.len()) - 2 - 86;
    let most = room * 3 / 4;
    if above { most + 1 } else { most }
}
