//! HTTP/2 frames that ask for work and give nothing.

use license_tests::{Workplace, purchase};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::resident;

/// One frame ([RFC 9113](https://www.rfc-editor.org/rfc/rfc9113#section-4.1)).
fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).expect("short").to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

const DATA: u8 = 0;
const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const PING: u8 = 6;
const CONTINUATION: u8 = 9;
const END_HEADERS: u8 = 4;

/// POST / of http://shop, in HPACK.
const POST: &[u8] = b"\x83\x86\x84\x41\x04shop";

/// The floods, each as the frames that number `n` of it has.
type Flood = (&'static str, fn(u32) -> Vec<u8>);

const FLOODS: [Flood; 6] = [
    ("streams that are reset at once", |n| {
        let stream = 2 * n + 1;
        [frame(HEADERS, END_HEADERS, stream, POST), frame(RST_STREAM, 0, stream, &8_u32.to_be_bytes())]
            .concat()
    }),
    ("a header without end", |n| match n {
        0 => frame(HEADERS, 0, 1, POST),
        _ => frame(CONTINUATION, 0, 1, b"\x40\x01a\x01b"),
    }),
    ("settings", |_| frame(SETTINGS, 0, 0, &[0, 4, 0, 0, 255, 255])),
    ("pings", |_| frame(PING, 0, 0, b"12345678")),
    ("empty pieces of a body", |n| match n {
        0 => frame(HEADERS, END_HEADERS, 1, POST),
        _ => frame(DATA, 0, 1, b""),
    }),
    ("more streams than there may be", |n| frame(HEADERS, END_HEADERS, 2 * n + 1, POST)),
];

#[tokio::test(flavor = "multi_thread")]
async fn frames_without_end_cost_little_memory_and_keep_nobody_out() {
    let place = Workplace::ready();
    let served = place.serve("info").await;
    for n in 0..5 {
        assert_eq!(served.call(purchase(&format!("before-{n}"))).await.code(), "000000");
    }
    let before = resident(served.id());
    for (what, frames) in FLOODS {
        let mut stream = TcpStream::connect(served.address).await.expect("connected");
        stream.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").await.expect("sent");
        stream.write_all(&frame(SETTINGS, 0, 0, &[])).await.expect("sent");
        let (mut reading, mut writing) = stream.into_split();
        let answers = tokio::spawn(async move {
            let mut taken = [0; 65_536];
            while reading.read(&mut taken).await.is_ok_and(|taken| taken > 0) {}
        });
        let mut sent = 0;
        while sent < 50_000 && writing.write_all(&frames(sent)).await.is_ok() {
            sent += 1;
        }
        assert_eq!(served.call(purchase(what)).await.code(), "000000", "{what}");
        println!("{what}: {sent} sent, {} MiB", resident(served.id()));
        drop(writing);
        answers.abort();
    }
    let after = resident(served.id());
    assert!(after < before + 64, "{before} MiB became {after} MiB");
    let lines = served.log_lines().len();
    assert!(lines < 60, "{lines} lines");
}
