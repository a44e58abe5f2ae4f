//! `instances code`: the secret with which a buyer's machines get their licenses.

use license_core::ActivationCode;

use super::office::{self, Office};
use super::{CommandError, Common, Done, output};
use crate::config::Settings;
use crate::engine::ids::InstanceId;
use crate::engine::request::{Command as Ask, Outcome};
use crate::launch;
use crate::storage::{Sqlite, StorageError};

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  license-server instances code INSTANCE             print the code, to send it to the buyer
  license-server instances code INSTANCE --replace   the old code is worth nothing from now on; seats and licenses stay
  license-server instances code --all --replace      after the secret was lost, or seen by somebody; stop the server first

Whoever knows a code can take a seat.")]
pub(super) struct Args {
    #[command(flatten)]
    common: Common,
    /// The instance's id
    #[arg(required_unless_present = "all")]
    instance: Option<String>,
    /// Give it another code; the old one stops working at once
    #[arg(long)]
    replace: bool,
    /// Every instance; only together with --replace
    #[arg(long, conflicts_with = "instance", requires = "replace")]
    all: bool,
}

pub(super) fn run(args: &Args) -> Done {
    let settings = args.common.settings.load()?;
    let Some(id) = &args.instance else {
        return replace_all(&settings, args.common.json);
    };
    let instance = InstanceId::parse(id).map_err(|e| CommandError::Said(format!("the instance id {e}")))?;
    let mut office = Office::open(&settings)?;
    if !office.policy().codes.are_known() {
        return Err(StorageError::OtherSecret.into());
    }
    if args.replace {
        match office.decide(Ask::ReplaceCode { instance })? {
            Outcome::Code(_) => {}
            other => return Err(office::refused(&other)),
        }
    }
    let (db, _) = office::look(&settings)?;
    let code = shown(&db, &settings, id)?.ok_or_else(|| {
        CommandError::Said(format!(
            "there is no instance {id}, or it was released; see `license-server instances list`"
        ))
    })?;
    if args.common.json {
        return output::json(&serde_json::json!({ "instance": id, "activation_code": code.to_string() }));
    }
    output::line(code.to_string())
}

/// The code of an instance that can be activated; none where another server's keys are looked at.
pub(super) fn shown(
    db: &Sqlite,
    settings: &Settings,
    id: &str,
) -> Result<Option<ActivationCode>, CommandError> {
    let codes = launch::secret_file(settings).read()?.filter(|codes| {
        let name = codes.name();
        name.is_some() && db.secret_of_codes().is_ok_and(|kept| kept == name)
    });
    let (Some(codes), Some(counter), Ok(id)) = (codes, db.code_counter(id)?, InstanceId::parse(id)) else {
        return Ok(None);
    };
    Ok(codes.code(&id, counter))
}

fn replace_all(settings: &Settings, json: bool) -> Done {
    // The database must be there, and it may have been made with another secret.
    drop(office::look(settings)?);
    let codes = launch::secret_file(settings).read_or_make()?;
    Sqlite::open(&settings.database)?.replace_all_codes(&codes)?;
    if json {
        return output::json(&serde_json::json!({ "replaced": "all" }));
    }
    output::line("every instance has another activation code; start the server, or restart it")
}
