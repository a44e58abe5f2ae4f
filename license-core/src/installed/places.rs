//! The folders in which licenses lie on each system.

use std::ffi::{OsStr, OsString};
use std::fmt::{self, Write as _};
use std::path::PathBuf;

/// Longest file name without its suffix and marks, in bytes; file systems allow 255.
const LONGEST_STEM: usize = 236;

/// The agent's folder in each of the system's.
const FOLDER: &str = "license-agent";

/// What an operator names another folder with.
const DIR: &str = "LICENSE_AGENT_DIR";

/// Systems that keep a user's files in different places.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum System {
    /// Linux, and whatever else follows the XDG Base Directory Specification.
    Linux,
    /// Windows.
    Windows,
    /// macOS.
    MacOs,
}

impl System {
    /// The one that this program was built for.
    pub const HERE: Self = if cfg!(windows) {
        Self::Windows
    } else if cfg!(target_os = "macos") {
        Self::MacOs
    } else {
        Self::Linux
    };

    /// Whether a path there begins at a root: of a drive or a share on Windows.
    fn is_absolute(self, path: &OsStr) -> bool {
        match (self, path.as_encoded_bytes()) {
            (Self::Windows, [drive, b':', b'\\' | b'/', ..]) => drive.is_ascii_alphabetic(),
            (Self::Windows, path) => path.starts_with(b"\\\\"),
            (_, path) => path.starts_with(b"/"),
        }
    }

    /// A path with a name below it, written as that system writes it.
    fn join(self, mut path: OsString, below: &str) -> OsString {
        let separator = if self == Self::Windows { '\\' } else { '/' };
        let ends = path.as_encoded_bytes().last();
        if !matches!((self, ends), (_, Some(b'/')) | (Self::Windows, Some(b'\\'))) {
            path.push(separator.to_string());
        }
        path.push(below.replace('/', &separator.to_string()));
        path
    }
}

/// A product code that is too long to name a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the product code is too long to name a file")]
pub struct NameTooLong;

/// The variable that would name the user's folder is not set, or to no whole path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no folder for licenses, since {0} is not set")]
pub struct NoFolder(pub &'static str);

/// Looks a variable of the environment up.
type Variable<'a> = Box<dyn Fn(&str) -> Option<OsString> + 'a>;

/// Where licenses lie, as a system and its environment say. Nothing is looked at but variables.
pub struct Places<'a> {
    system: System,
    variable: Variable<'a>,
}

impl Places<'_> {
    /// Those of this machine and user.
    #[must_use]
    pub fn here() -> Self {
        Self::of(System::HERE, |name| std::env::var_os(name))
    }
}

impl<'a> Places<'a> {
    /// Those of a system whose environment is handed over.
    pub fn of(system: System, variable: impl Fn(&str) -> Option<OsString> + 'a) -> Self {
        Self { system, variable: Box::new(variable) }
    }

    /// The user's own folder, in which the agent puts licenses unless it is told another.
    ///
    /// # Errors
    /// [`NoFolder`] with the variable that is missing.
    pub fn own_folder(&self) -> Result<PathBuf, NoFolder> {
        let folder = match self.system {
            System::Windows => self.whole_path("LOCALAPPDATA")?,
            System::MacOs => self.below(self.whole_path("HOME")?, "Library/Application Support"),
            // A relative path there is to be ignored: XDG Base Directory Specification.
            System::Linux => match self.whole_path("XDG_DATA_HOME") {
                Ok(data) => data,
                Err(_) => self.below(self.whole_path("HOME")?, ".local/share"),
            },
        };
        Ok(self.below(folder, FOLDER).into())
    }

    /// The folder for all users of the machine, in which a service puts licenses.
    #[must_use]
    pub fn machine_folder(&self) -> Option<PathBuf> {
        let folder = match self.system {
            System::Linux => "/var/lib".into(),
            System::MacOs => "/Library/Application Support".into(),
            System::Windows => self.whole_path("ProgramData").ok()?,
        };
        Some(self.below(folder, FOLDER).into())
    }

    /// The folders in which a product looks, in this order: the one that `LICENSE_AGENT_DIR` names, and then no other;
    /// else the user's own, then the machine's.
    #[must_use]
    pub fn folders(&self) -> Vec<PathBuf> {
        match (self.variable)(DIR).filter(|folder| !folder.is_empty()) {
            Some(named) => vec![named.into()],
            None => self.own_folder().ok().into_iter().chain(self.machine_folder()).collect(),
        }
    }

    /// The files in which a product's license may lie, in the order in which they are looked at.
    ///
    /// # Errors
    /// [`NameTooLong`]
    pub fn licenses(&self, product: &str) -> Result<Vec<PathBuf>, NameTooLong> {
        let name = format!("{}.lic", file_stem(product)?);
        Ok(self.folders().into_iter().map(|folder| self.below(folder.into(), &name).into()).collect())
    }

    fn whole_path(&self, variable: &'static str) -> Result<OsString, NoFolder> {
        let path = (self.variable)(variable).filter(|path| self.system.is_absolute(path));
        path.ok_or(NoFolder(variable))
    }

    fn below(&self, folder: OsString, name: &str) -> OsString {
        self.system.join(folder, name)
    }
}

impl fmt::Debug for Places<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Places").field("system", &self.system).finish_non_exhaustive()
    }
}

/// What the files of a product begin with: its code with everything outside `[A-Za-z0-9._-]`, and a leading dot,
/// percent-encoded.
///
/// # Errors
/// [`NameTooLong`] over 236 bytes.
pub fn file_stem(product: &str) -> Result<String, NameTooLong> {
    let mut stem = String::with_capacity(product.len().min(LONGEST_STEM));
    for (at, byte) in product.bytes().enumerate() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-') || (byte == b'.' && at > 0) {
            stem.push(char::from(byte));
        } else {
            _ = write!(stem, "%{byte:02X}");
        }
        if stem.len() > LONGEST_STEM {
            return Err(NameTooLong);
        }
    }
    Ok(stem)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn licenses(system: System, environment: &[(&str, &str)]) -> Vec<String> {
        let variable = |name: &str| {
            environment.iter().find(|(known, _)| *known == name).map(|(_, value)| OsString::from(value))
        };
        let files = Places::of(system, variable).licenses("cad pro").unwrap();
        files.into_iter().map(|path| path.into_os_string().into_string().unwrap()).collect()
    }

    #[test]
    fn each_system_has_a_folder_of_the_users_and_one_of_the_machines() {
        assert_eq!(
            licenses(System::Linux, &[("HOME", "/home/ada")]),
            ["/home/ada/.local/share/license-agent/cad%20pro.lic", "/var/lib/license-agent/cad%20pro.lic"]
        );
        assert_eq!(
            licenses(System::Linux, &[("HOME", "/home/ada"), ("XDG_DATA_HOME", "/data/")])[0],
            "/data/license-agent/cad%20pro.lic"
        );
        assert_eq!(
            licenses(System::MacOs, &[("HOME", "/Users/ada")]),
            [
                "/Users/ada/Library/Application Support/license-agent/cad%20pro.lic",
                "/Library/Application Support/license-agent/cad%20pro.lic"
            ]
        );
        assert_eq!(
            licenses(
                System::Windows,
                &[("LOCALAPPDATA", r"C:\Users\ada\AppData\Local"), ("ProgramData", r"C:\ProgramData")]
            ),
            [
                r"C:\Users\ada\AppData\Local\license-agent\cad%20pro.lic",
                r"C:\ProgramData\license-agent\cad%20pro.lic"
            ]
        );
    }

    #[test]
    fn a_folder_that_an_operator_names_stands_for_all_others() {
        assert_eq!(
            licenses(System::Linux, &[("HOME", "/home/ada"), ("LICENSE_AGENT_DIR", "shared")]),
            ["shared/cad%20pro.lic"]
        );
        assert_eq!(licenses(System::Linux, &[("HOME", "/home/ada"), ("LICENSE_AGENT_DIR", "")]).len(), 2);
    }

    #[test]
    fn a_path_that_depends_on_where_a_program_runs_is_no_folder() {
        assert_eq!(
            licenses(System::Linux, &[("HOME", "/home/ada"), ("XDG_DATA_HOME", "data")])[0],
            "/home/ada/.local/share/license-agent/cad%20pro.lic"
        );
        assert_eq!(licenses(System::Linux, &[("HOME", "ada")]), ["/var/lib/license-agent/cad%20pro.lic"]);
        for relative in ["Local", r"\Local", "C:Local", "", "/Local", "7:\\x"] {
            assert!(licenses(System::Windows, &[("LOCALAPPDATA", relative)]).is_empty(), "{relative}");
        }
        assert_eq!(
            licenses(System::Windows, &[("LOCALAPPDATA", r"\\server\ada\")]),
            [r"\\server\ada\license-agent\cad%20pro.lic"]
        );
    }

    #[test]
    fn a_product_code_cannot_leave_the_folder() {
        for (product, stem) in [
            ("cad-pro", "cad-pro"),
            ("../../etc/x", "%2E.%2F..%2Fetc%2Fx"),
            (".hidden", "%2Ehidden"),
            ("a b%c\\d", "a%20b%25c%5Cd"),
            ("中\0", "%E4%B8%AD%00"),
        ] {
            assert_eq!(file_stem(product).as_deref(), Ok(stem));
        }
        assert_eq!(file_stem(&"a".repeat(236)).map(|stem| stem.len()), Ok(236));
        assert_eq!(file_stem(&"a".repeat(237)), Err(NameTooLong));
        assert_eq!(file_stem(&"中".repeat(27)), Err(NameTooLong));
    }
}
