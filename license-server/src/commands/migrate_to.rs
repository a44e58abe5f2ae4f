//! `migrate-to`

use std::path::PathBuf;

use serde::Serialize;

use super::backup::file_of;
use super::progress::Bar;
use super::{CommandError, Common, Done, office, output};
use crate::config::values;
use crate::storage::copying::{Copied, copy};
use crate::storage::{Address, PostgresAddress};

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  license-server migrate-to postgres://license@db.example/license --config server.toml
  license-server migrate-to --to-file /etc/license-server/database --config server.toml    where a password is in it

Stop the server first: the SQLite file is locked, and stays as it is. Every table is compared when it was copied, its
rows by count and checksum. A copy that was interrupted goes on when the command is run again; servers refuse the new
database until it is complete.")]
pub(super) struct Args {
    #[command(flatten)]
    common: Common,
    /// An empty PostgreSQL database, postgres://…
    #[arg(value_name = "URL", required_unless_present = "to_file")]
    to: Option<String>,
    /// A file with that URL
    #[arg(long, value_name = "FILE", conflicts_with = "to")]
    to_file: Option<PathBuf>,
}

#[derive(Serialize)]
struct Report {
    from: String,
    to: String,
    tables: Vec<Copied>,
}

pub(super) fn run(args: &Args) -> Done {
    let settings = args.common.settings.load()?;
    let from =
        file_of(&settings.database, "the setting DATABASE must still name the SQLite file that is copied")?;
    office::must_exist(&settings)?;
    let to = target(args)?;
    let bar = Bar::new();
    let copied = copy(from, &to, &bar);
    bar.clear();
    let tables = copied.map_err(|error| CommandError::Said(error.to_string()))?;
    if args.common.json {
        let (from, to) = (from.display().to_string(), to.to_string());
        return output::json(&Report { from, to, tables });
    }
    let cells = |table: &Copied| {
        let how = if table.was_there { "was there" } else { "copied" };
        vec![table.table.to_owned(), table.rows.to_string(), table.checksum[..16].to_owned(), how.to_owned()]
    };
    output::table(&["table", "rows", "checksum", ""], &tables.iter().map(cells).collect::<Vec<_>>())?;
    output::line(format!(
        "everything is in {to}; set DATABASE to it, run `license-server check`, and start no server on {} any more",
        from.display()
    ))
}

fn target(args: &Args) -> Result<PostgresAddress, CommandError> {
    let text = match (&args.to, &args.to_file) {
        (Some(url), _) => url.clone(),
        (None, Some(file)) => std::fs::read_to_string(file)
            .map_err(|why| CommandError::Said(format!("{}: {why}", file.display())))?
            .trim()
            .to_owned(),
        (None, None) => String::new(),
    };
    match values::database(&text) {
        Ok(Address::Postgres(address)) => Ok(address),
        Ok(Address::Sqlite(_)) => Err(CommandError::Said("the new database must be postgres://…".into())),
        Err(why) => Err(CommandError::Said(format!("the new database {why}"))),
    }
}
