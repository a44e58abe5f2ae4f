//! The processor's model: evidence, never an identity.

use super::choice::Candidate;
use super::fact::LeftOut;
use crate::fingerprint::Kind;

/// CPUID leaf 1, EDX then EAX. EBX is left alone: it holds the number of the core that happens to run this.
pub(super) fn candidate() -> Candidate {
    Candidate::new(Kind::Cpu, "CPUID leaf 1", model())
}

#[cfg(target_arch = "x86_64")]
fn model() -> Result<String, LeftOut> {
    let leaf = std::arch::x86_64::__cpuid(1);
    Ok(format!("{:08X}{:08X}", leaf.edx, leaf.eax))
}

/// The hypervisor's name, and whether this system may make partitions under Microsoft's; nothing without one.
#[cfg(all(windows, target_arch = "x86_64"))]
pub(super) fn hypervisor() -> Option<(String, bool)> {
    use std::arch::x86_64::__cpuid;
    const IS_A_GUEST: u32 = 1 << 31;
    const CREATE_PARTITIONS: u32 = 1;
    if __cpuid(1).ecx & IS_A_GUEST == 0 {
        return None;
    }
    let leaf = __cpuid(0x4000_0000);
    let bytes: Vec<u8> =
        [leaf.ebx, leaf.ecx, leaf.edx].iter().flat_map(|register| register.to_le_bytes()).collect();
    let name = String::from_utf8_lossy(&bytes).trim_end_matches('\0').to_owned();
    let owns = name == "Microsoft Hv"
        && leaf.eax >= 0x4000_0003
        && __cpuid(0x4000_0003).ebx & CREATE_PARTITIONS != 0;
    Some((name, owns))
}

#[cfg(all(windows, not(target_arch = "x86_64")))]
pub(super) fn hypervisor() -> Option<(String, bool)> {
    None
}

#[cfg(not(target_arch = "x86_64"))]
fn model() -> Result<String, LeftOut> {
    Err(LeftOut::NotAvailable)
}
