//! QR codes on a terminal: two rows of modules in one row of characters.

use qrcode::{Color, EcLevel, QrCode};

use crate::failure::Failure;

/// Light modules around it, as the standard asks for.
const QUIET: usize = 4;

/// Black on white whatever the colours of the terminal are; without it a dark one shows the picture's negative.
const ON: &str = "\x1b[30;107m";
const OFF: &str = "\x1b[0m";

/// A picture, with and without colours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Picture {
    rows: Vec<String>,
}

/// Draws a text, with the least correction since a screen has no scratches.
pub(crate) fn draw(text: &str) -> Result<Picture, Failure> {
    let code = QrCode::with_error_correction_level(text, EcLevel::L).map_err(|_| Failure::Qr)?;
    let (width, modules) = (code.width(), code.to_colors());
    let side = width + 2 * QUIET;
    let is_dark = |x: usize, y: usize| {
        let (x, y) = (x.wrapping_sub(QUIET), y.wrapping_sub(QUIET));
        x < width && y < width && modules.get(y * width + x) == Some(&Color::Dark)
    };
    let character = |x, y| match (is_dark(x, y), is_dark(x, y + 1)) {
        (true, true) => '█',
        (true, false) => '▀',
        (false, true) => '▄',
        (false, false) => ' ',
    };
    let rows = (0..side).step_by(2).map(|y| (0..side).map(|x| character(x, y)).collect());
    Ok(Picture { rows: rows.collect() })
}

impl Picture {
    /// The lines: with both colours forced for a terminal, bare for a pipe or a file.
    pub(crate) fn text(&self, is_terminal: bool) -> String {
        let (on, off) = if is_terminal { (ON, OFF) } else { ("", "") };
        self.rows.iter().map(|row| format!("{on}{row}{off}\n")).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a camera sees: each character is one module wide and two high, each module 4 pixels.
    fn read(picture: &Picture) -> String {
        let rows: Vec<Vec<char>> = picture.rows.iter().map(|row| row.chars().collect()).collect();
        let side = rows[0].len();
        let is_dark = |x: usize, y: usize| {
            let character = rows[y / 2][x];
            character == '█' || character == if y.is_multiple_of(2) { '▀' } else { '▄' }
        };
        let pixel = |x: usize, y: usize| if is_dark(x / 4, y / 4) { 0 } else { 255 };
        let mut image = rqrr::PreparedImage::prepare_from_greyscale(side * 4, side * 4, pixel);
        let grids = image.detect_grids();
        assert_eq!(grids.len(), 1);
        grids[0].decode().unwrap().1
    }

    #[test]
    fn a_camera_reads_what_was_drawn() {
        let digests = "A".repeat(180);
        for text in
            ["DF1-ABC".to_owned(), format!("{{\"license_request\":1,\"fingerprint\":\"DF1-{digests}\"}}")]
        {
            assert_eq!(read(&draw(&text).unwrap()), text);
        }
    }

    #[test]
    fn a_terminal_gets_both_colours_and_a_quiet_zone() {
        let picture = draw("DF1-ABC").unwrap();
        for line in picture.text(true).lines() {
            assert!(line.starts_with("\x1b[30;107m    ") && line.ends_with("    \x1b[0m"), "{line:?}");
        }
        let bare = picture.text(false);
        assert!(!bare.contains('\x1b'));
        assert!(bare.lines().take(2).all(|line| line.trim().is_empty()));
    }

    #[test]
    fn what_no_qr_code_holds_is_refused() {
        assert!(matches!(draw(&"x".repeat(3_000)), Err(Failure::Qr)));
    }
}
