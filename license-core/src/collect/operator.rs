//! The id that an operator sets where nothing on a machine lasts, as in containers and pods.

use std::env;
use std::ffi::OsString;
use std::fmt;
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use crate::fingerprint::{Kind, normalise};
use crate::saved_text::{self, SavedTextError};
use crate::typography;

/// Longest id, in bytes.
const LONGEST: usize = 128;
/// Holds the id.
pub(super) const VARIABLE: &str = "LICENSE_DEVICE_ID";
/// Names a file that holds the id.
pub(super) const FILE_VARIABLE: &str = "LICENSE_DEVICE_ID_FILE";

/// An id that stands for this machine, whatever its hardware is: 1 to 128 printable ASCII characters that are no
/// placeholder, read without case.
#[derive(Clone, PartialEq, Eq)]
pub struct OperatorId {
    value: String,
    source: String,
}

/// Why an id that was set cannot be used. Nothing else is taken in its place.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OperatorIdError {
    /// Nobody could say which of them counts.
    #[error("LICENSE_DEVICE_ID and LICENSE_DEVICE_ID_FILE are both set; leave one out")]
    Both,
    /// The file is not there, or may not be read.
    #[error("the device id file {0} cannot be read")]
    Unreadable(PathBuf),
    /// Empty, over 128 bytes, or not printable ASCII.
    #[error("the device id in {0} is not of 1 to 128 printable ASCII characters")]
    Form(String),
    /// It is saved as something else than plain text.
    #[error("the device id in {0} cannot be read: {1}; {advice}", advice = .1.advice())]
    Saved(String, SavedTextError),
    /// Quotes, brackets or marks stand around it, or a name before it: only some programs take them off.
    #[error("the device id in {0} stands in quotes or behind a name, or between marks; set it without them")]
    NotAlone(String),
    /// Many machines would have it.
    #[error("the device id in {0} is a placeholder; set one that no other machine has")]
    Placeholder(String),
}

/// The id in `LICENSE_DEVICE_ID`, or in the file that `LICENSE_DEVICE_ID_FILE` names; none if neither is set.
///
/// This is the one place where the environment is read, for the agent and for
/// [`verify_on_this_machine`](crate::verify_on_this_machine) alike, so that both see the same id. A program that shall
/// not listen to its environment leaves [`CollectOptions::operator_id`](super::CollectOptions::operator_id) empty.
///
/// # Errors
/// If one is set and cannot be used; an empty variable is set.
pub fn operator_id() -> Result<Option<OperatorId>, OperatorIdError> {
    from_variables(env::var_os(VARIABLE), env::var_os(FILE_VARIABLE))
}

fn from_variables(
    id: Option<OsString>,
    file: Option<OsString>,
) -> Result<Option<OperatorId>, OperatorIdError> {
    match (id, file) {
        (None, None) => Ok(None),
        (Some(_), Some(_)) => Err(OperatorIdError::Both),
        (Some(id), None) => OperatorId::new(id.as_encoded_bytes(), VARIABLE).map(Some),
        (None, Some(file)) => OperatorId::from_file(Path::new(&file)).map(Some),
    }
}

impl OperatorId {
    /// The id in a file, without white space around it.
    ///
    /// # Errors
    /// If it cannot be read or used.
    pub fn from_file(path: &Path) -> Result<Self, OperatorIdError> {
        let unreadable = |_| OperatorIdError::Unreadable(path.to_owned());
        let mut bytes = Vec::new();
        // Far more than the longest id with white space around it, so that another file is known for what it is; a pipe,
        // as shells make one, is a file here too.
        let most = 64 * 1024;
        File::open(path).and_then(|file| file.take(most).read_to_end(&mut bytes)).map_err(unreadable)?;
        let source = path.display().to_string();
        match saved_text::decode(&bytes) {
            Ok(text) => Self::new(text.as_bytes(), &source).map_err(|error| match error {
                OperatorIdError::Form(source) => saved_text::what_is(&bytes, None)
                    .map_or(OperatorIdError::Form(source.clone()), |what| {
                        OperatorIdError::Saved(source, what)
                    }),
                error => error,
            }),
            Err(SavedTextError::Empty | SavedTextError::NotUtf8) => Err(OperatorIdError::Form(source)),
            Err(what) => Err(OperatorIdError::Saved(source, what)),
        }
    }

    fn new(bytes: &[u8], source: &str) -> Result<Self, OperatorIdError> {
        let form = || OperatorIdError::Form(source.to_owned());
        let text = typography::folded(std::str::from_utf8(bytes).map_err(|_| form())?);
        let value = text.trim();
        if is_wrapped(value) {
            return Err(OperatorIdError::NotAlone(source.to_owned()));
        }
        if value.is_empty() || value.len() > LONGEST || !value.bytes().all(|b| (0x20..=0x7e).contains(&b)) {
            return Err(form());
        }
        // A code, a license or a key would be the same on every machine that it is meant for.
        if let Some(what @ SavedTextError::Other(_)) = saved_text::what_is(value.as_bytes(), None) {
            return Err(OperatorIdError::Saved(source.to_owned(), what));
        }
        if normalise(Kind::Custom, value).is_err() {
            return Err(OperatorIdError::Placeholder(source.to_owned()));
        }
        if is_of_another_kind(value) {
            return Err(OperatorIdError::NotAlone(source.to_owned()));
        }
        Ok(Self { value: value.to_owned(), source: source.to_owned() })
    }

    /// The variable or the file that it came from.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.source
    }

    pub(super) fn value(&self) -> &str {
        &self.value
    }
}

/// Whether a value is an answer of a server, a row of parts, a fingerprint without its dash, or the beginning of a key or
/// a license: what somebody took for an id.
fn is_of_another_kind(value: &str) -> bool {
    // PKCS#8 and SPKI of Ed25519 in Base64, a JWS' header, keys of OpenSSH.
    const BEGINNINGS: [&str; 5] = ["MC4CAQAwBQYDK2Vw", "MCowBQYDK2Vw", "eyJ", "ssh-ed25519 ", "ssh-rsa "];
    let has_member = || value.split('"').skip(1).any(|after| after.trim_start().starts_with(':'));
    let is_base32 = |c: char| c.is_ascii_alphabetic() || ('2'..='7').contains(&c);
    let df1 = value.get(..3).filter(|start| start.eq_ignore_ascii_case("DF1")).map(|_| &value[3..]);
    let digits = || df1.unwrap_or_default().chars().filter(|c| !matches!(c, '-' | ' '));
    BEGINNINGS.iter().any(|start| value.starts_with(start))
        || (value.contains('{') && has_member())
        || value.matches('|').count() >= 3
        || (df1.is_some() && digits().count() >= 24 && digits().all(is_base32))
}

/// Whether something stands around an id that is not of it: quotes, brackets, a mark of a mail or a page, what sets a
/// variable, or a word for an id.
fn is_wrapped(value: &str) -> bool {
    const PAIRS: [(char, char); 5] = [('(', ')'), ('[', ']'), ('<', '>'), ('`', '`'), ('*', '*')];
    const MARKS: [&str; 4] = ["| ", "- ", "# ", "* "];
    const NAMES: [&str; 14] = [
        "id",
        "deviceid",
        "device",
        "machineid",
        "hardwareid",
        "hostid",
        "nodeid",
        "instanceid",
        "hostname",
        "uuid",
        "guid",
        "serial",
        "serialnumber",
        "fingerprint",
    ];
    let is_pair = value.len() > 1
        && ((value.starts_with(typography::is_quote) && value.ends_with(typography::is_quote))
            || PAIRS.iter().any(|(open, close)| value.starts_with(*open) && value.ends_with(*close)));
    let lower = value.to_ascii_lowercase();
    let is_set = ["export ", "set ", "setx ", "$env:", "env "].iter().any(|word| lower.starts_with(word));
    let label = lower.split_once([':', '=']).is_some_and(|(name, rest)| {
        let bare: String = name.chars().filter(|c| c.is_ascii_alphanumeric()).collect();
        // `urn:uuid:…` is one name.
        NAMES.contains(&bare.as_str()) && !rest.is_empty() && !(bare == "uuid" && lower.contains("uuid:"))
    });
    // A list's own mark.
    let is_listed = value.ends_with([',', ';']);
    let is_marked = MARKS.iter().any(|mark| value.starts_with(mark));
    is_pair
        || is_set
        || label
        || is_listed
        || is_marked
        || value.starts_with(['>', '<'])
        || value.starts_with(VARIABLE)
}

/// Where it came from, not what it is.
impl fmt::Debug for OperatorId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OperatorId({})", self.source)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn set(id: &str) -> Result<Option<OperatorId>, OperatorIdError> {
        from_variables(Some(id.into()), None)
    }

    #[test]
    fn an_id_is_taken_from_where_it_is_set() {
        assert_eq!(from_variables(None, None), Ok(None));
        let id = set(" rack-7/slot-3\n").unwrap().unwrap();
        assert_eq!((id.value(), id.source()), ("rack-7/slot-3", VARIABLE));
        assert!(!format!("{id:?}").contains("rack"));
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("id");
        std::fs::write(&path, "rack-7/slot-3\r\n").unwrap();
        let id = from_variables(None, Some(path.clone().into())).unwrap().unwrap();
        assert_eq!((id.value(), id.source()), ("rack-7/slot-3", path.to_str().unwrap()));
    }

    #[test]
    fn what_cannot_be_used_is_never_passed_over() {
        assert_eq!(from_variables(Some("a".into()), Some("b".into())), Err(OperatorIdError::Both));
        for bad in ["", " \n", "a\tb", "größe", &"a7".repeat(65)] {
            assert_eq!(set(bad), Err(OperatorIdError::Form(VARIABLE.into())), "{bad}");
        }
        for wrapped in [
            "'rack-7a'",
            "export ID=rack-7a",
            "id: rack-7a",
            "device_id=rack-7a",
            "> rack-7a",
            "(rack-7a)",
            "<p>rack-7a</p>",
            "[rack-7a]",
            "**rack-7a**",
            "- rack-7a",
            "| rack-7a",
            "rack-7a,",
            r#"{"type":"about:blank","title":"Not Found","status":404}"#,
            "DF1 2YV4QVQCX4UPWPYPXNKUP2QPQOGRZ4QVYSKYNOTASOC2GXHY",
            "|S4EWNX0M123456|PF2QX7R9|",
            "MC4CAQAwBQYDK2VwBCIEIAcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcH",
            "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHNvbWV0aGluZw",
        ] {
            assert_eq!(set(wrapped), Err(OperatorIdError::NotAlone(VARIABLE.into())), "{wrapped}");
        }
        let said = set(r#"{"status" : "ok"}"#);
        assert_eq!(said, Err(OperatorIdError::Placeholder(VARIABLE.into())));
        for bad in [
            "none",
            "0000-0000",
            "Default string",
            "xxxx",
            "404 page not found",
            "{\"message\":\"Unauthorized\"}",
            "localhost.localdomain",
            "REPLACE_ME",
            "${DEVICE_ID}",
            "{{ .Node }}",
            "$(cat /etc/machine-id)",
            "container",
        ] {
            assert_eq!(set(bad), Err(OperatorIdError::Placeholder(VARIABLE.into())), "{bad}");
        }
        let nowhere = PathBuf::from("/nowhere/id");
        let error = from_variables(None, Some(nowhere.clone().into())).unwrap_err();
        assert_eq!(error, OperatorIdError::Unreadable(nowhere));
        assert!(set(&"a7".repeat(64)).is_ok());
    }

    proptest! {
        #[test]
        fn every_id_that_is_accepted_makes_a_fingerprint(bytes in prop::collection::vec(any::<u8>(), 0..140)) {
            if let Ok(id) = OperatorId::new(&bytes, "here") {
                let realm = crate::Realm::new("r");
                prop_assert!(crate::Fingerprint::from_values(&realm, [(Kind::Custom, id.value())]).is_ok());
            }
        }
    }
}
