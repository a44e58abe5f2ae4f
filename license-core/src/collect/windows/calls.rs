//! The calls into Windows that no safe crate makes. Bytes and plain rows come out; nothing is judged here.
#![expect(unsafe_code, reason = "calls into Windows; every block says why it is sound")]

use std::fs::File;
use std::os::windows::io::AsRawHandle as _;
use std::ptr;

use windows_sys::Win32::Foundation::{ERROR_BUFFER_OVERFLOW, NO_ERROR};
use windows_sys::Win32::NetworkManagement::IpHelper::{
    GAA_FLAG_INCLUDE_ALL_INTERFACES, GAA_FLAG_SKIP_ANYCAST, GAA_FLAG_SKIP_DNS_SERVER,
    GAA_FLAG_SKIP_FRIENDLY_NAME, GAA_FLAG_SKIP_MULTICAST, GAA_FLAG_SKIP_UNICAST, GetAdaptersAddresses,
    GetIfEntry2, IP_ADAPTER_ADDRESSES_LH, MIB_IF_ROW2,
};
use windows_sys::Win32::Networking::WinSock::AF_UNSPEC;
use windows_sys::Win32::System::IO::DeviceIoControl;
use windows_sys::Win32::System::Ioctl::{
    IOCTL_STORAGE_QUERY_PROPERTY, PropertyStandardQuery, STORAGE_PROPERTY_QUERY, StorageDeviceProperty,
};
use windows_sys::Win32::System::SystemInformation::{GetSystemFirmwareTable, RSMB};

/// Longest firmware table, and longest list of adapters, in bytes.
const LONGEST: u32 = 1 << 23;
/// Longest answer about a disk, in bytes.
const DESCRIPTOR: u32 = 4096;
/// Most network interfaces that are looked at, and how often a list that grew is asked for again.
const INTERFACES: usize = 4096;
const TRIES: usize = 4;

/// `RawSMBIOSData`.
pub(super) fn firmware_table() -> Option<Vec<u8>> {
    // SAFETY: without a buffer and with its size given as zero, nothing is written.
    let needed = unsafe { GetSystemFirmwareTable(RSMB, 0, ptr::null_mut(), 0) };
    if needed == 0 || needed > LONGEST {
        return None;
    }
    let mut table = vec![0u8; needed as usize];
    // SAFETY: the buffer is writable and as long as the size says.
    let written = unsafe { GetSystemFirmwareTable(RSMB, 0, table.as_mut_ptr(), needed) };
    // More than asked for means that nothing was written.
    (written != 0 && written <= needed).then(|| {
        table.truncate(written as usize);
        table
    })
}

/// Every network interface, also those that no protocol is bound to, such as a card under a virtual switch.
pub(super) fn interfaces() -> Option<Vec<MIB_IF_ROW2>> {
    let flags = GAA_FLAG_INCLUDE_ALL_INTERFACES
        | GAA_FLAG_SKIP_UNICAST
        | GAA_FLAG_SKIP_ANYCAST
        | GAA_FLAG_SKIP_MULTICAST
        | GAA_FLAG_SKIP_DNS_SERVER
        | GAA_FLAG_SKIP_FRIENDLY_NAME;
    let mut size = 16 * 1024;
    for _ in 0..TRIES {
        // Of `u64`, since what is written into it is aligned to eight bytes.
        let mut list = vec![0u64; (size as usize).div_ceil(8)];
        let first = list.as_mut_ptr().cast::<IP_ADAPTER_ADDRESSES_LH>();
        // SAFETY: the buffer is writable, aligned, and at least as long as the size says.
        let answer =
            unsafe { GetAdaptersAddresses(u32::from(AF_UNSPEC), flags, ptr::null(), first, &mut size) };
        match answer {
            // SAFETY: the call succeeded, so the buffer, which lives until the end of this arm, holds a list.
            NO_ERROR => return Some(unsafe { rows(first) }),
            ERROR_BUFFER_OVERFLOW if size <= LONGEST => {}
            _ => return None,
        }
    }
    None
}

/// The rows of a list of adapters.
///
/// # Safety
/// `first` points to a list that `GetAdaptersAddresses` wrote and that is still there.
unsafe fn rows(first: *const IP_ADAPTER_ADDRESSES_LH) -> Vec<MIB_IF_ROW2> {
    let mut rows = Vec::new();
    let mut next = first;
    for _ in 0..INTERFACES {
        // SAFETY: `next` is null or points to an entry of the list, as the caller warrants.
        let Some(adapter) = (unsafe { next.as_ref() }) else { break };
        let mut row = MIB_IF_ROW2 { InterfaceLuid: adapter.Luid, ..MIB_IF_ROW2::default() };
        // SAFETY: the row is writable and names its interface, all that the call reads of it.
        if unsafe { GetIfEntry2(&mut row) } == NO_ERROR {
            rows.push(row);
        }
        next = adapter.Next;
    }
    rows
}

/// `STORAGE_DEVICE_DESCRIPTOR` with the texts behind it.
pub(super) fn storage_descriptor(drive: &File) -> Option<Vec<u8>> {
    let query = STORAGE_PROPERTY_QUERY {
        PropertyId: StorageDeviceProperty,
        QueryType: PropertyStandardQuery,
        AdditionalParameters: [0],
    };
    let mut descriptor = vec![0u8; DESCRIPTOR as usize];
    let mut written = 0;
    // SAFETY: the handle is open; both buffers live through the call and are as long as their sizes say. Without an
    // OVERLAPPED the call is over when it returns.
    let answered = unsafe {
        DeviceIoControl(
            drive.as_raw_handle(),
            IOCTL_STORAGE_QUERY_PROPERTY,
            (&raw const query).cast(),
            size_of::<STORAGE_PROPERTY_QUERY>() as u32,
            descriptor.as_mut_ptr().cast(),
            DESCRIPTOR,
            &mut written,
            ptr::null_mut(),
        )
    };
    (answered != 0 && written <= DESCRIPTOR).then(|| {
        descriptor.truncate(written as usize);
        descriptor
    })
}
