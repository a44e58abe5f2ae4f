//! `answer`: a license for a machine that never sees a network.

use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

use license_core::{KeyId, Realm, saved_text};
use zeroize::Zeroizing;

use super::office::{self, Office};
use super::{CommandError, Common, Done, output};
use crate::engine::codes::CodeDigest;
use crate::engine::ids::{InstanceId, SeatName};
use crate::engine::request::{Activate, ActivateBy, Activated, ApplyDevice, Command as Ask, Outcome};
use crate::members::{self, Members};

/// A request is one line; this is far more.
const MAX_REQUEST: u64 = 64 * 1024;

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  license-server answer workshop.req --out workshop.lic     the file that `license-agent request` wrote
  license-server answer - <workshop.req >workshop.lic       from the standard input
  license-server answer workshop.req --instance INSTANCE    a request without an activation code

The machine takes a seat as if it had asked itself; asked again, it gets the same license. Bring the license back and
install it there with `license-agent install`.")]
pub(super) struct Args {
    #[command(flatten)]
    common: Common,
    /// The request; `-` reads the standard input
    file: PathBuf,
    /// The purchase, where the request has no activation code
    #[arg(long)]
    instance: Option<String>,
    /// Write the license to a file instead of the terminal; an existing file is not touched
    #[arg(long)]
    out: Option<PathBuf>,
}

pub(super) fn run(args: &Args) -> Done {
    let settings = args.common.settings.load()?;
    let read = read(&args.file)?;
    let text = Zeroizing::new(saved_text::request(&read).map_err(|what| {
        CommandError::Said(format!(
            "{} is no license request: {what}; {}",
            args.file.display(),
            what.advice()
        ))
    })?);
    let mut office = Office::for_signing(&settings)?;
    let asked = request(text.as_bytes(), args.instance.as_deref(), &office.realm)?;
    // The file is made first: a seat that is taken for nothing is worse than none.
    let create = |path: &PathBuf| {
        let named =
            |why| CommandError::Said(format!("{} cannot be made: {why}; nothing was issued", path.display()));
        std::fs::File::create_new(path).map_err(named)
    };
    let file = args.out.as_ref().map(create).transpose()?;
    // R105
    let decided = office.decide(Ask::Activate(asked)).and_then(|outcome| match outcome {
        Outcome::Activated(activated) => Ok(activated),
        other => Err(office::refused(&other)),
    });
    if let (Err(_), Some(path)) = (&decided, &args.out) {
        std::fs::remove_file(path)?;
    }
    let activated = decided?;
    if let Some(mut file) = file {
        file.write_all(activated.token.as_bytes())?;
        file.sync_all()?;
    }
    say(args, &activated)
}

fn say(args: &Args, activated: &Activated) -> Done {
    let Activated { instance, license_id, token, expires_at, seats_left, .. } = activated;
    let until = expires_at.map(|at| at.to_string());
    if args.common.json {
        return output::json(&serde_json::json!({
            "instance": instance, "license_id": license_id, "expires_at": until, "seats_left": seats_left,
            "license": token,
        }));
    }
    match &args.out {
        Some(path) => output::line(format!(
            "license of instance {instance} until {} written to {}; {seats_left} seats left",
            until.as_deref().unwrap_or("for ever"),
            path.display()
        )),
        None => output::line(token),
    }
}

fn read(path: &Path) -> Result<Zeroizing<Vec<u8>>, CommandError> {
    let said = |why: String| CommandError::Said(format!("{}: {why}", path.display()));
    let mut text = Zeroizing::new(Vec::new());
    let got = if path == Path::new("-") {
        std::io::stdin().lock().take(MAX_REQUEST + 1).read_to_end(&mut text)
    } else {
        std::fs::File::open(path).and_then(|file| file.take(MAX_REQUEST + 1).read_to_end(&mut text))
    };
    got.map_err(|e| said(e.to_string()))?;
    if text.len() as u64 > MAX_REQUEST {
        return Err(said("it is longer than 64 KiB; is this a license request?".into()));
    }
    Ok(text)
}

/// Reads a license request.
///
/// # Errors
/// What is wrong with it, and what to do.
pub(super) fn request(text: &[u8], instance: Option<&str>, realm: &Realm) -> Result<Activate, CommandError> {
    let said = |why: String| CommandError::Said(format!("this is not a license request: {why}"));
    let members = Members::read(text).map_err(|e| said(e.to_string()))?;
    match members.number("license_request") {
        Some(1) => {}
        Some(other) => {
            return Err(said(format!(
                "it is of version {other}, and this program knows 1; install a newer program"
            )));
        }
        None => {
            return Err(said(
                "the member license_request is missing; `license-agent request` makes one".into(),
            ));
        }
    }
    let optional = |name| members.optional(name).map_err(|e| said(e.to_string()));
    let by = match (optional("activation_code")?, instance) {
        (Some(code), None) => {
            let code = saved_text::activation_code(code.as_bytes());
            let code = code.map_err(|e| CommandError::Said(format!("the activation code in it: {e}")))?;
            ActivateBy::Code(CodeDigest(code.sha256()))
        }
        (None, Some(id)) => ActivateBy::Instance(
            InstanceId::parse(id).map_err(|e| CommandError::Said(format!("the instance id {e}")))?,
        ),
        (Some(_), Some(_)) => {
            let why = "the request names its purchase by its activation code; leave --instance out";
            return Err(CommandError::Said(why.into()));
        }
        (None, None) => {
            let why = "the request has no activation code; name the purchase with --instance";
            return Err(CommandError::Said(why.into()));
        }
    };
    let device = ApplyDevice::of(optional("fingerprint")?, realm);
    let name = optional("name")?.map(SeatName::parse).transpose();
    let device_key = members::raw(text, "device_key").map(KeyId::of_public_jwk).transpose();
    Ok(Activate {
        by,
        device: device.map_err(|e| CommandError::Said(e.to_string()))?,
        name: name.map_err(|e| said(format!("the name of the machine {e}")))?,
        device_key: device_key.map_err(|e| said(format!("its device_key is no public key: {e}")))?,
    })
}
