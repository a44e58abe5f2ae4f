//! Vendor files that were sent and saved again.

use super::decode::decode;
use super::{SavedText, SavedTextError, named};
use crate::VendorFile;
use crate::typography::{folded, is_quote, unquoted};

/// The vendor file in a file or a paste: as it is, or without what a mail or an editor did to it, if it reads so. Else
/// it comes back as it is, for [`VendorFile`] to say what is wrong with it.
///
/// # Errors
/// What the text is instead.
pub fn vendor_file(bytes: &[u8]) -> Result<String, SavedTextError> {
    let text = decode(bytes)?;
    if text.parse::<VendorFile>().is_ok() {
        return Ok(text);
    }
    let folded = folded(&text);
    let lines = unquoted(&folded);
    let fenced: Vec<_> = lines.lines().filter(|line| !line.trim_start().starts_with("```")).collect();
    let repaired: String =
        fenced.join("\n").chars().map(|c| if is_quote(c) && c != '\'' { '"' } else { c }).collect();
    if repaired.parse::<VendorFile>().is_ok() {
        return Ok(repaired);
    }
    named(&text, SavedText::VendorFile).map_or(Ok(text), Err)
}
