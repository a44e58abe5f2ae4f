//! Reads a `multipart/form-data` body, as strictly as its writers should write it.
//!
//! [RFC 7578](https://www.rfc-editor.org/rfc/rfc7578), the delimiters of
//! [RFC 2046, section 5.1.1](https://www.rfc-editor.org/rfc/rfc2046#section-5.1.1), without preamble and epilogue.

const MAX_PARTS: usize = 8;
const MAX_HEADERS: usize = 8;
const MAX_HEADER: usize = 1024;

/// One part of a form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Part<'a> {
    pub(super) name: String,
    pub(super) file_name: Option<String>,
    /// As sent.
    pub(super) content_type: Option<&'a str>,
    pub(super) content: &'a [u8],
}

/// What is wrong with a form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum FormError {
    #[error("Content-Type is not multipart/form-data with a boundary")]
    ContentType,
    #[error("the boundary is not 1 to 70 of the characters that RFC 2046 allows")]
    Boundary,
    #[error("the body does not begin with the boundary")]
    Beginning,
    #[error("a part does not end with the boundary")]
    Unended,
    #[error("something follows the boundary that is neither a line end nor two hyphens")]
    Delimiter,
    #[error("something follows the form")]
    Epilogue,
    #[error("a part's headers are no lines of `name: value`")]
    Header,
    #[error("a part has no Content-Disposition of form-data with a name")]
    Disposition,
    #[error("the form has more than {MAX_PARTS} parts")]
    Parts,
    #[error("two parts have the same name")]
    Twice,
}

/// The parts of a body, in order.
pub(super) fn read<'a>(content_type: &str, body: &'a [u8]) -> Result<Vec<Part<'a>>, FormError> {
    let delimiter = format!("\r\n--{}", boundary(content_type)?);
    let delimiter = delimiter.as_bytes();
    // The first delimiter has no line before it.
    let mut rest = body.strip_prefix(&delimiter[2..]).ok_or(FormError::Beginning)?;
    let mut parts = Vec::<Part<'_>>::new();
    while let Some(inside) = rest.strip_prefix(b"\r\n") {
        if parts.len() == MAX_PARTS {
            return Err(FormError::Parts);
        }
        let end = find(inside, delimiter).ok_or(FormError::Unended)?;
        let part = part(&inside[..end])?;
        if parts.iter().any(|other| other.name == part.name) {
            return Err(FormError::Twice);
        }
        parts.push(part);
        rest = &inside[end + delimiter.len()..];
    }
    match rest.strip_prefix(b"--").ok_or(FormError::Delimiter)? {
        b"" | b"\r\n" => Ok(parts),
        _ => Err(FormError::Epilogue),
    }
}

fn boundary(content_type: &str) -> Result<String, FormError> {
    let (kind, parameters) = content_type.split_once(';').ok_or(FormError::ContentType)?;
    if !kind.trim().eq_ignore_ascii_case("multipart/form-data") {
        return Err(FormError::ContentType);
    }
    let boundary = parameter(parameters, "boundary").ok_or(FormError::ContentType)?;
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"'()+_,-./:=? ".contains(&byte);
    if !(1..=70).contains(&boundary.len()) || !boundary.bytes().all(allowed) || boundary.ends_with(' ') {
        return Err(FormError::Boundary);
    }
    Ok(boundary)
}

fn part(bytes: &[u8]) -> Result<Part<'_>, FormError> {
    let mut rest = bytes;
    let (mut disposition, mut content_type) = (None, None);
    for _ in 0..=MAX_HEADERS {
        let end = find(&rest[..rest.len().min(MAX_HEADER)], b"\r\n").ok_or(FormError::Header)?;
        let line = std::str::from_utf8(&rest[..end]).map_err(|_| FormError::Header)?;
        rest = &rest[end + 2..];
        if line.is_empty() {
            let (name, file_name) = disposition.ok_or(FormError::Disposition)?;
            return Ok(Part { name, file_name, content_type, content: rest });
        }
        let (name, value) = line.split_once(':').ok_or(FormError::Header)?;
        let twice = match name.to_ascii_lowercase().as_str() {
            "content-disposition" => disposition.replace(names(value)?).is_some(),
            "content-type" => content_type.replace(value.trim()).is_some(),
            _ => false,
        };
        if twice {
            return Err(FormError::Header);
        }
    }
    Err(FormError::Header)
}

/// Name and file name of a part.
fn names(disposition: &str) -> Result<(String, Option<String>), FormError> {
    let (kind, parameters) = disposition.split_once(';').ok_or(FormError::Disposition)?;
    if !kind.trim().eq_ignore_ascii_case("form-data") {
        return Err(FormError::Disposition);
    }
    let name = parameter(parameters, "name").filter(|name| !name.is_empty());
    Ok((name.ok_or(FormError::Disposition)?, parameter(parameters, "filename")))
}

/// The value of one of `name=value; name="value"`; none where a parameter is misspelt or stands twice.
fn parameter(text: &str, wanted: &str) -> Option<String> {
    let mut found = None;
    let mut rest = text;
    loop {
        let (name, after) = rest.split_once('=')?;
        let (value, after) = value(after)?;
        if name.trim().eq_ignore_ascii_case(wanted) && found.replace(value).is_some() {
            return None;
        }
        let after = after.trim_start();
        match after.strip_prefix(';') {
            Some(next) => rest = next,
            None if after.is_empty() => return found,
            None => return None,
        }
    }
}

/// A token, or a quoted string in which a backslash takes the next character as it is; and what follows it.
fn value(text: &str) -> Option<(String, &str)> {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find([';', ' ', '\t']).unwrap_or(text.len());
        let (token, rest) = text.split_at(end);
        return (!token.is_empty() && !token.contains('"')).then(|| (token.to_owned(), rest));
    };
    let mut value = String::new();
    let mut characters = quoted.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return Some((value, &quoted[at + 1..])),
            '\\' => value.push(characters.next()?.1),
            _ => value.push(character),
        }
    }
    None
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|window| window == wanted)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const TYPE: &str = "multipart/form-data; boundary=----b0undary";

    fn part_of<'a>(name: &str, content: &'a [u8]) -> Part<'a> {
        Part { name: name.into(), file_name: None, content_type: None, content }
    }

    #[test]
    fn the_form_of_the_signing_vector_is_read() {
        let body = b"------b0undary\r\nContent-Disposition: form-data; name=\"isvUpdateFileReq\"\r\n\
            Content-Type: application/json\r\n\r\n{\"type\":\"CHARACTERS\"}\r\n------b0undary--\r\n";
        let expected = Part {
            content_type: Some("application/json"),
            ..part_of("isvUpdateFileReq", b"{\"type\":\"CHARACTERS\"}")
        };
        assert_eq!(read(TYPE, body), Ok(vec![expected]));
    }

    #[test]
    fn names_are_read_quoted_or_not() {
        for (text, name, file) in [
            (" form-data; name=a", "a", None),
            ("FORM-DATA;Name=\"a b;c\"; filename=\"x \\\"y\\\" 中.lic\"", "a b;c", Some("x \"y\" 中.lic")),
            ("form-data; filename=\"\"; name=\"f\"", "f", Some("")),
        ] {
            assert_eq!(names(text), Ok((name.to_owned(), file.map(str::to_owned))), "{text}");
        }
        for text in [
            "form-data",
            "attachment; name=a",
            "form-data; name=",
            "form-data; name=\"\"",
            "form-data; name=\"a",
            "form-data; name=\"a\\",
            "form-data; name=a; name=b",
            "form-data; name=\"a\"b",
            "form-data; filename=a",
        ] {
            assert_eq!(names(text), Err(FormError::Disposition), "{text}");
        }
    }

    #[test]
    fn a_form_that_is_written_wrongly_is_refused_and_why() {
        let name = "Content-Disposition: form-data; name=a\r\n\r\n";
        for (body, error) in [
            (String::new(), FormError::Beginning),
            ("preamble\r\n--b--".into(), FormError::Beginning),
            ("--b".into(), FormError::Delimiter),
            ("--b \r\n--b--".into(), FormError::Delimiter),
            ("--b--\r\nmore".into(), FormError::Epilogue),
            (format!("--b\r\n{name}x"), FormError::Unended),
            (format!("--b\r\n{name}x\r\n--c--"), FormError::Unended),
            (format!("--b\r\n{name}x\r\n--bb--"), FormError::Delimiter),
            (format!("--b\r\n{name}\r\n--b\r\n{name}\r\n--b--"), FormError::Twice),
            ("--b\r\n\r\nx\r\n--b--".into(), FormError::Disposition),
            ("--b\r\nno header\r\n\r\nx\r\n--b--".into(), FormError::Header),
            (format!("--b\r\n{}{name}\r\n--b--", "X: y\r\n".repeat(9)), FormError::Header),
            (format!("--b\r\nX: {}\r\n{name}\r\n--b--", "y".repeat(1024)), FormError::Header),
            (format!("--b\r\nContent-Type: a\r\nContent-Type: a\r\n{name}\r\n--b--"), FormError::Header),
        ] {
            assert_eq!(read("multipart/form-data; boundary=b", body.as_bytes()), Err(error), "{body}");
        }
        let nine: String =
            (0..9).map(|n| format!("--b\r\n{}\r\n", name.replace("=a", &format!("={n}")))).collect();
        assert_eq!(
            read("multipart/form-data; boundary=b", format!("{nine}--b--").as_bytes()),
            Err(FormError::Parts)
        );
        for content_type in
            ["", "multipart/form-data", "multipart/mixed; boundary=b", "multipart/form-data; charset=b"]
        {
            assert_eq!(read(content_type, b"--b--"), Err(FormError::ContentType), "{content_type}");
        }
        for boundary in ["\"b \"".to_owned(), "b*".to_owned(), "b".repeat(71)] {
            let content_type = format!("multipart/form-data; boundary={boundary}");
            assert_eq!(read(&content_type, b"--b--"), Err(FormError::Boundary), "{boundary}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_get_an_answer(content_type in "\\PC{0,40}", body in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = read(&content_type, &body);
            let _ = read(TYPE, &body);
        }

        #[test]
        fn any_pieces_of_a_form_get_an_answer(
            pieces in "(--b|--|\r\n|Content-Disposition: form-data; name=|\"|a|:|;|\\\\){0,24}",
        ) {
            let _ = read("multipart/form-data; boundary=b", pieces.as_bytes());
            let _ = read("multipart/form-data; boundary=b", format!("--b\r\n{pieces}\r\n--b--").as_bytes());
        }

        #[test]
        fn what_was_written_is_read_back(
            contents in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..60), 1..8),
            file in "[a-zA-Z0-9 \"\\\\;=中.-]{0,20}",
        ) {
            let mut body = Vec::new();
            for (number, content) in contents.iter().enumerate() {
                let quoted = file.replace('\\', "\\\\").replace('"', "\\\"");
                body.extend(
                    format!("--unlikely-7f3a\r\nContent-Disposition: form-data; name=\"{number}\"; filename=\"{quoted}\"\r\n\r\n")
                        .bytes(),
                );
                body.extend(content.iter().chain(b"\r\n"));
            }
            body.extend(b"--unlikely-7f3a--\r\n");
            let parts = read("multipart/form-data;boundary=\"unlikely-7f3a\"", &body).unwrap();
            prop_assert_eq!(parts.len(), contents.len());
            for (number, (part, content)) in parts.iter().zip(&contents).enumerate() {
                prop_assert_eq!(part.content, content);
                prop_assert_eq!(&part.name, &number.to_string());
                prop_assert_eq!(part.file_name.as_deref(), Some(file.as_str()));
            }
        }
    }
}
