//! Where Windows shows its hardware. What the calls answered is judged here, on any system; `read` asks, `played` is told.

mod adapter;
pub(super) mod played;
mod storage;

#[cfg(windows)]
mod calls;
#[cfg(test)]
mod captures;
#[cfg(windows)]
pub(super) mod read;

use adapter::Adapter;

use super::choice::{Candidate, Rank};
use super::cpu::Announced;
use super::environment::{Cloud, Container, Environment, Hypervisor};
use super::fact::LeftOut;
use super::firmware_strings::FirmwareStrings;
use super::smbios::{self, Firmware};
use crate::fingerprint::{Kind, Reading, serial_of, spelt_out};

/// Most virtual adapters that are named in a report.
const VIRTUAL: usize = 16;

/// What Windows answered.
pub(super) struct Answers {
    machine_guid: Result<String, LeftOut>,
    /// `RawSMBIOSData`.
    firmware: Result<Vec<u8>, LeftOut>,
    adapters: Result<Vec<Adapter>, LeftOut>,
    /// Numbers of physical drives and their `STORAGE_DEVICE_DESCRIPTOR`s.
    drives: Vec<(u32, Result<Vec<u8>, LeftOut>)>,
    /// Nothing on processors that do not say.
    announced: Option<Announced>,
    /// The agent by which engines run programs inside a Windows container is installed here and nowhere else.
    in_container: bool,
}

/// What is to be read of a played Windows.
pub(super) fn played_candidates(text: &str, privileged: bool) -> (Vec<Candidate>, Reading, Environment) {
    let (found, environment) = candidates(played::answers(text));
    let reading = if privileged { Reading::Privileged } else { Reading::Unprivileged };
    (found, reading, environment)
}

/// Everything that the answers say about the machine, none of which took rights, and what it is.
pub(super) fn candidates(answers: Answers) -> (Vec<Candidate>, Environment) {
    let firmware = answers.firmware.and_then(|raw| smbios::read(&raw).ok_or(LeftOut::WrongForm));
    let strings = firmware.as_ref().map(|firmware| firmware.strings.clone()).unwrap_or_default();
    let environment = environment(&strings, answers.announced.as_ref(), answers.in_container);
    let mut found = vec![Candidate::new(
        Kind::Os,
        r"HKLM\SOFTWARE\Microsoft\Cryptography MachineGuid",
        answers.machine_guid,
    )];
    found.extend(of_firmware(firmware, environment.cloud));
    found.extend(adapters(answers.adapters));
    let drives = answers.drives.into_iter();
    found.extend(drives.flat_map(|(number, answer)| drive(number, answer, environment.cloud)));
    if environment.container.is_some() {
        found = found.into_iter().map(Candidate::of_a_container).collect();
    }
    (found, environment)
}

fn environment(strings: &FirmwareStrings, announced: Option<&Announced>, in_container: bool) -> Environment {
    let cloud = strings.cloud();
    // Other clouds than Microsoft's play Hyper-V for Windows' sake.
    let may_be =
        |named: &Hypervisor| *named != Hypervisor::HyperV || matches!(cloud, None | Some(Cloud::Azure));
    let named = strings.hypervisor().or_else(|| announced.and_then(Announced::hypervisor).filter(may_be));
    Environment {
        platform: strings.platform(named, announced.map(Announced::is_guest)),
        container: in_container.then_some(Container::Other),
        cloud,
        from_image: false,
    }
}

fn of_firmware(firmware: Result<Firmware, LeftOut>, cloud: Option<Cloud>) -> Vec<Candidate> {
    let (serial, uuid, tag) = match firmware {
        Ok(firmware) => (
            firmware.board_serial.ok_or(LeftOut::NotAvailable),
            firmware.uuid.ok_or(LeftOut::NotAvailable),
            firmware.board_tag,
        ),
        Err(why) => (Err(why), Err(why), None),
    };
    let instance = tag.filter(|tag| cloud == Some(Cloud::Aws) && tag.starts_with("i-"));
    let instance = instance.map(|id| Candidate::new(Kind::Cloud, "SMBIOS board asset tag", Ok(id)));
    let named = [
        Candidate::new(Kind::Board, "SMBIOS board serial number", serial),
        Candidate::new(Kind::System, "SMBIOS system UUID", uuid),
    ];
    named.into_iter().chain(instance).collect()
}

fn adapters(answer: Result<Vec<Adapter>, LeftOut>) -> Vec<Candidate> {
    let adapters = match answer {
        Ok(adapters) => adapters,
        Err(why) => return vec![Candidate::new(Kind::Mac, "network cards", Err(why))],
    };
    let (software, hardware): (Vec<_>, Vec<_>) = adapters
        .iter()
        .filter_map(Adapter::candidate)
        .partition(|candidate| candidate.value == Err(LeftOut::VirtualAdapter));
    hardware.into_iter().chain(software.into_iter().take(VIRTUAL)).collect()
}

/// The names of one disk: the serial number first, without what drivers put after it.
fn drive(number: u32, answer: Result<Vec<u8>, LeftOut>, cloud: Option<Cloud>) -> Vec<Candidate> {
    let source = format!("PhysicalDrive{number} serial number");
    let descriptor = answer.and_then(|bytes| storage::read(&bytes).ok_or(LeftOut::WrongForm));
    let rank = descriptor.as_ref().map_or(Rank::Physical, storage::Descriptor::rank);
    let told = descriptor.and_then(storage::Descriptor::serial_of_a_built_in_disk);
    // Google shows a name that customers choose, or one for all.
    let told = if cloud == Some(Cloud::Google) { Err(LeftOut::VirtualDisk) } else { told };
    let inside = told
        .as_deref()
        .ok()
        .and_then(serial_of)
        .map(|serial| Candidate::new(Kind::Disk, format!("{source} (alone)"), Ok(serial)));
    // In hex the same number would be another disk's.
    let spelt: Vec<_> = told.as_deref().map(spelt_out).unwrap_or_default();
    let spelt = spelt
        .into_iter()
        .map(|serial| Candidate::new(Kind::Disk, format!("{source} (spelt out)"), Ok(serial)));
    let spelt = spelt.filter(|serial| serial.normalised().is_ok()).collect::<Vec<_>>();
    let names = inside.into_iter().chain(spelt).chain([Candidate::new(Kind::Disk, source.clone(), told)]);
    let named =
        (0..).zip(names).map(|(wish, name)| Candidate { rank, wish, part: Some(source.clone()), ..name });
    named.collect()
}
