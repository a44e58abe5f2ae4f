//! What of a text of unknown content belongs together: an id with its dashes, an address, a name that somebody chose.

/// A piece of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Span<'a> {
    /// A UUID, and what stands between its groups: a dash, an underscore, a dash as systemd escapes it.
    Id {
        text: &'a str,
        separator: &'a str,
    },
    /// The number of a FAT volume.
    Volume(&'a str),
    /// The address of a host in a network.
    Host(&'a str),
    /// The same with another separator, as hosts are named by it.
    HostName {
        text: &'a str,
        separator: &'a str,
    },
    /// A user, a host: replaced whatever the word.
    Name(&'a str),
    /// `\040`, `\x2d`: a character as the kernel or systemd spells it.
    Escape(&'a str),
    Text(&'a str),
}

/// Behind these stands what somebody chose, up to the end of the word.
const BEFORE_NAMES: [&str; 8] =
    ["/home/", "/Users/", "/run/media/", "hostname=", "username=", "domain=", "LABEL=", "/by-label/"];

/// The pieces of a text, in order and without gaps.
pub(super) fn of(text: &str) -> Vec<Span<'_>> {
    let (mut spans, mut start, mut at) = (Vec::new(), 0, 0);
    while let Some(first) = text[at..].chars().next() {
        match at_start(&text[..at], &text[at..]) {
            Some((span, len)) if len > 0 => {
                spans.extend((start < at).then(|| Span::Text(&text[start..at])));
                spans.push(span);
                at += len;
                start = at;
            }
            _ => at += first.len_utf8(),
        }
    }
    spans.extend((start < at).then(|| Span::Text(&text[start..at])));
    spans
}

fn at_start<'a>(before: &str, text: &'a str) -> Option<(Span<'a>, usize)> {
    let len = escape(text);
    if len > 0 {
        return Some((Span::Escape(&text[..len]), len));
    }
    if BEFORE_NAMES.iter().any(|word| before.ends_with(word)) {
        let ends =
            |c: char| matches!(c, '/' | ',' | ':' | '"' | '\'' | ')') || c.is_ascii_whitespace() || c == '\0';
        let len = text.find(ends).unwrap_or(text.len());
        return Some((Span::Name(&text[..len]), len));
    }
    // Engines write ids behind this word without anything between.
    let follows_a_word = before.ends_with(|c: char| c.is_ascii_alphanumeric()) && !before.ends_with("pod");
    if follows_a_word {
        return glued_host(before, text);
    }
    id(text).or_else(|| volume(before, text)).or_else(|| host(before, text)).or_else(|| server(before, text))
}

/// The name of a server in a mount's source, whatever word it begins with: `storage77.acme.example:/export`, `//nas7/share`,
/// `addr=storage77.acme.example`. A word without a number and without a domain is judged as a word.
fn server<'a>(before: &str, text: &'a str) -> Option<(Span<'a>, usize)> {
    const BEFORE: [&str; 3] = ["//", "addr=", "server="];
    let len = text.bytes().take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-')).count();
    let (name, after) = text.split_at(len);
    let follows_host_words = before.is_empty() || before.ends_with(|c: char| " ,=@:/".contains(c));
    let is_before_a_path = follows_host_words && after.starts_with(":/");
    let is_behind_a_mark = BEFORE.iter().any(|word| before.ends_with(word));
    let has_letter = name.bytes().any(|b| b.is_ascii_alphabetic());
    let names_one = name.contains('.') || name.bytes().any(|b| b.is_ascii_digit());
    let is_kind = ["nfs4", "p9", "9p", "smb3"].contains(&name);
    let is_one = has_letter && names_one && !is_kind && (is_before_a_path || is_behind_a_mark);
    is_one.then_some((Span::Name(name), len))
}

/// How long the escape is with which a text begins.
fn escape(text: &str) -> usize {
    let Some(rest) = text.strip_prefix('\\') else { return 0 };
    let is_octal = rest.len() >= 3 && rest.bytes().take(3).all(|b| (b'0'..=b'7').contains(&b));
    let hex = rest.strip_prefix('x').map(str::as_bytes);
    let is_hex = hex.is_some_and(|hex| hex.len() >= 2 && hex[..2].iter().all(u8::is_ascii_hexdigit));
    if is_octal || is_hex { 4 } else { 0 }
}

fn hex_digits(text: &str) -> usize {
    text.bytes().take_while(u8::is_ascii_hexdigit).count()
}

/// Groups of 8, 4, 4, 4 and 12 digits.
fn id(text: &str) -> Option<(Span<'_>, usize)> {
    let separator =
        ["-", "_", "\\x2d"].into_iter().find(|it| text.get(8..).is_some_and(|t| t.starts_with(it)))?;
    let mut at = 0;
    for (number, len) in [8, 4, 4, 4, 12].into_iter().enumerate() {
        if number > 0 {
            at += text[at..].starts_with(separator).then_some(separator.len())?;
        }
        (hex_digits(&text[at..]) == len).then_some(())?;
        at += len;
    }
    let ends = !text[at..].starts_with(|c: char| c.is_ascii_alphanumeric());
    // As it stands in the text, so that it lives as long.
    let separator = &text[8..8 + separator.len()];
    ends.then_some((Span::Id { text: &text[..at], separator }, at))
}

/// `4A1F-0B7C` behind the words that name a volume.
fn volume<'a>(before: &str, text: &'a str) -> Option<(Span<'a>, usize)> {
    let is_named = ["UUID=", "uuid=", "/by-uuid/"].iter().any(|word| before.ends_with(word));
    let number = text.get(..9)?;
    let is_form = hex_digits(number) == 4 && number[4..].starts_with('-') && hex_digits(&number[5..]) == 4;
    (is_named && is_form).then_some((Span::Volume(number), 9))
}

/// An address of IPv4 or IPv6, but none that every machine has.
fn host<'a>(before: &str, text: &'a str) -> Option<(Span<'a>, usize)> {
    if before.ends_with('.') {
        return None;
    }
    // Clouds and clusters name hosts by their addresses, `ip-10-0-3-17`.
    if let Some(name) = ["-", "_"].into_iter().find_map(|separator| dashed_address(text, separator)) {
        return Some(name);
    }
    four(text).or_else(|| six(text, 4)).map(|address| (Span::Host(address), address.len()))
}

/// An address that stands behind a word with nothing between, `nfs10.20.31.41`: with all of its parts, so that no other
/// number is taken for one.
fn glued_host<'a>(before: &str, text: &'a str) -> Option<(Span<'a>, usize)> {
    let last = before.bytes().last().unwrap_or_default();
    let four = Some(text).filter(|_| last.is_ascii_alphabetic()).and_then(four);
    four.or_else(|| six(text, 8)).map(|address| (Span::Host(address), address.len()))
}

/// An address of IPv4 at the beginning, also with zeros before its numbers; a mask of a network names none.
fn four(text: &str) -> Option<&str> {
    let mut at = 0;
    let mut bytes = [0_u16; 4];
    for (number, byte) in bytes.iter_mut().enumerate() {
        if number > 0 {
            at += text[at..].starts_with('.').then_some(1)?;
        }
        let len = text[at..].bytes().take_while(u8::is_ascii_digit).count();
        *byte = text.get(at..at + len).filter(|digits| digits.len() <= 3)?.parse().ok()?;
        at += len;
    }
    // A version has more parts, or letters that begin with a digit.
    let goes_on =
        text[at..].strip_prefix('.').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    let is_one = bytes.iter().all(|byte| *byte <= 255) && !matches!(bytes[0], 0 | 127 | 255) && !goes_on;
    is_one.then_some(&text[..at])
}

/// An address of IPv6 at the beginning, of at least so many digits; what a word puts behind it is not of it.
fn six(text: &str, least: usize) -> Option<&str> {
    /// Letters of a word that may look like digits of it.
    const TAIL: usize = 4;
    let len = text.bytes().take_while(|b| b.is_ascii_hexdigit() || *b == b':').count();
    let is_one = |candidate: &&str| {
        candidate.parse::<std::net::Ipv6Addr>().is_ok()
            && candidate.bytes().filter(u8::is_ascii_hexdigit).count() >= least
    };
    let whole = text[..len].trim_end_matches(':');
    let longest = [&text[..len], whole].into_iter().find(is_one);
    let follows_a_word = text[len..].starts_with(|c: char| c.is_ascii_alphanumeric());
    let shorter = || (1..=TAIL).filter_map(|tail| whole.get(..whole.len().checked_sub(tail)?)).find(is_one);
    longest.or_else(|| if follows_a_word { shorter() } else { None })
}

/// Four bytes in decimal digits with dashes or underscores between them.
fn dashed_address<'a>(text: &'a str, separator: &'static str) -> Option<(Span<'a>, usize)> {
    let len = text.bytes().take_while(|b| b.is_ascii_digit() || separator.as_bytes().contains(b)).count();
    let parts: Vec<&str> = text[..len].split(separator).take(4).collect();
    let len = parts.iter().map(|part| part.len() + 1).sum::<usize>().checked_sub(1)?;
    let text = &text[..len];
    let dotted = text.replace(separator, ".");
    let is_one = four(&dotted) == Some(dotted.as_str());
    is_one.then_some((Span::HostName { text, separator }, len))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_belongs_together_is_one_piece() {
        for (text, spans) in [
            (
                "kubepods-burstable-pod1f0c7d52_9be4_4a63_8d17_c5e02b96fa38.slice",
                vec![
                    Span::Text("kubepods-burstable-pod"),
                    Span::Id { text: "1f0c7d52_9be4_4a63_8d17_c5e02b96fa38", separator: "_" },
                    Span::Text(".slice"),
                ],
            ),
            (
                "root=UUID=1234-5678 ro",
                vec![Span::Text("root=UUID="), Span::Volume("1234-5678"), Span::Text(" ro")],
            ),
            (
                "192.168.178.23:/export rw,addr=fd00::8a2e:370:7334",
                vec![
                    Span::Host("192.168.178.23"),
                    Span::Text(":/export rw,addr="),
                    Span::Host("fd00::8a2e:370:7334"),
                ],
            ),
            (
                "nfs storage77.acme.example:/x rw,addr=storage77.acme.example",
                vec![
                    Span::Text("nfs "),
                    Span::Name("storage77.acme.example"),
                    Span::Text(":/x rw,addr="),
                    Span::Name("storage77.acme.example"),
                ],
            ),
            ("cifs //nas7/x", vec![Span::Text("cifs //"), Span::Name("nas7"), Span::Text("/x")]),
            ("overlayfs:/overlay nfs4:/x", vec![Span::Text("overlayfs:/overlay nfs4:/x")]),
            ("/home/max,x", vec![Span::Text("/home/"), Span::Name("max"), Span::Text(",x")]),
            ("My\\040Disk", vec![Span::Text("My"), Span::Escape("\\040"), Span::Text("Disk")]),
            (
                "ip=10.20.31.41::10.20.31.77:255.255.255.0:eno1",
                vec![
                    Span::Text("ip="),
                    Span::Host("10.20.31.41"),
                    Span::Text("::"),
                    Span::Host("10.20.31.77"),
                    Span::Text(":255.255.255.0:eno1"),
                ],
            ),
            (
                "a@tcp:10.77.179.178@tcp:/fs",
                vec![Span::Text("a@tcp:"), Span::Host("10.77.179.178"), Span::Text("@tcp:/fs")],
            ),
            (
                "ip-10-77-179-194.ec2.internal:/x",
                vec![Span::Name("ip-10-77-179-194.ec2.internal"), Span::Text(":/x")],
            ),
            (
                "node-10-0-3-17.pod nameserver 10.1.1.1.",
                vec![
                    Span::Text("node-"),
                    Span::HostName { text: "10-0-3-17", separator: "-" },
                    Span::Text(".pod nameserver "),
                    Span::Host("10.1.1.1"),
                    Span::Text("."),
                ],
            ),
            (
                "nfs010.020.031.041eth0",
                vec![Span::Text("nfs"), Span::Host("010.020.031.041"), Span::Text("eth0")],
            ),
            (
                "tcp:fd00::8a2e:370:7334:/x",
                vec![Span::Text("tcp:"), Span::Host("fd00::8a2e:370:7334"), Span::Text(":/x")],
            ),
            (
                "addrfd00::8a2e:370:7334eth0",
                vec![Span::Text("addr"), Span::Host("fd00::8a2e:370:7334"), Span::Text("eth0")],
            ),
            ("linux 6.8.0.57.2 255.255.255.0", vec![Span::Text("linux 6.8.0.57.2 255.255.255.0")]),
            ("26 1 0:24 / / rw", vec![Span::Text("26 1 0:24 / / rw")]),
            ("lowerdir=/a::/sysroot", vec![Span::Text("lowerdir=/a::/sysroot")]),
        ] {
            assert_eq!(of(text), spans, "{text}");
        }
    }
}
