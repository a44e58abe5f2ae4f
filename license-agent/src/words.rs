//! Numbers as people say them.

/// A span of time in its largest unit, rounded up: `45 s`, `12 min`, `3 h`, `2 days`.
pub(crate) fn span(seconds: u64) -> String {
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7_200 => format!("{} min", seconds.div_ceil(60)),
        7_200..172_800 => format!("{} h", seconds.div_ceil(3_600)),
        _ => format!("{} days", seconds.div_ceil(86_400)),
    }
}

/// A message with the stop that ends it, unless it ends with a mark of its own.
pub(crate) fn sentence(message: &str) -> String {
    let stop = if message.ends_with(['.', '?', '!']) { "" } else { "." };
    format!("{message}{stop}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_ends_with_one_mark() {
        for (message, says) in [("it is so", "it is so."), ("was it?", "was it?"), ("Done.", "Done.")] {
            assert_eq!(sentence(message), says);
        }
    }

    #[test]
    fn a_span_is_said_in_its_largest_unit() {
        for (seconds, says) in
            [(0, "0 s"), (119, "119 s"), (121, "3 min"), (7_200, "2 h"), (200_000, "3 days")]
        {
            assert_eq!(span(seconds), says);
        }
    }
}
