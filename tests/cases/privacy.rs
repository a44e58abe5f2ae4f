//! What must be nowhere.

use license_tests::{Shop, files_that_hold, machine};

/// The log of the run is looked at by the case of the real process, `operator::process::nothing_secret_is_in_the_log`.
#[tokio::test]
async fn no_raw_value_and_no_secret_is_in_any_file_after_a_full_run() {
    let shop = Shop::selling("[default]\ncode = \"cad\"\nseats = 9\n").await;
    let instance = shop.buy("order").await;
    let text = "vendor-id 7F3A-99-secret-text";
    assert_eq!(shop.apply_for(&instance, "e1", 1).await, "000000");
    assert_eq!(shop.apply(&instance, "e2", &machine(2).df1(&shop.realm())).await.code(), "000000");
    assert_eq!(shop.apply(&instance, "e3", text).await.code(), "000000");
    assert_eq!(
        shop.apply(&instance, "e4", "02:FC:00:00:00:01|To be filled by O.E.M.||").await.code(),
        "000903"
    );
    for event in ["e1", "e2", "e3"] {
        shop.delivered(event).await;
    }
    let mut secrets: Vec<String> = [machine(1), machine(2)].iter().flat_map(|m| m.raw_values()).collect();
    secrets.extend([text, "02:FC:00:00:00:01", "demo-access-key-0001"].map(str::to_owned));
    let folder = shop.close().await;
    let (looked_at, found) = files_that_hold(folder.path(), &secrets);
    assert_eq!(found, Vec::<String>::new());
    assert!(looked_at >= 7, "the database, the keys, the catalog and three licenses: {looked_at}");
}
