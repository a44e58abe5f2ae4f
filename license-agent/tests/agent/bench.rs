//! A machine, a vendor and an agent in one temporary folder.
#![expect(clippy::unwrap_used, reason = "a bench that cannot be set up fails its test")]

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use license_core::collect::{CollectOptions, collect};
use license_core::{Binding, Claims, Realm, SigningKey, Threshold, UnixTime, VendorFile, Weights};
use serde_json::Value;
use tempfile::TempDir;

/// 3000-01-01: an end that these tests will not see.
pub(crate) const FAR: i64 = 32_503_680_000;
/// 2020-09-13.
pub(crate) const LONG_AGO: i64 = 1_600_000_000;

pub(crate) const ISSUER: &str = "https://vendor.example";

/// Bare metal: a card, a disk and an installation id for everybody, two firmware facts for root.
pub(crate) const LAPTOP: &[(&str, &str)] = &[
    ("etc/machine-id", "9f1c2b3a4d5e6f708192a3b4c5d6e7f8\n"),
    ("sys/class/net/eno1/type", "1\n"),
    ("sys/class/net/eno1/address", "04:7c:16:5e:e3:5d\n"),
    ("sys/class/net/eno1/addr_assign_type", "0\n"),
    ("sys/class/net/eno1/device/vendor", "0x8086\n"),
    ("sys/class/net/docker0/type", "1\n"),
    ("sys/class/net/docker0/address", "02:42:7a:11:90:5c\n"),
    ("sys/block/nvme0n1/removable", "0\n"),
    ("sys/block/nvme0n1/wwid", "eui.001b444a488b5cec\n"),
    ("sys/block/nvme0n1/device/model", "Disk\n"),
    ("sys/class/dmi/id/board_serial", "PF2QX7R9 001\n"),
    ("sys/class/dmi/id/product_uuid", "4c4c4544-0051-3410-8051-b5c04f375931\n"),
];

/// Everything in [`LAPTOP`] that must not be shown, as written and as normalised.
pub(crate) const LAPTOP_SECRETS: [&str; 8] = [
    "9f1c2b3a4d5e6f708192a3b4c5d6e7f8",
    "04:7c:16:5e:e3:5d",
    "047c165ee35d",
    "02:42:7a:11:90:5c",
    "001b444a488b5cec",
    "pf2qx7r9",
    "4c4c4544-0051-3410-8051-b5c04f375931",
    "4c4c4544005134108051b5c04f375931",
];

/// A container: nothing of its own.
pub(crate) const CONTAINER: &[(&str, &str)] = &[
    ("sys/class/net/lo/type", "772\n"),
    ("sys/class/net/eth0/type", "1\n"),
    ("sys/class/net/eth0/address", "02:42:ac:11:00:02\n"),
];

pub(crate) struct Bench {
    folder: TempDir,
    key: SigningKey,
}

/// How a run of the agent ended.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Bench {
    /// Plays a machine, with a vendor file beside it.
    pub(crate) fn new(machine: &[(&str, &str)]) -> Self {
        let bench = Self { folder: tempfile::tempdir().unwrap(), key: SigningKey::from_seed(&[7; 32]) };
        fs::create_dir(bench.path("machine")).unwrap();
        machine.iter().for_each(|(path, text)| bench.put(path, text));
        bench.write_vendor_file(|_| {});
        bench
    }

    /// Replaces a file of the played machine.
    pub(crate) fn put(&self, path: &str, text: &str) {
        let path = self.path("machine").join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write_vendor_file(&self, change: impl FnOnce(&mut VendorFile)) {
        let mut file = VendorFile {
            issuer: ISSUER.into(),
            product: "cad-pro".into(),
            realm: None,
            server: None,
            test: false,
            keys: [self.key.verifying_key().clone()].into_iter().collect(),
        };
        change(&mut file);
        fs::write(self.path("vendor.toml"), file.to_toml()).unwrap();
    }

    /// What this machine is to a license, read with or without rights.
    pub(crate) fn binding(&self, privileged: bool) -> Binding {
        let collected =
            collect(&CollectOptions { privileged, root: self.path("machine"), ..CollectOptions::default() });
        let fingerprint = collected.fingerprint(&Realm::new(ISSUER)).unwrap();
        Binding::new(&fingerprint, &Weights::default(), Threshold::default()).unwrap()
    }

    /// Claims of a license for this machine that ends in the year 3000.
    pub(crate) fn claims(&self) -> Claims {
        Claims { binding: Some(self.binding(false)), ..unbound_claims() }
    }

    pub(crate) fn token(&self, claims: &Claims) -> String {
        self.key.issue(claims).unwrap()
    }

    /// Writes a text to a file that can be installed.
    pub(crate) fn file(&self, name: &str, text: &str) -> String {
        fs::write(self.path(name), text).unwrap();
        self.path(name).into_os_string().into_string().unwrap()
    }

    /// Issues a license and installs it.
    pub(crate) fn install(&self, claims: &Claims) -> Run {
        let file = self.file("new.lic", &self.token(claims));
        self.run(&["install", &file])
    }

    pub(crate) fn installed(&self) -> PathBuf {
        self.path("licenses").join("cad-pro.lic")
    }

    /// What lies in the folder of licenses.
    pub(crate) fn licenses(&self) -> Vec<String> {
        let entries = fs::read_dir(self.path("licenses")).unwrap();
        let mut names: Vec<_> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    /// Puts a text where the installed license lies, past the agent.
    pub(crate) fn plant(&self, text: &str) {
        fs::create_dir_all(self.path("licenses")).unwrap();
        fs::write(self.installed(), text).unwrap();
    }

    /// Runs a command that reads the played machine.
    pub(crate) fn run(&self, args: &[&str]) -> Run {
        self.finish(self.command(args).arg("--sysroot").arg(self.path("machine")))
    }

    /// The same without `--sysroot`, for what comes before a command is known.
    pub(crate) fn run_bare(&self, args: &[&str]) -> Run {
        self.finish(&mut self.command(args))
    }

    pub(crate) fn run_with_input(&self, args: &[&str], input: &str) -> Run {
        let mut command = self.command(args);
        command.arg("--sysroot").arg(self.path("machine"));
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        self.run_of(child.wait_with_output().unwrap())
    }

    /// The agent with nothing in its environment but the vendor file and its folder.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = agent();
        command.env("LICENSE_AGENT_VENDOR", self.path("vendor.toml"));
        command.env("LICENSE_AGENT_DIR", self.path("licenses"));
        command.args(args);
        command
    }

    pub(crate) fn finish(&self, command: &mut Command) -> Run {
        // Wine, now and then, has an internal error (1359) in place of a process that it starts while others start.
        let is_wines = |ran: &io::Result<Output>| {
            ran.as_ref().is_err_and(|error| cfg!(windows) && error.raw_os_error() == Some(1359))
        };
        let mut tries = (0..3).map(|_| command.output());
        self.run_of(tries.find(|ran| !is_wines(ran)).unwrap().unwrap())
    }

    fn run_of(&self, output: Output) -> Run {
        let text = |bytes| {
            let text = steady(&String::from_utf8(bytes).unwrap(), self.folder.path());
            // Whatever is said ends with one mark.
            assert!(!["?.", "!."].iter().any(|marks| text.contains(marks)), "{text}");
            text
        };
        Run { code: output.status.code().unwrap(), out: text(output.stdout), err: text(output.stderr) }
    }
}

impl Run {
    /// The object on the standard output; nothing else may be there.
    pub(crate) fn json(&self) -> Value {
        assert_eq!(self.err, "");
        serde_json::from_str(&self.out).unwrap()
    }
}

/// The agent with an empty environment.
pub(crate) fn agent() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_license-agent"));
    command.env_clear();
    // Without it Windows finds none of its own libraries.
    if let Some(windows) = std::env::var_os("SystemRoot") {
        command.env("SystemRoot", windows);
    }
    command
}

/// Claims of a license for any machine.
pub(crate) fn unbound_claims() -> Claims {
    Claims {
        issuer: ISSUER.into(),
        product: "cad-pro".into(),
        instance: "8f2e4c1a".into(),
        license_id: "01990000-0000-7000-8000-000000000001".into(),
        issued_at: UnixTime::from_secs(LONG_AGO),
        not_before: UnixTime::from_secs(LONG_AGO),
        expires_at: Some(UnixTime::from_secs(FAR)),
        binding: None,
        quantity: 1,
        features: vec!["mesh".into(), "cam".into()],
        grace: 0,
        trial: false,
        test: false,
        device_key: None,
    }
}

/// The folder's name replaced, and what follows it written as on Unix, also inside JSON.
fn with_slashes(text: &str, folder: &str) -> String {
    let text = text.replace(&folder.replace('\\', r"\\"), "FOLDER").replace(folder, "FOLDER");
    let mut parts = text.split("FOLDER");
    let first = parts.next().unwrap_or_default().to_owned();
    let parts = parts.map(|part| {
        let end = part.find([' ', '"', '\n', ':']).filter(|_| cfg!(windows)).unwrap_or(0);
        part[..end].replace(r"\\", "/").replace('\\', "/") + &part[end..]
    });
    parts.fold(first, |text, part| text + "FOLDER" + &part)
}

/// What differs from run to run, replaced: the folder, the time of the run and counts of days from it.
fn steady(text: &str, folder: &Path) -> String {
    let text = with_slashes(text, folder.to_str().unwrap());
    let words: Vec<_> = text.split(' ').collect();
    let mut steady = words.clone();
    for (at, pair) in words.windows(2).enumerate() {
        if pair[1].starts_with("days") && pair[0].bytes().all(|b| b.is_ascii_digit()) {
            steady[at] = "N";
        }
    }
    let text = steady.join(" ");
    match text.split_once("the clock here says ") {
        Some((before, after)) => {
            format!("{before}the clock here says NOW{}", &after["2026-01-01T00:00:00Z".len()..])
        }
        None => text,
    }
}
