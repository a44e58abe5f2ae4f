//! A Windows that is played: its answers from a file instead of from its calls.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::Answers;
use super::adapter::Adapter;
use crate::collect::cpu::Announced;
use crate::collect::fact::LeftOut;
use crate::collect::root::Root;

/// Under the folder that stands for the machine.
const FILE: &str = "/windows.json";
/// Members that say what a file is and what comes of it: no answers.
pub(in crate::collect) const SAID_OF_IT: [&str; 5] = ["about", "origin", "environment", "quality", "facts"];

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
}

/// The object of the Windows that is played here; nothing if none is.
pub(in crate::collect) fn object(root: &Root<'_>) -> Option<String> {
    root.exists(FILE).then(|| root.long_text(FILE).unwrap_or_default())
}

/// Whether a text is such an object.
pub(in crate::collect) fn check(text: &str) -> Result<(), String> {
    parse(text).map(drop).map_err(|error| error.to_string())
}

fn parse(text: &str) -> serde_json::Result<Machine> {
    let mut object: Map<String, Value> = serde_json::from_str(text)?;
    object.retain(|member, _| !SAID_OF_IT.contains(&member.as_str()));
    serde_json::from_value(Value::Object(object))
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
        }
    }
}

/// A text of another form is a machine that answers nothing.
pub(super) fn answers(text: &str) -> Answers {
    let machine = parse(text).unwrap_or_else(|_| Machine::silent());
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
