//! `find`: where an installed license lies.

use std::collections::BTreeMap;

use license_core::OutcomeCode;
use license_core::installed::{Places, System};
use serde::Deserialize;
use serde_json::Value;

use super::{Answer, members};

#[derive(Deserialize)]
struct Ask {
    product: String,
    system: String,
    environment: BTreeMap<String, String>,
}

pub(super) fn find(ask: &Value) -> Result<Answer, String> {
    let Ask { product, system, environment } = members(ask)?;
    let system = match system.as_str() {
        "linux" => System::Linux,
        "windows" => System::Windows,
        "macos" => System::MacOs,
        _ => return Err("this system is not known".into()),
    };
    let places = Places::of(system, |name| environment.get(name).map(Into::into));
    let Ok(files) = places.licenses(&product) else {
        return Ok(Answer::of(OutcomeCode::NameTooLong.as_str()));
    };
    let files = files.into_iter().map(|file| file.to_string_lossy().into_owned()).collect();
    Ok(Answer { files: Some(files), ..Answer::of("files") })
}
