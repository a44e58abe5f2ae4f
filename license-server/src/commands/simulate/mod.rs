//! `simulate`: plays the store against a production URL.

mod listen;
mod own;
mod waiting;
mod weather;

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use super::{CommandError, Done, output};
use crate::clock::Clock;
use crate::config::{Secret, StoreApi};
use crate::simulator::report::{self, Detail};
use crate::simulator::store::{Behaviour, Order, SimulatedStore, StoreOptions};
use crate::simulator::{Plan, ProductionUrl, Report, cases, play};
use crate::telemetry;
use own::OwnServer;
use waiting::Waiting;
use weather::Weather;

/// The exit code of a wrong command line, as clap's.
const USAGE: u8 = 2;
/// Of the open API. Nobody's own: a server under test often listens on 8443.
const LISTEN_PORT: u16 = 9443;
const STORE_AK: &str = "SIMULATEDAK0001";
const STORE_SK: &str = "simulated-secret-key-0001";

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  license-server simulate                                      against a server of this program's own
  license-server simulate --listen-only                        only the open API, to set the server up with
  license-server simulate --url https://vendor.example/produce --access-key-file key
  license-server simulate --url http://127.0.0.1:8080/koogallery/produce --access-key-file key --only renewal --steps
  license-server simulate --url … --without-open-api --junit report.xml

The server under test must use this program as the store's open API: its address is --listen, its keys are --store-ak
and --store-sk. Its catalog must sell what the simulator's orders name: --sku and --product-id.

Exit code: 0 everything passed, 1 a case failed, 2 wrong arguments, 3 nothing failed but some cases were not checked.")]
pub(super) struct Args {
    /// The production URL to play against; without it a server of this program's own is started for the run
    #[arg(long, value_name = "URL")]
    url: Option<ProductionUrl>,
    /// The access key of the interface; other processes can read it here
    #[arg(long, value_name = "KEY", env = "LICENSE_SIMULATE_ACCESS_KEY", hide_env_values = true)]
    access_key: Option<String>,
    /// The same from a file
    #[arg(long, value_name = "FILE", conflicts_with = "access_key")]
    access_key_file: Option<PathBuf>,
    /// Where the open API listens [default: 127.0.0.1:9443; a free port where this program's own server is played against]
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<SocketAddr>,
    /// The open API's AK
    #[arg(long, value_name = "AK", default_value = STORE_AK)]
    store_ak: String,
    /// The open API's SK
    #[arg(long, value_name = "SK", env = "LICENSE_SIMULATE_STORE_SK", hide_env_values = true, default_value = STORE_SK)]
    store_sk: String,
    /// The skuCode that the simulator's orders name
    #[arg(long, value_name = "SKU", default_value = "simulated-sku")]
    sku: String,
    /// The productId that the simulator's orders name
    #[arg(long, value_name = "ID", default_value = "SIMULATED-PRODUCT")]
    product_id: String,
    /// More orders that the open API can be asked about: a JSON array in the shape of the store's orderInfo
    #[arg(long, value_name = "FILE")]
    orders: Option<PathBuf>,
    /// Only cases whose name or group contains this
    #[arg(long, value_name = "TEXT")]
    only: Option<String>,
    /// List the cases and end
    #[arg(long)]
    list: bool,
    /// Only what needs no uploads; the rest is left out
    #[arg(long, conflicts_with = "listen_only")]
    without_open_api: bool,
    /// Only the open API, until Ctrl-C
    #[arg(long, conflicts_with = "url")]
    listen_only: bool,
    /// How long the upload of a license may take
    #[arg(long, value_name = "DURATION", default_value = "20s", value_parser = weather::duration)]
    patience: Duration,
    #[command(flatten)]
    weather: Weather,
    /// Show every step of every case
    #[arg(long, conflicts_with = "json")]
    steps: bool,
    /// Print JSON for programs
    #[arg(long)]
    json: bool,
    /// Write JUnit XML as well
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
}

pub(super) fn run(args: &Args) -> Done {
    if args.list {
        return list(args);
    }
    telemetry::init_quiet();
    tokio::runtime::Runtime::new()?.block_on(async {
        if args.listen_only {
            let store = open(args).await?;
            args.weather.behaviours().into_iter().for_each(|behaviour| store.behave(behaviour));
            return listen::until_stopped(&store, &how_to_set(&store, args)).await;
        }
        match &args.url {
            Some(url) => match access_key(args)? {
                Some(key) => simulate(args, url.clone(), key).await,
                None => Err(wrong_usage(
                    "name the access key with --access-key-file or LICENSE_SIMULATE_ACCESS_KEY",
                )),
            },
            None => simulate_own(args).await,
        }
    })
}

/// Plays against the server that was named.
async fn simulate(args: &Args, url: ProductionUrl, access_key: Secret) -> Done {
    let store = if args.without_open_api { None } else { Some(open(args).await?) };
    if let Some(store) = &store {
        // Beside a report for programs there is no place for it.
        eprintln!("{}\n", how_to_set(store, args));
    }
    let report = played(plan(args, url, access_key, store)?).await?;
    publish(args, &report)
}

/// Plays against a server of this program's own.
async fn simulate_own(args: &Args) -> Done {
    let store = open(args).await?;
    let (access_key, secret_key) = (args.store_ak.as_str().into(), args.store_sk.as_str().into());
    let api = StoreApi { url: store.url(), fallback_url: None, access_key, secret_key };
    let server = OwnServer::start(api, Clock::system()).await?;
    let (url, access_key) = server.called_at()?;
    let store = Some(store).filter(|_| !args.without_open_api);
    let report = match plan(args, url, access_key, store) {
        Ok(plan) => played(plan).await,
        Err(error) => Err(error),
    };
    server.stop().await;
    publish(args, &report?)
}

fn wrong_usage(text: &str) -> CommandError {
    eprintln!("license-server: {text}");
    CommandError::Ended(USAGE)
}

/// Everything that is played, and with what.
fn plan(
    args: &Args,
    url: ProductionUrl,
    access_key: Secret,
    store: Option<SimulatedStore>,
) -> Result<Plan, CommandError> {
    let mut plan = Plan::new(url, access_key, Clock::system(), rand::random());
    plan.sku.clone_from(&args.sku);
    plan.product_id.clone_from(&args.product_id);
    plan.only.clone_from(&args.only);
    plan.patience = args.patience;
    plan.base = args.weather.behaviours();
    plan.store = store;
    if cases::all().all(|case| !plan.asks_for(case)) {
        return Err(wrong_usage("no case is called so; --list shows them"));
    }
    Ok(plan)
}

async fn played(plan: Plan) -> Result<Report, CommandError> {
    let (store, waiting) = (plan.store.clone(), Waiting::new(&plan));
    let stop = super::serve::asked_to_stop()?;
    let report = tokio::select! {
        report = play(plan, |case| waiting.ended(case.name)) => Ok(report),
        never = waiting.tell() => match never {},
        () = stop => Err(CommandError::Said("stopped before the last case".into())),
    };
    waiting.clear();
    if let Some(store) = store {
        store.stop().await;
    }
    report
}

fn publish(args: &Args, report: &Report) -> Done {
    if let Some(path) = &args.junit {
        std::fs::write(path, report::junit(report))
            .map_err(|e| CommandError::Said(format!("{} cannot be written: {e}", path.display())))?;
    }
    if args.json {
        output::line(report.json())?;
    } else {
        let detail = if args.steps { Detail::All } else { Detail::Last };
        output::line(report::table(report, detail).trim_end())?;
    }
    match report.exit_code() {
        0 => Ok(()),
        code => Err(CommandError::Ended(code)),
    }
}

async fn open(args: &Args) -> Result<SimulatedStore, CommandError> {
    let port = if args.url.is_some() || args.listen_only { LISTEN_PORT } else { 0 };
    let listen = args.listen.unwrap_or((Ipv4Addr::LOCALHOST, port).into());
    let options = StoreOptions {
        listen,
        access_key: Secret::from(args.store_ak.as_str()),
        secret_key: Secret::from(args.store_sk.as_str()),
        clock: Clock::system(),
        tls: None,
    };
    let said = |e: &dyn std::fmt::Display| CommandError::Said(e.to_string());
    let orders = args.orders.as_deref().map(Order::read_file).transpose().map_err(|e| said(&e))?;
    let store = SimulatedStore::listen(options).await.map_err(|why| {
        said(&format!("cannot listen on {listen}: {why}; choose another address with --listen"))
    })?;
    orders.into_iter().flatten().for_each(|order| store.sell(order));
    store.behave(Behaviour::good());
    Ok(store)
}

fn access_key(args: &Args) -> Result<Option<Secret>, CommandError> {
    let from_file = |path: &PathBuf| {
        std::fs::read_to_string(path)
            .map_err(|e| CommandError::Said(format!("{} cannot be read: {e}", path.display())))
    };
    let text = args.access_key_file.as_ref().map(from_file).transpose()?.or_else(|| args.access_key.clone());
    Ok(text.map(|text| Secret::from(text.trim())).filter(|key| !key.expose().is_empty()))
}

fn how_to_set(store: &SimulatedStore, args: &Args) -> String {
    let sk = if args.store_sk == STORE_SK { STORE_SK } else { "as you gave it" };
    format!(
        "The open API listens on {url}. At the server under test:\n\
         \u{20} the store's address  {url}   (here: LICENSE_SERVER_STORE_URL)\n\
         \u{20} AK                   {ak}   (LICENSE_SERVER_STORE_AK)\n\
         \u{20} SK                   {sk}   (LICENSE_SERVER_STORE_SK)\n\
         \u{20} the product          skuCode {sku}, productId {product}",
        url = store.url(),
        ak = args.store_ak,
        sku = args.sku,
        product = args.product_id,
    )
}

fn list(args: &Args) -> Done {
    let only = |case: &&cases::Case| {
        args.only.as_ref().is_none_or(|only| case.name.contains(only) || case.group.contains(only))
    };
    let row = |case: &cases::Case| [case.group, case.name, case.page, case.why].map(str::to_owned).to_vec();
    let rows: Vec<_> = cases::all().filter(only).map(row).collect();
    output::table(&["GROUP", "CASE", "PAGE", "WHY"], &rows)
}
