//! Proxies, authorities, and answers that are not the server's.

use std::fs;
use std::net::SocketAddr;

use license_server::http::TlsFiles;
use license_tests::{Customer, Proxy, Shop, authority, machine};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use super::{CATALOG, sold, sold_by};

/// A name that no resolver knows: only the proxy leads there.
const NAME: &str = "licenses.vendor.test";

/// A shop over TLS with a certificate of an authority of its own for a name; the authority's certificate, and an
/// activation code.
async fn secure(name: &str) -> (Shop, String, String) {
    let (ca, cert, key) = authority(name);
    let (shop, _, code) = sold().await;
    let dir = shop.close().await;
    fs::write(dir.path().join("cert.pem"), cert).expect("written");
    license_tests::write_privately(&dir.path().join("key.pem"), &key);
    let (cert, key) = (dir.path().join("cert.pem"), dir.path().join("key.pem"));
    let builder = Shop::builder().catalog(CATALOG).in_folder(dir).with(move |settings| {
        settings.tls = Some(TlsFiles { cert, key });
    });
    (builder.open().await, ca, code)
}

fn customer(shop: &Shop, name: &str, ca: &str) -> Customer {
    let customer = Customer::of(shop, &machine(1), &format!("https://{name}:{}", shop.address().port()));
    customer.put("ca.pem", ca);
    customer
}

#[tokio::test]
async fn a_server_of_an_authority_of_ones_own_is_trusted_by_its_file_only() {
    let (shop, ca, code) = secure("localhost").await;
    let stranger = customer(&shop, "localhost", &ca);
    let refused = stranger.run(&["activate", &code]).await;
    assert_eq!(refused.code, Some(3));
    let said = refused.err.replace(&shop.address().port().to_string(), "PORT");
    insta::assert_snapshot!("unknown_authority", said);
    assert_eq!(stranger.json(&["activate", &code]).await.1["error"]["code"], "tls");
    let trusting = customer(&shop, "localhost", &ca).with("LICENSE_AGENT_CA_FILE", "ca.pem");
    let ran = trusting.run(&["activate", &code]).await;
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    let doctor = trusting.run(&["doctor"]).await;
    assert!(
        doctor.out.contains("answers over TLS; trusted: ") && doctor.out.contains("and 1 of --ca-file"),
        "{}",
        doctor.out
    );
    let (exit, object) = trusting.json(&["renew", "--ca-file", "nowhere.pem"]).await;
    assert_eq!((exit, &object["error"]["code"]), (1, &"ca-file".into()), "{object}");
    let other_name = customer(&shop, "127.0.0.1", &ca).with("LICENSE_AGENT_CA_FILE", "ca.pem");
    let refused = other_name.run(&["activate", &code]).await;
    assert!(refused.err.contains("its certificate is for another name"), "{}", refused.err);
}

#[tokio::test]
async fn a_proxy_is_used_and_sees_neither_code_nor_license() {
    let (shop, ca, code) = secure(NAME).await;
    // `user:pass` as a header shows it.
    let proxy = Proxy::to(shop.address(), Some("dXNlcjpwYXNz")).await;
    let via = |credential: &str| {
        let url = format!("http://{credential}{}", proxy.address);
        customer(&shop, NAME, &ca).with("LICENSE_AGENT_CA_FILE", "ca.pem").with("HTTPS_PROXY", &url)
    };
    let ran = via("user:pass@").run(&["activate", &code]).await;
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    let heard = proxy.heard();
    assert!(
        heard[0].starts_with(&format!("CONNECT {NAME}:{} HTTP/1.1\r\n", shop.address().port())),
        "{heard:?}"
    );
    assert!(heard.iter().all(|head| !head.contains(&code)), "{heard:?}");

    let doctor = via("user:pass@").run(&["doctor"]).await;
    assert!(doctor.out.contains(&format!("{}, by HTTPS_PROXY", proxy.address)), "{}", doctor.out);
    assert!(!doctor.out.contains("pass") && doctor.out.contains("answers over TLS"), "{}", doctor.out);

    let refused = via("user:wrong@").run(&["activate", &code]).await;
    assert_eq!(refused.code, Some(3));
    assert!(
        refused.err.contains("the proxy did not let it through") && !refused.err.contains("wrong"),
        "{}",
        refused.err
    );
    let around =
        via("user:pass@").with("NO_PROXY", "vendor.test").run(&["activate", &code, "--timeout", "5"]).await;
    assert_eq!(around.code, Some(3), "no resolver knows that name: {}", around.err);
}

#[tokio::test]
async fn a_proxy_variable_that_is_no_proxy_is_named_without_its_password() {
    let (shop, ca, _) = secure(NAME).await;
    let customer = customer(&shop, NAME, &ca).with("ALL_PROXY", "socks5://user:pass@proxy");
    let (exit, object) = customer.json(&["renew"]).await;
    assert_eq!((exit, &object["error"]["code"]), (1, &"proxy".into()), "{object}");
    assert!(!object.to_string().contains("pass"), "{object}");
}

#[tokio::test]
async fn plain_text_goes_to_this_machine_only() {
    let (shop, _, code) = sold().await;
    let proxy = Proxy::to(shop.address(), None).await;
    let customer = Customer::new(&shop, 1).with("HTTP_PROXY", &format!("http://{}", proxy.address));
    assert_eq!(customer.run(&["activate", &code]).await.code, Some(0));
    assert_eq!(proxy.heard(), Vec::<String>::new());
    let (exit, object) = customer.json(&["renew", "--server", "http://licenses.vendor.example"]).await;
    assert_eq!((exit, &object["error"]["code"]), (1, &"server-address".into()), "{object}");
}

/// A page that stands between a network and the world.
async fn portal() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut part = [0; 8192];
            // What is asked does not matter.
            let _ = stream.read(&mut part).await;
            let page = "<html>Please log in</html>";
            let answer = format!(
                "HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{page}",
                page.len()
            );
            let _ = stream.write_all(answer.as_bytes()).await;
            let _ = stream.shutdown().await;
        }
    });
    address
}

#[tokio::test]
async fn a_login_page_in_place_of_the_server_is_told_from_it() {
    let (shop, _, code) = sold().await;
    let customer =
        Customer::new(&shop, 1).with("LICENSE_AGENT_SERVER", &format!("http://{}", portal().await));
    let (exit, object) = customer.json(&["activate", &code]).await;
    assert_eq!((exit, &object["error"]["code"]), (3, &"strange-answer".into()), "{object}");
    assert_eq!(customer.license(), None);
}

#[tokio::test]
async fn a_license_of_another_vendors_server_is_not_taken() {
    let (shop, ..) = sold().await;
    let foreign = Shop::builder()
        .catalog(CATALOG)
        .with(|settings| settings.issuer = Some("https://other.example".into()));
    let (foreign, _, code) = sold_by(foreign.open().await).await;
    let customer =
        Customer::new(&shop, 1).with("LICENSE_AGENT_SERVER", &format!("http://{}", foreign.address()));
    let ran = customer.run(&["activate", &code]).await;
    assert!(ran.code.is_some_and(|code| code != 0), "{}", ran.out);
    assert_eq!(customer.license(), None);
}

#[tokio::test]
async fn the_doctor_walks_the_way_to_the_server() {
    let (shop, _, code) = sold().await;
    let customer = Customer::new(&shop, 1);
    assert_eq!(customer.run(&["activate", &code]).await.code, Some(0));
    // Windows has no rights that every user reads alike, so nothing is said of them there.
    let name = if license_tests::is_foreign_agent() { "doctor_on_windows" } else { "doctor" };
    insta::assert_snapshot!(name, customer.transcript(&shop, &["doctor"]).await);
}
