//! A forward proxy that opens tunnels, and certificates from an authority of one's own.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};

/// A proxy on a free port. It leads every name to one server, and remembers what was asked of it.
#[derive(Debug)]
pub struct Proxy {
    /// Where it listens.
    pub address: SocketAddr,
    heard: Arc<Mutex<Vec<String>>>,
}

impl Proxy {
    /// Leads to a server; one that wants a user gives 407 to who does not show this credential.
    pub async fn to(server: SocketAddr, credential: Option<&'static str>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let heard = Arc::new(Mutex::new(Vec::new()));
        let book = Arc::clone(&heard);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(lead(client, server, credential, Arc::clone(&book)));
            }
        });
        Self { address, heard }
    }

    /// The heads of the requests so far.
    #[must_use]
    pub fn heard(&self) -> Vec<String> {
        self.heard.lock().expect("no panic").clone()
    }
}

async fn lead(
    client: TcpStream,
    server: SocketAddr,
    credential: Option<&'static str>,
    book: Arc<Mutex<Vec<String>>>,
) {
    let mut client = BufReader::new(client);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if client.read_line(&mut head).await.unwrap_or(0) == 0 {
            return;
        }
    }
    book.lock().expect("no panic").push(head.clone());
    let shows = |credential| head.contains(&format!("asic {credential}\r\n"));
    let refused = if !head.starts_with("CONNECT ") {
        Some("405 Method Not Allowed")
    } else if credential.is_some_and(|credential| !shows(credential)) {
        Some("407 Proxy Authentication Required")
    } else {
        None
    };
    if let Some(status) = refused {
        let answer = format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
        let _ = client.write_all(answer.as_bytes()).await;
        return;
    }
    let Ok(mut upstream) = TcpStream::connect(server).await else { return };
    if client.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").await.is_ok() {
        // Either side may hang up as it likes.
        let _ = copy_bidirectional(&mut client, &mut upstream).await;
    }
}

/// An authority's certificate, and a server's certificate and key signed by it, all as PEM.
#[must_use]
pub fn authority(name: &str) -> (String, String, String) {
    let ca_key = KeyPair::generate().expect("a key");
    let mut ca = CertificateParams::new(Vec::new()).expect("parameters");
    ca.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let ca_pem = ca.self_signed(&ca_key).expect("a certificate").pem();
    let key = KeyPair::generate().expect("a key");
    let params = CertificateParams::new(vec![name.to_owned()]).expect("parameters");
    let issuer = Issuer::new(ca, ca_key);
    let cert = params.signed_by(&key, &issuer).expect("a certificate").pem();
    (ca_pem, cert, key.serialize_pem())
}
