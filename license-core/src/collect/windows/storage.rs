//! What a disk's driver says about it.
//!
//! Source: <https://learn.microsoft.com/windows/win32/api/winioctl/ns-winioctl-storage_device_descriptor>.

use crate::collect::choice::Rank;
use crate::collect::fact::LeftOut;
use crate::collect::parse;

/// `STORAGE_BUS_TYPE`s of disks that can be pulled out: FireWire and USB.
const EXTERNAL: [u32; 2] = [4, 7];
/// Of disks of a storage network: Fibre Channel, iSCSI and NVMe over fabrics.
const REMOTE: [u32; 3] = [6, 9, 20];
/// Of memory cards.
const CARD: u32 = 12;
/// And of disks that are a file, a pool of disks or a hypervisor's say-so.
const SOFTWARE: [u32; 3] = [14, 15, 16];

/// The parts of a `STORAGE_DEVICE_DESCRIPTOR` that matter.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Descriptor {
    removable_media: bool,
    bus: u32,
    serial: Option<String>,
}

/// Reads a descriptor: fields of fixed size, then texts that some fields hold the place of.
pub(super) fn read(bytes: &[u8]) -> Option<Descriptor> {
    let number = |at: usize| Some(u32::from_le_bytes(*bytes.get(at..)?.first_chunk()?));
    let place = usize::try_from(number(24)?).ok()?;
    let bus = number(28)?;
    // Zero is how a driver says that there is none, and some say it with a place that does not exist.
    let text = bytes.get(place..).filter(|text| place >= 36 && !text.is_empty());
    let text = text.and_then(|text| text.split(|&byte| byte == 0).next());
    Some(Descriptor { removable_media: *bytes.get(10)? != 0, bus, serial: text.map(parse::text) })
}

impl Descriptor {
    /// How much the disk belongs to the machine.
    pub(super) fn rank(&self) -> Rank {
        match self.bus {
            bus if REMOTE.contains(&bus) => Rank::Remote,
            CARD => Rank::Removable,
            _ => Rank::Physical,
        }
    }

    /// The serial number as the driver tells it. An NVMe disk with a world-wide name shows that in its place,
    /// `0025_3844_5150_8E1F.`; Linux shows the same digits as `eui.0025384451508e1f`.
    pub(super) fn serial_of_a_built_in_disk(self) -> Result<String, LeftOut> {
        if self.removable_media || EXTERNAL.contains(&self.bus) {
            Err(LeftOut::RemovableDisk)
        } else if SOFTWARE.contains(&self.bus) {
            Err(LeftOut::NotAvailable)
        } else {
            self.serial.ok_or(LeftOut::NotAvailable)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn descriptor(removable: u8, bus: u8, place: u32, text: &[u8]) -> Vec<u8> {
        let mut bytes = vec![0; 36];
        (bytes[10], bytes[28]) = (removable, bus);
        bytes[24..28].copy_from_slice(&place.to_le_bytes());
        [&bytes, text].concat()
    }

    fn serial(bytes: &[u8]) -> Result<String, LeftOut> {
        read(bytes).unwrap().serial_of_a_built_in_disk()
    }

    #[test]
    fn the_serial_number_stands_where_the_descriptor_says() {
        assert_eq!(serial(&descriptor(0, 11, 36, b"  WD-77Q \0more")), Ok("WD-77Q".into()));
        assert_eq!(serial(&descriptor(0, 11, 38, b"  WD-77Q")), Ok("WD-77Q".into()), "up to the end");
        for place in [0, 35, 44, u32::MAX] {
            let found = serial(&descriptor(0, 11, place, b"  WD-77Q"));
            assert_eq!(found, Err(LeftOut::NotAvailable), "{place}");
        }
        assert_eq!(read(&descriptor(0, 11, 36, b"")[..31]), None);
    }

    #[test]
    fn only_built_in_disks_have_one() {
        for (removable, bus, found) in [
            (1, 11, Err(LeftOut::RemovableDisk)),
            (0, 7, Err(LeftOut::RemovableDisk)),
            (0, 4, Err(LeftOut::RemovableDisk)),
            (0, 15, Err(LeftOut::NotAvailable)),
            (0, 17, Ok("A-177".to_owned())),
            (0, 8, Ok("A-177".to_owned())),
        ] {
            assert_eq!(serial(&descriptor(removable, bus, 36, b"A-177")), found, "{bus}");
        }
    }

    #[test]
    fn local_disks_go_before_those_of_a_storage_network_and_memory_cards() {
        let rank = |bus| read(&descriptor(0, bus, 36, b"A-177")).unwrap().rank();
        assert_eq!([17, 11, 10].map(rank), [Rank::Physical; 3]);
        assert_eq!([6, 9, 20].map(rank), [Rank::Remote; 3]);
        assert_eq!(rank(12), Rank::Removable);
    }

    #[test]
    fn a_world_wide_name_is_the_one_that_linux_shows() {
        use crate::fingerprint::{Kind, normalise};
        let shown = serial(&descriptor(0, 17, 36, b"0025_3844_5150_8E1F.\0")).unwrap();
        assert_eq!(normalise(Kind::Disk, &shown), normalise(Kind::Disk, "eui.0025384451508e1f"));
    }

    proptest! {
        #[test]
        fn no_descriptor_makes_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..64), place in 0u32..80) {
            let _ = read(&bytes);
            let _ = read(&descriptor(0, 11, place, &bytes));
        }
    }
}
