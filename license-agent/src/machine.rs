//! This machine, as far as it may be read.

use license_core::collect::{CollectOptions, Collected, FactStatus, LeftOut, collect};
use license_core::{Device, FingerprintError, Reading, Realm};

use crate::cli::{DeviceArgs, MachineArgs};

/// Why there is no machine to go by.
#[derive(Debug, thiserror::Error)]
pub(crate) enum MachineError {
    #[error("nothing on this machine tells it from others, so it has no fingerprint")]
    Nothing {
        /// Whether an administrator could read more.
        hidden: bool,
    },
    #[error("the text after --device is no fingerprint: {0}")]
    Text(FingerprintError),
    #[error("this machine's fingerprint cannot be made: {0}")]
    Other(FingerprintError),
}

impl MachineError {
    pub(crate) const fn code(&self) -> &'static str {
        match self {
            Self::Nothing { .. } => "no-fingerprint",
            Self::Text(_) => "device-text",
            Self::Other(_) => "fingerprint",
        }
    }

    pub(crate) fn advice(&self) -> Vec<String> {
        match self {
            Self::Nothing { hidden } => {
                let mut steps = nothing_usable(*hidden);
                steps.push("see what was left out and why: license-agent fingerprint --explain".into());
                steps
            }
            Self::Text(_) => vec!["give the text exactly as the vendor has it, in quotes".into()],
            Self::Other(_) => vec!["see what was found: license-agent fingerprint --explain".into()],
        }
    }
}

/// What to do where a machine offers nothing: a constant would make it the same as every other such machine.
pub(crate) fn nothing_usable(hidden: bool) -> Vec<String> {
    let mut steps = Vec::new();
    if hidden {
        steps.push(
            "run it as administrator with --privileged, which reads what the firmware knows".to_owned(),
        );
    }
    if cfg!(target_os = "linux") {
        steps.push(
            "in a container, run it on the host, or mount the host's /etc/machine-id read-only into the container"
                .to_owned(),
        );
    }
    steps.push(
        "agree with your vendor on an identifier of your own, and give it to install and status with --device"
            .to_owned(),
    );
    steps
}

/// Reads this machine.
pub(crate) fn read(args: &MachineArgs) -> Collected {
    collect(&CollectOptions { privileged: args.privileged, root: args.sysroot.clone() })
}

/// This machine for verification, or the text that stands in for it; with what there is to say about it.
pub(crate) fn device(
    args: &MachineArgs,
    stand_in: &DeviceArgs,
    realm: &Realm,
) -> Result<(Device, Vec<String>), MachineError> {
    if let Some(text) = &stand_in.text {
        return Ok((Device::from_text(text, realm).map_err(MachineError::Text)?, Vec::new()));
    }
    let collected = read(args);
    let device = collected.device(realm).map_err(MachineError::Other)?;
    Ok((device, notes(args, &collected)))
}

/// What to say where rights were asked for that are not there.
pub(crate) fn notes(args: &MachineArgs, collected: &Collected) -> Vec<String> {
    if !args.privileged || collected.reading() == Reading::Privileged {
        return Vec::new();
    }
    vec![
        "the rights that --privileged needs are lacking, so the firmware's facts are left out; run it as administrator"
            .into(),
    ]
}

/// Whether facts were left out that an administrator could read.
pub(crate) fn hides_something(collected: &Collected) -> bool {
    let hidden =
        |status| matches!(status, FactStatus::LeftOut(LeftOut::NeedsPrivileges | LeftOut::Unreadable));
    collected.facts().iter().any(|fact| fact.privileged && hidden(fact.status))
}
