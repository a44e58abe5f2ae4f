//! The processor: its model, which is evidence and never an identity, and the hypervisor that it announces.

use serde::{Deserialize, Serialize};

use super::choice::Candidate;
use super::environment::Hypervisor;
use super::fact::LeftOut;
use crate::fingerprint::Kind;

/// CPUID leaf 1, EDX then EAX. EBX is left alone: it holds the number of the core that happens to run this.
pub(super) fn candidate() -> Candidate {
    Candidate::new(Kind::Cpu, "CPUID leaf 1", model())
}

/// What a processor of this family says of a hypervisor.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Announced {
    /// Whether there is one: leaf 1, ECX bit 31, which processors themselves leave clear.
    present: bool,
    /// The names that it goes by: leaf 0x4000_0000 and, where it plays another one as well, 0x4000_0100.
    #[serde(default)]
    names: Vec<String>,
    /// Whether this system may make guests: leaf 0x4000_0003, EBX bit 0 of Hyper-V's interface.
    #[serde(default)]
    makes_guests: bool,
}

impl Announced {
    /// Whether something else owns the hardware. Under Hyper-V, which Windows also starts for its own protection, one
    /// system owns it: that which may make guests.
    pub(super) fn is_guest(&self) -> bool {
        self.present && !self.owns_hardware()
    }

    /// The hypervisor by its name. Others play Hyper-V for Windows' sake, so that name counts last.
    pub(super) fn hypervisor(&self) -> Option<Hypervisor> {
        let names = [
            ("KVMKVMKVM", Hypervisor::Kvm),
            ("TCGTCGTCGTCG", Hypervisor::Kvm),
            ("XenVMMXenVMM", Hypervisor::Xen),
            ("VMwareVMware", Hypervisor::Vmware),
            ("VBoxVBoxVBox", Hypervisor::VirtualBox),
            ("prl hyperv", Hypervisor::Parallels),
            ("bhyve bhyve", Hypervisor::Bhyve),
            (MICROSOFT, Hypervisor::HyperV),
        ];
        let named = |name: &str| self.names.iter().any(|said| said.trim() == name);
        names.into_iter().find(|(name, _)| self.is_guest() && named(name)).map(|(_, hypervisor)| hypervisor)
    }

    fn owns_hardware(&self) -> bool {
        self.makes_guests && self.names.first().is_some_and(|name| name == MICROSOFT)
    }
}

const MICROSOFT: &str = "Microsoft Hv";

/// What the processor announces; nothing on other families.
#[cfg(all(windows, target_arch = "x86_64"))]
pub(super) fn announced() -> Option<Announced> {
    use std::arch::x86_64::__cpuid;
    if __cpuid(1).ecx >> 31 == 0 {
        return Some(Announced::default());
    }
    let names = [0x4000_0000, 0x4000_0100].into_iter().filter_map(|leaf| {
        let leaf = __cpuid(leaf);
        let bytes = [leaf.ebx, leaf.ecx, leaf.edx].map(u32::to_le_bytes).concat();
        let name = String::from_utf8(bytes).ok()?.trim_matches('\0').to_owned();
        // Where there is no such leaf, another one answers.
        name.bytes().all(|b| (0x20..=0x7e).contains(&b)).then_some(name).filter(|name| !name.is_empty())
    });
    Some(Announced { present: true, names: names.collect(), makes_guests: __cpuid(0x4000_0003).ebx & 1 == 1 })
}

#[cfg(all(windows, not(target_arch = "x86_64")))]
pub(super) fn announced() -> Option<Announced> {
    None
}

#[cfg(target_arch = "x86_64")]
fn model() -> Result<String, LeftOut> {
    let leaf = std::arch::x86_64::__cpuid(1);
    Ok(format!("{:08X}{:08X}", leaf.edx, leaf.eax))
}

#[cfg(not(target_arch = "x86_64"))]
fn model() -> Result<String, LeftOut> {
    Err(LeftOut::NotAvailable)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn announced(names: &[&str], makes_guests: bool) -> Announced {
        Announced { present: true, names: names.iter().map(|&name| name.into()).collect(), makes_guests }
    }

    #[test]
    fn windows_that_starts_hyper_v_for_itself_is_no_guest() {
        let owner = announced(&["Microsoft Hv"], true);
        assert_eq!((owner.is_guest(), owner.hypervisor()), (false, None));
        let guest = announced(&["Microsoft Hv"], false);
        assert_eq!((guest.is_guest(), guest.hypervisor()), (true, Some(Hypervisor::HyperV)));
        // The bit means something else under another interface.
        let other = announced(&["VMwareVMware"], true);
        assert_eq!((other.is_guest(), other.hypervisor()), (true, Some(Hypervisor::Vmware)));
    }

    #[test]
    fn a_hypervisor_that_plays_hyper_v_is_told_by_its_other_name() {
        let found = |names: &[&str]| announced(names, false).hypervisor();
        assert_eq!(found(&["Microsoft Hv", "KVMKVMKVM"]), Some(Hypervisor::Kvm));
        assert_eq!(found(&["Microsoft Hv", "XenVMMXenVMM"]), Some(Hypervisor::Xen));
        assert_eq!(found(&["prl hyperv  "]), Some(Hypervisor::Parallels));
        assert_eq!(found(&["ACRNACRNACRN"]), None);
        assert_eq!(Announced::default().hypervisor(), None);
    }
}
