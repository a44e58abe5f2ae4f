//! Good calls, and calls that are wrong.

use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use super::client::Ask;
use super::*;

#[tokio::test]
async fn an_order_that_was_sold_is_answered_whole_or_by_line() {
    let (store, client) = open().await;
    store.sell(Order::yearly("CS 1/中", "OFFI1", "sku-1", NOW));
    let answer = client.ask(&Ask::order("CS 1/中", None)).await.unwrap();
    assert_eq!(answer.code(), (200, "MKT.0000".into()));
    let reply = answer.json();
    assert_eq!(reply["resultMsg"], "Success");
    assert_eq!(reply["orderInfo"]["orderId"], "CS 1/中");
    assert_eq!(reply["orderInfo"]["buyerInfo"]["customerName"], "example-buyer");
    let line = client.ask(&Ask::order("CS 1/中", Some("CS 1/中-000001"))).await.unwrap().json();
    assert_eq!(line["orderInfo"], reply["orderInfo"], "it has this line only");

    store.sell(Order { buyer: None, ..Order::one_time("CS 1/中", "OFFI2", "sku-2", NOW) });
    let reply = client.ask(&Ask::order("CS 1/中", None)).await.unwrap().json();
    assert_eq!(reply["orderInfo"]["buyerInfo"], Value::Null);
    assert_eq!(reply["orderInfo"]["orderLine"][0]["chargingMode"], "ONE_TIME");
    assert_eq!(store.complaints(), []);
    assert_eq!(store.counts(), Counts { order_queries: 3, ..Counts::default() });
}

#[tokio::test]
async fn the_guides_mock_orders_are_there_from_the_beginning() {
    let (store, client) = open().await;
    let answer =
        client.ask(&Ask::order("MOCKPERIODYEARNEW", Some("MOCKPERIODYEARNEW-000001"))).await.unwrap();
    let line = &answer.json()["orderInfo"]["orderLine"][0];
    assert_eq!(line["expireTime"], "20270923235959");
    store.sell(Order::yearly("MOCKPERIODYEARNEW", "mine", "mine", NOW));
    let answer = client.ask(&Ask::order("MOCKPERIODYEARNEW", None)).await.unwrap();
    assert_eq!(answer.json()["orderInfo"]["orderLine"][0]["productInfo"][0]["productId"], "mine");
}

#[tokio::test]
async fn an_order_nobody_sold_is_a_failure_with_http_200() {
    let (store, client) = open().await;
    let unknown = client.ask(&Ask::order("CS1", None)).await.unwrap();
    assert_eq!(unknown.code(), (200, "MKT.0100".into()));
    assert_eq!(unknown.json()["orderInfo"], Value::Null);
    let other_line = client.ask(&Ask::order("MOCKONETIMENEW", Some("CS1-000001"))).await.unwrap();
    assert_eq!(other_line.code(), (200, "MKT.0100".into()));
    assert_eq!(
        said(&store),
        [
            (About::UnknownOrder, "there is no such order".into()),
            (About::UnknownOrder, "there is no such line of this order".into())
        ]
    );
}

#[tokio::test]
async fn an_order_query_without_one_good_id_is_refused() {
    let (store, client) = open().await;
    let mut ask = Ask::order("CS1", None);
    ask.query.push(("orderId", "CS2".into()));
    assert_eq!(client.ask(&ask).await.unwrap().code(), (400, "MKT.0101".into()));
    ask.query.clear();
    assert_eq!(client.ask(&ask).await.unwrap().code(), (400, "MKT.0101".into()));
    for id in [String::new(), "x".repeat(65)] {
        assert_eq!(client.ask(&Ask::order(&id, None)).await.unwrap().code(), (500, "MKT.0100".into()));
    }
    assert!(store.complaints().iter().all(|complaint| complaint.about == About::Form));
    assert_eq!(store.counts().refused, 4);
}

#[tokio::test]
async fn uploads_are_taken_in_both_forms_and_again_and_success_has_three_spellings() {
    let (store, client) = open().await;
    let file = b"header.\x00\xff\r\n--par".as_slice();
    let asks = [
        Ask::characters("event 1", "a.b.c"),
        Ask::file("event 1", file),
        Ask::characters("event 1", "a.b.c"),
    ];
    let mut codes = Vec::new();
    for ask in &asks {
        let answer = client.ask(ask).await.unwrap();
        assert_eq!(answer.json()["error_msg"], "success");
        codes.push(answer.code());
    }
    assert_eq!(codes, [(200, "MKT.0000".into()), (200, "92020000".into()), (200, "CBC.0000".into())]);
    assert_eq!(taken(&store, "event 1"), [b"a.b.c".as_slice(), file, b"a.b.c"]);
    assert_eq!(store.all_uploads()[1].form, UploadForm::File { name: "x.lic".into() });
    assert_eq!(store.uploads("event 2"), []);
    client.ask(&Ask::characters("file", "x")).await.unwrap();
    assert_eq!(taken(&store, "file"), [b"x"]);
    assert_eq!(store.counts(), Counts { uploads: 4, accepted: 4, ..Counts::default() });
}

#[tokio::test]
async fn an_upload_may_sign_its_body_as_well() {
    let (store, client) = open().await;
    let mut ask = Ask::characters("e", "a.b.c");
    ask.headers.retain(|(name, _)| *name != "x-sdk-content-sha256");
    assert_eq!(client.ask(&ask).await.unwrap().code().0, 200);
    let mut request = ask.signed();
    *request.body_mut() = Vec::from("--part--\r\n").into();
    assert_eq!(client.send(request).await.unwrap().code(), (401, "MKT.0154".into()));
    assert_eq!(said(&store)[0].0, About::Signature);
}

#[tokio::test]
async fn a_call_that_is_not_signed_by_the_keys_now_is_refused() {
    let (store, client) = open().await;
    for good in [Ask::order("MOCKONETIMENEW", None), Ask::characters("e", "a.b.c")] {
        let keys = |access, secret| Ask { keys: (access, secret), ..good.clone() };
        let mut unsigned = good.signed();
        unsigned.headers_mut().remove("authorization");
        let mut moved = good.signed();
        *moved.uri_mut() =
            moved.uri().to_string().replace("NEW", "OLD").replace("/e/", "/f/").parse().unwrap();
        let mut foreign = good.signed();
        foreign.headers_mut().insert("x-more", "\u{e9}".parse().unwrap());
        for request in [
            keys("AK2", "SK1").signed(),
            keys("AK1", "SK2").signed(),
            good.clone().with("x-sdk-date", "20260923060251Z").signed(),
            good.clone().with("x-sdk-date", "20260923T060251Z").signed(),
            good.clone().with("x-sdk-date", "20260923T063253Z").signed(),
            unsigned,
            moved,
            foreign,
        ] {
            let answer = client.send(request).await.unwrap();
            assert_eq!(answer.code(), (401, "MKT.0154".into()));
        }
        client.ask(&good.with("x-sdk-date", "20260923T060253Z")).await.unwrap();
    }
    assert_eq!(store.complaints().len(), 16);
    assert!(store.complaints().iter().all(|complaint| complaint.about == About::Signature));
    assert_eq!(store.counts().accepted, 1, "the last one");
}

#[tokio::test]
async fn an_order_query_may_not_leave_its_body_unsigned() {
    let (store, client) = open().await;
    let ask = Ask::order("MOCKONETIMENEW", None).with("x-sdk-content-sha256", "UNSIGNED-PAYLOAD");
    assert_eq!(client.ask(&ask).await.unwrap().code(), (401, "MKT.0154".into()));
    assert_eq!(said(&store), [(About::Signature, "UNSIGNED-PAYLOAD is for uploads only".into())]);
}

#[tokio::test]
async fn a_wrong_upload_is_refused_with_a_parameter_code_and_a_sentence() {
    let (store, client) = open().await;
    let file = |sha256: &str| json!({ "type": "FILE", "file_name": "x", "sha256": sha256 });
    let form = |request: &Value, file| Ask::form("e", request, file);
    for (ask, code, about) in [
        (form(&file(&"0".repeat(64)), Some(b"x")), "MKT.0100", About::Sha256),
        (Ask::characters("e", &"x".repeat(1025)), "MKT.0100", About::Size),
        (Ask::characters("e", ""), "MKT.0100", About::Size),
        (form(&json!({ "type": "CHARACTERS" }), None), "MKT.0101", About::Form),
        (Ask::characters("e", "x").with("content-type", "multipart/form-data"), "MKT.0199", About::Form),
        (Ask { body: vec![b'x'; (1 << 20) + 1], ..Ask::characters("e", "x") }, "MKT.0100", About::Size),
        (Ask::characters(&"e".repeat(65), "x"), "MKT.0100", About::Form),
        (Ask::characters("", "x"), "MKT.0100", About::Form),
    ] {
        let answer = client.ask(&ask).await.unwrap();
        assert_eq!(answer.code().1, code);
        let complaint = store.complaints().pop().unwrap();
        assert_eq!(
            (complaint.about, &complaint.message),
            (about, &answer.json()["error_msg"].as_str().unwrap().into())
        );
    }
    assert_eq!((store.counts().refused, store.all_uploads().len()), (8, 0));
}

#[tokio::test]
async fn the_largest_body_is_taken() {
    let (store, client) = open().await;
    let around = Ask::file("e", b"").body.len();
    let license = vec![b'x'; (1 << 20) - around];
    assert_eq!(client.ask(&Ask::file("e", &license)).await.unwrap().code().0, 200);
    assert_eq!(taken(&store, "e"), [license]);
}

#[tokio::test]
async fn an_event_can_be_refused_for_ever() {
    let (store, client) = open().await;
    store.refuse_event("old", FinalRefusal::ApplicationInvalid);
    store.refuse_event("full", FinalRefusal::NothingLeft);
    for (event, code) in [("old", "91381034"), ("full", "91381035"), ("old", "91381034"), ("new", "MKT.0000")]
    {
        assert_eq!(client.ask(&Ask::characters(event, "x")).await.unwrap().code(), (200, code.into()));
    }
    assert_eq!(store.complaints(), [], "the merchant did nothing wrong");
    assert_eq!((store.counts().refused, store.counts().accepted), (3, 1));
}

#[tokio::test]
async fn other_paths_and_methods_are_not_the_api() {
    let (store, client) = open().await;
    let order = Ask::order("MOCKONETIMENEW", None);
    for ask in [
        Ask { method: "POST", ..order.clone() },
        Ask { path: "/".into(), ..order.clone() },
        Ask { path: format!("{}/", order.path), ..order.clone() },
        Ask { method: "GET", ..Ask::characters("e", "x") },
        Ask { path: Ask::characters("a", "x").path.replace("/a/", "/a/b/"), ..Ask::characters("e", "x") },
    ] {
        assert_eq!(client.ask(&ask).await.unwrap().status.as_u16(), 404);
    }
    assert!(store.complaints().iter().all(|complaint| complaint.about == About::Path));
    assert_eq!(store.counts(), Counts { refused: 5, ..Counts::default() });
}

#[tokio::test]
async fn the_hook_sees_an_upload_before_the_client_hears_of_it() {
    let (store, client) = open().await;
    let seen = Arc::new(Mutex::new(Vec::new()));
    let (log, twin) = (Arc::clone(&seen), store.clone());
    store.on_upload(move |upload| {
        let known = twin.uploads(&upload.event).len();
        log.lock().unwrap().push((upload.event.clone(), upload.license.clone(), known));
    });
    client.ask(&Ask::characters("e", "x")).await.unwrap();
    assert_eq!(*seen.lock().unwrap(), [("e".to_owned(), b"x".to_vec(), 1)]);
    client.ask(&Ask::characters("e", "")).await.unwrap();
    assert_eq!(seen.lock().unwrap().len(), 1, "a refused one is none");
    store.on_upload(|_| {});
}
