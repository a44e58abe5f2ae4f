//! A customer's machine, played from a folder, and the real agent on it.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use license_core::{UnixTime, VendorFile};
use license_server::keystore::KeyFolder;
use serde_json::Value;
use tempfile::TempDir;

use crate::program::{Ran, agent_command, foreign_agent, own_agent_command, ran};
use crate::{Machine, Shop, eventually, machine};

/// One machine with its vendor file, its folder of licenses and its clock.
#[derive(Debug)]
pub struct Customer {
    /// Everything of the machine's lies here.
    pub dir: TempDir,
    env: Vec<(String, String)>,
    agent: fn() -> Command,
}

/// An agent that runs on; it is killed if nobody stops it.
#[derive(Debug)]
pub struct Running {
    child: Child,
    out: PathBuf,
    err: PathBuf,
    reached: PathBuf,
}

impl Customer {
    /// Machine number `n`, with the vendor file of a shop's product `cad` and the shop's time.
    #[must_use]
    pub fn new(shop: &Shop, n: u32) -> Self {
        let server = format!("http://{}", shop.address());
        Self::of(shop, &machine(n), &server)
    }

    /// The same machine with this system's agent, whichever system's the run tests: for what only this system has.
    #[must_use]
    pub fn with_own_agent(self) -> Self {
        Self { agent: own_agent_command, ..self }
    }

    /// A machine that shows its installation id alone: no firmware, no disk, a network card with an address that
    /// software gave it.
    #[must_use]
    pub fn weak(shop: &Shop, n: u32) -> Self {
        let customer = Self::new(shop, n);
        fs::remove_dir_all(customer.path("machine/sys/block")).expect("a disk");
        customer.put("machine/sys/class/net/eno1/address", "02:fc:00:00:00:01\n");
        customer
    }

    /// The same for a machine and a server's address.
    #[must_use]
    pub fn of(shop: &Shop, machine: &Machine, server: &str) -> Self {
        let keys = KeyFolder::open(&shop.settings.keys).and_then(|folder| folder.published()).expect("keys");
        let vendor = VendorFile {
            issuer: shop.settings.issuer.clone().expect("an issuer"),
            product: "cad".into(),
            realm: None,
            server: Some(server.to_owned()),
            test: false,
            keys,
        };
        let customer = Self::bare(machine, &vendor.to_toml());
        customer.set_clock(shop.now());
        customer
    }

    /// A machine with a vendor file's text, and a clock that is right.
    #[must_use]
    pub fn bare(machine: &Machine, vendor: &str) -> Self {
        let customer =
            Self { dir: tempfile::tempdir().expect("a folder"), env: Vec::new(), agent: agent_command };
        customer.put("vendor.toml", vendor);
        customer.put("machine/etc/machine-id", &format!("{}\n", machine.os));
        let card = "machine/sys/class/net/eno1";
        customer.put(&format!("{card}/type"), "1\n");
        customer.put(&format!("{card}/address"), &format!("{}\n", machine.mac));
        customer.put(&format!("{card}/addr_assign_type"), "0\n");
        customer.put(&format!("{card}/device/vendor"), "0x8086\n");
        let disk = "machine/sys/block/nvme0n1";
        customer.put(&format!("{disk}/removable"), "0\n");
        customer.put(&format!("{disk}/wwid"), &format!("{}\n", machine.disk));
        customer.put(&format!("{disk}/device/model"), "Disk\n");
        customer
    }

    /// Sets a variable of the agent's environment.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.env.push((name.to_owned(), value.to_owned()));
        self
    }

    /// A path on the machine.
    #[must_use]
    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Writes a file on the machine.
    pub fn put(&self, name: &str, text: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        fs::write(path, text).expect("written");
    }

    /// Sets the machine's clock, which then stands still.
    pub fn set_clock(&self, now: UnixTime) {
        // As a whole, since a running agent may be reading it.
        self.put("clock.new", &now.as_secs().to_string());
        fs::rename(self.path("clock.new"), self.path("clock")).expect("renamed");
    }

    /// The installed license, if there is one.
    #[must_use]
    pub fn license(&self) -> Option<String> {
        let text = fs::read_to_string(self.path("licenses/cad.lic")).ok()?;
        Some(text.trim_end().to_owned())
    }

    /// What lies in the folder of licenses.
    #[must_use]
    pub fn files(&self) -> Vec<String> {
        let Ok(entries) = fs::read_dir(self.path("licenses")) else { return Vec::new() };
        let names = entries.map(|entry| entry.expect("an entry").file_name().into_string().expect("text"));
        let mut names: Vec<_> = names.collect();
        names.sort();
        names
    }

    /// The agent with arguments, on this machine, with nothing of this process's environment.
    #[must_use]
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = (self.agent)();
        command.args(args).current_dir(self.dir.path()).stdin(Stdio::null());
        if args.first().is_some_and(|command| !command.starts_with('-') && *command != "man") {
            command.arg("--sysroot").arg(self.path("machine"));
        }
        command.env("LICENSE_AGENT_VENDOR", self.path("vendor.toml"));
        command.env("LICENSE_AGENT_DIR", self.path("licenses"));
        command.env("FAULT_CLOCK", self.path("clock"));
        command.envs(self.env.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Runs the agent until it ends, while the shop goes on.
    ///
    /// # Panics
    /// When it cannot be run.
    pub async fn run(&self, args: &[&str]) -> Ran {
        let mut command = self.command(args);
        tokio::task::spawn_blocking(move || ran(&mut command)).await.expect("it runs")
    }

    /// The object that a command answers with, whatever its exit code.
    pub async fn json(&self, args: &[&str]) -> (i32, Value) {
        let ran = self.run(&[args, &["--json"]].concat()).await;
        assert_eq!(ran.err, "", "{}", ran.out);
        let object = serde_json::from_str(&ran.out).unwrap_or_else(|_| panic!("JSON: {}", ran.out));
        (ran.code.expect("an end"), object)
    }

    /// What a user sees of a command: the same in every run.
    pub async fn transcript(&self, shop: &Shop, args: &[&str]) -> String {
        let ran = self.run(args).await;
        let code = ran.code.map_or("a signal".into(), |code| code.to_string());
        let text = format!("$ license-agent {}\n{}{}(exit code {code})\n", args.join(" "), ran.out, ran.err);
        self.steady(shop, &text)
    }

    /// Replaces what differs from run to run: folders, addresses, codes and ids.
    #[must_use]
    pub fn steady(&self, shop: &Shop, text: &str) -> String {
        let text = text.replace(self.dir.path().to_str().expect("text"), "FOLDER");
        let text = if foreign_agent().is_some() { text.replace('\\', "/") } else { text };
        let text = text.replace(&shop.address().to_string(), "SERVER");
        let text = text.replace(&format!("port {} ", shop.address().port()), "port PORT ");
        let words = text.split_inclusive([' ', '\n', '"', ',', ';']);
        words.map(steady_word).collect()
    }

    /// Starts the agent and lets it run.
    #[must_use]
    pub fn start(&self, args: &[&str]) -> Running {
        self.spawn(self.command(args))
    }

    /// Starts the agent, and has it stand still between two steps.
    pub async fn stop_at(&self, point: &str, args: &[&str]) -> Running {
        let mut command = self.command(args);
        // It may not have been reached by the last one.
        let _ = fs::remove_file(self.path("reached"));
        command.env("FAULT_POINT", point).env("FAULT_REACHED", self.path("reached"));
        let mut running = self.spawn(command);
        eventually(&format!("the agent reaches {point}"), || {
            let ended = running.child.try_wait().expect("a child");
            assert_eq!(ended, None, "it ended before {point}: {}{}", running.out(), running.err());
            running.reached.exists().then_some(())
        })
        .await;
        running
    }

    fn spawn(&self, mut command: Command) -> Running {
        let (out, err, reached) = (self.path("out"), self.path("err"), self.path("reached"));
        command.stdout(File::create(&out).expect("a file")).stderr(File::create(&err).expect("a file"));
        Running { child: command.spawn().expect("the agent starts"), out, err, reached }
    }
}

impl Running {
    /// Its standard output so far.
    #[must_use]
    pub fn out(&self) -> String {
        read(&self.out)
    }

    /// Its standard error so far.
    #[must_use]
    pub fn err(&self) -> String {
        read(&self.err)
    }

    /// Waits for a line on its standard output that holds a text.
    pub async fn says(&mut self, text: &str) -> String {
        let what = format!("the agent says {text:?}");
        eventually(&what, || {
            let out = read(&self.out);
            let ended = self.child.try_wait().expect("a child");
            assert_eq!(ended, None, "it ended: {out}{}", read(&self.err));
            out.lines().find(|line| line.contains(text)).map(str::to_owned)
        })
        .await
    }

    /// Resident memory, in KiB.
    #[must_use]
    pub fn resident(&self) -> u64 {
        let status = read(Path::new(&format!("/proc/{}/status", self.child.id())));
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("a running process");
        line.trim().trim_end_matches(" kB").parse().expect("a number")
    }

    /// Ends it as a power cut does.
    pub fn kill(mut self) {
        self.end();
    }

    /// Asks it to stop, and waits until it has, with exit code 0. Another system's agent knows no such signal, and is
    /// ended by it.
    pub async fn stop(mut self) {
        let sent = Command::new("kill").arg("-TERM").arg(self.child.id().to_string()).status();
        assert!(sent.expect("a signal is sent").success());
        let code = self.ended().await;
        let expected = if foreign_agent().is_some() { None } else { Some(0) };
        assert_eq!(code, expected, "{}{}", self.out(), self.err());
    }

    /// Waits until it ends by itself.
    pub async fn ended(&mut self) -> Option<i32> {
        let child = &mut self.child;
        eventually("the agent ends", || child.try_wait().expect("a child")).await.code()
    }

    fn end(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.end();
    }
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_default()
}

/// An activation code, an id or a fingerprint by its form.
fn steady_word(word: &str) -> String {
    let end = word.len() - word.trim_end_matches([' ', '\n', '"', ',', ';', '.', ':']).len();
    let (bare, rest) = word.split_at(word.len() - end);
    let groups: Vec<usize> = bare.split('-').map(str::len).collect();
    let is_hex = bare.bytes().all(|b| b == b'-' || b.is_ascii_hexdigit());
    let name = match groups[..] {
        [8, 4, 4, 4, 12] if is_hex => "ID",
        [4, 4, 4, 4, 4, 4, 4] => "CODE",
        _ if bare.starts_with("DF1-") => "DF1-TEXT",
        _ => return word.to_owned(),
    };
    format!("{name}{rest}")
}
