//! `request`: what a machine without a network asks for, as one line of JSON to be carried to the vendor.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use license_core::saved_text::request_checksum;
use serde::Serialize;

use crate::cli::{Common, RequestArgs};
use crate::code;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::here::Here;
use crate::machine::MachineError;
use crate::place::write_privately;
use crate::qr;
use crate::report::{self, Answer};

/// What a request begins with, so that one is told from other files.
const BEGINNING: &str = "{\"license_request\":";

/// How many seconds to wait for another agent.
const PATIENCE: u64 = 60;

/// The request as it is carried; version 1.
#[derive(Serialize)]
struct Request<'a> {
    license_request: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    activation_code: Option<String>,
    fingerprint: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    device_key: serde_json::Value,
    /// Tells whoever reads it that nothing was changed on the way.
    #[serde(skip_serializing_if = "Option::is_none")]
    checksum: Option<String>,
}

/// What was written.
#[derive(Serialize)]
struct Written {
    /// The line itself.
    request: String,
    file: Option<PathBuf>,
    notes: Vec<String>,
}

pub(crate) fn run(common: &Common, args: &RequestArgs) -> Result<Answer, Failure> {
    let code = args.code.as_deref().map(code::read).transpose()?;
    let here = Here::read(common, &args.machine, &args.device)?;
    let lock = here.place.lock(PATIENCE, || {})?;
    let kept = here.place.key_or_new(&lock)?;
    drop(lock);
    let mut request = Request {
        license_request: 1,
        activation_code: code.map(|code| code.to_string()),
        fingerprint: here.fingerprint().map_err(MachineError::clone)?,
        name: args.name.as_deref(),
        // The core writes JSON.
        device_key: serde_json::from_str(&kept.key.public_jwk()).unwrap_or_default(),
        checksum: None,
    };
    request.checksum = serde_json::to_value(&request).ok().map(|members| request_checksum(&members));
    // A struct of texts cannot fail to serialise.
    let line = serde_json::to_string(&request).unwrap_or_default();
    let mut notes = here.machine.notes.clone();
    notes.extend(kept.note);
    if let Some(path) = &args.out {
        write(path, &line)?;
    }
    if request.activation_code.is_some() {
        notes.push("the activation code is in it: give it to nobody but the vendor".into());
    }
    let picture = if args.qr { Some(qr::draw(&line)?) } else { None };
    let text = match (&args.out, &picture) {
        (Some(path), _) => format!(
            "Wrote the license request to {}.\n\nWhat to do:\n  - carry the file to the vendor, or to the person who \
             asks the vendor for you\n  - put the license that comes back into place: license-agent install FILE\n",
            path.display()
        ),
        (None, Some(_)) => String::new(),
        (None, None) => format!("{line}\n"),
    };
    let written = Written { request: line, file: args.out.clone(), notes };
    Ok(Answer { exit: Exit::Ok, text, json: report::json(&written), notes: written.notes, picture })
}

/// Writes the file as a whole; only an older request is replaced, and only its owner may read it.
fn write(path: &Path, line: &str) -> Result<(), Failure> {
    match fs::read(path) {
        Ok(old) if !old.starts_with(BEGINNING.as_bytes()) => {
            return Err(Failure::OutputInUse(path.to_owned()));
        }
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            return Err(Failure::Output(path.to_owned(), error));
        }
        _ => {}
    }
    write_privately(path, &format!("{line}\n")).map_err(|error| Failure::Output(path.to_owned(), error))
}
