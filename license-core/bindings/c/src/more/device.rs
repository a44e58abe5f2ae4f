//! Devices that are kept, or come as a text.

use std::ffi::c_char;

use data_encoding::BASE64URL_NOPAD;
use license_core::{Binding, Fingerprint, FingerprintError, Kind, OutcomeCode};
use serde::Serialize;

use crate::boundary::{Out, Refusal, Text, call, free, handle};
use crate::check_json::VerdictView;
use crate::device::{Device, this_machine};
use crate::outcome::Outcome;
use crate::trust::Trust;

/// What a machine's text says.
#[derive(Serialize)]
struct View {
    /// The `DF1-…` text; nothing where nothing names the machine, or an id of the vendor's own.
    fingerprint: Option<String>,
    components: Vec<ComponentView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    opaque: Option<String>,
}

#[derive(Serialize)]
struct ComponentView {
    kind: Kind,
    digest: license_core::Digest,
    privileged: bool,
}

impl From<&license_core::Device> for View {
    fn from(device: &license_core::Device) -> Self {
        let Some(fingerprint) = device.fingerprint() else {
            return Self { fingerprint: None, components: Vec::new(), opaque: None };
        };
        let components = fingerprint.components().iter().map(|c| ComponentView {
            kind: c.kind,
            digest: c.digest,
            privileged: c.privileged,
        });
        Self {
            fingerprint: fingerprint.to_text(),
            components: components.collect(),
            opaque: fingerprint.is_opaque().then(|| BASE64URL_NOPAD.encode(&opaque_id(fingerprint))),
        }
    }
}

/// The 32 bytes behind version and realm tag of its storage form.
fn opaque_id(fingerprint: &Fingerprint) -> Vec<u8> {
    fingerprint.to_bytes().split_off(5)
}

/// Reads this machine, as an ordinary user can. It takes milliseconds: keep the device while the program runs. One that
/// offers nothing to bind to is a device all the same, on which licenses for no device in particular hold.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn license_core_device_here(
    trust: *const Trust,
    device: *mut *mut Device,
    message: *mut *mut c_char,
) -> i32 {
    // SAFETY: the header's rules for handles and places.
    let (trust, device, message) = unsafe { (handle(trust), Out::of(device), Out::of(message)) };
    call(&message, || {
        let trust = trust.ok_or_else(|| Refusal::null("trust"))?;
        device.give("device", || Ok(Device(this_machine(trust.read().realm()))))?;
        Ok(Outcome::Active)
    })
}

/// Reads a text that speaks for a machine, such as `DF1-…`; it is taken as complete.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn license_core_device_from_text(
    trust: *const Trust,
    text: *const c_char,
    text_len: usize,
    device: *mut *mut Device,
    message: *mut *mut c_char,
) -> i32 {
    // SAFETY: the header's rules for handles, texts and places.
    let (trust, text, device, message) =
        unsafe { (handle(trust), Text::of(text, text_len), Out::of(device), Out::of(message)) };
    call(&message, || {
        let trust = trust.ok_or_else(|| Refusal::null("trust"))?;
        device.give("device", || {
            let refused = |error: FingerprintError| Refusal::of(OutcomeCode::from(&error), &error);
            let text = text.utf8("the text")?;
            license_core::Device::from_text(text, trust.read().realm()).map(Device).map_err(refused)
        })?;
        Ok(Outcome::Active)
    })
}

/// Reads what `license-agent fingerprint --json` printed; `{}` is a machine on which nothing usable was found.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn license_core_device_from_json(
    trust: *const Trust,
    json: *const c_char,
    json_len: usize,
    device: *mut *mut Device,
    message: *mut *mut c_char,
) -> i32 {
    // SAFETY: the header's rules for handles, texts and places.
    let (trust, json, device, message) =
        unsafe { (handle(trust), Text::of(json, json_len), Out::of(device), Out::of(message)) };
    call(&message, || {
        let trust = trust.ok_or_else(|| Refusal::null("trust"))?;
        device.give("device", || {
            let json = json.utf8("the device")?;
            let read = license_core::Device::from_json(json, trust.read().realm());
            read.map(Device).map_err(|error| Refusal::of(OutcomeCode::UnreadableDevice, &error))
        })?;
        Ok(Outcome::Active)
    })
}

/// What a device's text says, as a JSON object: `fingerprint`, the `DF1-…` text, or null; `components`, a list of `kind`,
/// `digest` and `privileged`; `opaque` in place of them for an id of the vendor's own. Digests are personal data. To be
/// freed with license_core_text_free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn license_core_device_to_json(device: *const Device, json: *mut *mut c_char) -> i32 {
    // SAFETY: the header's rules for handles and places.
    let (device, json) = unsafe { (handle(device), Out::of(json)) };
    call(&Out::nowhere(), || {
        let device = device.ok_or_else(|| Refusal::null("device"))?;
        json.text(serde_json::to_string(&View::from(&device.0)).unwrap_or_default());
        Ok(Outcome::Active)
    })
}

/// Compares a device with the `dev` claim of a license, given as JSON. For who reads licenses by another library: it
/// checks nothing else. The verdict is a JSON object as that of license_core_check_to_json.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn license_core_device_match(
    device: *const Device,
    dev: *const c_char,
    dev_len: usize,
    verdict: *mut *mut c_char,
    message: *mut *mut c_char,
) -> i32 {
    // SAFETY: the header's rules for handles, texts and places.
    let (device, dev, verdict, message) =
        unsafe { (handle(device), Text::of(dev, dev_len), Out::of(verdict), Out::of(message)) };
    call(&message, || {
        let device = device.ok_or_else(|| Refusal::null("device"))?;
        let binding = serde_json::from_slice::<Binding>(dev.bytes("dev")?);
        let binding = binding.map_err(|error| Refusal::of(OutcomeCode::Malformed, &error))?;
        let found = binding.check(&device.0);
        verdict.text(serde_json::to_string(&VerdictView::from(&found)).unwrap_or_default());
        if found.passes() {
            return Ok(Outcome::Active);
        }
        let code = if found.needs_privileges() { OutcomeCode::NeedsPrivileges } else { OutcomeCode::Device };
        Err(Refusal::of(code, &found))
    })
}

/// Frees a device. NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn license_core_device_free(device: *mut Device) {
    // SAFETY: the header's rules for handles.
    unsafe { free(device) }
}
