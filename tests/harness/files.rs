//! What must be in no file.

use std::path::{Path, PathBuf};

/// Looks for texts in every file below a folder, also without their punctuation and in either case. How many files
/// were looked at, and what was found where.
#[must_use]
pub fn files_that_hold(folder: &Path, texts: &[String]) -> (usize, Vec<String>) {
    let files = files(folder);
    let mut found = Vec::new();
    for file in &files {
        // A log of the database may go while it is looked for.
        let bytes = std::fs::read(file).unwrap_or_default();
        let holds = |text: &&String| spellings(text).iter().any(|spelling| holds(&bytes, spelling));
        found.extend(texts.iter().filter(holds).map(|text| format!("{text} is in {}", file.display())));
    }
    (files.len(), found)
}

/// Every file below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).expect("readable").map(|entry| entry.expect("an entry").path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

fn spellings(secret: &str) -> Vec<Vec<u8>> {
    let stripped: String = secret.chars().filter(char::is_ascii_alphanumeric).collect();
    [
        secret.to_owned(),
        secret.to_lowercase(),
        secret.to_uppercase(),
        stripped.to_lowercase(),
        stripped.to_uppercase(),
    ]
    .into_iter()
    .map(String::into_bytes)
    .collect()
}

fn holds(bytes: &[u8], wanted: &[u8]) -> bool {
    bytes.windows(wanted.len()).any(|window| window == wanted)
}
