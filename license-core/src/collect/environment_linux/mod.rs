//! How Linux shows what it runs on: firmware strings, the processor's flags, mounts and a few marks. No network.
//!
//! Sources: systemd-detect-virt(1), the clouds' own pages on telling their instances.

mod container;
mod engine_marks;
mod hosts;
mod mounts;
#[cfg(test)]
mod table;

#[cfg(test)]
use super::environment::Container;
use super::environment::{Environment, Hypervisor, Platform};
use super::firmware_strings::FirmwareStrings;
use super::root::Root;

use container::container;
pub(super) use engine_marks::VARIABLES as ENGINES_VARIABLES;
pub(super) use hosts::mounted_id;
pub(super) use mounts::{Keeper, MountedId, Mounts};

fn firmware(root: &Root<'_>) -> FirmwareStrings {
    let read =
        |name| root.text(&format!("/sys/class/dmi/id/{name}")).and_then(Result::ok).unwrap_or_default();
    FirmwareStrings {
        vendor: read("sys_vendor"),
        product: read("product_name"),
        bios: read("bios_version"),
        chassis_tag: read("chassis_asset_tag"),
    }
}

/// What this machine is.
pub(super) fn look(root: &Root<'_>, mounts: &Mounts) -> Environment {
    let firmware = firmware(root);
    let container = container(root, mounts);
    let platform = platform(root, &firmware);
    let from_image = container.is_none() && root.exists("/.dockerenv");
    Environment { platform, container, cloud: firmware.cloud(), from_image }
}

fn platform(root: &Root<'_>, firmware: &FirmwareStrings) -> Platform {
    let text = |path: &str| root.text(path).and_then(Result::ok).unwrap_or_default();
    let release = text("/proc/sys/kernel/osrelease").to_ascii_lowercase();
    if release.contains("microsoft") {
        let two = release.contains("wsl2") || release.contains("microsoft-standard");
        return if two { Platform::Wsl2 } else { Platform::Wsl1 };
    }
    if root.exists("/proc/sys/fs/binfmt_misc/WSLInterop") {
        return Platform::Wsl2;
    }
    if let Some(hypervisor) = firmware.hypervisor() {
        return Platform::Virtual(hypervisor);
    }
    // The first domain of Xen owns the hardware.
    if text("/proc/xen/capabilities").contains("control_d") {
        return Platform::BareMetal;
    }
    let processor = root.long_text("/proc/cpuinfo").unwrap_or_default();
    let flags = processor.lines().find_map(|line| line.strip_prefix("flags")).map(|flags| {
        let flags = flags.trim_start_matches([' ', '\t', ':']);
        flags.split_whitespace().any(|flag| flag == "hypervisor")
    });
    let clocks = text("/sys/devices/system/clocksource/clocksource0/available_clocksource");
    let tree = "/sys/firmware/devicetree/base";
    let board = text(&format!("{tree}/compatible"));
    let marks = [text("/sys/hypervisor/type"), text(&format!("{tree}/hypervisor/compatible")), clocks];
    let named = [("xen", Hypervisor::Xen), ("kvm", Hypervisor::Kvm), ("hyperv", Hypervisor::HyperV)]
        .into_iter()
        .find(|(word, _)| marks.iter().any(|mark| mark.contains(word)))
        .map(|(_, hypervisor)| hypervisor)
        .or_else(|| board.contains("linux,dummy-virt").then_some(Hypervisor::Kvm));
    match firmware.platform(named, flags) {
        Platform::Unknown if root.exists(&format!("{tree}/model")) => Platform::BareMetal,
        platform => platform,
    }
}
