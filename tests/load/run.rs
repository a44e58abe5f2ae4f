//! One run: a server, a population, calls, a report.

use std::net::{SocketAddr, ToSocketAddrs as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use license_server::clock::Clock;
use license_server::config::Secret;
use license_server::simulator::ProductionUrl;
use license_server::simulator::store::{Order, SimulatedStore, StoreOptions};
use serde::{Deserialize, Serialize};
use tempfile::TempDir;

use crate::calls::Caller;
use crate::drive::{Driver, Limit, Work};
use crate::plan::{Mix, Plan, Progress};
use crate::population::Population;
use crate::report::{Line, Report};
use crate::server::{Deliveries, KEY, Server};
use crate::tally::Tally;
use crate::watch::{self, Used};

const PATH: &str = "/koogallery/produce";

/// What is run.
#[derive(Clone, Debug, Args)]
pub struct RunArgs {
    /// The production URL of a running server
    #[arg(long, conflicts_with_all = ["serve", "dir", "deliveries"], required_unless_present = "serve")]
    url: Option<String>,
    /// Its access key
    #[arg(long, env = "LICENSE_LOAD_ACCESS_KEY", hide_env_values = true, requires = "url")]
    access_key: Option<String>,
    /// Its process, to be watched
    #[arg(long, requires = "url")]
    pid: Option<u32>,
    /// Call a machine that is not this one
    #[arg(long)]
    anywhere: bool,
    /// Start a server of this program's own on `sqlite` or postgres://…
    #[arg(long, value_name = "DATABASE")]
    serve: Option<String>,
    /// Keep the server's folder here, and go on with what is in it [default: a temporary one]
    #[arg(long)]
    dir: Option<PathBuf>,
    /// What the server does with licenses
    #[arg(long, value_enum, default_value = "paused")]
    deliveries: Deliveries,
    /// How many connections call at the same time
    #[arg(long, default_value_t = 64, value_parser = clap::value_parser!(u32).range(1..=20_000))]
    connections: u32,
    /// Ask so many calls a second, whatever the answers do; latency then counts from the time that a call was due
    #[arg(long)]
    rate: Option<f64>,
    /// How long
    #[arg(long, default_value = "10s", value_parser = seconds)]
    duration: Duration,
    /// End after so many calls
    #[arg(long, default_value_t = u64::MAX, hide_default_value = true)]
    count: u64,
    /// Call for so long before anything is measured
    #[arg(long, default_value = "1s", value_parser = seconds)]
    warm_up: Duration,
    /// Shares of open, apply, repeat and look
    #[arg(long, default_value = "apply=100")]
    mix: Mix,
    /// Per cent of the applications that come from a known device with one part changed
    #[arg(long, default_value = "10%", value_parser = percent)]
    known: u8,
    /// How many instances
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u64).range(1..=10_000_000))]
    instances: u64,
    /// How many seats each of them has
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u64).range(1..=10_000_000))]
    seats: u64,
    /// Have so many devices apply before anything is measured
    #[arg(long, default_value_t = 0)]
    fill: u64,
    /// Make debug calls, which store nothing
    #[arg(long)]
    test_flag: bool,
    /// Count refusals because the server is busy apart: they are what is expected of it
    #[arg(long)]
    busy_is_fine: bool,
    /// Where names begin [default: from the time]
    #[arg(long)]
    seed: Option<u32>,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// `10s`, `2m`
fn seconds(text: &str) -> Result<Duration, String> {
    let seconds = license_server::config::values::seconds(text).map_err(|e| e.to_string())?;
    u64::try_from(seconds).map(Duration::from_secs).map_err(|_| "is negative".into())
}

fn percent(text: &str) -> Result<u8, String> {
    let number = text.strip_suffix('%').unwrap_or(text).parse().ok().filter(|percent| *percent <= 100);
    number.ok_or_else(|| "is not a percentage, as `10%`".into())
}

/// What is kept in a server's folder about its population.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
struct Kept {
    seed: u32,
    instances: u64,
    progress: Progress,
}

/// Everything that a run works with.
struct Stage {
    driver: Driver,
    population: Population,
    progress: Progress,
    is_open: bool,
    host: String,
    path: String,
    key: Secret,
    pid: Option<u32>,
    folder: Option<PathBuf>,
    // They end in this order.
    _server: Option<Server>,
    _store: Option<SimulatedStore>,
    _temporary: Option<TempDir>,
}

/// Prepares, calls, and says what came of it.
///
/// # Errors
/// A sentence; wrong answers are no error here but in the report.
pub async fn run(args: &RunArgs) -> Result<Report, String> {
    let mut stage = Stage::set(args).await?;
    stage.prepare(args).await?;
    let population = stage.population;
    let plan = Plan::new(population, args.mix, args.known, stage.progress).rehearsing(args.test_flag);
    let devices_before = stage.progress.devices;
    let caller = stage.caller(args.test_flag);
    let mut work = Some(Work::new(caller, plan, Tally::new(args.busy_is_fine)));
    if !args.warm_up.is_zero() {
        let limit = Limit { count: u64::MAX, duration: Some(args.warm_up) };
        stage.driver.run(&mut work, limit).await;
        stage.note(work.as_mut())?;
    }
    let delivered_before = watch::delivered(stage.driver.address).await;
    let (server_before, caller_before) = (stage.used(), Used::by(std::process::id()));
    let limit = Limit { count: args.count, duration: Some(args.duration) };
    let took = stage.driver.run(&mut work, limit).await;
    let (server_after, caller_after) = (stage.used(), Used::by(std::process::id()));
    let delivered_after = watch::delivered(stage.driver.address).await;
    let work = work.ok_or("the run was interrupted")?;
    stage.progress = work.plan.progress();
    stage.keep()?;
    let (seconds, tally) = (took.as_secs_f64(), work.tally);
    let (wrong, faults) = tally.wrong();
    let since = |after: Option<Used>, before: Option<Used>| Some(after?.since(&before?));
    let granted = i64::try_from(tally.granted()).unwrap_or(i64::MAX);
    let delivered = match (delivered_before, delivered_after) {
        (Ok(before), Ok(after)) => i64::try_from(after.saturating_sub(before)).ok(),
        _ => None,
    };
    Ok(Report {
        mix: args.mix,
        known_percent: args.known,
        rehearsed: args.test_flag,
        instances: population.instances,
        seats: population.seats,
        devices_before,
        connections: stage.driver.connections,
        rate: args.rate,
        seconds,
        calls: Line::of(&tally, seconds),
        busy: tally.busy().map(|busy| Line::new("busy, 000005", busy, seconds)),
        wrong,
        faults: faults.to_vec(),
        server: since(server_after, server_before),
        caller: since(caller_after, caller_before),
        backlog: delivered.filter(|_| !args.test_flag).map(|delivered| granted - delivered),
        database_bytes: stage.folder.as_deref().map(size_of_database),
    })
}

impl Stage {
    async fn set(args: &RunArgs) -> Result<Self, String> {
        let seed =
            args.seed.unwrap_or_else(|| u32::try_from(Clock::system().now_ms() & 0xFFFF_FFFF).unwrap_or(0));
        let mut population = Population { seed, instances: args.instances, seats: args.seats };
        let connections = usize::try_from(args.connections).unwrap_or(usize::MAX);
        if let Some(url) = &args.url {
            let _: ProductionUrl = url.parse().map_err(|e| format!("{url}: {e}"))?;
            let (address, host, path) = place(url)?;
            if !args.anywhere && !address.ip().is_loopback() {
                return Err(format!("{host} is not this machine; --anywhere if you mean it"));
            }
            let key = args.access_key.as_deref().ok_or("--access-key is missing")?.into();
            let driver = Driver { address, connections, rate: args.rate };
            return Ok(Self {
                driver,
                population,
                progress: Progress::default(),
                is_open: false,
                host,
                path,
                key,
                pid: args.pid,
                folder: None,
                _server: None,
                _store: None,
                _temporary: None,
            });
        }
        let temporary = args.dir.is_none().then(tempfile::tempdir).transpose().map_err(|e| e.to_string())?;
        let folder = match (&args.dir, &temporary) {
            (Some(dir), _) => dir.clone(),
            (None, Some(temporary)) => temporary.path().to_owned(),
            (None, None) => return Err("there is no folder".into()),
        };
        std::fs::create_dir_all(&folder).map_err(|e| format!("{}: {e}", folder.display()))?;
        let kept = Kept::read(&folder);
        if let Some(kept) = kept {
            (population.seed, population.instances) = (kept.seed, kept.instances);
        }
        let store = match args.deliveries {
            Deliveries::Store => Some(open_store(population).await?),
            Deliveries::Paused | Deliveries::Folder => None,
        };
        let database = match args.serve.as_deref() {
            Some("sqlite") | None => format!("sqlite://{}", folder.join("license.db").display()),
            Some(url) => url.to_owned(),
        };
        let url = store.as_ref().map(SimulatedStore::url);
        let server = Server::start(&folder, &database, args.seats, args.deliveries, url.as_deref())?;
        Ok(Self {
            driver: Driver { address: server.address, connections, rate: args.rate },
            population,
            progress: kept.map(|kept| kept.progress).unwrap_or_default(),
            is_open: kept.is_some(),
            host: server.address.to_string(),
            path: PATH.into(),
            key: KEY.into(),
            pid: Some(server.pid()),
            folder: Some(folder),
            _server: Some(server),
            _store: store,
            _temporary: temporary,
        })
    }

    /// Opens the instances and has the first devices apply.
    async fn prepare(&mut self, args: &RunArgs) -> Result<(), String> {
        if args.test_flag {
            return Ok(());
        }
        if !self.is_open {
            self.through("instances", Plan::opening(self.population), u64::MAX).await?;
            self.keep()?;
        }
        if args.fill > self.progress.devices {
            let mix = Mix { open: 0, apply: 1, repeat: 0, look: 0 };
            let plan = Plan::new(self.population, mix, 0, self.progress);
            let missing = args.fill - self.progress.devices;
            self.progress = self.through("licenses", plan, missing).await?;
            self.keep()?;
        }
        Ok(())
    }

    /// Calls as fast as answers come; every one of them must be right.
    async fn through(&self, what: &str, plan: Plan, count: u64) -> Result<Progress, String> {
        let driver = Driver { rate: None, ..self.driver };
        let mut work = Some(Work::new(self.caller(false), plan, Tally::new(false)));
        let took = driver.run(&mut work, Limit { count, duration: None }).await;
        let work = work.ok_or("the run was interrupted")?;
        if let (1.., faults) = work.tally.wrong() {
            return Err(format!("{what} were not made: {}", faults.join("; ")));
        }
        eprintln!("{} {what} in {:.1} s", work.tally.all().len(), took.as_secs_f64());
        Ok(work.plan.progress())
    }

    /// After the warm-up: nothing of it is measured.
    fn note(&mut self, work: Option<&mut Work>) -> Result<(), String> {
        let work = work.ok_or("the run was interrupted")?;
        if let (1.., faults) = work.tally.wrong() {
            return Err(format!("wrong answers before anything was measured: {}", faults.join("; ")));
        }
        let fresh = Tally::new(work.tally.busy().is_some());
        work.tally = fresh;
        Ok(())
    }

    fn caller(&self, rehearses: bool) -> Caller {
        Caller::new(self.population, &self.host, &self.path, self.key.clone(), rehearses)
    }

    fn used(&self) -> Option<Used> {
        Used::by(self.pid?)
    }

    fn keep(&self) -> Result<(), String> {
        let Some(folder) = &self.folder else { return Ok(()) };
        let Population { seed, instances, .. } = self.population;
        let text = serde_json::to_string(&Kept { seed, instances, progress: self.progress });
        let path = folder.join("load.json");
        text.map_err(|e| e.to_string())
            .and_then(|text| std::fs::write(&path, text).map_err(|e| format!("{}: {e}", path.display())))
    }
}

impl Kept {
    fn read(folder: &Path) -> Option<Self> {
        serde_json::from_slice(&std::fs::read(folder.join("load.json")).ok()?).ok()
    }
}

/// The played store, which sells every instance of a population.
async fn open_store(population: Population) -> Result<SimulatedStore, String> {
    let options = StoreOptions::local(KEY.into(), KEY.into());
    let store = SimulatedStore::listen(options).await.map_err(|e| format!("the played store: {e}"))?;
    // What it took is counted, not looked at.
    store.remember(0);
    let now = Clock::system().now();
    for number in 0..population.instances {
        let mut order = Order::yearly(&population.order(number), "OFFI1", "sku-1", now);
        for line in &mut order.lines {
            line.quantity = population.seats;
        }
        store.sell(order);
    }
    Ok(store)
}

fn place(url: &str) -> Result<(SocketAddr, String, String), String> {
    let rest = url.strip_prefix("http://").ok_or("only http:// is called: measure before the proxy")?;
    let (host, path) =
        rest.split_once('/').map_or((rest, PATH.to_owned()), |(host, path)| (host, format!("/{path}")));
    let with_port = if host.contains(':') { host.to_owned() } else { format!("{host}:80") };
    let mut found = with_port.to_socket_addrs().map_err(|e| format!("{host}: {e}"))?;
    let address = found.next().ok_or_else(|| format!("{host} has no address"))?;
    Ok((address, host.to_owned(), path))
}

fn size_of_database(folder: &Path) -> u64 {
    let files = ["license.db", "license.db-wal"].map(|name| folder.join(name));
    files.iter().filter_map(|file| std::fs::metadata(file).ok()).map(|found| found.len()).sum()
}
