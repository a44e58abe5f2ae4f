//! Asks Windows, with the rights of any user.

use std::fs::{File, OpenOptions};
use std::io::{Error, ErrorKind};
use std::os::windows::fs::OpenOptionsExt as _;

use windows_registry::{Key, LOCAL_MACHINE};

use super::adapter::{self, Adapter};
use super::{Answers, calls};
use crate::collect::cpu;
use crate::collect::fact::LeftOut;

/// Numbers of disks that are tried. Pulled-out disks leave gaps, so none ends the search.
const DRIVES: u32 = 1024;
/// `KEY_WOW64_64KEY`: a program of 32 bits sees the same registry.
const WHOLE_REGISTRY: u32 = 0x0100;
/// Where Plug and Play keeps what it knows about network interfaces: the setup class of network adapters.
const CONNECTIONS: &str = r"SYSTEM\CurrentControlSet\Control\Network\{4D36E972-E325-11CE-BFC1-08002BE10318}";

/// And what it knows about every device.
const DEVICES: &str = r"SYSTEM\CurrentControlSet\Enum";
/// `CM_DEVCAP_REMOVABLE`.
const REMOVABLE: u32 = 0x4;

/// The service that starts programs inside a Windows container: installed in every such container, in no host.
const CONTAINERS_AGENT: &str = r"SYSTEM\CurrentControlSet\Services\cexecsvc";

/// Every answer, or why there is none.
pub(in crate::collect) fn everything() -> Answers {
    Answers {
        machine_guid: value(r"SOFTWARE\Microsoft\Cryptography", "MachineGuid").ok_or(LeftOut::Unreadable),
        firmware: calls::firmware_table().ok_or(LeftOut::Unreadable),
        adapters: adapters(),
        drives: (0..DRIVES).filter_map(|number| Some((number, drive(number)?))).collect(),
        announced: cpu::announced(),
        in_container: key(CONTAINERS_AGENT).is_some(),
    }
}

fn value(path: &str, name: &str) -> Option<String> {
    key(path)?.get_string(name).ok()
}

fn key(path: &str) -> Option<Key> {
    LOCAL_MACHINE.options().read().access(WHOLE_REGISTRY).open(path).ok()
}

fn adapters() -> Result<Vec<Adapter>, LeftOut> {
    let interfaces = calls::interfaces().ok_or(LeftOut::Unreadable)?;
    let adapters = interfaces.into_iter().map(|row| {
        let key = format!(r"{CONNECTIONS}\{}\Connection", guid(&row.InterfaceGuid));
        let instance = value(&key, "PnpInstanceID");
        let name = row.Alias.split(|&unit| unit == 0).next().unwrap_or_default();
        let flags = row.InterfaceAndOperStatusFlags._bitfield;
        Adapter {
            name: String::from_utf16_lossy(name),
            interface_type: row.Type,
            physical_medium: row.PhysicalMediumType,
            hardware: flags & 1 != 0,
            filter: flags & 2 != 0,
            permanent: adapter::address(&row.PermanentPhysicalAddress, row.PhysicalAddressLength),
            removable: instance.as_deref().is_some_and(is_removable),
            instance,
        }
    });
    Ok(adapters.collect())
}

/// What Plug and Play says of a device's way out.
fn is_removable(instance: &str) -> bool {
    let told = key(&format!(r"{DEVICES}\{instance}")).and_then(|key| key.get_u32("Capabilities").ok());
    told.is_some_and(|capabilities| capabilities & REMOVABLE != 0)
}

fn guid(guid: &windows_sys::core::GUID) -> String {
    let tail: String = guid.data4.iter().map(|byte| format!("{byte:02X}")).collect();
    format!("{{{:08X}-{:04X}-{:04X}-{}-{}}}", guid.data1, guid.data2, guid.data3, &tail[..4], &tail[4..])
}

/// What the disk of this number says; nothing if there is none.
fn drive(number: u32) -> Option<Result<Vec<u8>, LeftOut>> {
    match open(number) {
        Ok(drive) => Some(calls::storage_descriptor(&drive).ok_or(LeftOut::Unreadable)),
        Err(error) if error.kind() == ErrorKind::NotFound => None,
        Err(_) => Some(Err(LeftOut::Unreadable)),
    }
}

/// Without access to what is on it, which is for administrators.
fn open(number: u32) -> Result<File, Error> {
    OpenOptions::new().access_mode(0).open(format!(r"\\.\PhysicalDrive{number}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::collect::smbios;

    #[test]
    fn any_user_gets_an_answer_to_every_question() {
        let answers = everything();
        assert_eq!(answers.machine_guid.map(|guid| guid.len()), Ok(36));
        let firmware = smbios::read(&answers.firmware.unwrap()).unwrap();
        assert_eq!(firmware.uuid.unwrap().len(), 36);
        assert!(answers.adapters.unwrap().iter().all(|adapter| !adapter.name.is_empty()));
        for (number, answer) in answers.drives {
            assert!(answer.is_ok(), "drive {number}");
        }
    }

    #[test]
    fn what_is_not_there_has_no_answer() {
        assert_eq!(value(r"SOFTWARE\Microsoft\Cryptography", "NoSuchValue"), None);
        assert_eq!(value(r"SOFTWARE\NoSuchKey", "MachineGuid"), None);
        assert!(drive(9999).is_none());
        let no_drive = File::open(std::env::current_exe().unwrap()).unwrap();
        assert_eq!(calls::storage_descriptor(&no_drive), None);
    }

    #[test]
    fn a_guid_is_written_as_the_registry_writes_it() {
        let adapters = windows_sys::core::GUID::from_u128(0x4d36e972_e325_11ce_bfc1_08002be10318);
        assert!(CONNECTIONS.ends_with(&guid(&adapters)));
    }
}
