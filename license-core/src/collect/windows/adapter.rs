//! Which network cards are made of hardware, and what their makers called them.

use serde::{Deserialize, Serialize};

use crate::collect::choice::{Candidate, Rank};
use crate::collect::fact::LeftOut;
use crate::fingerprint::Kind;

/// Interface types, as IANA numbers them: Ethernet and Wi-Fi.
const TYPES: [u32; 2] = [6, 71];
/// `NdisPhysicalMediumBluetooth`: a telephone's network, which Ethernet is played on.
const BLUETOOTH: i32 = 10;
/// What Plug and Play's own enumerators make up: tunnels, switches of hypervisors, teams.
const SOFTWARE_BUSES: [&str; 5] = ["ROOT", "SWD", "COMPOSITEBUS", "HTREE", "BTH"];

/// One network interface, from `MIB_IF_ROW2` and the registry.
#[derive(Clone, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Adapter {
    /// The name that its user sees, `Wi-Fi` for example.
    pub(super) name: String,
    pub(super) interface_type: u32,
    pub(super) physical_medium: i32,
    /// `HardwareInterface`.
    pub(super) hardware: bool,
    /// `FilterInterface`: a driver's layer over a card, with the card's own address.
    #[serde(default)]
    pub(super) filter: bool,
    /// The maker's address in hex digits; nothing if the driver told none.
    pub(super) permanent: Option<String>,
    /// Where Plug and Play found it, `PCI\VEN_8086&…` for example.
    pub(super) instance: Option<String>,
    /// Plug and Play says that it can be taken out (`CM_DEVCAP_REMOVABLE`): it is in a dock, or in a slot.
    #[serde(default)]
    pub(super) removable: bool,
}

impl Adapter {
    /// What it says about the machine; nothing if it is no Ethernet or Wi-Fi card at all.
    pub(super) fn candidate(&self) -> Option<Candidate> {
        if !TYPES.contains(&self.interface_type) || self.physical_medium == BLUETOOTH || self.filter {
            return None;
        }
        let bus = self.instance.as_deref().and_then(|place| place.split('\\').next()).unwrap_or_default();
        let on = |name: &str| bus.eq_ignore_ascii_case(name);
        let address = if !self.hardware || SOFTWARE_BUSES.into_iter().any(on) {
            Err(LeftOut::VirtualAdapter)
        } else {
            self.permanent.clone().ok_or(LeftOut::NotAvailable)
        };
        let card = Candidate::new(Kind::Mac, format!("network card {}", self.name), address);
        let rank = match () {
            () if self.removable || on("USB") || on("PCMCIA") => Rank::Removable,
            () if on("VMBUS") || on("XENVIF") || self.is_made_by_a_hypervisor() => Rank::Virtual,
            () => Rank::Physical,
        };
        Some(Candidate { rank, ..card })
    }

    /// By the number of the card's maker: virtio and `VMware`.
    fn is_made_by_a_hypervisor(&self) -> bool {
        let place = self.instance.as_deref().unwrap_or_default().to_ascii_uppercase();
        ["VEN_1AF4", "VEN_15AD"].iter().any(|maker| place.contains(maker))
    }
}

/// Hex digits of a permanent address; nothing if there is none or it is no address of six bytes.
#[cfg(any(windows, test))]
pub(super) fn address(bytes: &[u8], length: u32) -> Option<String> {
    let bytes = bytes.first_chunk::<6>().filter(|bytes| length == 6 && **bytes != [0; 6])?;
    Some(bytes.iter().map(|byte| format!("{byte:02X}")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn card() -> Adapter {
        Adapter {
            name: "Ethernet".into(),
            interface_type: 6,
            hardware: true,
            permanent: Some("047C165EE35D".into()),
            instance: Some(r"PCI\VEN_8086&DEV_15BB".into()),
            ..Adapter::default()
        }
    }

    #[test]
    fn only_a_card_of_hardware_has_an_address() {
        let value = |card: Adapter| card.candidate().map(|c| c.value);
        assert_eq!(value(card()), Some(Ok("047C165EE35D".into())));
        assert_eq!(value(Adapter { instance: None, ..card() }), Some(Ok("047C165EE35D".into())));
        assert_eq!(value(Adapter { permanent: None, ..card() }), Some(Err(LeftOut::NotAvailable)));
        for made_up in [
            Adapter { hardware: false, ..card() },
            Adapter { instance: Some(r"ROOT\NET\0000".into()), ..card() },
            Adapter { instance: Some(r"swd\MSRRAS\X".into()), ..card() },
        ] {
            assert_eq!(value(made_up), Some(Err(LeftOut::VirtualAdapter)));
        }
        for other in [
            Adapter { interface_type: 243, ..card() },
            Adapter { physical_medium: BLUETOOTH, ..card() },
            Adapter { filter: true, ..card() },
        ] {
            assert_eq!(value(other), None);
        }
    }

    #[test]
    fn a_card_that_can_be_unplugged_is_told_from_others() {
        let rank = |card: Adapter| card.candidate().unwrap().rank;
        let on = |place: &str| Adapter { instance: Some(place.into()), ..card() };
        assert_eq!(rank(card()), Rank::Physical);
        assert_eq!(rank(on(r"USB\VID_0BDA&PID_8153\001")), Rank::Removable);
        assert_eq!(rank(Adapter { removable: true, ..card() }), Rank::Removable, "in a dock");
        assert_eq!(rank(on(r"PCI\VEN_15AD&DEV_07B0")), Rank::Virtual);
        assert_eq!(rank(on(r"VMBUS\{F8615163-DF3E-46C5-913F-F2D2F965ED0E}")), Rank::Virtual);
    }

    #[test]
    fn an_address_has_six_bytes_and_is_not_blank() {
        assert_eq!(address(&[4, 124, 22, 94, 227, 93, 0, 0], 6).as_deref(), Some("047C165EE35D"));
        for (bytes, length) in [(&[0; 8][..], 6), (&[1; 8], 8), (&[1; 8], 0), (&[1; 5], 6)] {
            assert_eq!(address(bytes, length), None);
        }
    }
}
