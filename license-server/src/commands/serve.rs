//! `serve`

use tokio::signal;

use super::{CommandError, Done};
use crate::clock::Clock;
use crate::config::SettingsArgs;
use crate::launch::{Mode, launch};
use crate::telemetry;

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  license-server serve --config server.toml

The store calls POST /koogallery/produce; verifiers read GET /.well-known/jwks.json; /healthz, /readyz and /metrics
are for whoever watches over it.")]
pub(super) struct Args {
    #[command(flatten)]
    settings: SettingsArgs,
    #[command(flatten)]
    log: telemetry::LogArgs,
}

pub(super) fn run(args: &Args) -> Done {
    telemetry::init(args.log);
    let settings = args.settings.load()?;
    let runtime = tokio::runtime::Runtime::new()?;
    runtime.block_on(async {
        let running = launch(&settings, Mode::Serve, Clock::system()).await?;
        if let Some(address) = running.store_address {
            tracing::info!(%address, "listening for the store");
        }
        tracing::info!(address = %running.address, database = %settings.database, "listening");
        asked_to_stop().await?;
        tracing::info!("stopping; calls under way are finished");
        running.stop().await;
        Ok::<_, CommandError>(())
    })
}

/// SIGTERM, or Ctrl-C.
#[cfg(unix)]
pub(super) async fn asked_to_stop() -> std::io::Result<()> {
    let mut terminated = signal::unix::signal(signal::unix::SignalKind::terminate())?;
    tokio::select! {
        interrupted = signal::ctrl_c() => interrupted,
        _ = terminated.recv() => Ok(()),
    }
}

/// Ctrl-C.
#[cfg(not(unix))]
pub(super) async fn asked_to_stop() -> std::io::Result<()> {
    signal::ctrl_c().await
}
