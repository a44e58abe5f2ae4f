//! A Windows that is played: its answers from a file instead of from its calls.

use serde::Deserialize;

use super::Answers;
use super::adapter::Adapter;
use crate::collect::cpu::Announced;
use crate::collect::fact::LeftOut;
use crate::collect::root::Root;

/// Under the folder that stands for the machine.
const FILE: &str = "/windows.json";

/// The file: `null` stands for a refusal, bytes are in hex.
#[derive(Deserialize)]
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

/// The answers of the Windows that is played here; nothing if none is.
pub(in crate::collect) fn read(root: &Root<'_>) -> Option<Answers> {
    root.exists(FILE).then(|| answers(&root.long_text(FILE).unwrap_or_default()))
}

/// A text of another form is a machine that answers nothing.
pub(super) fn answers(text: &str) -> Answers {
    let machine = serde_json::from_str(text).unwrap_or(Machine {
        machine_guid: None,
        firmware: None,
        adapters: None,
        drives: Vec::new(),
        processor: None,
        in_container: false,
    });
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
