//! `demo`: the main job on this machine, step by step.

mod client;
mod programs;
mod sdk;
mod show;
mod steps;

use std::path::PathBuf;

use super::serve::asked_to_stop;
use super::{CommandError, Done};
use crate::clock::Clock;
use crate::launch::{Mode, launch};
use crate::telemetry;
use show::Show;
use steps::Stage;

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  license-server demo           shows the steps, then leaves the server running until Ctrl-C
  license-server demo --once    ends after the last step
  license-server demo --lines   also prints the check in every language

Everything it makes lies in the data folder, with a settings file and a vendor file: the other commands and the agent
work on it, and are printed in the end. Its keys are development keys: what they sign is marked as a test license.")]
pub(super) struct Args {
    /// The folder for database, keys and licenses
    #[arg(long, value_name = "DIR", default_value = "license-data")]
    data: PathBuf,
    /// The address to listen on; a free port when left out
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:0")]
    listen: std::net::SocketAddr,
    /// End after the last step
    #[arg(long)]
    once: bool,
    /// Print the programs that are left for each language
    #[arg(long)]
    lines: bool,
}

pub(super) fn run(args: &Args) -> Done {
    telemetry::init_quiet();
    let runtime = tokio::runtime::Runtime::new()?;
    runtime.block_on(play(args))
}

async fn play(args: &Args) -> Done {
    let clock = Clock::system();
    let mut show = Show::begin(clock.clone());
    show.say("From a purchase to a license that this machine verifies offline")?;
    show.say("")?;
    let market = steps::open_market(clock.clone()).await?;
    let settings = steps::prepare(&mut show, &args.data, args.listen, &market)?;
    let running = launch(&settings, Mode::Demo, clock.clone()).await?;
    steps::write_vendor_file(&args.data, running.address)?;
    show.step("server", &format!("listens on http://{}, embedded database", running.address))?;
    let mut stage = Stage::new(&args.data, running.address, market, clock);
    let played = stage.play(&mut show).await;
    if played.is_ok() {
        stage.leave_programs(&mut show, args.lines)?;
    }
    if played.is_ok() && !args.once {
        let stop = asked_to_stop()?;
        stage.say_what_next(&show)?;
        stop.await;
    }
    running.stop().await;
    played.map_err(|e| CommandError::Said(format!("the demo stopped: {e}")))
}
