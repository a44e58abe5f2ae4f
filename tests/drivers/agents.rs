//! What agents that renew cost the server: `cargo run --release -p license-tests --bin agents`.
//!
//! Starts the real server, activates so many machines, and lets each renew once, evenly over a time. Each renewal is a
//! connection of its own, as an agent's is. Every answer is checked; what the server used is read from its process.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use clap::Parser;
use license_core::Realm;
use license_tests::{Served, Workplace, exchange, machine, purchase};
use serde_json::{Value, json};

/// Renewals of many agents, and the processor time they cost the server.
#[derive(Parser)]
struct Arguments {
    /// How many agents.
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    agents: u32,
    /// Over how many seconds they renew; what an hour would cost is worked out.
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..=7_200))]
    over: u32,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// The clock ticks of `/proc/PID/stat`, 100 a second on Linux.
const TICKS: f64 = 100.0;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let arguments = Arguments::parse();
    let place = Workplace::ready();
    place.write("catalog.toml", "[default]\ncode = \"cad\"\nseats = 200000\nmax_license_days = 30\n");
    let served = place.serve("error").await;
    let reply = served.call(purchase("order")).await;
    assert_eq!(reply.code(), "000000", "{reply:?}");
    let instance = reply.json["instanceId"].as_str().expect("an instance").to_owned();
    let code = place.run(&["instances", "code", &instance]).ok().trim().to_owned();
    let realm = Realm::new("https://vendor.example");
    let text = |n: u32| machine(n).df1(&realm);

    let before = used(&served);
    let mut licenses = Vec::new();
    for n in 0..arguments.agents {
        let body = json!({ "activation_code": code, "fingerprint": text(n) });
        let (status, answer) = post(served.address, "/v1/activations", &body).await;
        assert_eq!(status, 201, "{answer}");
        licenses.push(answer["license"].as_str().expect("a license").to_owned());
    }
    let activating = used(&served) - before;

    let (before, started) = (used(&served), now());
    let (mut slowest, mut in_all) = (Duration::ZERO, Duration::ZERO);
    for (n, license) in (0..).zip(&licenses) {
        let due = Duration::from_secs(arguments.over.into()) * n / arguments.agents;
        tokio::time::sleep(due.saturating_sub(started.elapsed())).await;
        let body = json!({ "license": license, "fingerprint": text(n) });
        let asked = now();
        let (status, answer) = post(served.address, "/v1/licenses/renew", &body).await;
        let took = asked.elapsed();
        assert_eq!(status, 200, "{answer}");
        assert_eq!(answer["license"], license.as_str(), "nothing changed, so nothing is issued anew");
        (slowest, in_all) = (slowest.max(took), in_all + took);
    }
    let (renewing, took) = (used(&served) - before, started.elapsed());
    let each = |seconds: f64| seconds * 1e6 / f64::from(arguments.agents);
    let of_an_hour = renewing / 3600.0 * 100.0;
    let mean = in_all.as_secs_f64() * 1e3 / f64::from(arguments.agents);
    if arguments.json {
        let figures = json!({
            "agents": arguments.agents, "seconds": took.as_secs_f64(),
            "activation_cpu_us": each(activating), "renewal_cpu_us": each(renewing),
            "percent_of_a_core_over_an_hour": of_an_hour, "mean_ms": mean, "slowest_ms": slowest.as_secs_f64() * 1e3,
            "resident_kib": resident(&served),
        });
        println!("{figures}");
    } else {
        println!("{} agents renewed in {:.0} s", arguments.agents, took.as_secs_f64());
        println!("server, an activation   {:7.0} µs of processor time", each(activating));
        println!("server, a renewal       {:7.0} µs of processor time", each(renewing));
        println!("server, over an hour    {of_an_hour:7.2} % of one core");
        println!(
            "an answer               {mean:7.2} ms on average, {:.1} at most",
            slowest.as_secs_f64() * 1e3
        );
        println!("server, resident        {:7} KiB", resident(&served));
    }
    served.stop().await;
}

async fn post(address: SocketAddr, path: &str, body: &Value) -> (u16, Value) {
    let body = body.to_string();
    let request = format!(
        "POST {path} HTTP/1.1\r\nhost: vendor\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\
         connection: close\r\n\r\n{body}",
        body.len()
    );
    let reply = exchange(address, request.as_bytes()).await.expect("an answer");
    (reply.status, serde_json::from_slice(&reply.body).expect("JSON"))
}

/// Seconds of processor time that the server used so far.
fn used(served: &Served) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", served.id())).expect("Linux");
    let after_name = stat.rsplit(") ").next().expect("a name in brackets");
    let ticks: u64 =
        after_name.split(' ').skip(11).take(2).map(|ticks| ticks.parse::<u64>().expect("ticks")).sum();
    ticks as f64 / TICKS
}

fn resident(served: &Served) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", served.id())).expect("Linux");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("a size");
    line.trim().trim_end_matches(" kB").parse().expect("KiB")
}

#[expect(clippy::disallowed_methods, reason = "it measures")]
fn now() -> Instant {
    Instant::now()
}
