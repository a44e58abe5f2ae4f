//! Where an installed license lies, and whether it was replaced since it was read.
//!
//! `license-agent` puts a license into a folder of the user's or one of the machine's; a product finds it by its product
//! code, and sees a renewed one without a restart:
//!
//! ```
//! use license_core::installed::LicenseFile;
//!
//! let mut file = LicenseFile::find("cad-pro")?;
//! match file.text() {
//!     Ok(license) => println!("{license}"),
//!     Err(error) => println!("{error}"),
//! }
//! // Every few minutes, or whenever it is asked for something: two or three looks at file names.
//! if file.refresh() {
//!     println!("verify it anew");
//! }
//! # Ok::<(), license_core::installed::NameTooLong>(())
//! ```

mod file;
mod places;

pub use file::{LicenseFile, LicenseFileError};
pub use places::{NameTooLong, NoFolder, Places, System, file_stem};
