//! A Windows that is played: its answers from a file instead of from its calls.

use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

use super::Answers;
use super::adapter::Adapter;
use crate::collect::cpu::Announced;
use crate::collect::fact::LeftOut;
use crate::collect::root::Root;

/// Under the folder that stands for the machine.
const FILE: &str = "/windows.json";

/// The file: `null` stands for a refusal, bytes are in hex.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Machine {
    machine_guid: Option<String>,
    firmware: Option<String>,
    adapters: Option<Vec<Adapter>>,
    drives: Vec<(u32, Option<String>)>,
    #[serde(default)]
    processor: Option<Announced>,
    #[serde(default)]
    in_container: bool,
    /// What a capture says of the machine besides.
    #[serde(default, skip_serializing)]
    about: IgnoredAny,
    #[serde(default, skip_serializing)]
    origin: IgnoredAny,
    #[serde(default, skip_serializing)]
    environment: IgnoredAny,
    #[serde(default, skip_serializing)]
    quality: IgnoredAny,
    #[serde(default, skip_serializing)]
    facts: IgnoredAny,
}

/// The object of the Windows that is played here; nothing if none is.
pub(in crate::collect) fn object(root: &Root<'_>) -> Option<String> {
    root.exists(FILE).then(|| root.long_text(FILE).unwrap_or_default())
}

/// Whether a text is such an object.
pub(in crate::collect) fn check(text: &str) -> Result<(), String> {
    serde_json::from_str::<Machine>(text).map(drop).map_err(|error| error.to_string())
}

/// The object of a Windows that was asked.
#[cfg(any(windows, test))]
pub(in crate::collect) fn written(answers: Answers) -> String {
    let hex = |bytes: Vec<u8>| data_encoding::HEXLOWER.encode(&bytes);
    let drives = answers.drives.into_iter().map(|(number, answer)| (number, answer.ok().map(hex)));
    let machine = Machine {
        machine_guid: answers.machine_guid.ok(),
        firmware: answers.firmware.ok().map(hex),
        adapters: answers.adapters.ok(),
        drives: drives.collect(),
        processor: answers.announced,
        in_container: answers.in_container,
        ..Machine::silent()
    };
    serde_json::to_string(&machine).unwrap_or_default()
}

impl Machine {
    /// One that answers nothing.
    fn silent() -> Self {
        Self {
            machine_guid: None,
            firmware: None,
            adapters: None,
            drives: Vec::new(),
            processor: None,
            in_container: false,
            about: IgnoredAny,
            origin: IgnoredAny,
            environment: IgnoredAny,
            quality: IgnoredAny,
            facts: IgnoredAny,
        }
    }
}

/// A text of another form is a machine that answers nothing.
pub(super) fn answers(text: &str) -> Answers {
    let machine = serde_json::from_str(text).unwrap_or_else(|_| Machine::silent());
    let drives = machine.drives.into_iter().map(|(number, answer)| (number, bytes(answer)));
    Answers {
        machine_guid: machine.machine_guid.ok_or(LeftOut::Unreadable),
        firmware: bytes(machine.firmware),
        adapters: machine.adapters.ok_or(LeftOut::Unreadable),
        drives: drives.collect(),
        announced: machine.processor,
        in_container: machine.in_container,
    }
}

fn bytes(hex: Option<String>) -> Result<Vec<u8>, LeftOut> {
    let hex = hex.ok_or(LeftOut::Unreadable)?;
    data_encoding::HEXLOWER.decode(hex.as_bytes()).map_err(|_| LeftOut::WrongForm)
}
