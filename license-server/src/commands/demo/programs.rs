//! What the programs are called where the reader stands.

use std::env::consts::EXE_SUFFIX;
use std::path::{Path, PathBuf};

/// A program, and what has to be done before it is there.
pub(super) struct Program {
    /// As it is typed.
    pub(super) command: String,
    /// A command that makes it, if it is not there yet.
    pub(super) first: Option<String>,
}

/// This very program.
pub(super) fn server() -> String {
    let found = std::env::current_exe().ok();
    found.map_or_else(|| "license-server".into(), |path| typed(&path))
}

/// The agent beside this program, or on the path.
pub(super) fn agent() -> Program {
    let name = format!("license-agent{EXE_SUFFIX}");
    let beside = std::env::current_exe().ok().map(|path| path.with_file_name(&name));
    if let Some(path) = beside.as_ref().filter(|path| path.is_file()) {
        return Program { command: typed(path), first: None };
    }
    if on_path(&name).is_some() {
        return Program { command: "license-agent".into(), first: None };
    }
    // As cargo lays programs: the agent is one build away.
    let profile = beside.as_ref().and_then(|path| path.parent()?.file_name()?.to_str().map(str::to_owned));
    let release = match profile.as_deref() {
        Some("release") => " --release",
        Some("debug") => "",
        _ => {
            let first = "(install license-agent first)".into();
            return Program { command: "license-agent".into(), first: Some(first) };
        }
    };
    let command = beside.map_or_else(|| "license-agent".into(), |path| typed(&path));
    Program { command, first: Some(format!("cargo build{release} -p license-agent")) }
}

/// The agent's folder, if the shell does not look into it.
pub(super) fn agent_folder() -> Option<PathBuf> {
    let name = format!("license-agent{EXE_SUFFIX}");
    let here = std::env::current_exe().ok()?.parent()?.to_owned();
    let found = on_path(&name).is_some() && !here.join(&name).is_file();
    let folders = std::env::var_os("PATH").unwrap_or_default();
    let looked_into = std::env::split_paths(&folders).any(|folder| folder == here);
    (!found && !looked_into).then_some(here)
}

/// The short form of a program's path: its name where the shell finds it, else from this folder.
fn typed(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default();
    let is_same = |found: PathBuf| found.canonicalize().ok() == path.canonicalize().ok();
    if on_path(name).is_some_and(is_same) {
        return path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    }
    let here = std::env::current_dir().ok();
    match here.and_then(|here| path.strip_prefix(here).ok().map(Path::to_owned)) {
        // A name alone is looked for on the path.
        Some(inside) if inside.components().count() > 1 => quoted(&inside),
        Some(inside) => quoted(&Path::new(".").join(inside)),
        None => quoted(path),
    }
}

fn on_path(name: impl AsRef<Path>) -> Option<PathBuf> {
    let folders = std::env::var_os("PATH")?;
    std::env::split_paths(&folders).map(|folder| folder.join(&name)).find(|path| path.is_file())
}

/// A path as a shell takes it for one word.
pub(super) fn quoted(path: &Path) -> String {
    let text = path.display().to_string();
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/._-+=:@%,\\".contains(&byte);
    if text.bytes().all(plain) { text } else { format!("'{}'", text.replace('\'', "'\\''")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_one_word_for_the_shell() {
        assert_eq!(quoted(Path::new("license-data/vendor.toml")), "license-data/vendor.toml");
        assert_eq!(quoted(Path::new("my data")), "'my data'");
        assert_eq!(quoted(Path::new("it's")), "'it'\\''s'");
    }
}
