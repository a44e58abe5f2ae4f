//! What kind of machine this is: hardware of its own, a guest, a container, a rented instance.

use std::fmt;

/// Where the program runs, as far as files, firmware and processor tell. Everything is unknown where nothing was found,
/// and on systems other than Linux and Windows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Environment {
    /// What the operating system runs on.
    pub platform: Platform,
    /// The container inside it.
    pub container: Option<Container>,
    /// Whose rented machine it is.
    pub cloud: Option<Cloud>,
    /// Whether a virtual machine was started from a container's image, so that its files came ready-made.
    pub from_image: bool,
}

/// What an operating system runs on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Platform {
    /// Nothing tells.
    #[default]
    Unknown,
    /// Hardware of its own.
    BareMetal,
    /// A virtual machine.
    Virtual(Hypervisor),
    /// Windows Subsystem for Linux 1: no Linux kernel at all.
    Wsl1,
    /// Windows Subsystem for Linux 2: a virtual machine that Windows makes anew.
    Wsl2,
}

/// Who runs a virtual machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Hypervisor {
    /// KVM, also under QEMU, Firecracker and most clouds.
    Kvm,
    /// `VMware`.
    Vmware,
    /// `VirtualBox`.
    VirtualBox,
    /// Hyper-V, also under Azure.
    HyperV,
    /// Xen.
    Xen,
    /// Parallels.
    Parallels,
    /// bhyve.
    Bhyve,
    /// Apple's virtualization framework.
    Apple,
    /// One that does not say.
    Unnamed,
}

/// What a container is run by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Container {
    /// Docker.
    Docker,
    /// Podman.
    Podman,
    /// A pod, whatever runs it.
    Kubernetes,
    /// LXC, LXD, Incus.
    Lxc,
    /// systemd-nspawn.
    Nspawn,
    /// `OpenVZ`, Virtuozzo.
    OpenVz,
    /// Another one that boots a system of its own.
    System,
    /// Another one.
    Other,
}

impl Container {
    /// Whether it boots and keeps a system of its own, as a virtual machine does; the others are started from an
    /// image each time.
    #[must_use]
    pub const fn keeps_a_system(self) -> bool {
        matches!(self, Self::Lxc | Self::Nspawn | Self::OpenVz | Self::System)
    }
}

/// Whose machine is rented.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Cloud {
    /// Amazon EC2.
    Aws,
    /// Microsoft Azure.
    Azure,
    /// Google Compute Engine.
    Google,
    /// Huawei Cloud, and clouds that it runs for others.
    Huawei,
    /// Alibaba Cloud.
    Alibaba,
    /// Tencent Cloud.
    Tencent,
    /// Oracle Cloud.
    Oracle,
    /// `DigitalOcean`.
    DigitalOcean,
    /// Hetzner Cloud.
    Hetzner,
    /// Any cloud made with `OpenStack`.
    OpenStack,
}

impl fmt::Display for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown => f.pad("unknown"),
            Self::BareMetal => f.pad("bare metal"),
            Self::Virtual(hypervisor) => write!(f, "virtual machine ({hypervisor})"),
            Self::Wsl1 => f.pad("WSL 1"),
            Self::Wsl2 => f.pad("WSL 2"),
        }
    }
}

impl fmt::Display for Hypervisor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Kvm => "KVM",
            Self::Vmware => "VMware",
            Self::VirtualBox => "VirtualBox",
            Self::HyperV => "Hyper-V",
            Self::Xen => "Xen",
            Self::Parallels => "Parallels",
            Self::Bhyve => "bhyve",
            Self::Apple => "Apple",
            Self::Unnamed => "unnamed hypervisor",
        })
    }
}

impl fmt::Display for Container {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Docker => "Docker",
            Self::Podman => "Podman",
            Self::Kubernetes => "Kubernetes",
            Self::Lxc => "LXC",
            Self::Nspawn => "systemd-nspawn",
            Self::OpenVz => "OpenVZ",
            Self::System => "unnamed engine, booted",
            Self::Other => "unnamed engine",
        })
    }
}

impl fmt::Display for Cloud {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Aws => "Amazon EC2",
            Self::Azure => "Azure",
            Self::Google => "Google Compute Engine",
            Self::Huawei => "Huawei Cloud",
            Self::Alibaba => "Alibaba Cloud",
            Self::Tencent => "Tencent Cloud",
            Self::Oracle => "Oracle Cloud",
            Self::DigitalOcean => "DigitalOcean",
            Self::Hetzner => "Hetzner Cloud",
            Self::OpenStack => "OpenStack",
        })
    }
}

/// `container (Docker) on a virtual machine (KVM), Amazon EC2`.
impl fmt::Display for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(container) = self.container {
            write!(f, "container ({container}) on ")?;
        }
        self.platform.fmt(f)?;
        if let Some(cloud) = self.cloud {
            write!(f, ", {cloud}")?;
        }
        if self.from_image {
            f.write_str(", started from a container image")?;
        }
        Ok(())
    }
}
