//! The ten lines of each language, with the demo's vendor file and license beside them.

use std::path::{Path, PathBuf};

use license_core::atomic_file::{self, Readers};
use license_core::installed::file_stem;

use super::super::CommandError;
use super::programs::quoted;

/// A product that asks for its license, in one language: the very files that the bindings ship as their examples.
pub(super) struct TenLines {
    /// As people call it.
    language: &'static str,
    /// What its folder is called, and its page `docs/sdk/….md`.
    folder: &'static str,
    /// The files, the program first.
    files: &'static [(&'static str, &'static str)],
    /// What runs it in its folder, once its page's *Install* is done.
    run: &'static str,
}

/// Each reads `vendor.toml` in the folder where it runs, and finds the license by its product.
pub(super) const LANGUAGES: &[TenLines] = &[TenLines {
    language: "Python",
    folder: "python",
    files: &[(
        "ten_lines.py",
        include_str!("../../../../license-core/bindings/python/examples/ten_lines.py"),
    )],
    run: "python3 ten_lines.py",
}];

impl TenLines {
    /// One line for the shell.
    fn command(&self, sdk: &Path) -> String {
        format!("(cd {} && LICENSE_AGENT_DIR=. {})", quoted(&sdk.join(self.folder)), self.run)
    }

    fn lines(&self) -> &'static str {
        self.files.first().map_or("", |(_, text)| text)
    }
}

/// Leaves a folder for each language below `DATA/sdk`, ready to be run, and a page that says how.
pub(super) fn leave(data: &Path, product: &str, license: &str) -> Result<(), CommandError> {
    let said = |error: &dyn std::fmt::Display| CommandError::Said(error.to_string());
    let vendor = std::fs::read(data.join("vendor.toml"))?;
    let name = format!("{}.lic", file_stem(product).map_err(|e| said(&e))?);
    for language in LANGUAGES {
        let folder = folder(data).join(language.folder);
        std::fs::create_dir_all(&folder)?;
        for (name, text) in language.files {
            std::fs::write(folder.join(name), text)?;
        }
        std::fs::write(folder.join("vendor.toml"), &vendor)?;
        atomic_file::replace(&folder.join(&name), license.as_bytes(), Readers::Group)?;
    }
    std::fs::write(folder(data).join("README.md"), page())?;
    Ok(())
}

/// Where they lie.
pub(super) fn folder(data: &Path) -> PathBuf {
    data.join("sdk")
}

/// What to type for each language, and what the programs are.
pub(super) fn commands(data: &Path) -> Vec<String> {
    LANGUAGES.iter().map(|language| language.command(&folder(data))).collect()
}

/// Languages with their programs, for a screen.
pub(super) fn programs() -> impl Iterator<Item = (&'static str, &'static str)> {
    LANGUAGES.iter().map(|language| (language.language, language.lines()))
}

fn page() -> String {
    let mut page = String::from(
        "# The license check in ten lines\n\n\
         Each folder holds a program, the demo's vendor file and this machine's license. `LICENSE_AGENT_DIR` tells the \
         program to look for the license there; without it, it looks where `license-agent` installs one. How each \
         library is installed stands in the project's `docs/sdk`.\n",
    );
    for TenLines { language, folder, run, .. } in LANGUAGES {
        page += &format!(
            "\n## {language}\n\n`docs/sdk/{folder}.md`\n\n```sh\ncd {folder}\nLICENSE_AGENT_DIR=. {run}\n```\n"
        );
    }
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_program_reads_the_vendor_file_and_finds_the_license_by_its_product() {
        for language in LANGUAGES {
            let text = language.lines();
            assert!(text.contains("vendor.toml"), "{}", language.language);
            assert!(text.to_lowercase().contains("find"), "{}", language.language);
            assert!(text.lines().count() <= 40, "{}", language.language);
        }
    }
}
