//! The names that systems make up for a disk out of its maker, model and serial number, taken apart.
//!
//! Every part is judged for itself: a name whose serial number is junk is the same on every disk of that model. Names
//! keep their digest as a whole; nothing here changes the spelling of one.
//!
//! Sources: the kernel's `nvme_sysfs` (`wwid`), `scsi_vpd_lun_id` and libata's page 83h (SAT); SPC-4 for NAA and T10
//! names; NVM Express for EUI-64 and NGUID; udev's `scsi_id`; Windows' `STORAGE_DEVICE_DESCRIPTOR`.

use std::borrow::Cow;

use super::placeholder::{is_placeholder, letters_and_digits};
use super::world_wide_name::is_blank;
use super::{disk_role, junk, product};

/// What a disk's name is made of, in upper case.
#[derive(Debug, PartialEq, Eq)]
enum DiskName<'a> {
    /// Hex digits of a name that no other disk in the world is to have.
    WorldWide(String),
    /// A serial number with what stands around it. It is empty where the disk has none.
    Composed { model: Cow<'a, str>, serial: Cow<'a, str> },
    /// A serial number alone, or a form that is not known here.
    Plain(&'a str),
}

/// What stands for white space in names of udev and ESXi as well.
const FILL: [char; 2] = [' ', '_'];

/// What settings and tables put around a value.
const QUOTES: [char; 3] = ['"', '\'', ' '];

/// The serial number inside a name that is composed of several parts, in upper case; nothing if it is no such name or
/// the disk has none. Not judged: that is normalisation's.
#[cfg(feature = "collect")]
pub(crate) fn serial_of(name: &str) -> Option<String> {
    match DiskName::parse(&super::normal::trim(name).to_ascii_uppercase()) {
        DiskName::Composed { serial, .. } if !serial.is_empty() => Some(serial.into_owned()),
        _ => None,
    }
}

/// The serial numbers that hex digits may stand for: drivers of ATA disks once told the bytes that the disk sent, of which
/// each two are turned round. The likelier first; nothing if it is no such text.
///
/// Source: ATA/ATAPI-8 ACS, IDENTIFY DEVICE, words 10 to 19; `STORAGE_DEVICE_DESCRIPTOR` before Windows 8.
#[cfg(feature = "collect")]
pub(crate) fn spelt_out(value: &str) -> Vec<String> {
    let digits = super::normal::trim(value).to_ascii_uppercase();
    let bytes = data_encoding::HEXUPPER.decode(digits.as_bytes()).unwrap_or_default();
    let is_text = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b' ' | b'-' | b'_' | b'.');
    if bytes.len() < 8 || !bytes.iter().all(is_text) || !bytes.iter().any(u8::is_ascii_alphanumeric) {
        return Vec::new();
    }
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).trim().to_owned();
    let turned = bytes.chunks(2).flat_map(|pair| pair.iter().rev().copied()).collect();
    let (as_sent, turned) = (text(bytes), text(turned));
    // Of a number of odd length, pairs that are wrong have a space inside.
    let mut names = if turned.contains(' ') { vec![as_sent, turned] } else { vec![turned, as_sent] };
    names.dedup();
    names
}

/// Whether a disk's value, trimmed and in upper case, names a model or nothing rather than one disk.
pub(super) fn is_nameless(value: &str) -> bool {
    match DiskName::parse(value.trim_matches(QUOTES)) {
        DiskName::WorldWide(digits) => is_blank(&digits) || junk::is_shared_uuid(&digits),
        DiskName::Composed { model, serial } => {
            is_junk_serial(&serial)
                || (!model.is_empty() && letters_and_digits(&model) == letters_and_digits(&serial))
        }
        DiskName::Plain(value) => {
            ends_in_a_capacity(value)
                || product::is_disk_model(value)
                || disk_role::is_numbered(value)
                || is_tgts(value)
                || spells_junk(value)
        }
    }
}

/// Whether a text is marked as a disk's name of a known form, and names none.
pub(super) fn is_nameless_and_marked(value: &str) -> bool {
    let value = value.trim_matches(QUOTES);
    let is_grouped = value.ends_with('.') && value.get(4..5) == Some("_");
    let marks = ["NVME.", "T10.", "EUI.", "NAA.", "UUID.", "WWN-"];
    // Fewer digits behind `0x` are a number of another kind, as a dongle's.
    let is_number = value.len() >= "0X".len() + 16 && value.starts_with("0X");
    (is_grouped || is_number || marks.iter().any(|mark| value.starts_with(mark))) && is_nameless(value)
}

impl<'a> DiskName<'a> {
    fn parse(value: &'a str) -> Self {
        // All forms but digits alone have a mark.
        if value.bytes().all(|b| b.is_ascii_alphanumeric()) {
            return world_wide(value).map_or(Self::Plain(value), Self::WorldWide);
        }
        let value = without_udevs_bus(value);
        if let Some(rest) = value.strip_prefix("NVME.") {
            return nvme(rest).unwrap_or(Self::Plain(value));
        }
        if let Some(rest) = value.strip_prefix("T10.") {
            return t10(rest);
        }
        if let Some(digits) = world_wide(value) {
            return Self::WorldWide(digits);
        }
        if let Some(serial) = without_namespace(value) {
            return composed("", serial);
        }
        scsi_id(value).or_else(|| udev(value)).unwrap_or(Self::Plain(value))
    }
}

/// `nvme.VVVV-SERIAL-MODEL-NNNNNNNN`: vendor and namespace as numbers, the others as the hex digits of their bytes.
fn nvme(rest: &str) -> Option<DiskName<'_>> {
    let [_vendor, serial, model, _namespace]: [&str; 4] =
        rest.split('-').collect::<Vec<_>>().try_into().ok()?;
    Some(DiskName::Composed { model: hex_text(model)?.into(), serial: hex_text(serial)?.into() })
}

fn hex_text(digits: &str) -> Option<String> {
    let bytes = data_encoding::HEXUPPER.decode(digits.as_bytes()).ok()?;
    let text = String::from_utf8_lossy(&bytes).to_ascii_uppercase();
    Some(text.trim_matches(|c: char| c.is_whitespace() || c == '\0').to_owned())
}

/// Eight columns of maker, then what the maker put there: of `ATA` and `NVMe` 40 columns of model and a serial number.
/// Where somebody drew the white space together, the last word is the serial number.
fn t10(name: &str) -> DiskName<'_> {
    let whole_columns = |maker: &str| {
        let fill = name.strip_prefix(maker).and_then(|rest| rest.get(..8 - maker.len()));
        fill.is_some_and(|fill| fill.chars().all(|c| FILL.contains(&c)))
    };
    if ["ATA", "NVME"].iter().any(|maker| whole_columns(maker)) {
        let at = name.floor_char_boundary(48);
        let (model, serial) = (name.get(8..at).unwrap_or_default(), name.get(at..).unwrap_or_default());
        return composed(model, without_namespace(serial).unwrap_or(serial));
    }
    by_words(without_namespace(name).unwrap_or(name))
}

/// The last word is the serial number; a maker and one word are a model.
fn by_words(name: &str) -> DiskName<'_> {
    let name = name.trim_matches(FILL);
    let (before, last) = name.rsplit_once(FILL).unwrap_or((name, ""));
    match before.trim_matches(FILL) {
        "ATA" | "NVME" => composed(last, ""),
        model => composed(model, last),
    }
}

fn composed<'a>(model: &'a str, serial: &'a str) -> DiskName<'a> {
    let whole = |part: &'a str| Cow::Borrowed(part.trim_matches(FILL));
    DiskName::Composed { model: whole(model), serial: whole(serial) }
}

/// The hex digits of `eui.…`, `naa.…`, `uuid.…`, `0x…`, of Windows' groups of four with a dot at the end, of
/// `scsi_id`'s `3…` and `2…`, and of digits alone that are as long as such a name.
fn world_wide(value: &str) -> Option<String> {
    let marked = ["EUI.", "NAA.", "UUID."].iter().find_map(|mark| value.strip_prefix(mark));
    let rest = marked.unwrap_or(value);
    let (marked, rest) = rest.strip_prefix("0X").map_or((marked.is_some(), rest), |rest| (true, rest));
    let may_be = |b: u8| b.is_ascii_hexdigit() || matches!(b, b'-' | b' ' | b':' | b'.' | b'{' | b'}' | b'_');
    if !rest.bytes().all(may_be) {
        return None;
    }
    let grouped = rest.trim_end_matches('.').split('_').collect::<Vec<_>>();
    let digits = match grouped.len() {
        1 => rest.chars().filter(|c| !matches!(c, '-' | ' ' | ':' | '.' | '{' | '}')).collect(),
        _ if grouped.iter().all(|group| group.len() == 4) => grouped.concat(),
        _ => return None,
    };
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    match digits.len() {
        17 | 33 if !marked && matches!(digits.as_bytes()[0], b'2' | b'3') => Some(digits[1..].to_owned()),
        16 | 32 => Some(digits),
        _ => marked.then_some(digits),
    }
}

/// A serial number without the namespace of an NVMe disk after it: `VB1234-56789_00000001.`
fn without_namespace(value: &str) -> Option<&str> {
    let (serial, namespace) = value.trim_end_matches('.').rsplit_once('_')?;
    let is_namespace = namespace.len() == 8 && namespace.bytes().all(|b| b.is_ascii_hexdigit());
    (is_namespace && (value.ends_with('.') || namespace.starts_with("0000000"))).then_some(serial)
}

/// `scsi_id` writes a digit for the kind of name, then its parts: `1ATA     MODEL  SERIAL`, `0QEMU    QEMU HARDDISK
/// drive-scsi0`, `SATA     MODEL  SERIAL`.
fn scsi_id(value: &str) -> Option<DiskName<'_>> {
    let rest = value.strip_prefix(['0', '1', 'S'])?;
    let makers = ["ATA", "NVME", "QEMU", "VMWARE", "VBOX", "MSFT", "LIO-ORG", "IET", "LINUX"];
    let starts = |maker: &&str| rest.strip_prefix(*maker).is_some_and(|rest| rest.starts_with(FILL));
    let is_t10 = value.starts_with('1');
    makers.iter().any(starts).then(|| if is_t10 { t10(rest) } else { by_words(rest) })
}

/// Names in `/dev/disk/by-id` begin with the bus, before a name of another form.
fn without_udevs_bus(value: &str) -> &str {
    let is_other_form = |rest: &&str| ["NVME.", "EUI.", "UUID."].iter().any(|form| rest.starts_with(form));
    let bus = ["WWN-", "SCSI-", "VIRTIO-"].iter().find_map(|bus| value.strip_prefix(bus));
    bus.or_else(|| value.strip_prefix("NVME-").filter(is_other_form)).unwrap_or(value)
}

/// The other names there: `ATA-MODEL_SERIAL`, `NVME-MODEL_SERIAL` and, of a second namespace, `NVME-MODEL_SERIAL_2`.
fn udev(value: &str) -> Option<DiskName<'_>> {
    let rest = ["ATA-", "NVME-", "MMC-"].iter().find_map(|bus| value.strip_prefix(bus))?;
    let is_namespace = |last: &str| last.len() <= 2 && last.bytes().all(|b| b.is_ascii_digit());
    let rest = rest.rsplit_once('_').filter(|(_, last)| is_namespace(last)).map_or(rest, |(rest, _)| rest);
    let (model, serial) = rest.rsplit_once('_').unwrap_or((rest, ""));
    Some(composed(model, serial))
}

fn is_junk_serial(serial: &str) -> bool {
    is_placeholder(serial)
        || junk::is_filler(serial)
        || junk::is_date(serial)
        || disk_role::is_numbered(serial)
        || junk::is_device_path(serial)
        || junk::is_shared_disk(&letters_and_digits(serial))
        || is_tgts(serial)
        || product::is_disk_model(serial)
        || spells_junk(serial)
        || world_wide(serial).is_some_and(|digits| is_blank(&digits))
}

/// The serial number that Linux's tgt makes up for a volume: `beaf`, its target's number and its own.
fn is_tgts(value: &str) -> bool {
    let numbers = value.strip_prefix("BEAF").unwrap_or_default();
    matches!(numbers.len(), 2..=4) && numbers.bytes().all(|b| b.is_ascii_digit())
}

/// Drivers and bridges tell a serial number as the hex digits of its bytes: one of blanks, or of zeros, is none.
fn spells_junk(value: &str) -> bool {
    if value.len() < 16 || !value.bytes().all(|b| b.is_ascii_hexdigit()) {
        return false;
    }
    let bytes = data_encoding::HEXUPPER.decode(value.as_bytes()).unwrap_or_default();
    let is_text = bytes.len() >= 8 && bytes.iter().all(|b| (b' '..=b'~').contains(b));
    is_text && {
        let text = String::from_utf8_lossy(&bytes).to_ascii_uppercase();
        let text = text.trim();
        is_placeholder(text) || junk::is_filler(text)
    }
}

/// A model's name alone, which ends in how much it holds: `SAMSUNG SSD 860 EVO 500GB`.
fn ends_in_a_capacity(value: &str) -> bool {
    if !value.bytes().any(|b| matches!(b, b' ' | b'_')) {
        return false;
    }
    let Some((_, last)) = value.rsplit_once(FILL) else { return false };
    let number = ["GB", "TB", "GIB", "TIB"].iter().find_map(|unit| last.strip_suffix(unit));
    number.is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit() || b == b'.'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fingerprint::kind::Kind;
    use crate::fingerprint::normal::{Dropped, normalise};
    use proptest::prelude::*;

    /// As the kernel writes it.
    fn nvme(serial: &str, model: &str) -> String {
        let hex = |text: &str| data_encoding::HEXLOWER.encode(text.as_bytes());
        format!("nvme.15ad-{}-{}-00000001", hex(serial), hex(model))
    }

    fn ata(model: &str, serial: &str) -> String {
        format!("t10.ATA     {model:<40}{serial:<20}")
    }

    #[test]
    fn a_number_that_was_made_up_or_spells_nothing_names_no_disk() {
        let blanks = "20".repeat(20);
        let zeros = "30".repeat(20);
        let late = format!("{}41", "20".repeat(19));
        for junk in [&*blanks, &*zeros, &*late, "beaf11", "beaf1234"] {
            assert_eq!(normalise(Kind::Disk, junk), Err(Dropped::Placeholder), "{junk}");
        }
        let spelled = "2020202057202d4443574343334631323334363537";
        for honest in [spelled, "beaf0c11a9", "BEAF", "4C530001270315"] {
            assert!(normalise(Kind::Disk, honest).is_ok() || honest == "BEAF", "{honest}");
        }
    }

    #[test]
    fn the_serial_number_inside_a_name_is_found() {
        for (name, serial) in [
            (nvme("2K4820A1B2C3        ", "ADATA SX8200PNP"), Some("2K4820A1B2C3")),
            (nvme("", "NVMe SSD 256GB"), None),
            (ata("Samsung SSD 860 EVO 500GB", "S3Z2NB0K123456X"), Some("S3Z2NB0K123456X")),
            (ata("WDC WD10EZEX-00BN5A0", "     WD-WCC3F1234567"), Some("WD-WCC3F1234567")),
            (ata("ST3500418AS", ""), None),
            (
                "t10.ATA_____ST3500418AS_________________________________________9VM1234Z".into(),
                Some("9VM1234Z"),
            ),
            ("t10.ATA Samsung SSD 860 EVO 500GB S3Z2NB0K123456X".into(), Some("S3Z2NB0K123456X")),
            ("t10.ATA VBOX HARDDISK VB5d1c7a90-e2b84f63".into(), Some("VB5D1C7A90-E2B84F63")),
            ("1ATA     ST3500418AS                             9VM1234Z".into(), Some("9VM1234Z")),
            ("SATA     ST3500418AS_9VM1234Z".into(), Some("9VM1234Z")),
            (
                "t10.NVMe____INTEL_SSDPE21D280GA_____________________PHM2746600SU280AGN__00000001".into(),
                Some("PHM2746600SU280AGN"),
            ),
            ("VB1234-56789_00000001.".into(), Some("VB1234-56789")),
            ("S6PTNZ0T512345_00000001.".into(), Some("S6PTNZ0T512345")),
            ("0QEMU    QEMU HARDDISK   drive-scsi0".into(), Some("DRIVE-SCSI0")),
            ("t10.LIO-ORG block0:5d1c7a90".into(), Some("BLOCK0:5D1C7A90")),
            ("0025_3858_9150_1234.".into(), None),
            ("eui.0025385891501234".into(), None),
            ("S6PTNZ0T512345".into(), None),
        ] {
            assert_eq!(serial_of(&name).as_deref(), serial, "{name}");
        }
    }

    #[test]
    fn a_name_with_a_junk_serial_number_names_no_disk() {
        let model = "VMware Virtual NVMe Disk";
        let mut names: Vec<String> =
            ["VMWare NVME_0000", "", "0000000000000001", "None", "VB1234-56789", model]
                .iter()
                .flat_map(|serial| [nvme(serial, model), ata(model, serial), format!("{serial}_00000001.")])
                .collect();
        names.extend(
            [
                "nvme.1e4b--4e564d6520535344203235364742-00000001",
                "t10.ATA QEMU HARDDISK QM00001",
                "t10.ATA_____QEMU_HARDDISK___________________________QM00003",
                "t10.ATA     ST3500418AS",
                "t10.ATA",
                "t10.",
                "0QEMU    QEMU HARDDISK   drive-scsi0",
                "drive-virtio-disk0",
                "drive-scsi-disk-0",
                "scsi-0QEMU_QEMU_HARDDISK_drive-scsi0",
                "Samsung SSD 860 EVO 500GB",
                "_00000001.",
            ]
            .map(String::from),
        );
        for name in names {
            assert_eq!(normalise(Kind::Disk, &name), Err(Dropped::Placeholder), "{name}");
        }
    }

    #[test]
    fn an_honest_name_keeps_its_one_spelling() {
        for (name, one) in [
            (
                "nvme.1d0f-766f6c3037613163-416d617a6f6e-00000001",
                "NVME1D0F766F6C3037613163416D617A6F6E00000001",
            ),
            (
                "t10.ATA     SSD860 EVO 500GB                        S3Z2NB0K771245",
                "T10ATASSD860EVO500GBS3Z2NB0K771245",
            ),
            ("0025_3858_9150_1234.", "0025385891501234"),
            ("eui.01000000000000005cd2e4a1b2c3d4e5", "01000000000000005CD2E4A1B2C3D4E5"),
            ("eui.e8238fa6bf530001001b448b4a1b2c3d", "E8238FA6BF530001001B448B4A1B2C3D"),
            ("naa.6000c29f1a2b3c4d5e6f708192a3b4c5", "6000C29F1A2B3C4D5E6F708192A3B4C5"),
            ("naa.60022480a1b2c3d4e5f60718293a4b5c", "60022480A1B2C3D4E5F60718293A4B5C"),
            ("naa.5000c500ea33ee14", "5000C500EA33EE14"),
            ("035344534333324780a1b2c3d4014800", "035344534333324780A1B2C3D4014800"),
            ("uuid.5d1c7a90-e2b8-4f63-9c1a-7b3e5f2d8a46", "UUID5D1C7A90E2B84F639C1A7B3E5F2D8A46"),
            ("S4EWNX0M123456", "S4EWNX0M123456"),
        ] {
            assert_eq!(normalise(Kind::Disk, name).as_deref(), Ok(one), "{name}");
        }
    }

    proptest! {
        #[test]
        fn no_name_makes_it_panic(name in "\\PC{0,80}|(nvme|t10|eui|naa|uuid)[.][-A-Za-z0-9 _é]{0,90}|[013S](ATA|QEMU)[ _é]{0,50}.{0,9}") {
            let _ = serial_of(&name);
            let _ = is_nameless(&name.to_ascii_uppercase());
        }

        #[test]
        fn a_serial_number_is_found_in_every_name_that_is_composed_of_it(
            model in "[A-Z]{2,5} [A-Z0-9]{3,12}( [0-9]{3}GB)?", serial in "[A-Z]{2}[0-9][A-Z0-9]{5,17}",
        ) {
            prop_assume!(normalise(Kind::Disk, &serial).is_ok());
            for name in [nvme(&serial, &model), ata(&model, &serial), format!("{serial}_00000001.")] {
                prop_assert_eq!(serial_of(&name), Some(serial.clone()), "{}", name);
                prop_assert!(normalise(Kind::Disk, &name).is_ok(), "{}", name);
            }
        }
    }
}
