//! `simulate`: plays the store against a production URL.

mod listen;
mod weather;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use super::{CommandError, Done, output};
use crate::clock::Clock;
use crate::config::Secret;
use crate::simulator::report::{self, Detail};
use crate::simulator::store::{Behaviour, Order, SimulatedStore, StoreOptions};
use crate::simulator::{Plan, ProductionUrl, Report, cases, play};
use crate::telemetry;
use weather::Weather;

/// The exit code of a wrong command line, as clap's.
const USAGE: u8 = 2;
const STORE_AK: &str = "SIMULATEDAK0001";
const STORE_SK: &str = "simulated-secret-key-0001";

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  license-server simulate --listen-only                        only the open API, to set the server up with
  license-server simulate --url https://vendor.example/produce --access-key-file key
  license-server simulate --url http://127.0.0.1:8080/koogallery/produce --access-key-file key --only renewal --steps
  license-server simulate --url … --without-open-api --junit report.xml

The server under test must use this program as the store's open API: its address is --listen, its keys are --store-ak
and --store-sk. Its catalog must sell what the simulator's orders name: --sku and --product-id.

Exit code: 0 everything passed, 1 a case failed, 2 wrong arguments, 3 nothing failed but some cases were not checked.")]
pub(super) struct Args {
    /// The production URL to play against
    #[arg(long, value_name = "URL")]
    url: Option<ProductionUrl>,
    /// The access key of the interface; other processes can read it here
    #[arg(long, value_name = "KEY", env = "LICENSE_SIMULATE_ACCESS_KEY", hide_env_values = true)]
    access_key: Option<String>,
    /// The same from a file
    #[arg(long, value_name = "FILE", conflicts_with = "access_key")]
    access_key_file: Option<PathBuf>,
    /// Where the open API listens
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8443")]
    listen: SocketAddr,
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
    if !args.listen_only && args.url.is_none() {
        eprintln!("{}", how_to_begin(args));
        return Err(CommandError::Ended(USAGE));
    }
    telemetry::init_quiet();
    tokio::runtime::Runtime::new()?.block_on(async {
        if args.listen_only {
            let store = open(args).await?;
            args.weather.behaviours().into_iter().for_each(|behaviour| store.behave(behaviour));
            return listen::until_stopped(&store, &how_to_set(&store, args)).await;
        }
        let Some(plan) = plan(args).await? else { return Err(CommandError::Ended(USAGE)) };
        simulate(args, plan).await
    })
}

/// Everything that is played, and with what; `None` after it was said what is missing.
async fn plan(args: &Args) -> Result<Option<Plan>, CommandError> {
    let Some(url) = args.url.clone() else { return Ok(None) };
    let Some(access_key) = access_key(args)? else {
        eprintln!(
            "license-server: name the access key with --access-key-file or LICENSE_SIMULATE_ACCESS_KEY"
        );
        return Ok(None);
    };
    let mut plan = Plan::new(url, access_key, Clock::system(), rand::random());
    plan.sku.clone_from(&args.sku);
    plan.product_id.clone_from(&args.product_id);
    plan.only.clone_from(&args.only);
    plan.patience = args.patience;
    plan.base = args.weather.behaviours();
    if cases::all().all(|case| !plan.asks_for(case)) {
        eprintln!("license-server: no case is called so; --list shows them");
        return Ok(None);
    }
    if !args.without_open_api {
        plan.store = Some(open(args).await?);
    }
    Ok(Some(plan))
}

async fn simulate(args: &Args, plan: Plan) -> Done {
    let store = plan.store.clone();
    if let Some(store) = &store {
        // Beside a report for programs there is no place for it.
        eprintln!("{}\n", how_to_set(store, args));
    }
    let bar = progress(cases::all().filter(|case| plan.asks_for(case)).count());
    let report = tokio::select! {
        report = play(plan.clone(), |case| step(&bar, &plan, case.name)) => report,
        stopped = super::serve::asked_to_stop() => {
            stopped?;
            return Err(CommandError::Said("stopped before the last case".into()));
        }
    };
    bar.finish_and_clear();
    if let Some(store) = store {
        store.stop().await;
    }
    publish(args, &report)?;
    match report.exit_code() {
        0 => Ok(()),
        code => Err(CommandError::Ended(code)),
    }
}

fn publish(args: &Args, report: &Report) -> Done {
    if let Some(path) = &args.junit {
        std::fs::write(path, report::junit(report))
            .map_err(|e| CommandError::Said(format!("{} cannot be written: {e}", path.display())))?;
    }
    if args.json {
        return output::line(report.json());
    }
    let detail = if args.steps { Detail::All } else { Detail::Last };
    output::line(report::table(report, detail).trim_end())
}

/// A line on the terminal; nothing where the standard error is none.
fn progress(cases: usize) -> ProgressBar {
    let bar = ProgressBar::new(u64::try_from(cases).unwrap_or(0));
    if let Ok(style) = ProgressStyle::with_template("{pos:>3}/{len} {bar:30} {elapsed} {msg}") {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}

fn step(bar: &ProgressBar, plan: &Plan, ended: &str) {
    let mut rest = cases::all().skip_while(|case| case.name != ended).filter(|case| plan.asks_for(case));
    if rest.next().is_some_and(|case| case.name == ended) {
        bar.inc(1);
    }
    bar.set_message(rest.next().map_or("", |case| case.name));
}

async fn open(args: &Args) -> Result<SimulatedStore, CommandError> {
    let options = StoreOptions {
        listen: args.listen,
        access_key: Secret::from(args.store_ak.as_str()),
        secret_key: Secret::from(args.store_sk.as_str()),
        clock: Clock::system(),
        tls: None,
    };
    let said = |e: &dyn std::fmt::Display| CommandError::Said(e.to_string());
    let orders = args.orders.as_deref().map(Order::read_file).transpose().map_err(|e| said(&e))?;
    let store = SimulatedStore::listen(options).await.map_err(|why| {
        let address = args.listen;
        said(&format!("cannot listen on {address}: {why}; choose another address with --listen"))
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

fn how_to_begin(args: &Args) -> String {
    format!(
        "license-server: name the server to play against with --url, and its access key with --access-key-file\n\n\
         1. license-server simulate --listen-only   says what to set at the server, and shows the calls it makes\n\
         2. start the server with the store's address http://{listen}, AK {ak}, SK and a product of skuCode {sku}\n\
         3. license-server simulate --url http://127.0.0.1:8080/koogallery/produce --access-key-file key",
        listen = args.listen,
        ak = args.store_ak,
        sku = args.sku,
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
