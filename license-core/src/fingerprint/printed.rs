//! What programs print in place of a value: errors, answers of servers, bodies, sentences. All functions take upper-case
//! text.

use super::ended::is_exit;
use super::glance::Glance;
use super::lists;
use super::placeholder::is_accented;

/// Words without a digit from which on a text is a sentence.
const SENTENCE: usize = 6;

/// Whether a text was printed in place of a value. `bare` are its letters and digits.
pub(super) fn is_printed(value: &str, bare: &str, glance: Glance) -> bool {
    // Of one word with a digit, only a result of Windows is an end.
    let may_end = glance.may_have_marks() || !glance.has_digit() || value.starts_with("0X");
    has_error_text(bare)
        || (may_end && is_exit(value))
        || (glance.may_have_marks() && (is_status(value) || is_body(value)))
        || (glance.may_have_space() && (is_of_a_program(value) || is_sentence(value)))
}

/// Fewest letters in a row of an error: hardly any serial number has them.
const ROW: usize = 9;

/// Errors are made of words.
fn has_error_text(bare: &str) -> bool {
    if bare.is_ascii() {
        // A row of so many letters covers one place of each so many.
        if !bare.bytes().skip(ROW - 1).step_by(ROW).any(|b| b.is_ascii_uppercase()) {
            return false;
        }
        let mut rows = bare.as_bytes().split(|b| !b.is_ascii_uppercase());
        return rows.any(|letters| letters.len() >= ROW) && lists::has_error_text(bare);
    }
    lists::has_error_text(bare)
        || (bare.contains(is_accented) && lists::has_error_text(&bare.replace(is_accented, "")))
}

/// `HTTP 404`, `HTTP/1.1 401 Unauthorized`, `404 page not found`, `Error 503: …`.
fn is_status(value: &str) -> bool {
    const BEFORE: [&str; 10] =
        ["HTTP", "HTTPS", "STATUS", "ERROR", "CODE", "RESPONSE", "SERVER", "RETURNED", "GOT", "REQUEST"];
    const AFTER: [&str; 29] = [
        "OK",
        "CREATED",
        "ACCEPTED",
        "NOT",
        "FOUND",
        "UNAUTHORIZED",
        "UNAUTHORISED",
        "FORBIDDEN",
        "BAD",
        "ERROR",
        "SERVER",
        "CLIENT",
        "GATEWAY",
        "TIMEOUT",
        "TIME",
        "TIMED",
        "UNAVAILABLE",
        "METHOD",
        "PAGE",
        "PROXY",
        "PAYMENT",
        "GONE",
        "CONFLICT",
        "TOO",
        "MOVED",
        "PERMANENT",
        "TEMPORARY",
        "NO",
        "ACCESS",
    ];
    let words = || value.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    let is_number = |word: &str, len: usize| word.len() == len && word.bytes().all(|b| b.is_ascii_digit());
    let said = words().take_while(|word| BEFORE.contains(word) || is_number(word, 1)).count();
    let is_code = |word: &str| is_number(word, 3) && matches!(word.as_bytes()[0], b'1'..=b'5');
    if !words().nth(said).is_some_and(is_code) {
        return value.starts_with("HTTP/") && said > 1;
    }
    // `server-204` is somebody's host: one of the weaker words is not enough, and a name has no space.
    let told: Vec<&str> = words().take_while(|word| BEFORE.contains(word)).collect();
    let is_strong = |word: &&str| matches!(*word, "HTTP" | "HTTPS" | "STATUS" | "ERROR");
    let is_told = told.len() >= 2 || (told.iter().any(is_strong) && value.contains([' ', ':', '/', '=']));
    let is_word = |word: &str| !word.bytes().any(|b| b.is_ascii_digit());
    // A place on the network, or `204-server-PF2QX7R9`.
    let is_address = value.contains("://");
    is_told && !is_address && words().skip(said + 1).take(3).all(is_word)
        || words().nth(said + 1).is_some_and(|word| AFTER.contains(&word))
            && value.contains(' ')
            && words().skip(said + 1).all(is_word)
}

/// `dmidecode: …`, `/bin/sh: 1: …`, `# dmidecode 3.3`, `Error response from daemon: …`, `Failed to connect to bus`.
fn is_of_a_program(value: &str) -> bool {
    const SAID: [&str; 16] = [
        "ERROR",
        "FAILED",
        "FAILURE",
        "FATAL",
        "UNABLE",
        "CANNOT",
        "CAN'T",
        "COULDN'T",
        "INVALID",
        "EXCEPTION",
        "WARNING",
        "TRACEBACK",
        "PANIC",
        "USAGE",
        "FEHLER",
        "ERREUR",
    ];
    let value = value.trim_start_matches(|c: char| {
        matches!(c, '#' | '-' | '[' | '(' | '<' | '"' | '\'') || c.is_whitespace()
    });
    let is_name = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | '/' | '\\' | '\'');
    let end = value.find(|c| !is_name(c)).unwrap_or(value.len());
    let (name, rest) = value.split_at(end);
    let name = name.rsplit(['/', '\\']).next().unwrap_or(name);
    let name = name.strip_suffix(".EXE").unwrap_or(name);
    let words = || rest.split_whitespace().filter(|word| word.chars().any(char::is_alphanumeric));
    let is_plain = |word: &&str| word.len() > 1 && !word.bytes().any(|b| b.is_ascii_digit());
    let is_number =
        |word: &str| word.len() <= 12 && word.contains('.') && word.bytes().any(|b| b.is_ascii_digit());
    let is_tool = lists::is_tool(name)
        && (rest.starts_with(": ") && words().any(|word| is_plain(&word))
            || rest.starts_with(' ')
                && words().next().is_some()
                && words().all(|word| word == "VERSION" || is_number(word)));
    is_tool || (SAID.contains(&name) && words().take(3).filter(is_plain).count() >= 2)
}

/// A page, a document or an object that tells of an error, in place of a value.
fn is_body(value: &str) -> bool {
    const PAGES: [&str; 5] = ["<!DOCTYPE", "<?XML", "<HTML", "<ERROR", "<HEAD"];
    const MEMBERS: [&str; 14] = [
        "ERROR",
        "ERRORS",
        "MESSAGE",
        "DETAIL",
        "DETAILS",
        "FAULT",
        "EXCEPTION",
        "REASON",
        "__TYPE",
        "ERROR_DESCRIPTION",
        "ERRORCODE",
        "ERRORMESSAGE",
        "STATUSCODE",
        "ERROR_CODE",
    ];
    let is_page = PAGES.iter().any(|start| value.starts_with(start));
    let is_object = value.starts_with(['{', '[']) && {
        let pieces: Vec<_> = value.split(['"', '\'']).collect();
        pieces.windows(2).any(|two| MEMBERS.contains(&two[0].trim()) && two[1].trim_start().starts_with(':'))
    };
    is_page || is_object
}

/// Whether a value is an element of a page with its end, `<p>…</p>`, in which an id may stand, but a part never does.
pub(super) fn is_element(value: &str) -> bool {
    value.starts_with('<') && value.ends_with('>') && value.contains("</")
}

/// Many words and no digit: nobody's serial number, and what is said in any language that parts its words.
fn is_sentence(value: &str) -> bool {
    let words = value.split_whitespace();
    let is_word = |word: &&str| word.chars().any(char::is_alphabetic);
    words.filter(is_word).count() >= SENTENCE && !value.chars().any(char::is_numeric)
}

#[cfg(test)]
mod tests {
    use super::super::placeholder::letters_and_digits;
    use super::*;

    #[test]
    fn what_is_printed_in_place_of_a_value_is_known_by_its_form() {
        for text in [
            "HTTP 404",
            "HTTP/1.1 401 UNAUTHORIZED",
            "HTTP/2 503",
            "404 PAGE NOT FOUND",
            "STATUS CODE: 500",
            "ERROR 403",
            "CURL: (6) COULD NOT RESOLVE HOST: METADATA",
            "/BIN/SH: 1: WMIC: X",
            "# DMIDECODE 3.3",
            "ERROR RESPONSE FROM DAEMON: NO SUCH CONTAINER: A7",
            "FAILED TO CONNECT TO BUS: X",
            "<?XML VERSION=\"1.0\"?><CODE>7</CODE>",
            "{\"MESSAGE\":\"NO\"}",
            "{\"TITLE\": \"X\", \"ERROR\" : 7}",
            "SIE HABEN KEINE BERECHTIGUNG DAS ZU LESEN",
        ] {
            assert!(is_printed(text, &letters_and_digits(text), Glance::at(text)), "{text}");
        }
        for text in [
            "404-7F3A",
            "404 NORDHALLE",
            "ERROR-7F3A12",
            "CAT-7",
            "CURLING HALL 7",
            "{\"DEVICE\":\"7F3A\"}",
            "PRESS LINE FOUR NORTH 7",
            "HTTP://VENDOR.EXAMPLE/7F3A",
        ] {
            assert!(!is_printed(text, &letters_and_digits(text), Glance::at(text)), "{text}");
        }
    }
}
