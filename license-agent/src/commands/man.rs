//! `man`: one manual page for each command, in a folder.

use std::fs;
use std::io;
use std::path::Path;

use clap::CommandFactory as _;

use crate::cli::{Cli, ManArgs};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::report::Answer;

pub(crate) fn run(args: &ManArgs) -> Result<Answer, Failure> {
    let written = write(&args.folder).map_err(|error| Failure::Output(args.folder.clone(), error))?;
    let text = format!("Wrote {written} manual pages to {}.\n", args.folder.display());
    Ok(Answer { exit: Exit::Ok, text, ..Answer::default() })
}

fn write(folder: &Path) -> io::Result<usize> {
    fs::create_dir_all(folder)?;
    let mut agent = Cli::command();
    agent.build();
    let commands = agent.get_subcommands().filter(|command| !command.is_hide_set()).cloned();
    let pages: Vec<_> = std::iter::once(agent.clone()).chain(commands).collect();
    for page in &pages {
        let mut text = Vec::new();
        let name = page.get_display_name().unwrap_or_else(|| page.get_name()).to_owned();
        clap_mangen::Man::new(page.clone()).render(&mut text)?;
        fs::write(folder.join(format!("{name}.1")), text)?;
    }
    Ok(pages.len())
}
