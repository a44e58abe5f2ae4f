//! Machines that ask at the same moment, and servers that end in between.

use std::collections::HashSet;
use std::sync::Arc;

use license_tests::{AgentReply, Shop, change, database_of};

use super::{CATALOG, bought, text};

/// Sends all at once.
async fn at_once(shop: &Arc<Shop>, code: &str, texts: Vec<String>) -> Vec<AgentReply> {
    let sent: Vec<_> = texts
        .into_iter()
        .map(|text| {
            let (shop, code) = (Arc::clone(shop), code.to_owned());
            tokio::spawn(async move { shop.activate(&code, &text).await })
        })
        .collect();
    let mut replies = Vec::new();
    for reply in sent {
        replies.push(reply.await.expect("answered"));
    }
    replies
}

/// R40
#[tokio::test(flavor = "multi_thread")]
async fn of_two_machines_that_want_the_last_seat_exactly_one_gets_it() {
    let shop = Arc::new(Shop::selling(CATALOG).await);
    let (_, code) = bought(&shop).await;
    assert_eq!(shop.activate(&code, &text(&shop, 1)).await.status, 201);
    let replies = at_once(&shop, &code, vec![text(&shop, 2), text(&shop, 3)]).await;
    let mut statuses: Vec<u16> = replies.iter().map(|reply| reply.status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 409], "{replies:?}");
}

/// R44, R84
#[tokio::test(flavor = "multi_thread")]
async fn the_same_machine_sixteen_times_at_once_has_one_seat_and_one_license() {
    let shop = Arc::new(Shop::selling(CATALOG).await);
    let (instance, code) = bought(&shop).await;
    let replies = at_once(&shop, &code, vec![text(&shop, 1); 16]).await;
    let licenses: HashSet<String> = replies.iter().map(AgentReply::license).collect();
    assert_eq!(licenses.len(), 1);
    assert_eq!(replies.iter().filter(|reply| reply.status == 201).count(), 1);
    assert_eq!(shop.database().seats(shop.now(), &instance).expect("readable").len(), 1);
    assert_eq!(shop.database().licenses(shop.now(), &instance).expect("readable").len(), 1);
}

/// R84
#[tokio::test]
async fn a_restarted_server_gives_the_same_license() {
    let shop = Shop::selling(CATALOG).await;
    let (instance, code) = bought(&shop).await;
    let first = shop.activate(&code, &text(&shop, 1)).await;
    let folder = shop.close().await;
    let shop = Shop::builder().catalog(CATALOG).in_folder(folder).open().await;
    assert_eq!(shop.code(&instance), code);
    let again = shop.activate(&code, &text(&shop, 1)).await;
    assert_eq!((again.status, again.license()), (200, first.license()));
    assert_eq!(shop.renew(&first.license(), &text(&shop, 1)).await.license(), first.license());
}

#[tokio::test]
async fn purchases_from_before_there_were_codes_get_one_at_the_next_start() {
    let shop = Shop::selling(CATALOG).await;
    let (instance, code) = bought(&shop).await;
    let folder = shop.close().await;
    // As an older server left it.
    change(&database_of(folder.path()), "UPDATE instance SET code_sha256 = NULL");
    let shop = Shop::builder().catalog(CATALOG).in_folder(folder).open().await;
    assert_eq!(shop.code(&instance), code);
    assert_eq!(shop.activate(&code, &text(&shop, 1)).await.status, 201);
}
