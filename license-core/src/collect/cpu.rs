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

#[cfg(not(target_arch = "x86_64"))]
fn model() -> Result<String, LeftOut> {
    Err(LeftOut::NotAvailable)
}
