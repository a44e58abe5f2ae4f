//! Callers that hold on to what others need: places, memory, the writer, the log.

mod bodies;
mod connections;
mod frames;
mod refusals;
mod store_listener;

use license_tests::Served;
use std::net::SocketAddr;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// More connections than the server keeps.
const MANY: usize = 1_100;

/// Resident memory of a process, in MiB.
fn resident(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).expect("a running process");
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).expect("resident memory");
    let kib: u64 = line.split_whitespace().nth(1).and_then(|n| n.parse().ok()).expect("a number");
    kib / 1024
}

/// A connection that asks once, reads the answer, and then says nothing any more; nothing if it was refused.
async fn silent_after_one_call(server: SocketAddr) -> Option<TcpStream> {
    let mut stream = TcpStream::connect(server).await.ok()?;
    stream.write_all(b"GET /healthz HTTP/1.1\r\nhost: shop\r\n\r\n").await.ok()?;
    let mut answer = [0; 12];
    stream.read_exact(&mut answer).await.ok()?;
    answer.ends_with(b" 200").then_some(stream)
}

/// The value of one of a server's metrics, with its labels; 0 where nothing was counted.
async fn metric(served: &Served, name: &str) -> u64 {
    let request = b"GET /metrics HTTP/1.1\r\nhost: shop\r\nconnection: close\r\n\r\n";
    let server = served.operator_address;
    let text = license_tests::exchange(server, request).await.expect("metrics").text();
    let value = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    value.map_or(0, |value| value.parse().expect("a whole number"))
}
