//! What an upload must be.

use data_encoding::HEXLOWER;
use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use super::book::{About, UploadForm};
use super::form::{self, Part};

/// As many characters go into a CHARACTERS upload.
const MAX_CHARACTERS: usize = 1024;
const MAX_FILE_NAME: usize = 255;

/// A refusal: what is wrong, the store's code for it, and one sentence.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Refused {
    pub(super) about: About,
    pub(super) code: Code,
    pub(super) message: String,
}

/// The guide's codes for a call that is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Code {
    /// A value is out of its range or misspelt.
    Value,
    /// One that is not in the interface, too many, or too few.
    Interface,
    /// Anything else about the parameters.
    Other,
    /// The signature.
    Signature,
}

/// The part that describes the upload.
#[derive(Deserialize)]
struct Request {
    #[serde(rename = "type")]
    kind: Option<String>,
    characters: Option<String>,
    file_name: Option<String>,
    sha256: Option<String>,
}

/// Reads the body of an upload: how the license comes, and the license.
pub(super) fn read(content_type: Option<&str>, body: &[u8]) -> Result<(UploadForm, Vec<u8>), Refused> {
    let content_type = content_type.ok_or_else(|| other("there is no Content-Type"))?;
    let parts = form::read(content_type, body).map_err(|error| other(error.to_string()))?;
    let find = |name: &str| parts.iter().find(|part| part.name == name);
    if let Some(part) = parts.iter().find(|part| !["isvUpdateFileReq", "file"].contains(&part.name.as_str()))
    {
        let name: String = part.name.chars().filter(|c| !c.is_control()).take(40).collect();
        return Err(interface(format!("the form has a part `{name}` that the store does not know")));
    }
    let described =
        find("isvUpdateFileReq").ok_or_else(|| interface("the part isvUpdateFileReq is missing"))?;
    if !is_json(described.content_type) {
        return Err(other("the part isvUpdateFileReq is not application/json"));
    }
    // The parser's words may hold a piece of the license.
    let request: Request = serde_json::from_slice(described.content).map_err(|error| {
        other(format!("isvUpdateFileReq is not the JSON it should be, at column {}", error.column()))
    })?;
    match request.kind.as_deref() {
        Some("CHARACTERS") => characters(request, find("file")),
        Some("FILE") => file(request, find("file")),
        Some(_) => Err(value(About::Form, "type is neither CHARACTERS nor FILE")),
        None => Err(interface("type is missing")),
    }
}

fn characters(request: Request, file: Option<&Part<'_>>) -> Result<(UploadForm, Vec<u8>), Refused> {
    if file.is_some() || request.file_name.is_some() || request.sha256.is_some() {
        return Err(interface("an upload of CHARACTERS has a file, a file_name or a sha256"));
    }
    let text = request.characters.ok_or_else(|| interface("characters is missing"))?;
    match text.chars().count() {
        1..=MAX_CHARACTERS => Ok((UploadForm::Characters, text.into_bytes())),
        0 => Err(value(About::Size, "characters is empty")),
        count => Err(value(
            About::Size,
            format!("characters has {count} characters; {MAX_CHARACTERS} are allowed"),
        )),
    }
}

fn file(request: Request, file: Option<&Part<'_>>) -> Result<(UploadForm, Vec<u8>), Refused> {
    if request.characters.is_some() {
        return Err(interface("an upload of a FILE has characters"));
    }
    let name = request.file_name.ok_or_else(|| interface("file_name is missing"))?;
    let sha256 = request.sha256.ok_or_else(|| interface("sha256 is missing"))?;
    let content = file.ok_or_else(|| interface("the part file is missing"))?.content;
    let plain = |c: char| !c.is_control() && !['/', '\\'].contains(&c);
    if name.trim().is_empty() || name.chars().count() > MAX_FILE_NAME || !name.chars().all(plain) {
        return Err(value(
            About::Form,
            "file_name is empty, too long, or holds a slash or a control character",
        ));
    }
    if content.is_empty() {
        return Err(value(About::Size, "the file is empty"));
    }
    let lower_hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    if sha256.len() != 64 || !sha256.bytes().all(lower_hex) {
        return Err(value(About::Sha256, "sha256 is not 64 hex digits in lower case"));
    }
    if sha256 != HEXLOWER.encode(&Sha256::digest(content)) {
        return Err(value(About::Sha256, "sha256 is not the file's"));
    }
    Ok((UploadForm::File { name }, content.to_vec()))
}

fn is_json(content_type: Option<&str>) -> bool {
    let kind = content_type.and_then(|text| text.split(';').next());
    kind.is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"))
}

fn value(about: About, message: impl Into<String>) -> Refused {
    Refused { about, code: Code::Value, message: message.into() }
}

fn interface(message: impl Into<String>) -> Refused {
    Refused { about: About::Form, code: Code::Interface, message: message.into() }
}

fn other(message: impl Into<String>) -> Refused {
    Refused { about: About::Form, code: Code::Other, message: message.into() }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    const TYPE: &str = "multipart/form-data; boundary=b";

    fn body(request: &str, kind: &str, file: Option<&[u8]>) -> Vec<u8> {
        let mut body = format!(
            "--b\r\nContent-Disposition: form-data; name=\"isvUpdateFileReq\"\r\nContent-Type: {kind}\r\n\r\n{request}\r\n"
        )
        .into_bytes();
        if let Some(file) = file {
            body.extend(b"--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"x\"\r\n\r\n");
            body.extend(file.iter().chain(b"\r\n"));
        }
        body.extend(b"--b--\r\n");
        body
    }

    fn upload(request: &Value, file: Option<&[u8]>) -> Result<(UploadForm, Vec<u8>), Refused> {
        read(Some(TYPE), &body(&request.to_string(), "application/json;charset=utf-8", file))
    }

    fn sha(content: &[u8]) -> String {
        HEXLOWER.encode(&Sha256::digest(content))
    }

    #[test]
    fn both_forms_are_taken_up_to_their_limits() {
        for text in ["x".to_owned(), "中".repeat(1024)] {
            let taken = upload(&json!({ "type": "CHARACTERS", "characters": text, "sha256": null }), None);
            assert_eq!(taken, Ok((UploadForm::Characters, text.into_bytes())));
        }
        let content = b"\x00\r\n--other\xff".as_slice();
        let taken = upload(
            &json!({ "type": "FILE", "file_name": "许可.lic", "sha256": sha(content) }),
            Some(content),
        );
        assert_eq!(taken, Ok((UploadForm::File { name: "许可.lic".into() }, content.to_vec())));
    }

    #[test]
    fn everything_else_is_refused_and_says_why() {
        let file = |name: &str, sha256: &str| json!({ "type": "FILE", "file_name": name, "sha256": sha256 });
        let good = sha(b"x");
        let cases: &[(Value, Option<&[u8]>, About, &str)] = &[
            (json!({}), None, About::Form, "type is missing"),
            (json!({ "type": "TEXT" }), None, About::Form, "neither CHARACTERS nor FILE"),
            (json!({ "type": 1 }), None, About::Form, "not the JSON"),
            (json!([]), None, About::Form, "not the JSON"),
            (json!({ "type": "CHARACTERS" }), None, About::Form, "characters is missing"),
            (json!({ "type": "CHARACTERS", "characters": "" }), None, About::Size, "is empty"),
            (json!({ "type": "CHARACTERS", "characters": "x".repeat(1025) }), None, About::Size, "1025"),
            (json!({ "type": "CHARACTERS", "characters": "x" }), Some(b"x"), About::Form, "has a file"),
            (json!({ "type": "FILE", "sha256": good }), Some(b"x"), About::Form, "file_name is missing"),
            (json!({ "type": "FILE", "file_name": "x" }), Some(b"x"), About::Form, "sha256 is missing"),
            (file("x", &good), None, About::Form, "part file is missing"),
            (file("a/b", &good), Some(b"x"), About::Form, "slash"),
            (file(" ", &good), Some(b"x"), About::Form, "empty"),
            (file("x", &sha(b"")), Some(b""), About::Size, "file is empty"),
            (file("x", &good.to_uppercase()), Some(b"x"), About::Sha256, "lower case"),
            (file("x", &good), Some(b"y"), About::Sha256, "not the file's"),
            (
                json!({ "type": "FILE", "file_name": "x", "sha256": good, "characters": "" }),
                Some(b"x"),
                About::Form,
                "has characters",
            ),
        ];
        for (request, file, about, words) in cases {
            let refused = upload(request, *file).unwrap_err();
            assert_eq!(refused.about, *about, "{request}");
            assert!(refused.message.contains(words), "{request}: {}", refused.message);
        }
    }

    #[test]
    fn the_describing_part_must_be_json_by_name_too() {
        let request = json!({ "type": "CHARACTERS", "characters": "x" }).to_string();
        assert!(read(Some(TYPE), &body(&request, "text/plain", None)).is_err());
        assert!(read(None, &body(&request, "application/json", None)).is_err());
        assert!(read(Some(TYPE), b"--b--").unwrap_err().message.contains("isvUpdateFileReq is missing"));
        let more = body(&request, "application/json", Some(b"x"));
        let more = String::from_utf8(more).unwrap().replace("name=\"file\"", "name=\"files\"");
        assert!(read(Some(TYPE), more.as_bytes()).unwrap_err().message.contains("`files`"));
    }

    #[test]
    fn a_refusal_does_not_quote_the_license() {
        let refused = read(Some(TYPE), &body("{\"characters\": secret}", "application/json", None));
        assert!(!refused.unwrap_err().message.contains("secret"));
    }

    proptest! {
        #[test]
        fn any_description_gets_an_answer(request in "\\PC{0,60}") {
            let _ = read(Some(TYPE), &body(&request, "application/json", Some(b"x")));
        }
    }
}
