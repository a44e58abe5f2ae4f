use proptest::prelude::*;

use super::symbols::{ALL, ALPHABET, DATA};
use super::*;

const MISTYPED: ActivationCodeError = ActivationCodeError::Checksum;

fn code() -> impl Strategy<Value = ActivationCode> {
    any::<[u8; 16]>().prop_map(ActivationCode::from_bytes)
}

fn characters(code: &ActivationCode) -> Vec<u8> {
    code.to_string().bytes().filter(|b| *b != b'-').collect()
}

fn read(characters: &[u8]) -> Result<ActivationCode, ActivationCodeError> {
    String::from_utf8_lossy(characters).parse()
}

#[test]
fn neither_debug_nor_errors_show_a_code() {
    let code = ActivationCode::from_bytes(*b"sixteen bytes!!!");
    assert_eq!(format!("{code:?}"), "ActivationCode(***)");
    let mut typed = characters(&code);
    typed.swap(3, 20);
    let error = read(&typed).unwrap_err();
    assert_eq!(error, MISTYPED);
    assert!(code.to_string().split('-').all(|group| !error.to_string().contains(group)));
}

#[test]
fn errors_say_what_to_do() {
    let says = |text: &str| text.parse::<ActivationCode>().unwrap_err().to_string();
    assert_eq!(
        says("ABCD-1234"),
        "an activation code has 28 characters in seven groups of four, and this has 8; copy all of it"
    );
    assert!(says(&"0".repeat(29)).ends_with("this has 29; leave out what stands around it"));
    assert_eq!(
        says("ABCD-12 3u"),
        "character 8 is “u”, which no activation code has; look at it again in what you were sent"
    );
    assert!(says("ABCD\u{1b}[2J").starts_with("character 5 is U+001B, "));
    assert!(says(&"7".repeat(28)).starts_with("the activation code is mistyped; "));
}

#[test]
fn only_one_text_of_capitals_is_a_code() {
    // The two bits that belong to no byte, with a checksum that fits them.
    let mut data = symbols::split(&[0x5a; 16]);
    data[DATA - 1] |= 1;
    let word =
        data.iter().chain(&symbols::check(&data)).map(|s| ALPHABET[usize::from(*s)]).collect::<Vec<_>>();
    assert_eq!(read(&word), Err(MISTYPED));
}

proptest! {
    #[test]
    fn the_text_leads_back_to_the_code(code in code(), filler in prop::collection::vec((0..=ALL, "[-– \t\u{a0}]{1,3}"), 0..9)) {
        let text = code.to_string();
        prop_assert_eq!(text.len(), 34);
        prop_assert_eq!(text.parse(), Ok(code.clone()));
        let mut typed: Vec<String> = text.replace('-', "").chars().map(String::from).collect();
        for (at, filler) in filler {
            typed.insert(at, filler);
        }
        let typed = typed.concat().to_lowercase().replace('0', "o").replace('1', "L");
        prop_assert_eq!(typed.parse(), Ok(code));
    }

    #[test]
    fn every_single_wrong_character_is_found(code in code()) {
        let right = characters(&code);
        for at in 0..ALL {
            for wrong in ALPHABET.iter().filter(|wrong| **wrong != right[at]) {
                let mut typed = right.clone();
                typed[at] = *wrong;
                prop_assert_eq!(read(&typed), Err(MISTYPED));
            }
        }
    }

    #[test]
    fn every_swap_of_two_characters_is_found(code in code()) {
        let right = characters(&code);
        for (a, b) in (0..ALL).flat_map(|a| (0..a).map(move |b| (a, b))) {
            let mut typed = right.clone();
            typed.swap(a, b);
            prop_assert_eq!(read(&typed).is_ok(), right[a] == right[b]);
        }
    }

    #[test]
    fn every_two_wrong_characters_are_found(code in code(), a in 0..ALL, b in 0..ALL) {
        prop_assume!(a != b);
        let right = characters(&code);
        for (x, y) in ALPHABET.iter().flat_map(|x| ALPHABET.iter().map(move |y| (*x, *y))) {
            let mut typed = right.clone();
            (typed[a], typed[b]) = (x, y);
            prop_assert_eq!(read(&typed).is_ok(), typed == right);
        }
    }

    #[test]
    fn a_character_too_few_or_too_many_is_counted(code in code(), at in 0..ALL, extra in 0..32usize) {
        let mut typed = characters(&code);
        typed.remove(at);
        prop_assert_eq!(read(&typed), Err(ActivationCodeError::Length { found: 27 }));
        let mut typed = characters(&code);
        typed.insert(at, ALPHABET[extra]);
        prop_assert_eq!(read(&typed), Err(ActivationCodeError::Length { found: 29 }));
    }

    #[test]
    fn any_text_is_read_or_refused(text in ".*", near in "[0-9A-Za-z –-]{24,40}") {
        for text in [text, near] {
            if let Ok(code) = text.parse::<ActivationCode>() {
                prop_assert_eq!(code.to_string().parse(), Ok(code));
            }
        }
    }

    #[test]
    fn another_instance_counter_or_secret_is_another_code(instance in ".{0,40}", counter in any::<u32>(), secret in any::<[u8; 32]>()) {
        let code = ActivationCode::derive(&secret, &instance, counter);
        prop_assert_ne!(&code, &ActivationCode::derive(&secret, &instance, counter.wrapping_add(1)));
        prop_assert_ne!(&code, &ActivationCode::derive(&secret, &format!("{instance}\0"), counter));
        prop_assert_ne!(&code, &ActivationCode::derive(&secret.map(|b| !b), &instance, counter));
    }
}
