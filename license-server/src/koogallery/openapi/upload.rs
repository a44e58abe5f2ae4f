//! The upload's form (RFC 7578).

use bytes::Bytes;
use data_encoding::HEXLOWER;
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use super::error::{CallError, CallErrorKind};
use crate::delivery::file_name;
use crate::engine::catalog::DeliveryForm;

/// The most characters of a license that goes as text.
const MOST_CHARACTERS: usize = 1024;

/// A form that is ready to be sent.
pub(super) struct Form {
    pub(super) content_type: String,
    pub(super) body: Bytes,
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "UPPERCASE")]
enum Description<'a> {
    Characters { characters: &'a str },
    File { file_name: &'a str, sha256: &'a str },
}

impl Form {
    /// The form for a license; `entropy` keeps the parts apart.
    pub(super) fn new(
        event: &str,
        license: &str,
        form: DeliveryForm,
        entropy: [u8; 16],
    ) -> Result<Self, CallError> {
        let fits = license.chars().count() <= MOST_CHARACTERS;
        let as_file = match form {
            DeliveryForm::Auto => !fits,
            DeliveryForm::File => true,
            DeliveryForm::Characters if fits => false,
            DeliveryForm::Characters => return Err(too_long()),
        };
        let boundary = HEXLOWER.encode(&entropy);
        let mut body = Vec::with_capacity(license.len() + 1024);
        if as_file {
            let (name, sha256) = (file_name(event), HEXLOWER.encode(&Sha256::digest(license)));
            describe(&mut body, &boundary, &Description::File { file_name: &name, sha256: &sha256 });
            let head = format!("name=\"file\"; filename=\"{name}\"");
            part(&mut body, &boundary, &head, "application/octet-stream", license.as_bytes());
        } else {
            describe(&mut body, &boundary, &Description::Characters { characters: license });
        }
        body.extend(format!("--{boundary}--\r\n").as_bytes());
        Ok(Self { content_type: format!("multipart/form-data; boundary={boundary}"), body: body.into() })
    }
}

fn describe(body: &mut Vec<u8>, boundary: &str, description: &Description<'_>) {
    // Texts always serialise.
    let json = serde_json::to_vec(description).unwrap_or_default();
    part(body, boundary, "name=\"isvUpdateFileReq\"", "application/json", &json);
}

fn part(body: &mut Vec<u8>, boundary: &str, head: &str, content_type: &str, content: &[u8]) {
    let lines = [
        format!("--{boundary}\r\n"),
        format!("Content-Disposition: form-data; {head}\r\n"),
        format!("Content-Type: {content_type}\r\n\r\n"),
    ];
    body.extend(lines.concat().as_bytes());
    body.extend(content);
    body.extend(b"\r\n");
}

fn too_long() -> CallError {
    let message = format!(
        "the license has more than {MOST_CHARACTERS} characters and the product's delivery is `characters`; \
         with `auto` or `file` it goes as a file"
    );
    CallError::new(CallErrorKind::TooLong, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(license: &str, form: DeliveryForm) -> String {
        let form = Form::new("e/1", license, form, [0xab; 16]).unwrap();
        let boundary = "ab".repeat(16);
        assert_eq!(form.content_type, format!("multipart/form-data; boundary={boundary}"));
        String::from_utf8(form.body.to_vec()).unwrap().replace(&boundary, "B")
    }

    #[test]
    fn a_license_that_fits_goes_as_text() {
        let expected = concat!(
            "--B\r\nContent-Disposition: form-data; name=\"isvUpdateFileReq\"\r\n",
            "Content-Type: application/json\r\n\r\n",
            "{\"type\":\"CHARACTERS\",\"characters\":\"eyJ\"}\r\n--B--\r\n",
        );
        assert_eq!(form("eyJ", DeliveryForm::Auto), expected);
        assert_eq!(form("eyJ", DeliveryForm::Characters), expected);
    }

    #[test]
    fn any_other_goes_as_a_file() {
        let expected = concat!(
            "--B\r\nContent-Disposition: form-data; name=\"isvUpdateFileReq\"\r\n",
            "Content-Type: application/json\r\n\r\n",
            "{\"type\":\"FILE\",\"file_name\":\"e%2F1.lic\",",
            "\"sha256\":\"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\"}\r\n",
            "--B\r\nContent-Disposition: form-data; name=\"file\"; filename=\"e%2F1.lic\"\r\n",
            "Content-Type: application/octet-stream\r\n\r\nabc\r\n--B--\r\n",
        );
        assert_eq!(form("abc", DeliveryForm::File), expected);
    }

    #[test]
    fn a_text_has_at_most_1024_characters() {
        for license in ["x".repeat(1024), "中".repeat(1024)] {
            assert!(form(&license, DeliveryForm::Auto).contains("\"CHARACTERS\""));
            assert!(form(&license, DeliveryForm::Characters).contains("\"CHARACTERS\""));
        }
        let license = "x".repeat(1025);
        assert!(form(&license, DeliveryForm::Auto).contains("\"FILE\""));
        let refused = Form::new("e", &license, DeliveryForm::Characters, [0; 16]);
        assert_eq!(refused.err().map(|error| error.kind), Some(CallErrorKind::TooLong));
    }
}
