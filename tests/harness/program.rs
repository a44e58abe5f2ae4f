//! The real binary, in a folder of its own.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::OnceLock;
use std::time::Duration;

use license_server::clock::Clock;
use serde_json::Value;
use tempfile::TempDir;

use crate::http::{exchange, post_request};
use crate::place::database_url;
use crate::store::{Reply, signed};
use crate::{PATIENCE, eventually};

/// The server that is built with the cases, with places to stop it at.
pub(crate) fn program() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| built("tested-server"))
}

/// A call of the agent with an empty environment: of the one that is built like this test, or of another system's in
/// `LICENSE_TESTS_AGENT`, which `LICENSE_TESTS_RUNNER` runs.
pub(crate) fn agent_command() -> Command {
    let (Some(program), Some(runner)) = (foreign_agent(), std::env::var_os("LICENSE_TESTS_RUNNER")) else {
        return own_agent_command();
    };
    let mut command = Command::new(runner);
    command.arg(program).env_clear();
    let of_runner = std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("WINE"));
    command.envs(of_runner);
    command
}

/// The same of the agent that is built like this test.
pub(crate) fn own_agent_command() -> Command {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    let mut command = Command::new(PROGRAM.get_or_init(|| built("tested-agent")));
    command.env_clear();
    command
}

/// Whether the agent that is tested is another system's: Windows', run by Wine.
#[must_use]
pub fn is_foreign_agent() -> bool {
    foreign_agent().is_some()
}

/// The agent of another system, if one is to be tested.
pub(crate) fn foreign_agent() -> Option<OsString> {
    std::env::var_os("LICENSE_TESTS_AGENT")
}

/// A program of this package, beside this one: cargo builds both before it runs a case.
fn built(name: &str) -> PathBuf {
    let this = std::env::current_exe().expect("a program has a path");
    let folder = this.parent().expect("<target>/<profile>/deps/<test>, or <target>/<profile>/<driver>");
    let profile = if folder.ends_with("deps") { folder.parent().expect("a profile") } else { folder };
    let program = profile.join(name);
    assert!(program.exists(), "{} is missing: cargo build -p license-tests --bins", program.display());
    program
}

/// How a command ended.
#[derive(Debug)]
pub struct Ran {
    /// The exit code; `None` after a signal.
    pub code: Option<i32>,
    /// The standard output.
    pub out: String,
    /// The standard error.
    pub err: String,
}

impl Ran {
    /// The standard output of a command that succeeded.
    #[must_use]
    #[track_caller]
    pub fn ok(self) -> String {
        assert_eq!(self.code, Some(0), "{}{}", self.out, self.err);
        self.out
    }

    /// Both outputs of a command that failed in the ordinary way.
    #[must_use]
    #[track_caller]
    pub fn failed(self) -> String {
        assert_eq!(self.code, Some(1), "{}{}", self.out, self.err);
        self.out + &self.err
    }

    /// The standard output of a command that succeeded, as JSON.
    #[must_use]
    #[track_caller]
    pub fn json(self) -> Value {
        serde_json::from_str(&self.ok()).expect("JSON")
    }
}

/// A vendor's folder with settings, catalog and access key, and the program that is run in it.
#[derive(Debug)]
pub struct Workplace {
    /// The folder; the program's working directory.
    pub dir: TempDir,
}

impl Default for Workplace {
    fn default() -> Self {
        Self::new()
    }
}

impl Workplace {
    /// The access key of the store.
    pub const ACCESS_KEY: &str = "operator-access-key-7781";

    /// A folder with everything but a signing key.
    #[must_use]
    pub fn new() -> Self {
        let place = Self { dir: tempfile::tempdir().expect("a folder") };
        place.write(
            "server.toml",
            "issuer = \"https://vendor.example\"\nproducts = \"catalog.toml\"\naccess_keys_file = \"access-key\"\n\
             listen = \"127.0.0.1:0\"\noperator_listen = \"127.0.0.1:0\"\n",
        );
        place.write("catalog.toml", "[default]\ncode = \"cad\"\nfeatures = [\"mesh\"]\n");
        place.write("access-key", &format!("{}\n", Self::ACCESS_KEY));
        place
    }

    /// The same with a signing key.
    #[must_use]
    pub fn ready() -> Self {
        let place = Self::new();
        let _ = place.run(&["keys", "generate"]).ok();
        place
    }

    /// A path in the folder.
    #[must_use]
    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Writes a file of the folder, which nobody else can read: there may be a secret in it.
    pub fn write(&self, name: &str, text: &str) {
        write_privately(&self.path(name), text);
    }

    /// Adds lines to the settings.
    pub fn configure(&self, lines: &str) {
        let settings = fs::read_to_string(self.path("server.toml")).expect("readable");
        self.write("server.toml", &format!("{settings}{lines}\n"));
    }

    /// The program with arguments, in the folder, with nothing of this process's environment.
    #[must_use]
    pub fn bare(&self, args: &[&str]) -> Command {
        let mut command = Command::new(program());
        command.args(args).current_dir(self.dir.path()).env_clear().stdin(Stdio::null());
        command
    }

    /// The same with the settings file.
    #[must_use]
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = self.bare(args);
        command.env("LICENSE_SERVER_CONFIG", "server.toml");
        let database = database_url(self.dir.path());
        if database.starts_with("postgres") {
            command.env("LICENSE_SERVER_DATABASE", database);
        }
        command
    }

    /// Runs the program with the settings file until it ends.
    #[must_use]
    pub fn run(&self, args: &[&str]) -> Ran {
        ran(&mut self.command(args))
    }

    /// The same for a command that should end at once: one that waits for ever is killed, and has no code.
    #[must_use]
    pub fn run_briefly(&self, args: &[&str]) -> Ran {
        self.briefly(self.command(args))
    }

    fn briefly(&self, mut command: Command) -> Ran {
        let (out, err) = (self.path("brief-out"), self.path("brief-err"));
        command.stdout(File::create(&out).expect("a file")).stderr(File::create(&err).expect("a file"));
        let mut child = command.spawn().expect("the program starts");
        let mut looks = 0;
        let enough = PATIENCE.as_millis() / 5;
        let code = loop {
            match child.try_wait().expect("a child") {
                Some(ended) => break ended.code(),
                None if looks == enough => break None,
                None => std::thread::sleep(Duration::from_millis(5)),
            }
            looks += 1;
        };
        // It may have ended by itself.
        let _ = child.kill();
        let _ = child.wait();
        let read = |path| fs::read_to_string(path).expect("text");
        Ran { code, out: read(out), err: read(err) }
    }

    /// Starts `serve` and waits until it listens. Its log is JSON and says as much as `level` asks.
    pub async fn serve(&self, level: &str) -> Served {
        self.start(level, |_| {}).await
    }

    /// The same for one of several servers of the folder, on a database of the caller's choice, started by another
    /// program if there are words before it.
    pub async fn serve_as(&self, name: &str, database: &str, before: &[&str]) -> Served {
        let mut command = self.command(&["serve", "--log-format", "json"]);
        command.env("LICENSE_SERVER_DATABASE", database);
        self.launch(behind(before, command), name, "warn").await
    }

    /// One of several servers of the folder, whose takers have what they took for so many seconds.
    pub async fn serve_with_lease(&self, name: &str, database: &str, lease: i64) -> Served {
        let mut command = self.command(&["serve", "--log-format", "json"]);
        command.env("LICENSE_SERVER_DATABASE", database).env("FAULT_LEASE", lease.to_string());
        self.launch(command, name, "warn").await
    }

    /// The same with more in its environment.
    pub async fn serve_with(&self, name: &str, value: &str) -> Served {
        self.start("info", |command| {
            command.env(name, value);
        })
        .await
    }

    /// The same, trusting the authorities of a PEM file in the folder and no others.
    pub async fn serve_trusting(&self, roots: &str) -> Served {
        let roots = self.path(roots);
        self.start("info", |command| {
            command.env("SSL_CERT_FILE", roots);
        })
        .await
    }

    /// The same, but it stands still between two steps: see [`Served::reached`].
    pub async fn serve_until(&self, point: &str) -> Served {
        let reached = self.path("reached");
        self.start("info", |command| {
            command.env("FAULT_POINT", point).env("FAULT_REACHED", reached);
        })
        .await
    }

    /// What a server says that does not start on a database.
    #[must_use]
    pub fn refuses_to_serve(&self, database: &str, before: &[&str]) -> String {
        let mut command = self.command(&["serve"]);
        command.env("LICENSE_SERVER_DATABASE", database);
        self.briefly(behind(before, command)).failed()
    }

    async fn start(&self, level: &str, prepare: impl FnOnce(&mut Command)) -> Served {
        let mut command = self.command(&["serve", "--log-format", "json"]);
        prepare(&mut command);
        self.launch(command, "", level).await
    }

    async fn launch(&self, mut command: Command, name: &str, level: &str) -> Served {
        let (log, reached) = (self.path(&format!("log{name}")), self.path("reached"));
        command.env("RUST_LOG", with_listening(level)).stderr(File::create(&log).expect("a log"));
        command.stdout(File::create(self.path(&format!("out{name}"))).expect("an output"));
        let child = command.spawn().expect("the program starts");
        let nowhere = ([127, 0, 0, 1], 0).into();
        let mut served = Served { child, log, reached, address: nowhere, operator_address: nowhere };
        let (address, operator) = eventually("the server listens", || {
            let ended = served.child.try_wait().expect("a child");
            assert_eq!(ended, None, "it ended at once: {}", served.log());
            let line = served.log_lines().into_iter().find(|line| line["message"] == "listening")?;
            let of = |name: &str| line[name].as_str().and_then(|text| text.parse().ok());
            Some((of("address")?, of("operator").unwrap_or(nowhere)))
        })
        .await;
        (served.address, served.operator_address) = (address, operator);
        served
    }
}

/// The command as the last words of another one, with the same environment and folder.
fn behind(before: &[&str], command: Command) -> Command {
    let [first, others @ ..] = before else { return command };
    let mut outer = Command::new(first);
    outer.args(others).arg(command.get_program()).args(command.get_args()).stdin(Stdio::null());
    outer.env_clear().envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    outer.current_dir(command.get_current_dir().expect("the folder"));
    outer
}

/// The level that is asked for, and the line that says where it listens.
fn with_listening(level: &str) -> String {
    format!("{level},license_server::commands::serve=info")
}

/// Writes a file that nobody else can read.
///
/// # Panics
/// When it cannot be written.
pub fn write_privately(path: &Path, text: &str) {
    use license_core::atomic_file::{Readers, replace};
    replace(path, text.as_bytes(), Readers::Owner).expect("written");
}

/// Runs a command until it ends.
///
/// # Panics
/// When it cannot be run.
#[must_use]
pub fn ran(command: &mut Command) -> Ran {
    let output = command.output().expect("the program runs");
    let text = |bytes| String::from_utf8(bytes).expect("text");
    Ran { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
}

/// A server that is a process of its own; it is killed if nobody stops it.
#[derive(Debug)]
pub struct Served {
    child: Child,
    log: PathBuf,
    reached: PathBuf,
    /// Where it listens.
    pub address: SocketAddr,
    /// Where it answers the operator; port 0 if nowhere.
    pub operator_address: SocketAddr,
}

impl Served {
    /// Signs and sends a call of the store's.
    pub async fn call(&self, body: Value) -> Reply {
        let call = signed(Workplace::ACCESS_KEY, Clock::system().now_ms(), body.to_string().as_bytes());
        let reply = exchange(self.address, &post_request(&call.query, &call.body)).await.expect("an answer");
        assert_eq!(reply.status, 200, "{}", reply.text());
        Reply::read(reply.body)
    }

    /// The same for a server that may die before it answers.
    pub async fn try_call(&self, body: Value) -> Option<Reply> {
        let call = signed(Workplace::ACCESS_KEY, Clock::system().now_ms(), body.to_string().as_bytes());
        let reply = exchange(self.address, &post_request(&call.query, &call.body)).await.ok()?;
        Some(Reply::read(reply.body))
    }

    /// Its process.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Sends it a signal, such as `HUP`.
    pub fn signal(&self, name: &str) {
        let sent = Command::new("kill").arg(format!("-{name}")).arg(self.child.id().to_string()).status();
        assert!(sent.expect("kill runs").success(), "a signal is sent");
    }

    /// Waits until it has ended, and says how.
    pub async fn ended(mut self) -> ExitStatus {
        let child = &mut self.child;
        eventually("the server ends", || child.try_wait().expect("a child")).await
    }

    /// Waits until it stands still at its point.
    pub async fn reached(&self) {
        eventually("the server reaches the point", || self.reached.exists().then_some(())).await;
    }

    /// Ends it as a power cut does.
    pub fn kill(mut self) {
        // SIGKILL; it may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// What it has logged so far.
    #[must_use]
    pub fn log(&self) -> String {
        fs::read_to_string(&self.log).expect("a log")
    }

    /// The whole lines of the log.
    #[must_use]
    pub fn log_lines(&self) -> Vec<Value> {
        self.log().lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
    }

    /// Asks it to stop, and waits until it has.
    pub async fn stop(mut self) -> ExitStatus {
        self.terminate().expect("a signal is sent");
        let child = &mut self.child;
        eventually("the server ends", || child.try_wait().expect("a child")).await
    }

    fn terminate(&self) -> io::Result<()> {
        let sent = Command::new("kill").arg("-TERM").arg(self.child.id().to_string()).status()?;
        if sent.success() { Ok(()) } else { Err(io::Error::other("kill failed")) }
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
