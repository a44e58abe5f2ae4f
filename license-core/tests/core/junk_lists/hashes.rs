//! Hashes of nothing: the list tells the truth, and each is refused however it is written.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use license_core::Kind;
use sha2::{Digest as _, Sha224, Sha256, Sha384, Sha512, Sha512_256};

use super::{dresses, grouped, is_refused_opaque, names};

/// The beginnings that the list has, each with the name of its function and what it is made of.
fn entries() -> Vec<(String, String, Vec<u8>)> {
    let text = include_str!("../../../data/hashes.txt");
    let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let entries = lines.filter_map(|line| {
        let (digits, made) = line.split_once("  ").unwrap();
        let (function, of) = made.trim().split_once(" of ").unwrap();
        let (of, is_wide) = of.strip_suffix(", in UTF-16").map_or((of, false), |of| (of, true));
        let of: String = serde_json::from_str(of).ok()?;
        let wide = || of.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let bytes = if is_wide { wide() } else { of.as_bytes().to_vec() };
        Some((digits.to_owned(), function.to_owned(), bytes))
    });
    entries.collect()
}

fn whole(function: &str, of: &[u8]) -> Option<Vec<u8>> {
    Some(match function {
        "SHA-224" => Sha224::digest(of).to_vec(),
        "SHA-256" => Sha256::digest(of).to_vec(),
        "SHA-384" => Sha384::digest(of).to_vec(),
        "SHA-512" => Sha512::digest(of).to_vec(),
        "SHA-512/256" => Sha512_256::digest(of).to_vec(),
        "CRC-32" => crc32(of).to_be_bytes().to_vec(),
        _ => return None,
    })
}

/// ISO 3309, as `crc32` and zip files have it.
fn crc32(of: &[u8]) -> u32 {
    !of.iter().fold(!0u32, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| (sum >> 1) ^ if sum & 1 == 1 { 0xedb8_8320 } else { 0 })
    })
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn the_list_is_sorted_and_tells_what_functions_make() {
    let text = include_str!("../../../data/hashes.txt");
    let digits: Vec<&str> = text
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(|line| line.split_whitespace().next().unwrap())
        .collect();
    assert!(digits.windows(2).all(|two| two[0] < two[1]));
    assert!(digits.iter().all(|digits| matches!(digits.len(), 8 | 12)));
    assert!(
        digits.iter().all(|digits| digits.bytes().all(|b| b.is_ascii_digit() || (b'A'..=b'F').contains(&b)))
    );
    let mut checked = 0;
    for (digits, function, of) in entries() {
        if let Some(whole) = whole(&function, &of) {
            assert!(hex(&whole).to_uppercase().starts_with(&digits), "{function} of {of:?}");
            checked += 1;
        }
    }
    assert!(checked > 500, "{checked}");
}

#[test]
fn a_hash_of_nothing_is_refused_in_every_spelling() {
    for (_, function, of) in entries() {
        let Some(hash) = whole(&function, &of) else { continue };
        let digits = hex(&hash);
        let mut spellings = dresses(&digits);
        spellings.extend([
            grouped(&digits, 2, ":"),
            grouped(&digits.to_uppercase(), 2, "-"),
            digits[..digits.len().min(32)].to_owned(),
            digits[..digits.len().min(40)].to_owned(),
            grouped(&digits, 4, " "),
            format!("0x{digits}"),
            format!("{digits}  -"),
            format!("{digits}  /dev/stdin"),
            format!("(stdin)= {digits}"),
            format!("SHA2-256(stdin)= {digits}"),
            format!("MD5 (/dev/stdin) = {digits}"),
            format!("sha256:{digits}"),
            format!("SHA256 Fingerprint={}", grouped(&digits.to_uppercase(), 2, ":")),
        ]);
        if hash.len() > 4 {
            let base64 =
                [STANDARD.encode(&hash), STANDARD_NO_PAD.encode(&hash), URL_SAFE_NO_PAD.encode(&hash)];
            spellings.extend(base64.iter().flat_map(|text| dresses(text)));
            spellings.extend([format!("SHA256:{}", base64[0]), format!("sha384-{}", base64[0])]);
            spellings.push(digits[..16].to_owned());
            spellings.push(format!(
                "{}-{}-3{}-a{}-{}",
                &digits[..8],
                &digits[8..12],
                &digits[13..16],
                &digits[17..20],
                &digits[20..32]
            ));
        }
        for spelling in spellings {
            for kind in [Kind::Disk, Kind::Board, Kind::System, Kind::Os, Kind::Cloud, Kind::Custom] {
                assert!(!names(kind, &spelling), "{kind}: {function} of {of:?}: {spelling}");
            }
            assert!(is_refused_opaque(&spelling), "opaque: {function} of {of:?}: {spelling}");
        }
    }
}

#[test]
fn hashes_by_functions_that_are_not_built_in_are_refused_as_well() {
    for text in [
        "d41d8cd98f00b204e9800998ecf8427e",
        "d41d8cd98f00b204e9800998ecf8427e  -",
        "1B2M2Y8AsgTpgAmY7PhCfg==",
        "68b329da9893e34099c7d8ad5cb9c940",
        "81051bcc2cf1bedf378224b0a93e2877",
        "6adf97f83acf6453d4a6a4b1070f3754",
        "da39a3ee5e6b4b0d3255bfef95601890afd80709",
        "2jmj7l5rSw0yVb/vlWAYkK/YBwk=",
        "adc83b19e793491b1c6ea0fd8b46cd9f32e592fc",
        "a7ffc6f8bf1ed76651c14756a061d662f580ff4de43b49fa82d80a4b80f8434a",
        "786a02f742015903c6c6fd852552d272912f4740e15847618a86e217f71f5419d25e1031afee585313896444934eb04b903a685b1448b755d56f701afe9be2ce",
        "69217a3079908094e11121d042354a7c1f55b6482ca1a51e1b250dfd1ed0eef9",
        "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262",
        "9c1185a5c5e9fc54612808977ee8f548b2258d31",
        "1ab21d8355cfa17f8e61194831e81a8f22bec8c728fefb747ed035eb5082aa2b",
        "02cc5d05",
        "ef46db3751d8e999",
        "cbf29ce484222325",
        "31d6cfe0d16ae931b73c59d7e0c089c0",
        "4ae71336e44bf9bf79d2752e234818a5",
        "37a6259c-c0c1-dae2-99a7-866489dff0bd",
        "9c25a637-c1c0-e2da-99a7-866489dff0bd",
    ] {
        for kind in [Kind::Disk, Kind::Board, Kind::System, Kind::Os, Kind::Custom] {
            assert!(!names(kind, text), "{kind}: {text}");
        }
        assert!(is_refused_opaque(text), "{text}");
    }
}
