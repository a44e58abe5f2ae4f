//! File, environment and flags, laid over each other.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use figment::value::{Dict, Map, Value};
use figment::{Figment, Metadata, Profile, Provider, Source};
use license_core::saved_text::SavedText;

use super::error::{ConfigError, ValueError, nearest};
use super::toml_file;
use crate::private_file;

/// What every variable of the environment begins with.
pub(super) const PREFIX: &str = "LICENSE_SERVER_";
/// Where `--config` can come from as well.
pub(super) const CONFIG: &str = "config";

/// All given settings, each with where it came from. No `Debug`: secrets are among them.
pub(super) struct Layers {
    figment: Figment,
    known: &'static [&'static str],
    /// Where relative paths of the file start, and the defaults; empty without a file.
    folder: PathBuf,
}

/// Which of two settings that stand for each other counts: the one of the later layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Given {
    Neither,
    First,
    Second,
    /// Both in the same layer.
    Both,
}

/// One source of settings.
struct Layer {
    /// "in the environment"
    origin: String,
    spelling: Spelling,
    values: Dict,
}

/// How a layer spells names; a later layer's is greater.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Spelling {
    AsIs,
    Environment,
    Flag,
}

impl Spelling {
    const ALL: [Self; 3] = [Self::AsIs, Self::Environment, Self::Flag];

    /// What figment keeps of the layer beside each value.
    fn source(self) -> Source {
        Source::Custom(match self {
            Self::AsIs => "file".into(),
            Self::Environment => "environment".into(),
            Self::Flag => "flags".into(),
        })
    }

    fn of(self, name: &str) -> String {
        match self {
            Self::AsIs => name.to_owned(),
            Self::Environment => format!("{PREFIX}{}", name.to_ascii_uppercase()),
            Self::Flag => format!("--{}", name.replace('_', "-")),
        }
    }
}

impl Provider for Layer {
    fn metadata(&self) -> Metadata {
        let spelling = self.spelling;
        Metadata::from(self.origin.clone(), spelling.source()).interpolater(move |_, names| {
            let names: Vec<_> = names.iter().map(|name| spelling.of(name)).collect();
            names.join(".")
        })
    }

    fn data(&self) -> Result<Map<Profile, Dict>, figment::Error> {
        Ok(Profile::Default.collect(self.values.clone()))
    }
}

impl Layers {
    /// No settings, of which only the `known` may be given.
    pub(super) fn new(known: &'static [&'static str]) -> Self {
        Self { figment: Figment::new(), known, folder: PathBuf::new() }
    }

    /// Lays a TOML file over what there is.
    pub(super) fn file(mut self, path: &Path) -> Result<Self, ConfigError> {
        let table = toml_file::read(path, SavedText::Settings)?;
        let secrets = ["access_keys", "store_ak", "store_sk", "database"];
        // An SQLite file's path is none.
        let is_secret = |(name, value): (&String, &toml::Value)| {
            secrets.contains(&name.as_str())
                && !value.as_str().is_some_and(|text| name == "database" && !text.contains('@'))
        };
        if table.iter().any(is_secret) {
            private_file::check_secret(path)?;
        }
        let origin = format!("in {}", path.display());
        // What TOML holds, figment's values hold as well.
        let values = table
            .into_iter()
            .filter_map(|(name, value)| Some((name, Value::serialize(value).ok()?)))
            .collect();
        self.figment = self.figment.merge(Layer { origin, spelling: Spelling::AsIs, values });
        self.folder = path.parent().unwrap_or(Path::new("")).to_owned();
        Ok(self)
    }

    /// Lays those variables over it that begin with the prefix. An empty one counts as not set, but must be known.
    pub(super) fn environment(
        mut self,
        variables: impl IntoIterator<Item = (OsString, OsString)>,
    ) -> Result<Self, ConfigError> {
        let origin = "in the environment".to_owned();
        let mut values = Dict::new();
        for (name, value) in variables {
            let Some(name) = name.to_str().and_then(|name| name.strip_prefix(PREFIX)) else { continue };
            let name = name.to_ascii_lowercase();
            if name == CONFIG {
                continue;
            }
            let Ok(value) = value.into_string() else {
                let name = Spelling::Environment.of(&name);
                return Err(ConfigError::Value { name, origin, fault: ValueError::must("UTF-8") });
            };
            if !value.is_empty() || !self.known.contains(&name.as_str()) {
                values.insert(name, value.into());
            }
        }
        self.figment = self.figment.merge(Layer { origin, spelling: Spelling::Environment, values });
        Ok(self)
    }

    /// Lays flags over it.
    pub(super) fn flags(mut self, flags: impl IntoIterator<Item = (&'static str, String)>) -> Self {
        let values = flags.into_iter().map(|(name, value)| (name.to_owned(), value.into())).collect();
        let origin = "on the command line".to_owned();
        self.figment = self.figment.merge(Layer { origin, spelling: Spelling::Flag, values });
        self
    }

    /// The settings that nobody knows.
    pub(super) fn unknown(&self) -> Vec<ConfigError> {
        let given = self.figment.data().unwrap_or_default();
        let mut faults = Vec::new();
        for (name, value) in given.get(&Profile::Default).into_iter().flatten() {
            if !self.known.contains(&name.as_str()) {
                let metadata = self.figment.get_metadata(value.tag());
                let spelled = |name: &str| {
                    metadata.map_or_else(|| name.to_owned(), |of| of.interpolate(&Profile::Default, &[name]))
                };
                let nearest = nearest(name, self.known.iter().copied()).map(spelled);
                let origin = metadata.map_or_else(String::new, |of| of.name.to_string());
                faults.push(ConfigError::Unknown { name: spelled(name), origin, nearest });
            }
        }
        faults
    }

    /// Which of two settings counts that are one: a secret, and the file that holds it.
    pub(super) fn given(&self, first: &str, second: &str) -> Given {
        match (self.layer(first), self.layer(second)) {
            (None, None) => Given::Neither,
            (one, other) if one > other => Given::First,
            (one, other) if one < other => Given::Second,
            _ => Given::Both,
        }
    }

    fn layer(&self, name: &str) -> Option<Spelling> {
        let source = self.figment.find_metadata(name)?.source.as_ref()?;
        Spelling::ALL.into_iter().find(|spelling| spelling.source() == *source)
    }

    /// Whether a setting comes from the file.
    pub(super) fn is_of_file(&self, name: &str) -> bool {
        self.layer(name) == Some(Spelling::AsIs)
    }

    /// A path as the file means it: a relative one starts in the file's folder.
    pub(super) fn beside_file(&self, path: impl AsRef<Path>) -> PathBuf {
        self.folder.join(path)
    }

    /// A setting that is a path. One of the file starts in the file's folder, others in the working directory.
    pub(super) fn path(&self, name: &'static str) -> Result<Option<PathBuf>, ConfigError> {
        let path = self.read(name, |text| {
            if text.is_empty() || text.contains('\0') {
                Err(ValueError::must("a path"))
            } else {
                Ok(text.into())
            }
        })?;
        let starts_beside = self.is_of_file(name);
        Ok(path.map(|path: PathBuf| if starts_beside { self.beside_file(path) } else { path }))
    }

    /// The text of a setting; a list is its items, joined by commas.
    pub(super) fn text(&self, name: &'static str) -> Result<Option<String>, ConfigError> {
        match self.figment.find_value(name) {
            Err(_) => Ok(None),
            Ok(value) => text_of(&value).map(Some).map_err(|fault| self.fault(name, fault)),
        }
    }

    /// A setting, read; `None` where nobody gave it.
    pub(super) fn read<T>(
        &self,
        name: &'static str,
        read: impl FnOnce(&str) -> Result<T, ValueError>,
    ) -> Result<Option<T>, ConfigError> {
        self.text(name)?.map(|text| read(&text).map_err(|fault| self.fault(name, fault))).transpose()
    }

    /// A comma-separated list, each item read; empty items are a fault.
    pub(super) fn list<T>(
        &self,
        name: &'static str,
        mut read: impl FnMut(&str) -> Result<T, ValueError>,
    ) -> Result<Option<Vec<T>>, ConfigError> {
        self.read(name, |text| text.split(',').map(|item| read(item.trim())).collect())
    }

    /// A fault of a setting, with where the setting came from.
    pub(super) fn fault(&self, name: &'static str, fault: ValueError) -> ConfigError {
        let metadata = self.figment.find_metadata(name);
        let spelled =
            metadata.map_or_else(|| name.to_owned(), |of| of.interpolate(&Profile::Default, &[name]));
        let origin = metadata.map_or_else(String::new, |of| of.name.to_string());
        ConfigError::Value { name: spelled, origin, fault }
    }
}

fn text_of(value: &Value) -> Result<String, ValueError> {
    match value {
        Value::String(_, text) => Ok(text.clone()),
        Value::Bool(_, yes) => Ok(yes.to_string()),
        Value::Num(..) => value.to_i128().map(|n| n.to_string()).ok_or_else(|| ValueError::must("a text")),
        Value::Array(_, items) => {
            let items: Result<Vec<_>, _> = items
                .iter()
                .map(|item| item.as_str().filter(|text| !text.contains(',')))
                .map(|item| item.ok_or_else(|| ValueError::must("a list of texts without commas")))
                .collect();
            items.map(|items| items.join(","))
        }
        _ => Err(ValueError::must("a text")),
    }
}
