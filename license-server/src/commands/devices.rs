//! `devices --suspect`

use super::office;
use super::{Common, Done, Page, output};
use crate::storage::suspect_views::{Side, SuspectRow};

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  license-server devices --suspect            parts of machines that are on two seats at once
  license-server devices --suspect --json     the same for programs

Nothing is refused and nothing is taken away because of a suspicion. Look at both sides with `instances show`; free a
seat that should not be there with `seats free`.")]
pub(super) struct Args {
    /// Those where one part of a machine is on two seats at once
    #[arg(long, required = true)]
    suspect: bool,
    #[command(flatten)]
    page: Page,
    #[command(flatten)]
    common: Common,
}

pub(super) fn run(args: &Args) -> Done {
    let (db, now) = office::look(&args.common.settings.load()?)?;
    let limit = args.page.limit;
    let mut suspects = db.suspects(now, limit.saturating_add(1))?;
    if output::shorten(&mut suspects, limit) {
        output::cut(limit, "a greater --limit");
    }
    if args.common.json {
        return output::json(&suspects);
    }
    if suspects.is_empty() {
        return output::line("no part of a machine is on two seats");
    }
    let side = |side: &Side| {
        format!("{} seat {}{}", side.instance, side.seat, if side.taken { "" } else { " (free now)" })
    };
    let cells = |row: &SuspectRow| {
        vec![
            output::time(Some(row.last_seen), ""),
            side(&row.one),
            side(&row.other),
            row.same.join(" "),
            row.different.join(" "),
            row.looks_like.to_owned(),
        ]
    };
    let rows: Vec<_> = suspects.iter().map(cells).collect();
    output::table(&["seen last", "one side", "other side", "same", "different", "looks like"], &rows)
}
