//! Each fault, as a client meets it.

use super::client::Ask;
use super::*;

fn upload() -> Ask {
    Ask::characters("e", "a.b.c")
}

#[tokio::test]
async fn a_dropped_call_is_not_carried_out_and_one_that_is_dropped_after_is() {
    let (store, client) = open().await;
    store.behave(Behaviour::good().next([Fault::Drop, Fault::DropAfter]));
    assert!(client.ask(&upload()).await.is_err());
    assert_eq!(store.all_uploads(), []);
    assert!(client.ask(&upload()).await.is_err());
    assert_eq!(store.all_uploads().len(), 1);
    assert_eq!(client.ask(&upload()).await.unwrap().code().0, 200);
    assert_eq!(store.counts(), Counts { uploads: 3, accepted: 2, faults: 2, ..Counts::default() });
}

#[tokio::test]
async fn answers_that_are_no_success_carry_nothing_out() {
    let (store, client) = open().await;
    for ask in [upload(), Ask::order("MOCKONETIMENEW", None)] {
        store.behave(Behaviour::good().next([
            Fault::Status(503),
            Fault::Status(7),
            Fault::Code("CBC.0999".into()),
            Fault::RateLimited { retry_after: Some(7) },
            Fault::RateLimited { retry_after: None },
            Fault::Garbage,
            Fault::Redirect("https://example.com/".into()),
            Fault::Redirect("a\nb".into()),
        ]));
        let answer = async || client.ask(&ask).await.unwrap();
        assert_eq!(answer().await.status.as_u16(), 503);
        assert_eq!(answer().await.status.as_u16(), 500, "7 is no status");
        assert_eq!(answer().await.code(), (200, "CBC.0999".into()));
        let limited = answer().await;
        assert_eq!(
            (limited.code(), &limited.headers["retry-after"]),
            ((406, "MKT.0250".into()), &"7".parse().unwrap())
        );
        let limited = answer().await;
        assert_eq!((limited.code().0, limited.headers.get("retry-after")), (406, None));
        let garbage = answer().await;
        assert_eq!(garbage.status.as_u16(), 200);
        assert!(std::str::from_utf8(&garbage.body).is_err());
        let redirect = answer().await;
        assert_eq!(
            (redirect.status.as_u16(), redirect.headers["location"].as_bytes()),
            (307, b"https://example.com/".as_slice())
        );
        assert_eq!(answer().await.headers.get("location"), None);
        assert_eq!(answer().await.code().0, 200, "and then all is well");
    }
    assert_eq!(store.counts(), Counts { order_queries: 9, uploads: 9, accepted: 1, faults: 16, refused: 0 });
}

#[tokio::test]
async fn half_an_answer_is_half_and_the_upload_was_taken() {
    let (store, client) = open().await;
    store.behave(Behaviour::good().always(Fault::HalfJson));
    let answer = client.ask(&upload()).await.unwrap();
    assert_eq!(answer.status.as_u16(), 200);
    assert!(answer.body.starts_with(b"{\"error_"));
    assert!(serde_json::from_slice::<serde_json::Value>(&answer.body).is_err());
    assert_eq!(store.all_uploads().len(), 1);
}

#[tokio::test]
async fn a_huge_answer_has_the_asked_length_and_does_not_announce_it() {
    let (store, client) = open().await;
    for (bytes, is_json) in [(3_000_001, true), (5, false), (1, false)] {
        store.behave(Behaviour::good().next([Fault::Huge(bytes)]));
        let answer = client.ask(&upload()).await.unwrap();
        assert_eq!(answer.body.len(), bytes);
        assert_eq!(answer.headers.get("content-length"), None);
        assert_eq!(serde_json::from_slice::<serde_json::Value>(&answer.body).is_ok(), is_json);
    }
    assert_eq!(store.all_uploads().len(), 3);
}

#[tokio::test]
async fn a_slow_upload_is_taken_before_it_is_answered() {
    let (store, client) = open().await;
    store.behave(Behaviour::good().next([Fault::Slow(Duration::from_millis(1)), Fault::Slow(Duration::MAX)]));
    assert_eq!(client.ask(&upload()).await.unwrap().code().0, 200);
    let slow = tokio::spawn(async move { client.ask(&upload()).await.is_ok() });
    assert_eq!(store.wait_for_uploads("e", 2, Duration::from_secs(60)).await.len(), 2);
    assert!(!slow.is_finished());
    store.stop().await;
    assert!(!slow.await.unwrap());
}

#[tokio::test]
async fn a_silent_store_holds_the_connection_until_it_stops() {
    let (store, client) = open().await;
    store.behave(Behaviour::good().always(Fault::Silence).for_uploads());
    let other = client.clone();
    let silent = tokio::spawn(async move { other.ask(&upload()).await.is_ok() });
    let began = async {
        while store.counts().faults == 0 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), began).await.unwrap();
    let order = client.ask(&Ask::order("MOCKONETIMENEW", None)).await.unwrap();
    assert_eq!(order.code().0, 200, "it answers others");
    assert!(!silent.is_finished());
    store.stop().await;
    assert!(!silent.await.unwrap());
    assert_eq!(store.all_uploads(), []);
}

#[tokio::test]
async fn faults_are_for_the_calls_they_are_meant_for() {
    let (store, client) = open().await;
    store.behave(Behaviour::good().always(Fault::Status(500)).for_orders());
    assert_eq!(client.ask(&upload()).await.unwrap().code().0, 200);
    assert_eq!(client.ask(&Ask::order("MOCKONETIMENEW", None)).await.unwrap().status.as_u16(), 500);
}

#[tokio::test]
async fn percent_faults_strike_the_same_calls_in_every_run_with_a_seed() {
    let mut runs = Vec::new();
    for seed in [7, 7, 8] {
        let (store, client) = open().await;
        store.behave(Behaviour::good().percent(30, Fault::DropAfter, seed));
        let mut run = Vec::new();
        for _ in 0..60 {
            run.push(client.ask(&upload()).await.is_ok());
        }
        assert_eq!(store.counts().faults, run.iter().filter(|good| !**good).map(|_| 1).sum::<u64>());
        runs.push(run);
    }
    assert!(runs[0].contains(&true) && runs[0].contains(&false));
    assert_eq!(runs[0], runs[1]);
    assert_ne!(runs[0], runs[2]);
}

#[tokio::test]
async fn a_wrong_call_is_complained_of_even_if_its_answer_is_lost() {
    let (store, client) = open().await;
    store.behave(Behaviour::good().always(Fault::DropAfter));
    assert!(client.ask(&Ask::characters("e", "")).await.is_err());
    assert_eq!(said(&store), [(About::Size, "characters is empty".into())]);
}
