//! A license at a path, what is in its file, and where one is looked for.

use std::collections::BTreeMap;
use std::ffi::c_char;
use std::path::Path;

use license_core::OutcomeCode;
use license_core::installed::{LicenseFile, Places, System};

use crate::boundary::{Out, Refusal, Text, call, handle};
use crate::file::{File, refusal};
use crate::outcome::Outcome;
use crate::trust::path;

/// Looks for a license at one path alone.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn license_core_file_at(
    path_text: *const c_char,
    path_len: usize,
    file: *mut *mut File,
    message: *mut *mut c_char,
) -> i32 {
    // SAFETY: the header's rules for texts and places.
    let (text, file, message) = unsafe { (Text::of(path_text, path_len), Out::of(file), Out::of(message)) };
    call(&message, || {
        file.give("file", || Ok(File::of(LicenseFile::at(path(text, "the path")?))))?;
        Ok(Outcome::Active)
    })
}

/// What is in the file: the license's text, an empty one where there is none in it; the learned key sets beside it, for
/// license_core_trust_learn; and where it lies, NULL while there is none. Each may be left out with NULL, and is to be
/// freed with license_core_text_free. license_core_verify_file needs none of it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn license_core_file_read(
    file: *const File,
    license: *mut *mut c_char,
    learned_keys: *mut *mut c_char,
    path: *mut *mut c_char,
    message: *mut *mut c_char,
) -> i32 {
    // SAFETY: the header's rules for handles and places.
    let (file, license, learned_keys, path, message) =
        unsafe { (handle(file), Out::of(license), Out::of(learned_keys), Out::of(path), Out::of(message)) };
    call(&message, || {
        let file = file.ok_or_else(|| Refusal::null("file"))?.lock();
        if let Some(lies_at) = file.path() {
            path.text(bytes_of(lies_at));
        }
        let text = file.text().map_err(|error| refusal(&error))?;
        license.text(text);
        learned_keys.text(file.learned_keys());
        Ok(Outcome::Active)
    })
}

/// Where a product's license is looked for, in that order, as a JSON list of paths. `system` is `linux`, `windows` or
/// `macos`, `environment` a JSON object of the variables that are set, as those of another user; NULL for both: this
/// system, and those of this process. To be freed with license_core_text_free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn license_core_places(
    product: *const c_char,
    product_len: usize,
    system: *const c_char,
    system_len: usize,
    environment: *const c_char,
    environment_len: usize,
    paths: *mut *mut c_char,
    message: *mut *mut c_char,
) -> i32 {
    // SAFETY: the header's rules for texts and places.
    let (product, system, environment, paths, message) = unsafe {
        (
            Text::of(product, product_len),
            Text::if_any(system, system_len),
            Text::if_any(environment, environment_len),
            Out::of(paths),
            Out::of(message),
        )
    };
    call(&message, || {
        let system = match system {
            None => System::HERE,
            Some(system) => system_named(system.utf8("the system")?)?,
        };
        let variables: Option<BTreeMap<String, String>> = match environment {
            None => None,
            Some(json) => Some(
                serde_json::from_slice(json.bytes("the environment")?)
                    .map_err(|error| Refusal::of(Outcome::Argument, &error))?,
            ),
        };
        let places = Places::of(system, |name| match &variables {
            Some(variables) => variables.get(name).map(Into::into),
            None => std::env::var_os(name),
        });
        let files = places.licenses(product.utf8("the product")?);
        let files = files.map_err(|error| Refusal::of(OutcomeCode::NameTooLong, &error))?;
        let files: Vec<_> = files.iter().map(|file| file.to_string_lossy()).collect();
        paths.text(serde_json::to_string(&files).unwrap_or_default());
        Ok(Outcome::Active)
    })
}

fn system_named(name: &str) -> Result<System, Refusal> {
    match name {
        "linux" => Ok(System::Linux),
        "windows" => Ok(System::Windows),
        "macos" => Ok(System::MacOs),
        _ => Err(Refusal::of(Outcome::Argument, &"the system is linux, windows or macos")),
    }
}

fn bytes_of(path: &Path) -> Vec<u8> {
    path.as_os_str().to_owned().into_encoded_bytes()
}
