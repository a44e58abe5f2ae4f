//! What firmware says of its machine in words: who made it, and so whether it is a guest or rented.

use super::environment::{Cloud, Hypervisor, Platform};

/// Strings of the firmware that everybody may read; empty where it has none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct FirmwareStrings {
    pub(super) vendor: String,
    pub(super) product: String,
    pub(super) bios: String,
    pub(super) chassis_tag: String,
}

impl FirmwareStrings {
    /// The hypervisor whose firmware bears its name.
    pub(super) fn hypervisor(&self) -> Option<Hypervisor> {
        let Self { vendor, product, .. } = self;
        let names = [
            ("VirtualBox", Hypervisor::VirtualBox),
            ("innotek", Hypervisor::VirtualBox),
            ("VMware", Hypervisor::Vmware),
            ("QEMU", Hypervisor::Kvm),
            ("KVM", Hypervisor::Kvm),
            ("RHEV", Hypervisor::Kvm),
            ("Bochs", Hypervisor::Kvm),
            ("Nutanix", Hypervisor::Kvm),
            ("Standard PC", Hypervisor::Kvm),
            ("HVM domU", Hypervisor::Xen),
            ("Parallels", Hypervisor::Parallels),
            ("BHYVE", Hypervisor::Bhyve),
            ("Apple Virtualization", Hypervisor::Apple),
        ];
        let by_name = names.into_iter().find(|(name, _)| vendor.contains(name) || product.contains(name));
        // Microsoft makes machines too: only the product tells.
        let hyper_v = vendor.starts_with("Microsoft") && product == "Virtual Machine";
        by_name.map(|(_, hypervisor)| hypervisor).or(hyper_v.then_some(Hypervisor::HyperV))
    }

    /// Whose rented machine it is.
    pub(super) fn cloud(&self) -> Option<Cloud> {
        let Self { vendor, product, bios, chassis_tag } = self;
        // Azure marks its guests by this tag, which no other Hyper-V has.
        if chassis_tag == "7783-7084-3265-9085-8269-3286-77" {
            return Some(Cloud::Azure);
        }
        if bios.to_ascii_lowercase().contains("amazon") {
            return Some(Cloud::Aws);
        }
        let names = [
            ("Amazon EC2", Cloud::Aws),
            ("Google Compute Engine", Cloud::Google),
            ("HUAWEICLOUD", Cloud::Huawei),
            ("Huawei Cloud", Cloud::Huawei),
            ("OpenTelekomCloud", Cloud::Huawei),
            ("Alibaba Cloud", Cloud::Alibaba),
            ("Tencent Cloud", Cloud::Tencent),
            ("OracleCloud.com", Cloud::Oracle),
            ("DigitalOcean", Cloud::DigitalOcean),
            ("Hetzner", Cloud::Hetzner),
            // Last, because others build upon it.
            ("OpenStack", Cloud::OpenStack),
        ];
        let places = [chassis_tag, vendor, product];
        names
            .into_iter()
            .find(|(name, _)| places.iter().any(|place| place.starts_with(name)))
            .map(|(_, cloud)| cloud)
    }

    /// What the machine is, by the hypervisor that something else named and by the processor's word on whether there
    /// is one, which ARM's do not give.
    pub(super) fn platform(&self, named: Option<Hypervisor>, is_guest: Option<bool>) -> Platform {
        match (named, is_guest) {
            (Some(hypervisor), _) => Platform::Virtual(hypervisor),
            // Clouds rent whole machines as well, whose firmware says the same.
            (None, Some(true)) if self.cloud().is_some() => Platform::Virtual(Hypervisor::Kvm),
            (None, Some(true)) => Platform::Virtual(Hypervisor::Unnamed),
            (None, Some(false)) => Platform::BareMetal,
            (None, None) if self.cloud().is_some() && !self.product.contains("metal") => {
                Platform::Virtual(Hypervisor::Kvm)
            }
            (None, None) if !self.vendor.is_empty() => Platform::BareMetal,
            (None, None) => Platform::Unknown,
        }
    }
}
