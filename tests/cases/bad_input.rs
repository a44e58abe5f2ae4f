//! Malformed calls: each is answered, names what is wrong, and leaves nothing behind.

use license_tests::{HttpReply, NOW_MS, Reply, Shop, exchange, machine, post_request, signed};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

const ACCESS_KEY: &str = "demo-access-key-0001";
const MAX_BODY: usize = 64 * 1024;

fn purchase() -> Value {
    json!({"activity": "newInstance", "orderId": "o", "orderLineId": "l", "businessId": "b"})
}

fn sign(body: &[u8]) -> String {
    signed(ACCESS_KEY, NOW_MS, body).query
}

/// A purchase padded with a member that nobody knows.
fn purchase_of(bytes: usize) -> Vec<u8> {
    let mut body = purchase();
    body["padding"] = json!("");
    let empty = body.to_string().len();
    body["padding"] = json!("x".repeat(bytes - empty));
    body.to_string().into_bytes()
}

/// The same request with its body in chunks of the given sizes, over and over.
fn chunked(query: &str, body: &[u8], sizes: &[usize]) -> Vec<u8> {
    let mut request = format!(
        "POST /koogallery/produce?{query} HTTP/1.1\r\nhost: shop\r\ntransfer-encoding: chunked\r\n\
         connection: close\r\n\r\n"
    )
    .into_bytes();
    let mut rest = body;
    for size in sizes.iter().cycle() {
        if rest.is_empty() {
            break;
        }
        let (chunk, after) = rest.split_at(rest.len().min(*size));
        request.extend_from_slice(format!("{:x};why=not\r\n", chunk.len()).as_bytes());
        request.extend_from_slice(chunk);
        request.extend_from_slice(b"\r\n");
        rest = after;
    }
    request.extend_from_slice(b"0\r\nx-trailer: ignored\r\n\r\n");
    request
}

async fn send(shop: &Shop, request: &[u8]) -> HttpReply {
    exchange(shop.address(), request).await.expect("the server answers")
}

fn code(reply: HttpReply) -> (String, String) {
    assert_eq!(reply.status, 200, "{}", reply.text());
    let reply = Reply::read(reply.body);
    assert_eq!(reply.indiscretion(), None, "{}", reply.message());
    (reply.code().to_owned(), reply.message().to_owned())
}

/// The server still works, and what went before left nothing.
async fn assert_untouched(shop: &Shop) {
    assert_eq!(shop.stored(), [], "nothing is stored");
    assert_eq!(shop.get("/readyz").await.status, 200);
    assert_eq!(shop.buy("after").await.len(), 36);
}

/// R2
#[tokio::test]
async fn a_body_that_is_no_call_is_refused_by_name() {
    let shop = Shop::open().await;
    let nested =
        |depth: usize| format!(r#"{{"activity":"x","a":{}{}}}"#, "[".repeat(depth), "]".repeat(depth));
    let many: String = (0..300).map(|n| format!(r#","m{n}":1"#)).collect();
    let twice = r#"{"activity":"orderNotify","orderId":"o","orderLineId":"l","orderId":"o"}"#;
    let escaped = r#"{"activity":"orderNotify","orderId":"o","orderLineId":"l","\u006frderId":"p"}"#;
    let half = r#"{"activity":"orderNotify","orderId":"\ud83d","orderLineId":"l"}"#;
    let control = r#"{"activity":"orderNotify","orderId":"o\u0000","orderLineId":"l"}"#;
    let marked = format!("\u{feff}{}", purchase());
    let two = format!("{0}{0}", purchase());
    let utf16: Vec<u8> = purchase().to_string().encode_utf16().flat_map(u16::to_le_bytes).collect();
    let deep = "[".repeat(MAX_BODY);
    let open = r#"{"a":"#.repeat(10_000);
    let cases: &[(&[u8], &str)] = &[
        (b"", "body is not a JSON object"),
        (b" \r\n\t", "body is not a JSON object"),
        (b"nonsense", "body is not a JSON object"),
        (b"activity=newInstance&orderId=o", "body is not a JSON object"),
        (b"<xml/>", "body is not a JSON object"),
        (b"null", "body is not a JSON object"),
        (b"7", "body is not a JSON object"),
        (b"\"newInstance\"", "body is not a JSON object"),
        (b"[]", "body is not a JSON object"),
        (b"[{\"activity\":\"newInstance\"}]", "body is not a JSON object"),
        (b"{", "body is not a JSON object"),
        (b"{\"activity\":\"newInstance\",}", "body is not a JSON object"),
        (b"{'activity':'newInstance'}", "body is not a JSON object"),
        (b"{\"activity\":NaN}", "body is not a JSON object"),
        (b"{\"activity\":\"new\nInstance\"}", "body is not a JSON object"),
        (b"{\"activity\":\"\xff\xfe\"}", "body is not a JSON object"),
        (b"{\"activity\":\"\xc0\xaf\"}", "body is not a JSON object"),
        (b"\x00\x00\x00", "body is not a JSON object"),
        (marked.as_bytes(), "body is not a JSON object"),
        (two.as_bytes(), "body is not a JSON object"),
        (&utf16, "body is not a JSON object"),
        (&format!("{{\"activity\":\"x\"{many}}}").into_bytes(), "body is not a JSON object"),
        (deep.as_bytes(), "body is nested too deeply"),
        (open.as_bytes(), "body is nested too deeply"),
        (&nested(32).into_bytes(), "body is nested too deeply"),
        (&nested(31).into_bytes(), "activity is not a known value"),
        (twice.as_bytes(), "body names a member twice"),
        (escaped.as_bytes(), "body names a member twice"),
        (half.as_bytes(), "orderId"),
        (control.as_bytes(), "orderId holds a control character"),
        (b"{}", "activity is missing"),
        (b"{\"activity\":\"\"}", "activity is missing"),
        (b"{\"activity\":\"getLicense\"}", "activity is not a known value"),
        (b"{\"activity\":\"NewInstance\"}", "activity is not a known value"),
        (b"{\"Activity\":\"newInstance\"}", "activity is missing"),
    ];
    for (body, says) in cases {
        let shown = String::from_utf8_lossy(&body[..body.len().min(80)]);
        let (unsigned, _) = code(shop.post(&sign(b"another body"), body).await);
        assert_eq!(unsigned, "000001", "{shown}");
        let (refused, message) = code(shop.post(&sign(body), body).await);
        assert_eq!(refused, "000002", "{shown}: {message}");
        assert!(message.contains(says), "{shown}: {message}");
    }
    assert_untouched(&shop).await;
}

/// R1
#[tokio::test]
async fn a_query_that_does_not_sign_is_not_authentic() {
    let shop = Shop::open().await;
    let body = purchase().to_string().into_bytes();
    let good = sign(&body);
    let parts: Vec<&str> = good.split('&').collect();
    let [signature, timestamp, nonce] = parts[..] else { panic!("{good}") };
    let mut cases = vec![
        String::new(),
        "&&&".into(),
        "signature".into(),
        "=".into(),
        "%".into(),
        "%zz=%".into(),
        "a=%ff%fe".into(),
        format!("{good}&x={}", "y".repeat(4096)),
        format!("{good}%"),
        format!("{good}%00"),
        format!("{good}%20"),
        format!("{good}+"),
        format!("{signature}0&{timestamp}&{nonce}"),
        format!("signature=&{timestamp}&{nonce}"),
        format!("signature={}&{timestamp}&{nonce}", "%30".repeat(64)),
        format!("{signature}&timestamp=-{}&{nonce}", &timestamp[11..]),
        format!("{signature}&timestamp=%2b{}&{nonce}", &timestamp[11..]),
        format!("{signature}&{timestamp}000&{nonce}"),
        format!("{signature}&{timestamp}&nonce="),
        format!("{signature}&{timestamp}&nonce={}", "n".repeat(129)),
        format!("Signature={}&{timestamp}&{nonce}", &signature[10..]),
    ];
    for part in &parts {
        let others: Vec<&str> = parts.iter().filter(|other| *other != part).copied().collect();
        let name = part.split('=').next().expect("a name");
        cases.push(others.join("&"));
        cases.push(format!("{good}&{part}"));
        cases.push(format!("{part}&{good}"));
        cases.push(format!("{good}&{name}="));
        cases.push(format!("{good}&{name}"));
        let spelled = format!("%{:02x}{}", name.as_bytes()[0], &name[1..]);
        cases.push(format!("{good}&{spelled}=x"));
    }
    for query in &cases {
        let (refused, message) = code(shop.post(query, &body).await);
        assert_eq!(refused, "000001", "{query}: {message}");
    }
    let bare = format!(
        "POST /koogallery/produce HTTP/1.1\r\nhost: shop\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    assert_eq!(code(send(&shop, &[bare.as_bytes(), &body].concat()).await).0, "000001", "no query at all");
    assert_untouched(&shop).await;

    let encoded: String = nonce["nonce=".len()..].bytes().map(|byte| format!("%{byte:02X}")).collect();
    let spelled = format!("{signature}&{timestamp}&%6Eonce={encoded}&later=1&later=2&later=%e4%b8&later=%zz");
    assert_eq!(code(shop.post(&spelled, &body).await).0, "000000", "the same query, spelled otherwise");
}

#[tokio::test]
async fn a_body_of_64_kib_is_read_and_one_more_byte_is_not() {
    let shop = Shop::open().await;
    let over = purchase_of(MAX_BODY + 1);
    for request in [
        post_request(&sign(&over), &over),
        chunked(&sign(&over), &over, &[4096]),
        chunked(&sign(&over), &over, &[MAX_BODY, 1]),
        chunked(&sign(&over), &[over.clone(), vec![b' '; 300_000]].concat(), &[70_000]),
    ] {
        assert_eq!(send(&shop, &request).await.status, 413);
    }
    let huge = format!(
        "POST /koogallery/produce HTTP/1.1\r\nhost: shop\r\ncontent-length: {}\r\n\r\n",
        u64::MAX / 2
    );
    assert_eq!(send(&shop, huge.as_bytes()).await.status, 413, "refused by its word, before it comes");
    assert_untouched(&shop).await;

    let full = purchase_of(MAX_BODY);
    assert_eq!(full.len(), MAX_BODY);
    assert_eq!(code(shop.post(&sign(&full), &full).await).0, "000000");
    assert_eq!(code(send(&shop, &chunked(&sign(&full), &full, &[1021])).await).0, "000000");
}

#[tokio::test]
async fn a_call_in_odd_chunks_and_of_any_content_type_is_a_call() {
    let shop = Shop::open().await;
    let body = purchase().to_string().into_bytes();
    for sizes in [&[1][..], &[2, 3, 5, 7], &[1, 40], &[10_000]] {
        assert_eq!(code(send(&shop, &chunked(&sign(&body), &body, sizes)).await).0, "000000", "{sizes:?}");
    }
    for kind in [
        "",
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
        "!?",
        "application/json;charset=gbk",
    ] {
        let header = if kind.is_empty() { String::new() } else { format!("content-type: {kind}\r\n") };
        let head = format!(
            "POST /koogallery/produce?{} HTTP/1.1\r\nhost: shop\r\n{header}content-length: {}\r\nconnection: close\r\n\r\n",
            sign(&body),
            body.len()
        );
        assert_eq!(code(send(&shop, &[head.as_bytes(), &body].concat()).await).0, "000000", "{kind}");
    }
}

#[tokio::test]
async fn other_methods_and_other_paths_are_told_apart() {
    let shop = Shop::open().await;
    let body = purchase().to_string().into_bytes();
    let query = sign(&body);
    let ask = async |method: &str, path: &str| {
        let head = format!(
            "{method} {path} HTTP/1.1\r\nhost: shop\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
            body.len()
        );
        send(&shop, &[head.as_bytes(), &body].concat()).await
    };
    for method in ["GET", "PUT", "DELETE", "PATCH", "OPTIONS", "BREW"] {
        let reply = ask(method, &format!("/koogallery/produce?{query}")).await;
        assert_eq!(reply.status, 405, "{method}");
        assert!(reply.head.contains("allow: post"), "{}", reply.head);
    }
    for path in [
        "/",
        "/koogallery",
        "/koogallery/produce/x",
        "/KooGallery/produce",
        "//koogallery/produce",
        "/koogallery/%70roduce",
        "/../koogallery/produce",
    ] {
        let reply = ask("POST", &format!("{path}?{query}")).await;
        assert_eq!(reply.status, 404, "{path}");
    }
    let slash = ask("POST", &format!("/koogallery/produce/?{query}")).await;
    assert_eq!(code(slash).0, "000000", "a slash at the end is the same path");
    for path in ["/healthz", "/readyz", "/.well-known/jwks.json"] {
        assert_eq!(ask("POST", path).await.status, 405, "{path}");
    }
}

/// What hangs or breaks off is its own connection's trouble.
#[tokio::test]
async fn half_sent_requests_block_nobody_and_store_nothing() {
    let shop = Shop::open().await;
    let body = purchase().to_string().into_bytes();
    let whole = post_request(&sign(&body), &body);
    let end_of_head = whole.windows(4).position(|four| four == b"\r\n\r\n").expect("a head") + 4;
    let mut hanging = Vec::new();
    for cut in [0, 1, 20, end_of_head - 3, end_of_head, end_of_head + 10, whole.len() - 1] {
        for _ in 0..20 {
            let mut stream = TcpStream::connect(shop.address()).await.expect("connects");
            stream.write_all(&whole[..cut]).await.expect("sent");
            hanging.push((stream, cut));
        }
    }
    assert_eq!(shop.get("/healthz").await.status, 200);
    // Half of them are closed; the other half hangs on while the last lines are checked.
    for (nth, (stream, cut)) in hanging.iter_mut().enumerate() {
        if nth % 2 == 0 {
            stream.shutdown().await.expect("closed");
            let mut answer = Vec::new();
            let _ = stream.read_to_end(&mut answer).await;
            assert!(!answer.windows(6).any(|six| six == b"000000"), "cut at {cut}");
        }
    }
    assert_untouched(&shop).await;
}

#[tokio::test]
async fn bytes_that_are_no_http_end_their_connection_only() {
    let shop = Shop::open().await;
    let long = format!("GET /{} HTTP/1.1\r\nhost: shop\r\n\r\n", "x".repeat(70_000));
    let headers: String = (0..2_000).map(|n| format!("h{n}: {n}\r\n")).collect();
    let many = format!("GET /healthz HTTP/1.1\r\nhost: shop\r\n{headers}\r\n");
    let both =
        "POST /koogallery/produce HTTP/1.1\r\nhost: shop\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\n{}";
    let chunk =
        "POST /koogallery/produce HTTP/1.1\r\nhost: shop\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n{}\r\n";
    for garbage in [
        "\r\n\r\n\r\n\r\n",
        "HELLO\r\n\r\n",
        "GET / HTTP/9.9\r\n\r\n",
        "\0\u{1}\u{2}\r\n\r\n",
        both,
        chunk,
        &long,
        &many,
    ] {
        let mut stream = TcpStream::connect(shop.address()).await.expect("connects");
        let _ = stream.write_all(garbage.as_bytes()).await;
        let _ = stream.shutdown().await;
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer).await;
        assert!(!answer.starts_with(b"HTTP/1.1 2"), "{:?}", String::from_utf8_lossy(&answer));
    }
    assert_untouched(&shop).await;
}

#[tokio::test]
async fn the_servers_own_pages_say_what_they_should_and_name_nobody() {
    let shop = Shop::open().await;
    let instance = shop.buy("order-7f3a99").await;
    let event = "event-5d1c04";
    let df1 = machine(77).df1(&shop.realm());
    assert_eq!(shop.apply(&instance, event, &df1).await.code(), "000000");
    assert_eq!(shop.call(json!({"activity": "made-up-9c1e"})).await.code(), "000002");

    let health = shop.get("/healthz").await;
    assert_eq!((health.status, health.text().as_str()), (200, "live"));
    let ready = shop.get("/readyz").await;
    assert_eq!((ready.status, ready.text().as_str()), (200, "ready"));

    let keys = shop.get("/.well-known/jwks.json").await;
    assert_eq!(keys.status, 200);
    assert!(keys.head.contains("cache-control: max-age=300"), "{}", keys.head);
    let keys: Value = serde_json::from_slice(&keys.body).expect("JSON");
    let [key] = keys["keys"].as_array().expect("a list").as_slice() else { panic!("{keys}") };
    assert_eq!((&key["kty"], &key["crv"]), (&json!("OKP"), &json!("Ed25519")));
    assert!(key["x"].is_string() && key["kid"].is_string());
    assert_eq!(key.get("d"), None, "the private half stays at home");

    assert_eq!(shop.get("/metrics").await.status, 404, "for the operator only");
    let metrics = shop.ask_as_operator("/metrics").await;
    assert_eq!(metrics.status, 200);
    assert!(metrics.head.contains("content-type: text/plain; version=0.0.4"), "{}", metrics.head);
    let text = metrics.text();
    assert!(text.contains(r#"koogallery_calls_total{activity="getLicenseAsync",code="000000"}"#), "{text}");
    let mut secrets = machine(77).raw_values();
    secrets.extend([instance, event.into(), "order-7f3a99".into(), "made-up-9c1e".into(), df1, "DF1".into()]);
    secrets.extend(["demo-access-key".into(), "eyJ".into(), shop.dir.path().display().to_string()]);
    for secret in secrets {
        assert!(!text.contains(&secret), "{secret}");
    }
}
