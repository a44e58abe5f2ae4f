//! What must not be in what support reads: whose the machine is.

use std::env;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

/// Replaces home folders and the user's name in texts that hold paths.
#[derive(Debug)]
pub(crate) struct Scrub {
    /// Home folders that are known as a whole, the longest first: names in them may have spaces.
    homes: Vec<String>,
    /// Names of the user.
    users: Vec<String>,
    /// What stands in a home folder's place.
    sign: &'static str,
}

/// Where home folders lie.
const ROOTS: [&str; 2] = ["home", "users"];

impl Scrub {
    /// What this process knows of its user; `paths` are those that may be named.
    pub(crate) fn new(paths: &[&Path]) -> Self {
        let home = env::var_os(if cfg!(windows) { "USERPROFILE" } else { "HOME" }).map(PathBuf::from);
        // A link to it may be named by its end.
        let behind = home.as_ref().and_then(|home| home.canonicalize().ok());
        let of_paths = paths.iter().flat_map(|path| homes_of(path));
        let homes = home.into_iter().chain(behind).chain(of_paths);
        let homes = homes.map(|home| home.to_string_lossy().trim_end_matches(SEPARATORS).to_owned());
        let users = ["USER", "LOGNAME", "USERNAME", "SUDO_USER"].map(|name| env::var(name).ok());
        Self::of(
            homes.collect(),
            users.into_iter().flatten().collect(),
            if cfg!(windows) { "%USERPROFILE%" } else { "~" },
        )
    }

    fn of(mut homes: Vec<String>, mut users: Vec<String>, sign: &'static str) -> Self {
        // Of a service it may be `/` or nothing, and root is nobody in particular.
        homes.retain(|home| home.len() > 1);
        users.retain(|user| !user.is_empty() && user != "root");
        homes.sort_unstable_by_key(|home| std::cmp::Reverse(home.len()));
        homes.dedup();
        Self { homes, users, sign }
    }

    /// The text without names of home folders and users.
    pub(crate) fn clean(&self, text: &str) -> String {
        let known =
            self.homes.iter().fold(text.to_owned(), |text, home| replace(&text, home, false, self.sign));
        let unknown = self.other_homes(&known);
        self.users.iter().fold(unknown, |text, user| replace(&text, user, true, "USER"))
    }

    /// Anybody's home folder becomes the sign, from the beginning of its path to the end of its name.
    fn other_homes(&self, text: &str) -> String {
        let mut clean = String::new();
        let mut rest = text;
        while let Some((root, name)) = next_home(rest) {
            let start = rest[..root].rfind([' ', '\'', '"', '(', '=']).map_or(0, |at| at + 1);
            let end = rest[name..].find(|c| is_end(c) || c == ' ').map_or(rest.len(), |at| name + at);
            clean.push_str(&rest[..start]);
            clean.push_str(self.sign);
            rest = &rest[end..];
        }
        clean + rest
    }
}

const SEPARATORS: [char; 2] = ['/', '\\'];

/// The beginnings of a path that name a user's home folder; one may lie below another's.
fn homes_of(path: &Path) -> Vec<PathBuf> {
    let Ok(path) = std::path::absolute(path) else { return Vec::new() };
    let parts: Vec<_> = path.iter().collect();
    let is_root = |part: &&OsStr| ROOTS.iter().any(|root| part.eq_ignore_ascii_case(root));
    let roots = parts.iter().enumerate().filter(|(_, part)| is_root(part)).map(|(at, _)| at);
    roots.filter_map(|at| Some(parts.get(..at + 2)?.iter().collect())).collect()
}

/// Where the next `/home/` begins, and the name after it.
fn next_home(text: &str) -> Option<(usize, usize)> {
    let lower = text.to_ascii_lowercase();
    let found = |root: &str, left: char, right: char| {
        let root = format!("{left}{root}{right}");
        lower.find(&root).map(|at| (at, at + root.len()))
    };
    let pairs = ROOTS.into_iter().flat_map(|root| SEPARATORS.map(|separator| (root, separator)));
    pairs.filter_map(|(root, separator)| found(root, separator, separator)).min()
}

/// Whether a name in a path ends here.
fn is_end(c: char) -> bool {
    SEPARATORS.contains(&c) || [':', ',', ';', '\'', '"', ')'].contains(&c)
}

/// Replaces `name` where it ends a part of a path, and begins one if it must; on Windows whatever its case.
fn replace(text: &str, name: &str, begins_part: bool, by: &str) -> String {
    let comparable = |text: &str| match cfg!(windows) {
        true => text.to_ascii_lowercase().replace('/', "\\"),
        false => text.to_owned(),
    };
    let (searched, name) = (comparable(text), comparable(name));
    let mut clean = String::new();
    let mut copied = 0;
    for (at, _) in searched.match_indices(&name) {
        let after = at + name.len();
        let ends = searched[after..].chars().next().is_none_or(|c| is_end(c) || c == ' ');
        let begins = !begins_part || searched[..at].ends_with(SEPARATORS);
        if ends && begins && at >= copied {
            clean.push_str(&text[copied..at]);
            clean.push_str(by);
            copied = after;
        }
    }
    clean + &text[copied..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_home_folder_names_its_user() {
        let homes = ["/data/people/ann", "/home/bob lee"].map(str::to_owned);
        let scrub = Scrub::of(homes.into(), vec!["ann".into(), "root".into()], "~");
        for (text, clean) in [
            ("/data/people/ann/vendor.toml is missing", "~/vendor.toml is missing"),
            ("/data/people/anna/x", "/data/people/anna/x"),
            ("the folder /home/bob lee/x can be written", "the folder ~/x can be written"),
            ("/home/bob/x and '/home/eve'", "~/x and '~'"),
            ("/var/home/eve/x, /export/home/eve", "~/x, ~"),
            ("/Users/eve/Library", "~/Library"),
            ("/media/ann/disk/vendor.toml", "/media/USER/disk/vendor.toml"),
            ("/run/user/ann", "/run/user/USER"),
            ("an announcement in /root/x", "an announcement in /root/x"),
            ("/opt/vendor.toml", "/opt/vendor.toml"),
        ] {
            assert_eq!(scrub.clean(text), clean);
        }
        let windows = Scrub::of(vec![], vec![], "%USERPROFILE%");
        for (text, clean) in [
            (r"C:\Users\bob\AppData", r"%USERPROFILE%\AppData"),
            (r"in \\?\c:\users\bob\x", r"in %USERPROFILE%\x"),
            (r"in \\server\Users\bob", "in %USERPROFILE%"),
        ] {
            assert_eq!(windows.clean(text), clean);
        }
    }

    #[cfg(unix)]
    #[test]
    fn home_folders_are_found_in_a_path() {
        for (path, homes) in [
            ("/home/ann smith/x/y", &["/home/ann smith"][..]),
            ("/var/home/ann", &["/var/home/ann"]),
            ("/home/ann/chroot/home/bob/x", &["/home/ann", "/home/ann/chroot/home/bob"]),
            ("/home", &[]),
            ("/opt/x", &[]),
        ] {
            let found: Vec<PathBuf> = homes.iter().map(PathBuf::from).collect();
            assert_eq!(homes_of(Path::new(path)), found, "{path}");
        }
    }
}
