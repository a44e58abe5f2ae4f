//! The device of a question.

use license_core::{Device, Realm};
use serde_json::Value;

/// A device that cannot be read.
#[derive(Debug)]
pub(super) struct Unreadable;

/// Nothing, a text that speaks for the machine, or what the agent prints.
pub(super) fn read(device: &Value, realm: &Realm) -> Result<Device, Unreadable> {
    if device.is_null() {
        return Ok(Device::none());
    }
    match &device["text"] {
        Value::Null => Device::from_json(&device.to_string(), realm).map_err(|_| Unreadable),
        Value::String(text) if is_alone(device) => Device::from_text(text, realm).map_err(|_| Unreadable),
        _ => Err(Unreadable),
    }
}

/// Whether a text stands without what the agent prints.
fn is_alone(device: &Value) -> bool {
    ["fingerprint", "found", "privileged", "unreadable"].iter().all(|member| device[*member].is_null())
}
