//! This machine, as far as it may be read.

use license_core::collect::{
    CollectOptions, Collected, Container, FactStatus, LeftOut, OperatorId, OperatorIdError, collect,
    operator_id,
};
use license_core::{Binding, Device, Fingerprint, FingerprintError, Kind, Reading, Realm};

use crate::cli::{DeviceArgs, MachineArgs};

/// This machine for verification, or the text that stands in for it.
#[derive(Debug)]
pub(crate) struct Machine {
    pub(crate) device: Device,
    /// The text that names it to the vendor, or why there is none.
    pub(crate) fingerprint: Result<String, MachineError>,
    /// What there is to say about it.
    pub(crate) notes: Vec<String>,
}

/// Why there is no machine to go by.
#[derive(Clone, Debug, thiserror::Error)]
pub(crate) enum MachineError {
    #[error("{}, so it has no fingerprint", nothing(*container, unreadable.as_deref()))]
    Nothing {
        /// Whether an administrator could read more.
        hidden: bool,
        container: Option<Container>,
        /// What the system does not show to this user.
        unreadable: Option<String>,
    },
    #[error(transparent)]
    DeviceId(#[from] OperatorIdError),
    #[error("the text after --device is no fingerprint: {0}")]
    Text(FingerprintError),
    #[error("this machine's fingerprint cannot be made: {0}")]
    Other(FingerprintError),
}

impl MachineError {
    pub(crate) const fn code(&self) -> &'static str {
        match self {
            Self::Nothing { .. } => "no-fingerprint",
            Self::DeviceId(_) => "device-id",
            Self::Text(_) => "device-text",
            Self::Other(_) => "fingerprint",
        }
    }

    pub(crate) fn advice(&self) -> Vec<String> {
        match self {
            Self::DeviceId(_) => {
                vec!["mend it, or take it away; the hardware is not used in its place".into()]
            }
            Self::Nothing { hidden, unreadable, .. } => {
                let mut steps = nothing_usable(*hidden);
                if unreadable.is_some() {
                    steps.insert(0, LET_IT_BE_READ.to_owned());
                }
                steps.push("see what was left out and why: license-agent fingerprint --explain".into());
                steps
            }
            Self::Text(_) => vec!["give the text exactly as the vendor has it, in quotes".into()],
            Self::Other(_) => vec!["see what was found: license-agent fingerprint --explain".into()],
        }
    }
}

/// What an operator can do on any machine.
pub(crate) const SET_AN_ID: &str = "if your vendor accepts ids that you set, set LICENSE_DEVICE_ID, or LICENSE_DEVICE_ID_FILE to a file that holds it, \
     for the agent and the product alike";

/// What to do where a part of the system is closed to this user.
pub(crate) const LET_IT_BE_READ: &str = "let the user of the agent and the one of the product read what the system shows of its hardware, on Linux /sys (on \
     Kicksecure and Whonix the group sysfs may); or run both as administrator";

fn nothing(container: Option<Container>, unreadable: Option<&str>) -> String {
    match (container, unreadable) {
        (Some(container), _) => format!("nothing in this container ({container}) is its own and lasts"),
        (None, Some(kinds)) => format!("the system does not show {kinds} to this user"),
        (None, None) => "nothing on this machine tells it from others".into(),
    }
}

/// What the system does not show to this user, in words; nothing where it shows something of every kind that it has.
pub(crate) fn unreadable(collected: &Collected) -> Option<String> {
    let shows = |kind| collected.facts().iter().any(|fact| fact.kind == kind && fact.counts);
    let mut kinds: Vec<Kind> = collected.unreadable().filter(|kind| !shows(*kind)).collect();
    kinds.dedup();
    let words = kinds.iter().map(|kind| match kind {
        Kind::Mac => "its network cards",
        Kind::Disk => "its disks",
        Kind::Os => "its installation id",
        Kind::Cloud => "its id in the cloud",
        Kind::Board | Kind::System | Kind::Cpu | Kind::Tpm | Kind::Custom => "its firmware",
    });
    let mut words: Vec<_> = words.collect();
    words.dedup();
    (!words.is_empty()).then(|| words.join(" and "))
}

/// What to do where a machine offers nothing: a constant would make it the same as every other such machine.
pub(crate) fn nothing_usable(hidden: bool) -> Vec<String> {
    let mut steps = Vec::new();
    if hidden {
        steps.push(
            "run it as administrator with --privileged, which reads what the firmware knows".to_owned(),
        );
    }
    steps.push(SET_AN_ID.to_owned());
    if cfg!(target_os = "linux") {
        steps.push(
            "in a container, to license its host: mount the host's /etc/machine-id read-only into the container"
                .to_owned(),
        );
    }
    steps.push(
        "agree with your vendor on an identifier of your own, and give it to install and status with --device"
            .to_owned(),
    );
    steps
}

/// Reads this machine; an id that the operator set stands for it, or fails it.
pub(crate) fn read(args: &MachineArgs) -> Result<Collected, MachineError> {
    let operator_id = match (&args.device_id_file, &args.played) {
        (Some(path), _) => Some(OperatorId::from_file(path)?),
        // What is set here is set for this machine.
        (None, Some(_)) => None,
        (None, None) => operator_id()?,
    };
    let options = CollectOptions { privileged: args.privileged, root: args.sysroot.clone(), operator_id };
    Ok(match &args.played {
        Some(machine) => machine.collect(&options),
        None => collect(&options),
    })
}

/// The machine with what its license names named first, where there is one.
pub(crate) fn knowing(collected: Collected, licensed: Option<&Binding>, realm: &Realm) -> Collected {
    match licensed {
        Some(binding) => collected.licensed_by(binding, realm),
        None => collected,
    }
}

/// Why a machine that was read has no fingerprint.
pub(crate) fn nothing_on(collected: &Collected) -> MachineError {
    let container = collected.environment().container;
    MachineError::Nothing { hidden: hides_something(collected), container, unreadable: unreadable(collected) }
}

/// Reads this machine, or what stands in for it. Its text names first what the installed license names.
pub(crate) fn this(
    args: &MachineArgs,
    stand_in: &DeviceArgs,
    realm: &Realm,
    licensed: Option<&Binding>,
) -> Result<Machine, MachineError> {
    if let Some(text) = &stand_in.text {
        let device = Device::from_text(text, realm).map_err(MachineError::Text)?;
        return Ok(Machine { device, fingerprint: Ok(text.clone()), notes: Vec::new() });
    }
    let collected = knowing(read(args)?, licensed, realm);
    let device = collected.device(realm).map_err(MachineError::Other)?;
    let text = device.fingerprint().and_then(Fingerprint::to_text);
    let fingerprint = text.ok_or_else(|| nothing_on(&collected));
    Ok(Machine { device, fingerprint, notes: notes(args, &collected) })
}

/// What to say where an id was set, or rights were asked for that are not there.
pub(crate) fn notes(args: &MachineArgs, collected: &Collected) -> Vec<String> {
    if let Some(set) = collected.facts().iter().find(|fact| fact.kind == Kind::Custom) {
        let mut note = format!("the id in {} stands for this machine; its hardware is not used", set.source);
        if args.device_id_file.is_some() {
            note += "; the product finds it where LICENSE_DEVICE_ID_FILE names the file";
        }
        return vec![note];
    }
    let mut notes = Vec::new();
    if let Some(kinds) = unreadable(collected) {
        notes.push(format!("the system does not show {kinds} to this user, so they are left out"));
    }
    if args.privileged && collected.reading() != Reading::Privileged {
        notes.push(
            "the rights that --privileged needs are lacking, so the firmware's facts are left out; run it as \
             administrator"
                .into(),
        );
    }
    notes
}

/// Whether facts were left out that an administrator could read.
pub(crate) fn hides_something(collected: &Collected) -> bool {
    let hidden =
        |status| matches!(status, FactStatus::LeftOut(LeftOut::NeedsPrivileges | LeftOut::Unreadable));
    collected.facts().iter().any(|fact| fact.privileged && hidden(fact.status))
}
