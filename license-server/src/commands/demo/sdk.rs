//! The ten lines of each language, with the demo's vendor file and license beside them.

use std::path::{Path, PathBuf};

use license_core::atomic_file::{self, Readers};
use license_core::installed::file_stem;

use super::super::CommandError;
use super::programs::{agent_folder, quoted};

/// A product that asks for its license, in one language: the very files that the bindings ship as their examples.
pub(super) struct TenLines {
    /// As people call it.
    language: &'static str,
    /// What its folder is called, and its page `docs/sdk/….md`.
    folder: &'static str,
    /// The files, the program first.
    files: &'static [(&'static str, &'static str)],
    /// What brings the library here and compiles the program, once; `CHECKOUT` is the project's.
    first: &'static str,
    /// What runs it in its folder.
    run: &'static str,
    device: DeviceSource,
}

/// Where a program has the device from.
#[derive(PartialEq, Eq)]
enum DeviceSource {
    /// The library reads the machine.
    Library,
    /// The library asks the agent, which it looks for on the path.
    Agent,
}

/// A file of a binding.
macro_rules! binding {
    ($path:literal) => {
        include_str!(concat!("../../../../license-core/bindings/", $path))
    };
}

/// Each reads `vendor.toml` in the folder where it runs, and finds the license by its product.
pub(super) const LANGUAGES: &[TenLines] = &[
    TenLines {
        language: "C",
        folder: "c",
        files: &[("main.c", binding!("c/examples/ten_lines.c"))],
        first: "make -C \"$CHECKOUT/license-core/bindings/c\" install PREFIX=\"$HOME/license-core\"\n\
                cc main.c -o product $(PKG_CONFIG_PATH=\"$HOME/license-core/lib/pkgconfig\" pkg-config --cflags --libs license-core) \\\n    \
                -Wl,-rpath,\"$HOME/license-core/lib\"",
        run: "./product",
        device: DeviceSource::Library,
    },
    TenLines {
        language: "C++",
        folder: "cpp",
        files: &[
            ("main.cpp", binding!("cpp/example/main.cpp")),
            ("CMakeLists.txt", binding!("cpp/example/CMakeLists.txt")),
        ],
        first: "make -C \"$CHECKOUT/license-core/bindings/c\" install PREFIX=\"$HOME/license-core\"\n\
                cmake -B build -DCMAKE_PREFIX_PATH=\"$HOME/license-core\"\n\
                cmake --build build",
        run: "build/product",
        device: DeviceSource::Library,
    },
    TenLines {
        language: "C#",
        folder: "csharp",
        files: &[("Product.cs", binding!("csharp/example/Product.cs"))],
        first: "make -C \"$CHECKOUT/license-core/bindings/c\" install PREFIX=\"$HOME/license-core\"\n\
                cp -L \"$HOME/license-core/lib/liblicense_core.so\" .\n\
                mcs -target:library -out:LicenseCore.dll \"$CHECKOUT\"/license-core/bindings/csharp/src/*.cs\n\
                mcs -r:LicenseCore.dll Product.cs",
        run: "mono Product.exe",
        device: DeviceSource::Library,
    },
    TenLines {
        language: "Java",
        folder: "java",
        files: &[("LicensedProduct.java", binding!("java/example/LicensedProduct.java"))],
        first: "sh \"$CHECKOUT/license-core/bindings/java/build.sh\" lib",
        run: concat!("java -cp lib/license-core-", env!("CARGO_PKG_VERSION"), ".jar LicensedProduct.java"),
        device: DeviceSource::Agent,
    },
    TenLines {
        language: "Python",
        folder: "python",
        files: &[("ten_lines.py", binding!("python/examples/ten_lines.py"))],
        first: "python3 -m venv venv\n\
                venv/bin/pip install \"$CHECKOUT/license-core/bindings/python\"",
        run: "venv/bin/python ten_lines.py",
        device: DeviceSource::Library,
    },
    TenLines {
        language: "Go",
        folder: "go",
        files: &[
            ("main.go", binding!("go/example/main.go")),
            (
                "go.mod",
                "module cad\n\ngo 1.19\n\nrequire license-core/license v0.1.0\n\nreplace license-core/license => ./license\n",
            ),
        ],
        first: "cp -r \"$CHECKOUT/license-core/bindings/go/.\" license",
        run: "go run .",
        device: DeviceSource::Agent,
    },
    TenLines {
        language: "TypeScript, JavaScript",
        folder: "typescript",
        files: &[("cad.mjs", binding!("typescript/example/example.mjs"))],
        first: concat!(
            "(cd \"$CHECKOUT/license-core/bindings/typescript\" && npm install && npm pack --pack-destination \"$OLDPWD\")\n",
            "npm install ./license-core-",
            env!("CARGO_PKG_VERSION"),
            ".tgz"
        ),
        run: "node cad.mjs",
        device: DeviceSource::Agent,
    },
];

impl TenLines {
    /// One line for the shell, in the program's folder; `agent` is the agent's folder, if the shell does not find it.
    fn run(&self, agent: Option<&Path>) -> String {
        let path = agent.filter(|_| self.device == DeviceSource::Agent);
        let path = path.map(|folder| format!("PATH={}:$PATH ", quoted(folder))).unwrap_or_default();
        format!("LICENSE_AGENT_DIR=. {path}{}", self.run)
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

/// What to type for each language, once its library is there.
pub(super) fn commands(data: &Path) -> Vec<String> {
    let (sdk, agent) = (folder(data), agent_folder());
    let command = |language: &TenLines| {
        format!("(cd {} && {})", quoted(&sdk.join(language.folder)), language.run(agent.as_deref()))
    };
    LANGUAGES.iter().map(command).collect()
}

/// Languages with their programs, for a screen.
pub(super) fn programs() -> impl Iterator<Item = (&'static str, &'static str)> {
    LANGUAGES.iter().map(|language| (language.language, language.lines()))
}

/// What installs each library and runs each program.
fn page() -> String {
    let agent = agent_folder();
    let mut page = String::from(
        "# The license check in ten lines\n\n\
         Each folder holds a program, the demo's vendor file and this machine's license. `LICENSE_AGENT_DIR` tells the \
         program to look for the license there; without it, it looks where `license-agent` installs one. `CHECKOUT` is \
         the folder of the project, whose `docs/sdk` says what each library needs:\n\n\
         ```text\nexport CHECKOUT=...\n```\n",
    );
    for language in LANGUAGES {
        let TenLines { language: name, folder, first, .. } = language;
        let run = language.run(agent.as_deref());
        page +=
            &format!("\n## {name}\n\n`docs/sdk/{folder}.md`\n\n```sh\ncd {folder}\n{first}\n{run}\n```\n");
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
