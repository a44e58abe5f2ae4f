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

The store calls POST /koogallery/produce; verifiers read GET /.well-known/jwks.json; /healthz and /readyz are for
whoever watches over it, and so is /metrics, on the operator's address. SIGHUP has catalog, keys and certificate read
again.")]
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
        // From the beginning: one that comes too early must not end the process.
        let mut hangups = Hangups::listen()?;
        let mut stop = std::pin::pin!(asked_to_stop()?);
        let running = launch(&settings, Mode::Serve, Clock::system()).await?;
        if let Some(address) = running.store_address {
            tracing::info!(%address, "listening for the store");
        }
        let operator = running.operator_address.map(tracing::field::display);
        tracing::info!(address = %running.address, operator, database = %settings.database, "listening");
        loop {
            tokio::select! {
                () = &mut stop => break,
                () = hangups.next() => {
                    tracing::info!("asked by SIGHUP to read catalog, keys and certificate again");
                    running.reload().await;
                }
            }
        }
        tracing::info!("stopping; calls under way are finished");
        running.stop().await;
        Ok::<_, CommandError>(())
    })
}

/// Requests to read again what may change.
#[cfg(unix)]
struct Hangups(signal::unix::Signal);

#[cfg(unix)]
impl Hangups {
    fn listen() -> std::io::Result<Self> {
        signal::unix::signal(signal::unix::SignalKind::hangup()).map(Self)
    }

    async fn next(&mut self) {
        if self.0.recv().await.is_none() {
            std::future::pending::<()>().await;
        }
    }
}

/// There are none on this system.
#[cfg(not(unix))]
struct Hangups;

#[cfg(not(unix))]
impl Hangups {
    fn listen() -> std::io::Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) {
        std::future::pending::<()>().await;
    }
}

/// SIGTERM, or Ctrl-C, from this call on, not only once it is waited for.
#[cfg(unix)]
pub(super) fn asked_to_stop() -> std::io::Result<impl Future<Output = ()>> {
    let mut terminated = signal::unix::signal(signal::unix::SignalKind::terminate())?;
    let mut interrupted = signal::unix::signal(signal::unix::SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = interrupted.recv() => {}
            _ = terminated.recv() => {}
        }
    })
}

/// Ctrl-C, from this call on.
#[cfg(windows)]
pub(super) fn asked_to_stop() -> std::io::Result<impl Future<Output = ()>> {
    let mut interrupted = signal::windows::ctrl_c()?;
    Ok(async move {
        let _ = interrupted.recv().await;
    })
}
