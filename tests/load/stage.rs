//! What a run works with: a server, a population, and what is kept of it.

use std::path::{Path, PathBuf};

use license_server::clock::Clock;
use license_server::config::Secret;
use license_server::simulator::ProductionUrl;
use license_server::simulator::store::{Order, SimulatedStore, StoreOptions};
use serde::{Deserialize, Serialize};
use tempfile::TempDir;

use crate::args::RunArgs;
use crate::calls::Caller;
use crate::drive::{Driver, Limit, Work};
use crate::place::{PATH, place};
use crate::plan::{Mix, Plan, Progress};
use crate::population::Population;
use crate::server::{Deliveries, KEY, Server};
use crate::tally::Tally;
use crate::watch::Used;

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
    // They end in this order.
    _server: Option<Server>,
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
    pub(crate) async fn prepare(&mut self, args: &RunArgs) -> Result<(), String> {
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
    pub(crate) fn note(&mut self, work: Option<&mut Work>) -> Result<(), String> {
        let work = work.ok_or("the run was interrupted")?;
        if let (1.., faults) = work.tally.wrong() {
            return Err(format!("wrong answers before anything was measured: {}", faults.join("; ")));
        }
        let fresh = Tally::new(work.tally.busy().is_some());
        work.tally = fresh;
        Ok(())
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
