//! Takes off what mail programs, editors, shells and web pages wrap around a text.
//!
//! Each layer is tried on the text and on what other layers made of it. A reading counts only where what was looked for
//! is found in it whole, so a layer that was taken off wrongly finds nothing.

mod escapes;
mod lines;
mod mail;
mod markup;

#[cfg(feature = "vendor-file")]
pub(super) use lines::joined;
pub(super) use lines::undecorated;

use crate::typography::folded;

/// Layers that may lie over each other: a web page in a part of a forwarded mail that was quoted.
const DEPTH: usize = 4;
/// Most readings of one text.
const READINGS: usize = 32;
/// Most bytes of all readings of a text together, beside twice its own: a few passes over the longest file.
const BUDGET: usize = 256 * 1024;

/// A layer taken off; none where the text does not have it.
type Layer = fn(&str) -> Option<String>;

const LAYERS: [Layer; 8] = [
    escapes::colours,
    mail::bodies,
    lines::unmarked,
    markup::rich_text,
    markup::web_page,
    escapes::percent,
    mail::base64,
    mail::base64_values,
];

/// Layers that join lines.
const JOINS: [Layer; 3] = [lines::continued, mail::quoted_printable, escapes::json];

/// The text in plain characters, and as it is without its layers, the outermost first.
pub(super) fn readings(text: &str) -> Vec<String> {
    // Files that were sent as text twice end their lines so.
    let text = folded(&text.replace("\r\r\n", "\n")).into_owned();
    let mut budget = BUDGET + 2 * text.len();
    let mut readings = vec![text];
    let (mut from, mut depth) = (0, 0);
    while from < readings.len() && depth < DEPTH {
        let until = readings.len();
        for at in from..until {
            // A line that goes on within a quotation goes on behind the next line's mark.
            let is_marked = readings.get(at).is_some_and(|text| lines::unmarked(text).is_some());
            let joins: &[Layer] = if is_marked { &[] } else { &JOINS };
            for layer in LAYERS.iter().chain(joins) {
                let Some(reading) = readings.get(at).and_then(|text| layer(text)) else { continue };
                let reading = folded(&reading).into_owned();
                if readings.len() == READINGS || reading.len() > budget {
                    return readings;
                }
                if !readings.contains(&reading) {
                    budget -= reading.len();
                    readings.push(reading);
                }
            }
        }
        (from, depth) = (until, depth + 1);
    }
    readings
}

/// Whether a text begins as rich text.
pub(super) fn is_rich_text(text: &str) -> bool {
    text.trim_start().starts_with(r"{\rtf")
}
