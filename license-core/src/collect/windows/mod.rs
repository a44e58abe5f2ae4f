//! Where Windows shows its hardware. What the calls answered is judged here, on any system; `read` asks.

mod adapter;
mod storage;

#[cfg(windows)]
mod calls;
#[cfg(test)]
mod captures;
#[cfg(windows)]
pub(super) mod read;

use adapter::Adapter;

use super::choice::Candidate;
use super::environment::{Cloud, Container, Environment, Hypervisor, Platform};
use super::fact::LeftOut;
use super::firmware_strings::FirmwareStrings;
use super::smbios::{self, Firmware};
use crate::fingerprint::Kind;

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
    hypervisor: Option<HypervisorLeaf>,
    /// The agent by which engines run programs inside a Windows container is installed here and nowhere else.
    in_container: bool,
}

/// What CPUID says where its bit for a hypervisor is set.
///
/// Sources: leaf 0x40000000, and for Microsoft's the *Hypervisor Top-Level Functional Specification*, 0x40000003.
#[cfg_attr(test, derive(serde::Deserialize))]
pub(super) struct HypervisorLeaf {
    /// Twelve characters of the hypervisor's choice.
    name: String,
    /// May make partitions: Windows on its own hardware, under the hypervisor that it started itself.
    owns_the_machine: bool,
}

/// What kind of machine answered.
pub(super) fn environment(answers: &Answers) -> Environment {
    let strings = firmware_of(&answers.firmware).map(|firmware| firmware.strings).unwrap_or_default();
    let platform = match (strings.hypervisor(), &answers.hypervisor) {
        (Some(hypervisor), _) => Platform::Virtual(hypervisor),
        (None, Some(leaf)) if leaf.owns_the_machine => Platform::BareMetal,
        (None, Some(leaf)) => Platform::Virtual(by_name(&leaf.name)),
        (None, None) if strings == FirmwareStrings::default() => Platform::Unknown,
        (None, None) => Platform::BareMetal,
    };
    let container = answers.in_container.then_some(Container::Other);
    Environment { platform, container, cloud: strings.cloud(), from_image: false }
}

fn by_name(name: &str) -> Hypervisor {
    match name.trim() {
        "KVMKVMKVM" | "Linux KVM Hv" | "TCGTCGTCGTCG" => Hypervisor::Kvm,
        "VMwareVMware" => Hypervisor::Vmware,
        "VBoxVBoxVBox" => Hypervisor::VirtualBox,
        "Microsoft Hv" => Hypervisor::HyperV,
        "XenVMMXenVMM" => Hypervisor::Xen,
        "prl hyperv" => Hypervisor::Parallels,
        "bhyve bhyve" => Hypervisor::Bhyve,
        _ => Hypervisor::Unnamed,
    }
}

/// Everything that the answers say about the machine. None of it took rights.
pub(super) fn candidates(answers: Answers) -> Vec<Candidate> {
    let Environment { container, cloud, .. } = environment(&answers);
    let mut found = vec![Candidate::new(
        Kind::Os,
        r"HKLM\SOFTWARE\Microsoft\Cryptography MachineGuid",
        answers.machine_guid,
    )];
    found.extend(firmware(&answers.firmware, cloud));
    found.extend(adapters(answers.adapters));
    // Google shows a name that customers choose, or one for all.
    let has_own_names = cloud != Some(Cloud::Google);
    found.extend(answers.drives.into_iter().map(|(number, answer)| {
        drive(number, if has_own_names { answer } else { Err(LeftOut::VirtualDisk) })
    }));
    if container.is_some() {
        // The installation comes out of the image, and the hardware is the host's.
        found = found.into_iter().map(Candidate::of_a_container).collect();
    }
    found
}

fn firmware_of(answer: &Result<Vec<u8>, LeftOut>) -> Result<Firmware, LeftOut> {
    answer.as_ref().map_err(|why| *why).and_then(|raw| smbios::read(raw).ok_or(LeftOut::WrongForm))
}

fn firmware(answer: &Result<Vec<u8>, LeftOut>, cloud: Option<Cloud>) -> Vec<Candidate> {
    let (serial, uuid, tag) = match firmware_of(answer) {
        Ok(firmware) => (
            firmware.board_serial.ok_or(LeftOut::NotAvailable),
            firmware.uuid.ok_or(LeftOut::NotAvailable),
            firmware.board_tag,
        ),
        Err(why) => (Err(why), Err(why), None),
    };
    let instance = tag.filter(|tag| cloud == Some(Cloud::Aws) && tag.starts_with("i-"));
    let instance = instance.map(|id| Candidate::new(Kind::Cloud, "SMBIOS board asset tag", Ok(id)));
    [
        Candidate::new(Kind::Board, "SMBIOS board serial number", serial),
        Candidate::new(Kind::System, "SMBIOS system UUID", uuid),
    ]
    .into_iter()
    .chain(instance)
    .collect()
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

fn drive(number: u32, answer: Result<Vec<u8>, LeftOut>) -> Candidate {
    let serial = answer
        .and_then(|bytes| storage::read(&bytes).ok_or(LeftOut::WrongForm))
        .and_then(|descriptor| descriptor.serial_of_a_built_in_disk());
    Candidate::new(Kind::Disk, format!("PhysicalDrive{number} serial number"), serial)
}
