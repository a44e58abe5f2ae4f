//! `completions`: what makes a shell complete these commands.

use clap::CommandFactory as _;

use crate::cli::{Cli, CompletionsArgs};
use crate::exit::Exit;
use crate::report::Answer;

pub(crate) fn run(args: &CompletionsArgs) -> Answer {
    // Written to memory first: the generator panics when its reader goes away.
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "license-agent", &mut script);
    let text = String::from_utf8_lossy(&script).into_owned();
    Answer { exit: Exit::Ok, text, ..Answer::default() }
}
