//! Private keys that lie encrypted on the disk.

use license_tests::{Workplace, runs_on_postgres};

fn passphrase(place: &Workplace, name: &str, text: &str) {
    place.write(name, text);
    place.configure(&format!("keys_passphrase_file = \"{name}\""));
}

/// How each private key of the folder begins.
fn beginnings(place: &Workplace) -> Vec<String> {
    let files = std::fs::read_dir(place.path("keys")).expect("a folder");
    let paths = files.map(|file| file.expect("a file").path());
    let private = paths.filter(|path| path.to_string_lossy().ends_with(".key.pem"));
    let first =
        |path| std::fs::read_to_string(path).expect("text").lines().next().expect("a line").to_owned();
    let mut found: Vec<_> = private.map(first).collect();
    found.sort();
    found
}

const PLAIN: &str = "-----BEGIN PRIVATE KEY-----";
const ENCRYPTED: &str = "-----BEGIN ENCRYPTED PRIVATE KEY-----";

#[tokio::test]
async fn keys_are_encrypted_from_the_day_on_that_a_passphrase_is_set_and_the_older_ones_when_told_to() {
    let place = Workplace::ready();
    assert!(place.run(&["keys", "encrypt"]).failed().contains("KEYS_PASSPHRASE_FILE"));
    passphrase(&place, "passphrase", "correct horse battery staple\n");
    let new = place.run(&["keys", "generate", "--json"]).json()["id"].as_str().expect("an id").to_owned();
    assert_eq!(beginnings(&place), [ENCRYPTED, PLAIN], "a mixed folder works");
    let _ = place.run(&["keys", "activate", "--", &new]).ok();
    assert!(place.run(&["check"]).ok().contains("with a passphrase"));
    let said = place.run(&["keys", "encrypt"]).ok();
    assert!(said.contains("1 private key(s) are encrypted now"), "{said}");
    assert_eq!(beginnings(&place), [ENCRYPTED, ENCRYPTED]);
    let served = place.serve("info").await;
    assert!(served.stop().await.success());
    // PostgreSQL has ways of its own.
    if !runs_on_postgres() {
        let _ = place.run(&["backup", "copy", "--with-keys"]).ok();
    }

    // Another passphrase.
    place.write("newer", "quite another passphrase");
    let changing = ["keys", "encrypt", "--keys-passphrase-file", "newer", "--from", "passphrase"];
    assert!(place.run(&changing).ok().contains("2 private key(s)"));
    assert!(place.run(&changing).ok().contains("already"), "nothing is left to do");
    let said = place.run(&["check"]).failed();
    assert!(said.contains("the passphrase in passphrase does not open keys"), "{said}");
    let said = place.run(&["serve"]).failed();
    assert!(
        said.contains("the passphrase in passphrase does not open keys") && !said.contains("horse"),
        "{said}"
    );
    assert_eq!(place.run(&["check", "--keys-passphrase-file", "newer"]).code, Some(0));
}

#[test]
fn what_is_wrong_with_a_passphrase_is_named() {
    let place = Workplace::new();
    passphrase(&place, "passphrase", "short\n");
    let said = place.run(&["keys", "generate"]).failed();
    assert!(said.contains("has 5 bytes; 12 to 1024 are needed"), "{said}");
    assert!(place.run(&["keys", "list"]).failed().contains("keys generate"), "nothing was made");
    place.write("passphrase", "long enough by far\n");
    let _ = place.run(&["keys", "generate"]).ok();
    std::fs::remove_file(place.path("passphrase")).expect("removed");
    assert!(place.run(&["check"]).failed().contains("passphrase: "));
    // Without the setting.
    place.write("server.toml", "issuer = \"https://vendor.example\"\nproducts = \"catalog.toml\"\naccess_keys_file = \"access-key\"\n");
    let said = place.run(&["serve"]).failed();
    assert!(said.contains("is encrypted") && said.contains("KEYS_PASSPHRASE_FILE"), "{said}");
}

/// Made by `openssl genpkey -algorithm ed25519 | openssl pkcs8 -topk8 -v2 aes-256-cbc -passout pass:…`, with 2,048 rounds,
/// and the same key with `-scrypt`.
const BY_OPENSSL: [&str; 2] = [include_str!("by_openssl.pem"), include_str!("by_openssl_scrypt.pem")];
const ITS_ID: &str = "QlcaYNsFgnKzicoEKfDyhASBlF6YUc7A17i1prD9WU8";

#[test]
fn keys_that_openssl_has_encrypted_are_read() {
    for pem in BY_OPENSSL {
        let place = Workplace::ready();
        let (id, file) = (ITS_ID, place.path(&format!("keys/{ITS_ID}.key.pem")));
        std::fs::write(&file, pem).expect("written");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).expect("set");
        }
        place.write(&format!("keys/{id}.pub.pem"), include_str!("by_openssl_public.pem"));
        let list = serde_json::json!({ "keys": [{ "kid": id, "created_at": 1, "state": "active" }] });
        place.write("keys/keys.json", &list.to_string());
        passphrase(&place, "passphrase", "correct horse battery staple\n");
        let said = place.run(&["check"]).ok();
        assert!(said.contains(&format!("{id} signs")), "{said}");
    }
}
