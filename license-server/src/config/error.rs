//! What is wrong with settings or catalog, where, and what to do.

use std::fmt;
use std::path::PathBuf;

/// A setting or a catalog that cannot be used. No variant holds a secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// A file cannot be read.
    #[error("{} cannot be read: {why}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// What the system says.
        why: String,
    },
    /// A file with a secret is open to others.
    #[error(transparent)]
    Exposed(#[from] crate::private_file::Exposed),
    /// A file is no TOML.
    #[error("{}, line {line}: {why}", path.display())]
    Syntax {
        /// Which.
        path: PathBuf,
        /// Where, from 1.
        line: usize,
        /// What the parser says.
        why: String,
    },
    /// There is no such setting.
    #[error("unknown setting `{name}` {origin}{}", suggestion(nearest.as_deref()))]
    Unknown {
        /// As it was spelled.
        name: String,
        /// Where it was given.
        origin: String,
        /// A known one, spelled as it must be there.
        nearest: Option<String>,
    },
    /// A setting has a value that it cannot have.
    #[error("setting `{name}` {origin} {fault}")]
    Value {
        /// As it was spelled.
        name: String,
        /// Where it was given.
        origin: String,
        /// What is wrong with it.
        fault: ValueError,
    },
    /// A secret is given itself and as a file.
    #[error("{0} and {0}_FILE are both given; keep one")]
    Both(&'static str),
    /// A setting is needed that nobody gave.
    #[error("the setting {0} is missing: set LICENSE_SERVER_{0} or `{lower}` in the file", lower = .0.to_ascii_lowercase())]
    Missing(&'static str),
    /// An access key can be guessed.
    #[error(
        "each of ACCESS_KEYS must have {least} characters at least: shorter ones can be guessed. Copy the store's whole, or have it make another"
    )]
    ShortAccessKey {
        /// The fewest characters.
        least: usize,
    },
    /// An entry of the catalog cannot be used.
    #[error("{}, {entry}: `{member}` {fault}", path.display())]
    Entry {
        /// The catalog.
        path: PathBuf,
        /// `[default]`, or which product.
        entry: String,
        /// Which member.
        member: String,
        /// What is wrong with it.
        fault: ValueError,
    },
    /// Several at once.
    #[error("{}", lines(.0))]
    Several(Vec<ConfigError>),
    /// The catalog has no `[default]`.
    #[error("{} has no [default]; without the store's open API it is what serves every purchase", .0.display())]
    NoDefault(PathBuf),
}

impl ConfigError {
    /// All of them, or `None` where there is none.
    pub(super) fn of(mut faults: Vec<Self>) -> Option<Self> {
        if faults.len() > 1 { Some(Self::Several(faults)) } else { faults.pop() }
    }
}

fn lines(faults: &[ConfigError]) -> String {
    faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

/// What is wrong with a value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ValueError {
    /// A sentence's end: "must be …", "is …".
    #[error("{0}")]
    Must(String),
    /// Of another type.
    #[error("must be {wanted}, not {found}")]
    Type {
        /// What it must be.
        wanted: &'static str,
        /// What it is.
        found: &'static str,
    },
    /// A number outside its bounds.
    #[error("must be between {least} and {most}, not {found}")]
    Bounds {
        /// The lower bound.
        least: i64,
        /// The upper bound.
        most: i64,
        /// What it is.
        found: i64,
    },
    /// Missing.
    #[error("is missing")]
    Missing,
    /// No such member.
    #[error("is unknown{}", suggestion(nearest.as_deref()))]
    Unknown {
        /// A known one.
        nearest: Option<String>,
    },
    /// An earlier entry names the same product.
    #[error("names `{name}`, which {first} names already")]
    Taken {
        /// What is named twice.
        name: String,
        /// Who was first.
        first: String,
    },
}

impl ValueError {
    pub(super) fn must(what: impl fmt::Display) -> Self {
        Self::Must(format!("must be {what}"))
    }
}

fn suggestion(nearest: Option<&str>) -> String {
    nearest.map(|name| format!("; did you mean `{name}`?")).unwrap_or_default()
}

/// The known name that is at most three changes away, the nearest first.
pub(super) fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let name: String = name.chars().take(64).collect();
    known
        .into_iter()
        .map(|known| (distance(&name, known), known))
        .filter(|(d, _)| *d <= 3)
        .min()
        .map(|(_, known)| known)
}

/// Levenshtein's distance, row by row.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let changed = diagonal + usize::from(x != *y);
            diagonal = row[j + 1];
            row[j + 1] = changed.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

/// A parser's complaint without the lines of the file: a secret may stand in them.
pub(super) fn syntax(path: PathBuf, text: &str, error: &toml::de::Error) -> ConfigError {
    let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
    ConfigError::Syntax { path, line: before.matches('\n').count() + 1, why: error.message().to_owned() }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_nearest_name_is_found_if_it_is_near() {
        let known = ["listen", "issuer", "realm"];
        assert_eq!(nearest("listn", known), Some("listen"));
        assert_eq!(nearest("relam", known), Some("realm"));
        assert_eq!(nearest("database", known), None);
    }

    #[test]
    fn a_syntax_error_tells_the_line_and_nothing_of_the_text() {
        for line in [
            "access_keys = \"very-secret\" x",
            "access_keys = very-secret",
            "access_keys = \"very-secret",
            "access_keys = ['very-secret', very-secret]",
            "access_keys: very-secret",
            "very-secret",
        ] {
            let text = format!("listen = \"a\"\n{line}\n");
            let error = text.parse::<toml::Table>().unwrap_err();
            let shown = syntax("s.toml".into(), &text, &error).to_string();
            assert!(shown.starts_with("s.toml, line "), "{shown}");
            assert!(!shown.starts_with("s.toml, line 1:"), "{shown}");
            assert!(!shown.contains("very-secret"), "{shown}");
        }
    }

    proptest! {
        #[test]
        fn a_distance_is_one(a in "[a-c]{0,6}", b in "[a-c]{0,6}", c in "[a-c]{0,6}") {
            prop_assert_eq!(distance(&a, &b), distance(&b, &a));
            prop_assert_eq!(distance(&a, &b) == 0, a == b);
            prop_assert!(distance(&a, &c) <= distance(&a, &b) + distance(&b, &c));
        }
    }
}
