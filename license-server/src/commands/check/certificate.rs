//! The certificate, and whether agents come to this server with the address that they are given.

use license_core::UnixTime;

use super::{Finding, finding, note, wrong};
use crate::config::Settings;
use crate::http::{self, TlsFiles, Vouched};

pub(super) fn look(settings: &Settings, now: UnixTime) -> Vec<Finding> {
    let Some(files) = &settings.tls else {
        let plain =
            format!("plain HTTP on {}; the store needs HTTPS, so put a proxy before it", settings.listen);
        return vec![finding("tls", Ok(plain))];
    };
    let missing = missing(files);
    if !missing.is_empty() {
        return vec![wrong("tls", missing.join("\n"))];
    }
    // A key that does not fit is no reason to say nothing of the certificate.
    let mut findings: Vec<_> =
        http::Tls::load(files.clone()).err().map(|error| wrong("tls", error)).into_iter().collect();
    let url = settings.server_url.as_ref();
    let host = url.filter(|url| url.is_tls()).map(license_core::ServerUrl::host);
    let Ok(seen) = http::inspect(files, host, now) else {
        return findings;
    };
    let path = files.cert.display();
    findings.extend(seen.faults.iter().map(|fault| wrong("tls", format!("{path}: {fault}"))));
    if !findings.is_empty() {
        return findings;
    }
    let until = seen.ends_at.map_or_else(String::new, |end| format!(", valid until {end}"));
    let names =
        if host.is_some() { "" } else { "; for which hosts was not looked at: SERVER_URL is not set" };
    vec![match seen.vouched {
        Vouched::Trusted => finding("tls", Ok(format!("certificate and key fit{until}{names}"))),
        Vouched::Itself => note(
            "tls",
            format!(
                "certificate and key fit{until}{names}; it is self-signed: the store refuses it, and agents trust it \
                 only as their CA file (--ca-file)"
            ),
        ),
        Vouched::Nobody => note(
            "tls",
            format!(
                "certificate and key fit{until}{names}; nobody whom this machine trusts vouches for it: {path} must hold \
                 the certificates between it and its authority as well (often called fullchain.pem)"
            ),
        ),
    }]
}

fn missing(files: &TlsFiles) -> Vec<String> {
    let read = |path: &std::path::PathBuf| {
        std::fs::File::open(path).err().map(|why| format!("{} cannot be read: {why}", path.display()))
    };
    [&files.cert, &files.key].into_iter().filter_map(read).collect()
}

/// Whether agents find the server.
pub(super) fn agents(settings: &Settings) -> Vec<Finding> {
    let Some(url) = &settings.server_url else {
        let says =
            "SERVER_URL is not set: vendor files name no server, so machines cannot activate by themselves";
        return vec![note("agents", says)];
    };
    let here = settings.listen;
    let is_direct = url.is_tls() == settings.tls.is_some();
    let says = match (is_direct, url.port() == here.port()) {
        (true, true) => return vec![finding("agents", Ok(format!("they ask {url}")))],
        (true, false) => format!("port {} must lead to {here}, where this server listens", url.port()),
        (false, _) if url.is_tls() => {
            format!("this server speaks plain HTTP on {here}: a proxy must answer there")
        }
        (false, _) => {
            return vec![wrong(
                "agents",
                format!("they are told {url}, and this server speaks TLS: set https://"),
            )];
        }
    };
    vec![note("agents", format!("they ask {url}; {says}"))]
}
