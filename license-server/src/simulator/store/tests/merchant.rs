//! The server's own client, against the played store.

use super::*;
use crate::engine::catalog::DeliveryForm;
use crate::engine::ids::{LineId, OrderId};
use crate::koogallery::openapi::{CallError, CallErrorKind, OpenApi, OpenApiSettings};

const BUDGET: Duration = Duration::from_secs(30);

async fn open_for_the_client() -> (SimulatedStore, OpenApi) {
    let (clock, _) = Clock::settable(NOW.as_secs() * 1000);
    let (access_key, secret_key) = (Secret::from("AK1"), Secret::from("SK1"));
    let local = StoreOptions::local(access_key.clone(), secret_key.clone());
    let store = SimulatedStore::listen(StoreOptions { clock: clock.clone(), ..local }).await.unwrap();
    let url = store.url();
    let settings =
        OpenApiSettings { url, fallback_url: None, access_key, secret_key, keep_buyer: true, clock };
    (store, OpenApi::new(settings).unwrap())
}

async fn ask(client: &OpenApi, id: &str) -> Result<(), CallError> {
    let line = LineId::parse(&format!("{id}-000001")).unwrap();
    client.order(&OrderId::parse(id).unwrap(), &line, BUDGET).await.map(drop)
}

#[tokio::test]
async fn orders_and_uploads_go_well() {
    let (store, client) = open_for_the_client().await;
    store.sell(Order::yearly("CS 1/中+", "OFFI1", "sku-1", NOW));
    for id in ["CS 1/中+", "MOCKPERIODYEARNEW", "MOCKONETIMENEW", "MOCKMONTYCHANGE"] {
        ask(&client, id).await.unwrap();
    }
    let long = "x".repeat(1025);
    for (license, form) in [
        ("a.b.c", DeliveryForm::Auto),
        ("a.b.c", DeliveryForm::Characters),
        ("a.b.c", DeliveryForm::File),
        (&long, DeliveryForm::Auto),
    ] {
        client.upload("event 1/中", license, form).await.unwrap();
    }
    assert_eq!(store.complaints(), []);
    assert_eq!(taken(&store, "event 1/中"), [b"a.b.c".as_slice(), b"a.b.c", b"a.b.c", long.as_bytes()]);
    let forms: Vec<_> = store.all_uploads().into_iter().map(|upload| upload.form).collect();
    assert_eq!(forms[..2], [UploadForm::Characters, UploadForm::Characters]);
    assert!(forms[2..].iter().all(|form| matches!(form, UploadForm::File { .. })));
}

#[tokio::test]
async fn each_fault_is_told_apart_by_the_client() {
    use CallErrorKind::{Failed, Garbled, NotAllowed, Parameter, RateLimited};
    let (store, client) = open_for_the_client().await;
    for (fault, kind) in [
        (Fault::Drop, Garbled),
        (Fault::DropAfter, Garbled),
        (Fault::Garbage, Garbled),
        (Fault::HalfJson, Garbled),
        (Fault::Huge(8 << 20), Garbled),
        (Fault::RateLimited { retry_after: Some(7) }, RateLimited),
        (Fault::Code("CBC.0999".into()), Failed),
        (Fault::Code("CBC.0154".into()), NotAllowed),
        (Fault::Code("MKT.0100".into()), Parameter),
    ] {
        store.behave(Behaviour::good().next([fault.clone(), fault.clone()]));
        let order = ask(&client, "MOCKONETIMENEW").await.unwrap_err();
        assert_eq!(order.kind, kind, "{fault:?}");
        let upload = client.upload("e", "a.b.c", DeliveryForm::Auto).await.unwrap_err();
        assert_eq!(upload.kind, kind, "{fault:?}");
    }
    assert_eq!(ask(&client, "CS1").await.unwrap_err().kind, Parameter, "nobody sold it");
    store.refuse_event("e", FinalRefusal::NothingLeft);
    let refused = client.upload("e", "a.b.c", DeliveryForm::Auto).await.unwrap_err();
    assert_eq!(refused.kind, CallErrorKind::Final);
    store.down().await;
    let gone = client.upload("f", "a.b.c", DeliveryForm::Auto).await.unwrap_err();
    assert_eq!(gone.kind, CallErrorKind::Unreachable);
    store.up().await.unwrap();
    client.upload("f", "a.b.c", DeliveryForm::Auto).await.unwrap();
}
