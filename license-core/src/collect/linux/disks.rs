//! The disks, and the names that each of them goes by.

use super::super::choice::{Candidate, Rank};
use super::super::environment::{Cloud, Environment, Platform};
use super::super::fact::LeftOut;
use super::super::parse;
use super::super::root::{Presence, Root};
use super::place::{Place, says_removable};
use super::{DEVICES, number, read};
use crate::fingerprint::{Kind, serial_of};

const DISKS: &str = "/sys/block";

/// The names of every disk. Those of one disk are names of one part: all of them count when a license is checked, one is
/// in a text.
pub(super) fn disks(root: &Root<'_>, environment: &Environment) -> Vec<Candidate> {
    let names = match root.names(DISKS) {
        Ok(names) => names,
        Err(why) => return vec![Candidate::new(Kind::Disk, DISKS, Err(why))],
    };
    // Windows brings the same disk along everywhere; Google shows a name that customers choose, or one for all.
    let has_shared_names = matches!(environment.platform, Platform::Wsl1 | Platform::Wsl2)
        || environment.cloud == Some(Cloud::Google);
    let disks =
        names.into_iter().filter(|name| !parse::is_no_disk(name)).map(|name| format!("{DISKS}/{name}"));
    let mut found = Vec::new();
    let mut looked_at = 0;
    for disk in disks {
        match root.presence(&format!("{disk}/device")) {
            Presence::Absent => {}
            // One path of several to a disk that is there as a whole.
            Presence::There if number(root, &format!("{disk}/hidden")) == Some(1) => {}
            // A disk's share that a hypervisor hands to guests.
            Presence::There if root.exists(&format!("{disk}/device/device/physfn")) => {}
            Presence::Denied => found.push(Candidate::new(Kind::Disk, disk, Err(LeftOut::Unreadable))),
            Presence::There if looked_at == DEVICES => break,
            Presence::There => {
                looked_at += 1;
                match has_shared_names {
                    true => found.push(Candidate::new(Kind::Disk, disk, Err(LeftOut::VirtualDisk))),
                    false => found.extend(disk_names(root, &disk)),
                }
            }
        }
    }
    found
}

fn disk_names(root: &Root<'_>, disk: &str) -> Vec<Candidate> {
    let place = Place::of(root, disk);
    if place.is_at_a_plug() || number(root, &format!("{disk}/removable")) == Some(1) {
        return vec![Candidate::new(Kind::Disk, disk, Err(LeftOut::RemovableDisk))];
    }
    let rank = rank(root, disk, &place);
    let found = match rank {
        _ if root.exists(&format!("{disk}/device/cid")) => card(root, disk),
        Rank::Remote => remote(root, disk),
        _ => local(root, disk),
    };
    if found.is_empty() {
        return vec![Candidate::new(Kind::Disk, disk, Err(LeftOut::NotAvailable))];
    }
    let named = (0..).zip(found).map(|(wish, c)| Candidate { rank, wish, part: Some(disk.to_owned()), ..c });
    named.collect()
}

/// The serial number first: it is printed on the disk, while which world-wide name is shown depends on what kernel and
/// driver think of the disk.
fn local(root: &Root<'_>, disk: &str) -> Vec<Candidate> {
    let wide = world_wide(root, disk);
    let mut found = serials(root, disk);
    // Inside the name where nothing else tells it; a name whose serial number is junk is left out as a whole.
    let inside = wide.iter().filter_map(|name| {
        let serial = serial_of(name.value.as_ref().ok()?)?;
        Some(Candidate::new(Kind::Disk, format!("{} (serial number)", name.source), Ok(serial)))
    });
    found.extend(inside.filter(|serial| serial.normalised().is_ok()));
    found.extend(wide);
    told_once(found)
}

/// The world-wide name first: many arrays show one serial number for all that they lend, so where there is such a name
/// the serial number is none.
fn remote(root: &Root<'_>, disk: &str) -> Vec<Candidate> {
    let mut found = world_wide(root, disk);
    if !found.iter().any(|name| name.normalised().is_ok()) {
        found.extend(serials(root, disk));
    }
    told_once(found)
}

/// The register of a memory card. Its serial number alone has 32 bits, which other cards have too.
fn card(root: &Root<'_>, disk: &str) -> Vec<Candidate> {
    let cid = read(root, Kind::Disk, &format!("{disk}/device/cid"));
    if cid.as_ref().is_some_and(|cid| cid.normalised().is_ok()) {
        return cid.into_iter().collect();
    }
    told_once(cid.into_iter().chain(serials(root, disk)).collect())
}

fn serials(root: &Root<'_>, disk: &str) -> Vec<Candidate> {
    let files = ["device/serial", "serial"].into_iter();
    let files = files.filter_map(|file| read(root, Kind::Disk, &format!("{disk}/{file}")));
    let page = format!("{disk}/device/vpd_pg80");
    let serial = root
        .bytes(&page)
        .map(|page| page.and_then(|page| parse::unit_serial_page(&page).ok_or(LeftOut::WrongForm)));
    files.chain(serial.map(|serial| Candidate::new(Kind::Disk, page, serial))).collect()
}

/// The name that the kernel chose, then each of those that it chose among, as far as they are good for anything.
fn world_wide(root: &Root<'_>, disk: &str) -> Vec<Candidate> {
    let chosen = ["wwid", "device/wwid"].into_iter();
    let chosen = chosen.filter_map(|file| read(root, Kind::Disk, &format!("{disk}/{file}")));
    let others = ["nguid", "eui", "uuid"].into_iter();
    let others = others.filter_map(|file| read(root, Kind::Disk, &format!("{disk}/{file}")));
    let page = format!("{disk}/device/vpd_pg83");
    let names = root.bytes(&page).and_then(Result::ok).map(|page| parse::device_names_page(&page));
    let names = names.unwrap_or_default().into_iter();
    let others = others.chain(names.map(|name| Candidate::new(Kind::Disk, page.clone(), Ok(name))));
    chosen.chain(others.filter(|name| name.normalised().is_ok())).collect()
}

/// Without values that an earlier source told as well.
fn told_once(found: Vec<Candidate>) -> Vec<Candidate> {
    let mut known = Vec::new();
    let is_new = |candidate: &Candidate| match candidate.normalised() {
        Ok(value) if known.contains(&value) => false,
        Ok(value) => {
            known.push(value);
            true
        }
        Err(_) => true,
    };
    found.into_iter().filter(is_new).collect()
}

fn rank(root: &Root<'_>, disk: &str, place: &Place) -> Rank {
    let text =
        |file: &str| root.text(&format!("{disk}/device/{file}")).and_then(Result::ok).unwrap_or_default();
    if place.is_remote() || is_over_fabrics(root, disk) {
        return Rank::Remote;
    }
    // SD cards are pulled out, soldered ones (MMC) are not.
    let can_be_unplugged = text("type") == "SD"
        || says_removable(root, &format!("{disk}/device"))
        || says_removable(root, &format!("{disk}/device/device"))
        || place.is_removable(root);
    if can_be_unplugged {
        return Rank::Removable;
    }
    let maker = (text("vendor") + " " + &text("model")).to_ascii_uppercase();
    let makers = ["QEMU", "VMWARE", "VBOX", "VIRTUAL", "MSFT", "XENSRC", "LIO-ORG", "ELASTIC BLOCK STORE"];
    let is_virtual = place.is_virtual() || makers.iter().any(|word| maker.contains(word));
    if is_virtual { Rank::Virtual } else { Rank::Physical }
}

/// Whether an NVMe disk is reached over a network, by any of its paths.
fn is_over_fabrics(root: &Root<'_>, disk: &str) -> bool {
    let is_fabric = |controller: &str| {
        let transport = root.text(&format!("{controller}/transport")).and_then(Result::ok);
        transport.is_some_and(|name| matches!(name.as_str(), "tcp" | "rdma" | "fc" | "loop"))
    };
    let device = format!("{disk}/device");
    if is_fabric(&device) {
        return true;
    }
    if root.exists(&format!("{device}/transport")) {
        return false;
    }
    // A disk with several paths hangs on a subsystem, which lists them.
    let is_controller = |name: &String| {
        name.strip_prefix("nvme").is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()))
    };
    let paths = root.names(&device).unwrap_or_default();
    paths.iter().filter(|name| is_controller(name)).any(|name| is_fabric(&format!("{device}/{name}")))
}
