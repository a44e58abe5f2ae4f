//! What must be nowhere.

use std::path::{Path, PathBuf};

use license_tests::{Shop, machine};

/// Every file below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).expect("readable").map(|entry| entry.expect("an entry").path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

fn spellings(secret: &str) -> Vec<Vec<u8>> {
    let stripped: String = secret.chars().filter(char::is_ascii_alphanumeric).collect();
    [
        secret.to_owned(),
        secret.to_lowercase(),
        secret.to_uppercase(),
        stripped.to_lowercase(),
        stripped.to_uppercase(),
    ]
    .into_iter()
    .map(String::into_bytes)
    .collect()
}

fn holds(bytes: &[u8], wanted: &[u8]) -> bool {
    bytes.windows(wanted.len()).any(|window| window == wanted)
}

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
    let mut looked_at = 0;
    for file in files(folder.path()) {
        let bytes = std::fs::read(&file).expect("readable");
        for secret in &secrets {
            for spelling in spellings(secret) {
                assert!(!holds(&bytes, &spelling), "{secret} is in {}", file.display());
            }
        }
        looked_at += 1;
    }
    assert!(looked_at >= 7, "the database, the keys, the catalog and three licenses: {looked_at}");
}
