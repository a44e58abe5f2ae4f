//! What a run works with: a server, a population, and what is kept of it.

use std::path::{Path, PathBuf};
use std::time::Duration;

use license_server::clock::Clock;
use license_server::config::Secret;
use license_server::simulator::ProductionUrl;
use license_server::simulator::store::{Order, SimulatedStore, StoreOptions};
use serde::{Deserialize, Serialize};
use tempfile::TempDir;

use crate::args::RunArgs;
use crate::bare::Source;
use crate::calls::Caller;
use crate::drive::{Driver, Limit, Work};
use crate::failure::Failure;
use crate::place::{PATH, place};
use crate::plan::{Mix, Plan, Progress};
use crate::population::Population;
use crate::server::{Deliveries, KEY, Server};
use crate::tally::Tally;
use crate::telling::Telling;
use crate::watch::Used;

/// How long and how often it is looked whether a server is idle, and how much of a processor it uses when it is not.
const LOOK: Duration = Duration::from_millis(250);
const LOOKS: u32 = 40;
const BUSY: f64 = 0.25;
/// How many connections prepare a run, at most.
const PREPARERS: usize = 64;

/// What is kept in a server's folder about its population.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
struct Kept {
    seed: u32,
    instances: u64,
    progress: Progress,
}

/// Everything that a run works with.
pub(crate) struct Stage {
    pub(crate) driver: Driver,
    pub(crate) population: Population,
    pub(crate) progress: Progress,
    pub(crate) is_open: bool,
    pub(crate) host: String,
    pub(crate) path: String,
    pub(crate) key: Secret,
    pub(crate) pid: Option<u32>,
    pub(crate) folder: Option<PathBuf>,
    /// The database of a server of its own.
    pub(crate) source: Option<Source>,
    // They end in this order.
    server: Option<Server>,
    _store: Option<SimulatedStore>,
    _temporary: Option<TempDir>,
}

impl Stage {
    pub(crate) async fn set(args: &RunArgs) -> Result<Self, String> {
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
                source: None,
                server: None,
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
        let source = Source::new(&database, args.anywhere)?;
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
            source: Some(source),
            server: Some(server),
            _store: store,
            _temporary: temporary,
        })
    }

    /// Where the server says what it counts, if it is one of this program's own.
    pub(crate) fn operator(&self) -> Option<std::net::SocketAddr> {
        self.server.as_ref().map(|server| server.operator)
    }

    /// Opens the instances and has the first devices apply.
    pub(crate) async fn prepare(&mut self, args: &RunArgs) -> Result<(), Failure> {
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
    async fn through(&self, what: &str, plan: Plan, count: u64) -> Result<Progress, Failure> {
        // Whatever is measured, this is to be borne.
        let connections = self.driver.connections.min(PREPARERS);
        let driver = Driver { rate: None, connections, ..self.driver };
        let mut work = Some(Work::new(self.caller(false), plan, Tally::new(false)));
        let telling = Telling::of(what);
        let took = driver.run(&mut work, Limit { count, duration: None }).await;
        drop(telling);
        let work = work.ok_or("the run was interrupted")?;
        if let (1.., faults) = work.tally.wrong() {
            return Err(Failure::Wrong(format!("{what} were not made: {}", faults.join("; "))));
        }
        eprintln!("{} {what} in {:.1} s", work.tally.all().len(), took.as_secs_f64());
        Ok(work.plan.progress())
    }

    /// Calls for a while, of which nothing is measured.
    pub(crate) async fn warm_up(&mut self, args: &RunArgs) -> Result<(), Failure> {
        if args.warm_up.is_zero() {
            return Ok(());
        }
        let plan = Plan::new(self.population, args.mix, args.known, self.progress).rehearsing(args.test_flag);
        let tally = Tally::new(args.busy_is_fine);
        let mut work = Some(Work::new(self.caller(args.test_flag), plan, tally));
        let telling = Telling::of_time("warming up", args.warm_up);
        self.driver.run(&mut work, Limit { count: u64::MAX, duration: Some(args.warm_up) }).await;
        drop(telling);
        let work = work.ok_or("the run was interrupted")?;
        if let (1.., faults) = work.tally.wrong() {
            let faults = faults.join("; ");
            return Err(Failure::Wrong(format!("wrong answers before anything was measured: {faults}")));
        }
        if args.test_flag { Ok(()) } else { Ok(self.advance(work.plan.progress())?) }
    }

    /// Notes what the database knows now.
    pub(crate) fn advance(&mut self, progress: Progress) -> Result<(), String> {
        self.progress = progress;
        self.keep()
    }

    /// Waits until the server has little left to do; what it does behind the calls uses a tenth of a processor.
    pub(crate) async fn settle(&self) {
        let _telling = Telling::of("waiting until the server is idle");
        for _ in 0..LOOKS {
            let before = self.used();
            tokio::time::sleep(LOOK).await;
            match (self.used(), before) {
                (Some(after), Some(before))
                    if after.since(&before).cpu_seconds > BUSY * LOOK.as_secs_f64() => {}
                _ => return,
            }
        }
        eprintln!("the server is not idle");
    }

    /// Whether every device has applied.
    pub(crate) fn is_full(&self) -> bool {
        self.progress.devices >= self.population.devices()
    }

    /// The folder of a database that is a file.
    pub(crate) fn file(&self) -> Option<&Path> {
        self.folder.as_deref().filter(|_| self.source.as_ref().is_some_and(Source::is_file))
    }

    pub(crate) fn caller(&self, rehearses: bool) -> Caller {
        Caller::new(self.population, &self.host, &self.path, self.key.clone(), rehearses)
    }

    pub(crate) fn used(&self) -> Option<Used> {
        Used::by(self.pid?)
    }

    pub(crate) fn keep(&self) -> Result<(), String> {
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

pub(crate) fn size_of_database(folder: &Path) -> u64 {
    let files = ["license.db", "license.db-wal"].map(|name| folder.join(name));
    files.iter().filter_map(|file| std::fs::metadata(file).ok()).map(|found| found.len()).sum()
}
