//! A PostgreSQL of our own, where one is installed.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use license_server::storage::{Address, PostgresAddress};
use tempfile::TempDir;

/// A cluster in a temporary folder that listens on a socket there and nowhere else.
#[derive(Debug)]
pub struct Cluster {
    dir: TempDir,
    programs: PathBuf,
    port: u16,
    /// Stops the cluster when this process is gone, however it went.
    watchdog: Child,
    databases: AtomicU32,
}

impl Cluster {
    /// The cluster of this process, made when it is first asked for.
    ///
    /// # Panics
    /// Where PostgreSQL is not installed: cases that need one are ignored there, see `build.rs`.
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<Cluster> = OnceLock::new();
        SHARED.get_or_init(Self::start)
    }

    /// Another cluster, for cases that stop it.
    #[must_use]
    pub fn start() -> Self {
        Self::start_with(5432, "", &[])
    }

    /// The same with a port, further settings, and files in its folder of data.
    #[must_use]
    pub fn start_with(port: u16, settings: &str, files: &[(&str, &str)]) -> Self {
        Self::made_by(programs(), port, settings, files)
    }

    fn made_by(programs: PathBuf, port: u16, settings: &str, files: &[(&str, &str)]) -> Self {
        let dir = folder();
        let data = dir.path().join("data");
        let made = as_owner(&programs.join("initdb"))
            .args(["--auth=trust", "--username=license", "--encoding=UTF8", "--locale=C", "--no-sync", "-D"])
            .arg(&data)
            .output()
            .expect("initdb runs");
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let settings = format!(
            "listen_addresses = ''\nport = {port}\nmax_connections = 300\nfsync = off\n\
             shared_buffers = 64MB\nmax_wal_size = 64MB\n{settings}\n"
        );
        for (name, text) in files {
            give_file(&data.join(name), text);
        }
        Self::run(dir, programs, port, &settings)
    }

    /// A standby of this cluster, which follows it until it is promoted.
    #[must_use]
    pub fn standby(&self) -> Self {
        let dir = folder();
        let made = as_owner(&self.programs.join("pg_basebackup"))
            .args(["-U", "license", "-R", "-c", "fast", "--no-sync", "-p", &self.port.to_string(), "-h"])
            .arg(self.dir.path())
            .arg("-D")
            .arg(dir.path().join("data"))
            .output()
            .expect("pg_basebackup runs");
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        Self::run(dir, self.programs.clone(), self.port, "")
    }

    /// Adds settings and starts.
    fn run(dir: TempDir, programs: PathBuf, port: u16, settings: &str) -> Self {
        let path = dir.path().join("data/postgresql.conf");
        let before = std::fs::read_to_string(&path).expect("settings");
        let socket = format!("unix_socket_directories = '{}'\n", dir.path().display());
        std::fs::write(&path, before + settings + &socket).expect("written");
        let watchdog = watchdog(&programs, dir.path());
        let this = Self { dir, programs, port, watchdog, databases: AtomicU32::new(0) };
        this.control(&["start"]);
        this
    }

    /// An empty database for one case: a schema of its own, which is made faster and is smaller than a whole database.
    #[must_use]
    pub fn database(&self) -> String {
        let schema = format!("case_{}", self.databases.fetch_add(1, Ordering::Relaxed));
        self.sql(&format!("CREATE SCHEMA {schema}"));
        let (socket, port) = (self.socket(), self.port);
        format!("postgres://license@{socket}:{port}/postgres?options=-c%20search_path%3D{schema}")
    }

    /// The folder of its socket, as a host in a URL.
    #[must_use]
    pub fn socket(&self) -> String {
        self.dir.path().display().to_string().replace('/', "%2F")
    }

    /// Makes a standby one that can be written.
    pub fn promote(&self) {
        self.control(&["promote"]);
    }

    /// The same as an address.
    #[must_use]
    pub fn address(&self) -> Address {
        Address::Postgres(PostgresAddress::parse(&self.database()).expect("an address"))
    }

    /// What a query says, without any dressing.
    pub fn sql(&self, query: &str) -> String {
        let said = self.psql(&["-c", query]).output().expect("psql runs");
        assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
        String::from_utf8_lossy(&said.stdout).trim().to_owned()
    }

    /// Somebody else's session, which keeps what it locked until its input ends: statements are written there.
    #[must_use]
    pub fn session(&self) -> Child {
        let session = self.psql(&[]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        session.expect("psql runs")
    }

    /// Runs one of its other programs.
    pub fn run_program(&self, name: &str, args: &[&str]) {
        let mut program = Command::new(self.programs.join(name));
        program.args(["-U", "license", "-h"]).arg(self.dir.path()).args(["-p", &self.port.to_string()]);
        let said = program.args(args).output().expect("it runs");
        assert!(said.status.success(), "{name}: {}", String::from_utf8_lossy(&said.stderr));
    }

    fn psql(&self, args: &[&str]) -> Command {
        let mut psql = Command::new(self.programs.join("psql"));
        psql.args(["-XAtq", "-v", "ON_ERROR_STOP=1", "-U", "license", "-d", "postgres", "-h"]);
        psql.arg(self.dir.path()).args(["-p", &self.port.to_string()]).args(args);
        psql
    }

    /// Stops it as a power cut would.
    pub fn stop(&self) {
        self.control(&["stop", "-m", "immediate"]);
    }

    /// Starts it again.
    pub fn go_on(&self) {
        self.control(&["start"]);
    }

    /// Stops it as a power cut would, and starts it again.
    pub fn restart_immediately(&self) {
        self.control(&["restart", "-m", "immediate"]);
    }

    fn control(&self, what: &[&str]) {
        let log = self.dir.path().join("log");
        let done = as_owner(&self.programs.join("pg_ctl"))
            .args(what)
            .args(["-w", "-s", "-t", "60", "-D"])
            .arg(self.dir.path().join("data"))
            .arg("-l")
            .arg(&log)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .status()
            .expect("pg_ctl runs");
        assert!(done.success(), "{what:?}: {}", std::fs::read_to_string(&log).unwrap_or_default());
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // The end of its input is its sign.
        drop(self.watchdog.stdin.take());
        let _ = self.watchdog.wait();
    }
}

/// The folder of `initdb` and the others.
fn programs() -> PathBuf {
    let found = option_env!("POSTGRES_PROGRAMS").map(PathBuf::from);
    found.expect("PostgreSQL is needed: apt-get install postgresql, or set LICENSE_TESTS_POSTGRES_BIN")
}

/// PostgreSQL does not run as root: then it runs as somebody who has no rights at all.
fn as_owner(program: &Path) -> Command {
    if !is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid=65534", "--regid=65534", "--clear-groups"]).arg(program).env("HOME", "/");
    // Whoever has no rights may not look into the folder where the tests were started.
    command.current_dir("/");
    command
}

fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt as _;
    std::fs::metadata("/proc/self").is_ok_and(|of| of.uid() == 0)
}

/// A folder that belongs to the cluster.
fn folder() -> TempDir {
    let dir = tempfile::Builder::new().prefix("license-pg-").tempdir().expect("a folder");
    give_away(dir.path());
    dir
}

/// A file that only the cluster may read.
fn give_file(path: &Path, text: &str) {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::write(path, text).expect("written");
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).expect("its own");
    if is_root() {
        std::os::unix::fs::chown(path, Some(65534), Some(65534)).expect("another owner");
    }
}

fn give_away(dir: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    if is_root() {
        std::os::unix::fs::chown(dir, Some(65534), Some(65534)).expect("another owner");
        std::fs::set_permissions(dir, std::fs::Permissions::from_mode(0o755)).expect("readable");
    }
}

fn watchdog(programs: &Path, dir: &Path) -> Child {
    let script = format!(
        "cat >/dev/null; '{}' stop -s -m immediate -D '{data}' >/dev/null 2>&1; rm -rf '{dir}'",
        programs.join("pg_ctl").display(),
        data = dir.join("data").display(),
        dir = dir.display(),
    );
    let watchdog = as_owner(Path::new("/bin/sh")).args(["-c", &script]).stdin(Stdio::piped()).spawn();
    watchdog.expect("a shell")
}
