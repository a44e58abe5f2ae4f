//! A server in a process of its own, made of this program: what it uses can then be told from what calling costs.

use std::io::{BufRead as _, BufReader, Read as _};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use clap::{Args, ValueEnum};
use license_core::SigningKey;
use license_server::clock::Clock;
use license_server::config::{Secret, Settings, StoreApi};
use license_server::keystore::KeyFolder;
use license_server::launch::{Mode, launch};
use license_server::telemetry;

/// The access key, AK and SK of servers that this program starts.
pub const KEY: &str = "load-access-key-0001";

/// What becomes of licenses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Deliveries {
    /// They wait in the outbox
    Paused,
    /// They are written to a folder
    Folder,
    /// They are uploaded to a store that the caller's process plays; orders are read there as well
    Store,
}

/// How the server's process is told what to be.
#[derive(Clone, Debug, Args)]
pub struct ServeArgs {
    /// Everything lies in this folder
    #[arg(long)]
    dir: PathBuf,
    /// The database
    #[arg(long)]
    database: String,
    /// How many seats an instance has where no order says so
    #[arg(long)]
    seats: u64,
    /// What becomes of licenses
    #[arg(long, value_enum)]
    deliveries: Deliveries,
    /// The played store
    #[arg(long)]
    store_url: Option<String>,
}

/// A server's process. It is stopped when this is dropped.
#[derive(Debug)]
pub struct Server {
    /// Where it listens.
    pub address: SocketAddr,
    /// Where it answers the operator.
    pub operator: SocketAddr,
    child: Child,
}

impl Server {
    /// Starts one and waits until it listens.
    ///
    /// # Errors
    /// A sentence.
    pub fn start(
        dir: &Path,
        database: &str,
        seats: u64,
        deliveries: Deliveries,
        store_url: Option<&str>,
    ) -> Result<Self, String> {
        let log_path = dir.join("server.log");
        let log = std::fs::File::create(&log_path).map_err(|e| format!("{}: {e}", log_path.display()))?;
        let program = std::env::current_exe().map_err(|e| e.to_string())?;
        let deliveries = deliveries.to_possible_value().map(|value| value.get_name().to_owned());
        let mut command = Command::new(program);
        command.arg("serve").arg("--dir").arg(dir).args(["--database", database]);
        command.args(["--seats", &seats.to_string(), "--deliveries", &deliveries.unwrap_or_default()]);
        if let Some(url) = store_url {
            command.args(["--store-url", url]);
        }
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(log);
        let mut child = command.spawn().map_err(|e| format!("the server cannot be started: {e}"))?;
        let said = child.stdout.take().map(BufReader::new).and_then(|mut out| {
            let mut line = String::new();
            out.read_line(&mut line).ok()?;
            let (address, operator) = line.trim().split_once(' ')?;
            Some((address.parse().ok()?, operator.parse().ok()?))
        });
        match said {
            Some((address, operator)) => Ok(Self { address, operator, child }),
            None => {
                let said = std::fs::read_to_string(&log_path).unwrap_or_default();
                Err(format!("the server did not start: {}", said.lines().last().unwrap_or("it says nothing")))
            }
        }
    }

    /// Its process.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Server {
    /// Finishes what is under way, and folds the log into the database.
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        // It ends when nobody is at the other end of its input.
        let _ = self.child.wait();
    }
}

/// Runs the server until its input ends.
///
/// # Errors
/// A sentence.
pub fn serve(args: &ServeArgs) -> Result<(), String> {
    telemetry::init(telemetry::LogArgs::default());
    let settings = settings(args)?;
    let runtime = tokio::runtime::Runtime::new().map_err(|e| e.to_string())?;
    runtime.block_on(async {
        let running = launch(&settings, Mode::Serve, Clock::system()).await.map_err(|e| e.to_string())?;
        say(running.address, running.operator_address.ok_or("it answers no operator")?);
        let ended = tokio::task::spawn_blocking(|| std::io::stdin().read_to_end(&mut Vec::new())).await;
        running.stop().await;
        ended.map(drop).map_err(|e| e.to_string())
    })
}

#[expect(clippy::print_stdout, reason = "this is how the caller learns the addresses")]
fn say(address: SocketAddr, operator: SocketAddr) {
    println!("{address} {operator}");
}

fn settings(args: &ServeArgs) -> Result<Settings, String> {
    let mut settings = Settings::new("https://vendor.example", vec![Secret::from(KEY)]);
    settings.listen = ([127, 0, 0, 1], 0).into();
    settings.operator_listen = Some(([127, 0, 0, 1], 0).into());
    settings.database =
        license_server::config::values::database(&args.database).map_err(|e| e.to_string())?;
    settings.keys = args.dir.join("keys");
    settings.delivery_dir = args.dir.join("delivered");
    settings.delivers = args.deliveries != Deliveries::Paused;
    settings.store = args.store_url.as_ref().map(|url| StoreApi {
        url: url.clone(),
        fallback_url: None,
        access_key: Secret::from(KEY),
        secret_key: Secret::from(KEY),
    });
    let products = args.dir.join("catalog.toml");
    let catalog =
        format!("[default]\ncode = \"cad\"\nfeatures = [\"mesh\", \"cam\"]\nseats = {}\n", args.seats);
    std::fs::write(&products, catalog).map_err(|e| format!("{}: {e}", products.display()))?;
    settings.products = Some(products);
    let mut keys = KeyFolder::open_or_create(&settings.keys).map_err(|e| e.to_string())?;
    if keys.entries().is_empty() {
        // Nothing outside of this folder ever trusts it.
        keys.add(&SigningKey::from_seed(&[42; 32]), Clock::system().now()).map_err(|e| e.to_string())?;
    }
    Ok(settings)
}
