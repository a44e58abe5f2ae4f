//! The life of keys in a folder.

use crate::private_file::Exposed;
use std::fs;
use std::path::{Path, PathBuf};

use license_core::{KeyError, KeyId, KeyRing, SigningKey, Trust, UnixTime, VerifyingKey};
use proptest::prelude::*;

use super::*;

const US: &str = "https://vendor.example";

fn key(n: u8) -> SigningKey {
    SigningKey::from_seed(&[n; 32])
}

fn at(secs: i64) -> UnixTime {
    UnixTime::from_secs(secs)
}

fn states(folder: &KeyFolder) -> Vec<KeyState> {
    folder.entries().iter().map(|entry| entry.state).collect()
}

fn ids(ring: &KeyRing) -> Vec<KeyId> {
    ring.iter().map(VerifyingKey::id).collect()
}

fn live(path: &Path) -> KeyStore {
    let source = KeySource { folder: path.to_owned(), passphrase_file: None, issuer: Some(US.into()) };
    KeyStore::open(source).expect("loads")
}

#[test]
fn the_first_key_signs_a_later_one_stands_by_and_is_activated() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut folder = KeyFolder::open_or_create(dir.path()).expect("made");
    assert!(folder.signing_key().expect("readable").is_none());
    let old = folder.add(&key(1), at(1)).expect("added");
    let new = folder.add(&key(2), at(2)).expect("added");
    assert_eq!(states(&folder), [KeyState::Active, KeyState::Standby]);
    let store = live(dir.path());
    let signs = |folder: &KeyFolder| folder.signing_key().expect("readable").map(|key| key.id());
    assert_eq!((signs(&folder), ids(&store.published())), (Some(old), vec![old, new]));
    let activated = folder.activate(new, US, at(3), Consent::NotGiven).expect("allowed");
    assert_eq!(activated, Activated { former: Some(old), handed_over: true });
    assert_eq!((signs(&folder), states(&folder)), (Some(new), vec![KeyState::Retired, KeyState::Active]));
    assert_eq!(folder.activate(old, US, at(4), Consent::NotGiven), Err(KeyStoreError::Again(old)));
    assert_eq!(
        folder.activate(new, US, at(4), Consent::Given),
        Err(KeyStoreError::State { kid: new, state: "active", wanted: "active" })
    );
    assert_eq!(
        folder.retire(new, at(4), Consent::NotGiven),
        Err(KeyStoreError::Last { kid: new, standby: None })
    );
    folder.distrust(old, at(5)).expect("allowed");
    assert!(folder.published().expect("readable").find(old).is_none());
    assert_eq!(
        folder.retire(old, at(6), Consent::Given),
        Err(KeyStoreError::State { kid: old, state: "distrusted", wanted: "retired" })
    );
    assert_eq!(KeyFolder::open(dir.path()).expect("reads back").entries(), folder.entries());
    assert_eq!(store.reload(), Ok(true));
    assert_eq!(store.signing_key().map(|key| key.id()), Some(new));
}

#[test]
fn a_folder_of_an_older_program_goes_on_with_its_newest_active_key() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut folder = KeyFolder::open_or_create(dir.path()).expect("made");
    let kids = [1, 2, 3].map(|n| folder.add(&key(n), at(n.into())).expect("added"));
    let old: Vec<_> = kids
        .iter()
        .zip([("retired", 1), ("active", 2), ("active", 3)])
        .map(|(kid, (state, made))| serde_json::json!({"kid": kid, "created_at": made, "state": state}))
        .collect();
    let list = serde_json::json!({ "keys": old }).to_string();
    fs::write(dir.path().join(KeyFolder::LIST), list).expect("written");
    let mut folder = KeyFolder::open(dir.path()).expect("opens");
    assert_eq!(states(&folder), [KeyState::Retired, KeyState::Standby, KeyState::Active]);
    assert_eq!((folder.active(), folder.sequence()), (Some(kids[2]), 3));
    // Whoever made a key too early goes back to the one that the field knows.
    folder.activate(kids[1], US, at(4), Consent::NotGiven).expect("allowed");
    assert_eq!(states(&folder), [KeyState::Retired, KeyState::Active, KeyState::Retired]);
    assert_eq!(folder.sequence(), 5, "its own set comes after the last word of the former");
}

#[test]
fn machines_that_know_any_key_that_signed_before_follow_to_the_one_that_signs() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut folder = KeyFolder::open_or_create(dir.path()).expect("made");
    folder.add(&key(1), at(1)).expect("added");
    for n in 2..=40 {
        let kid = folder.add(&key(n), at(n.into())).expect("added");
        folder.activate(kid, US, at(n.into()), Consent::NotGiven).expect("allowed");
        let sets = folder.key_sets(&key(n), US).expect("signed").join("\n");
        for known in n.saturating_sub(15).max(1)..=n {
            let mut trust =
                Trust::new(US, "cad", US, [key(known).verifying_key().clone()].into_iter().collect());
            trust.learn(&sets).expect("learned");
            assert!(trust.keys().find(kid).is_some(), "{known} to {n}");
        }
        assert!(sets.len() <= 40 * 1024, "{} bytes after {n} keys", sets.len());
    }
}

#[test]
fn what_a_distrusted_key_vouched_for_is_no_longer_told() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut folder = KeyFolder::open_or_create(dir.path()).expect("made");
    let kids = [1, 2, 3].map(|n| folder.add(&key(n), at(n.into())).expect("added"));
    for kid in &kids[1..] {
        folder.activate(*kid, US, at(10), Consent::NotGiven).expect("allowed");
    }
    let told = |folder: &KeyFolder| folder.key_sets(&key(3), US).expect("signed");
    assert_eq!(told(&folder).len(), 3);
    // The second one's word is worth nothing, and the first one's leads only there.
    folder.distrust(kids[1], at(20)).expect("allowed");
    let sets = told(&folder);
    assert_eq!(sets.len(), 1);
    let mut trust =
        Trust::new(US, "cad", US, [1, 2, 3].map(|n| key(n).verifying_key().clone()).into_iter().collect());
    assert_eq!(trust.learn(&sets[0]), Ok(true));
    assert!(trust.distrusts(kids[1]) && trust.keys().find(kids[1]).is_none());
}

#[test]
fn a_key_that_cannot_sign_is_never_activated_and_one_that_cannot_vouch_is_named() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut folder = KeyFolder::open_or_create(dir.path()).expect("made");
    let [old, new] = [1, 2].map(|n| folder.add(&key(n), at(n.into())).expect("added"));
    let half = |kid| dir.path().join(KeyFolder::private_name(kid));
    fs::rename(half(new), dir.path().join("away")).expect("moved");
    for consent in [Consent::NotGiven, Consent::Given] {
        assert!(matches!(folder.activate(new, US, at(3), consent), Err(KeyStoreError::File { .. })));
    }
    fs::rename(dir.path().join("away"), half(new)).expect("moved");
    fs::remove_file(half(old)).expect("removed");
    let refused = folder.activate(new, US, at(3), Consent::NotGiven);
    assert!(matches!(refused, Err(KeyStoreError::NoHandover { kid, .. }) if kid == old), "{refused:?}");
    assert_eq!(states(&KeyFolder::open(dir.path()).expect("opens")), [KeyState::Active, KeyState::Standby]);
    let done = folder.activate(new, US, at(3), Consent::Given).expect("told to");
    assert_eq!(done, Activated { former: Some(old), handed_over: false });
}

#[test]
fn commands_at_the_same_time_lose_nothing() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path();
    std::thread::scope(|scope| {
        for n in 1..=8 {
            scope.spawn(move || {
                // Opened before the others have written.
                let mut folder = KeyFolder::open_or_create(path).expect("opens");
                folder.add(&key(n), at(n.into())).expect("added");
            });
        }
    });
    let folder = KeyFolder::open(path).expect("opens");
    assert_eq!(folder.entries().len(), 8);
    let active = folder.entries().iter().filter(|entry| entry.state == KeyState::Active).count();
    assert_eq!((active, folder.published().expect("readable").iter().count()), (1, 8));
    // One that knows an old list steps on what lies there now.
    let mut stale = KeyFolder::open(path).expect("opens");
    let standby = folder.entries().iter().find(|entry| entry.state == KeyState::Standby).expect("one").kid;
    KeyFolder::open(path).expect("opens").distrust(standby, at(9)).expect("allowed");
    assert_eq!(
        stale.activate(standby, US, at(10), Consent::Given),
        Err(KeyStoreError::State { kid: standby, state: "distrusted", wanted: "active" })
    );
}

#[test]
fn a_folder_that_cannot_be_read_after_a_change_signs_nothing_until_it_can() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut folder = KeyFolder::open_or_create(dir.path()).expect("made");
    let [old, new] = [1, 2].map(|n| folder.add(&key(n), at(n.into())).expect("added"));
    let (store, list) = (live(dir.path()), dir.path().join(KeyFolder::LIST));
    let signs = || store.signing_key().map(|key| key.id());
    folder.distrust(old, at(3)).expect("allowed");
    let good = fs::read(&list).expect("readable");
    fs::write(&list, "half a li").expect("written");
    assert!(store.reload().is_err());
    assert_eq!((signs(), store.is_broken(), store.key_sets().len()), (None, true, 0));
    assert!(store.reload().is_err(), "it is tried again");
    fs::remove_file(&list).expect("removed");
    assert_eq!(store.reload(), Err(KeyStoreError::Missing(dir.path().into())));
    // Readable again, but for half of another key: what the list says of the keys counts.
    fs::write(&list, &good).expect("written");
    let half = dir.path().join(KeyFolder::public_name(new));
    let pem = fs::read(&half).expect("readable");
    fs::write(&half, "nonsense").expect("written");
    assert!(store.reload().is_err());
    assert_eq!((signs(), ids(&store.published())), (None, vec![new]), "the distrusted one is out");
    fs::write(&half, pem).expect("written");
    assert_eq!(store.reload(), Ok(true));
    folder.activate(new, US, at(4), Consent::NotGiven).expect("allowed");
    assert_eq!(store.reload(), Ok(true));
    assert_eq!((signs(), store.is_broken()), (Some(new), false));
    // A fault that has nothing to do with the key that signs does not stop it.
    folder.add(&key(3), at(5)).expect("added");
    fs::write(dir.path().join(KeyFolder::public_name(key(3).id())), "nonsense").expect("written");
    assert!(store.reload().is_err());
    assert_eq!((signs(), store.is_broken()), (Some(new), true));
}

#[test]
fn encrypted_keys_lie_beside_others_and_are_opened_with_their_passphrase() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("keys");
    let passphrase = |name: &str, text: &str| {
        let file = dir.path().join(name);
        license_core::atomic_file::replace(&file, text.as_bytes(), license_core::atomic_file::Readers::Owner)
            .expect("written");
        file
    };
    let (first, second) =
        (passphrase("a", "correct horse battery\n"), passphrase("b", "staple, another one"));
    let plain = KeyFolder::open_or_create(&path).expect("made").add(&key(1), at(1)).expect("added");
    let with = |file: &Path| KeyFolder::open(&path).expect("opens").with_passphrase(Some(file));
    let locked = with(&first).add(&key(2), at(2)).expect("added");
    let text = |kid| fs::read_to_string(path.join(KeyFolder::private_name(kid))).expect("a key");
    assert!(text(plain).starts_with("-----BEGIN PRIVATE KEY"));
    assert!(text(locked).starts_with("-----BEGIN ENCRYPTED PRIVATE KEY"));
    // What signs is opened; what stands by may be locked.
    assert_eq!(live(&path).signing_key().map(|key| key.id()), Some(plain));
    let half = path.join(KeyFolder::private_name(locked));
    let without = KeyFolder::open(&path).expect("opens").activate(locked, US, at(3), Consent::Given);
    assert_eq!(without, Err(KeyStoreError::Locked(half.clone())));
    let wrong = with(&second).activate(locked, US, at(3), Consent::Given);
    assert_eq!(wrong, Err(KeyStoreError::WrongPassphrase { path: half, file: second.clone() }));
    with(&first).activate(locked, US, at(3), Consent::NotGiven).expect("allowed");
    assert!(KeyStore::load(&path).is_err());
    let source = |file: &Path| KeySource {
        folder: path.clone(),
        passphrase_file: Some(file.to_owned()),
        issuer: Some(US.into()),
    };
    assert_eq!(
        KeyStore::open(source(&first)).expect("opens").signing_key().map(|key| key.id()),
        Some(locked)
    );

    assert_eq!(with(&first).encrypt(None), Ok(vec![plain]));
    assert_eq!(with(&first).encrypt(None), Ok(vec![]));
    assert_eq!(with(&second).encrypt(Some(&first)), Ok(vec![plain, locked]));
    assert_eq!(with(&second).encrypt(Some(&first)), Ok(vec![]), "a second run has nothing to do");
    assert!(with(&first).signing_key().is_err());
    assert_eq!(with(&second).signing_key().expect("opens").map(|key| key.id()), Some(locked));
}

#[cfg(unix)]
#[test]
fn development_keys_are_refused_under_any_name_of_their_folder() {
    let dir = tempfile::tempdir().expect("a folder");
    let dev = dir.path().join(DEV_FOLDER);
    KeyFolder::open_or_create(&dev).expect("made").add(&key(1), at(1)).expect("added");
    fs::create_dir(dev.join("x")).expect("made");
    std::os::unix::fs::symlink(&dev, dir.path().join("linked")).expect("linked");
    let refused = |path: PathBuf| KeyFolder::open(&path).expect("opens").refuse_dev().is_err();
    assert!(refused(dev.clone()));
    assert!(refused(dev.join("x/..")));
    assert!(refused(dir.path().join("linked")));
    fs::rename(&dev, dir.path().join("moved")).expect("moved");
    assert!(refused(dir.path().join("moved")));
}

#[cfg(unix)]
#[test]
fn a_private_key_that_others_can_read_is_refused() {
    use std::os::unix::fs::PermissionsExt as _;
    let dir = tempfile::tempdir().expect("a folder");
    let mut folder = KeyFolder::open_or_create(dir.path()).expect("made");
    let kid = folder.add(&key(1), at(1)).expect("added");
    let file = dir.path().join(KeyFolder::private_name(kid));
    let mode = fs::metadata(&file).expect("there").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).expect("set");
    assert_eq!(
        folder.signing_key().expect_err("refused"),
        Exposed::Secret { path: file, mode: 0o640 }.into()
    );
    fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o777)).expect("set");
    let open = KeyFolder::open(dir.path()).expect_err("refused");
    assert_eq!(open, Exposed::Folder { path: dir.path().to_owned(), mode: 0o777 }.into());
}

#[test]
fn what_is_wrong_with_a_key_file_is_named() {
    let dir = tempfile::tempdir().expect("a folder");
    let missing = KeyFolder::open(dir.path()).expect_err("nothing there");
    assert_eq!(missing, KeyStoreError::Missing(dir.path().to_owned()));
    let mut folder = KeyFolder::open_or_create(dir.path()).expect("made");
    let kid = folder.add(&key(1), at(1)).expect("added");
    assert_eq!(folder.add(&key(1), at(2)), Err(KeyStoreError::Known(kid)));
    let file = dir.path().join(KeyFolder::private_name(kid));
    let other = key(2).to_pkcs8_pem().expect("encodes");
    fs::write(&file, other.as_bytes()).expect("written");
    assert_eq!(
        folder.signing_key().expect_err("refused"),
        KeyStoreError::Mixed { path: file.clone(), found: key(2).id() }
    );
    fs::write(&file, "nonsense").expect("written");
    assert_eq!(
        folder.signing_key().expect_err("refused"),
        KeyStoreError::Key { path: file, why: KeyError::PrivatePem }
    );
    fs::write(dir.path().join(KeyFolder::LIST), "{}").expect("written");
    assert!(KeyFolder::open(dir.path()).expect_err("refused").to_string().contains("not a list of keys"));
}

/// What an operator may type.
#[derive(Clone, Copy, Debug)]
enum Step {
    Generate,
    Activate(usize, Consent),
    Retire(usize, Consent),
    Distrust(usize),
    /// The server, which looks now and then, was not quick enough until here.
    Look,
}

fn step() -> impl Strategy<Value = Step> {
    let consent =
        prop::bool::weighted(0.2).prop_map(|yes| if yes { Consent::Given } else { Consent::NotGiven });
    prop_oneof![
        3 => Just(Step::Generate),
        4 => (0..8_usize, consent.clone()).prop_map(|(n, consent)| Step::Activate(n, consent)),
        3 => (0..8_usize, consent).prop_map(|(n, consent)| Step::Retire(n, consent)),
        2 => (0..8_usize).prop_map(Step::Distrust),
        3 => Just(Step::Look),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    /// Whatever is typed: nothing but an active key signs, the server has one unless it was told to go without, the
    /// number rises, and a machine that took in the sets trusts the key that signs and no distrusted one.
    #[test]
    fn no_sequence_of_commands_leaves_the_server_without_a_key_or_has_another_one_sign(
        steps in prop::collection::vec(step(), 1..24),
    ) {
        let dir = tempfile::tempdir().expect("a folder");
        let mut folder = KeyFolder::open_or_create(dir.path()).expect("made");
        folder.add(&key(1), at(1)).expect("added");
        let store = live(dir.path());
        let mut machine = Trust::new(US, "cad", US, folder.published().expect("readable"));
        let (mut made, mut now, mut told_to_go_without, mut lost) = (1_u8, 1_i64, false, false);
        for step in steps {
            now += 1;
            let before = (folder.sequence(), folder.active());
            let pick = |n: usize| folder.entries()[n % folder.entries().len()].kid;
            let done = match step {
                Step::Generate => {
                    made += 1;
                    folder.add(&key(made), at(now)).map(drop)
                }
                Step::Activate(n, consent) => folder.activate(pick(n), US, at(now), consent).map(drop),
                Step::Retire(n, consent) => folder.retire(pick(n), at(now), consent),
                Step::Distrust(n) => folder.distrust(pick(n), at(now)),
                Step::Look => Ok(()),
            };
            match (done, step) {
                (Ok(()), Step::Look) => {}
                (Ok(()), _) => prop_assert!(folder.sequence() > before.0),
                (Err(_), _) => prop_assert_eq!((folder.sequence(), folder.active()), before),
            }
            // Nobody vouches for the next key where none signs, and a distrusted one does not either: whoever does not
            // know the next one by then needs a new vendor file.
            let is_known = folder.active().is_some_and(|kid| machine.keys().find(kid).is_some());
            lost |= folder.active().is_none() || (matches!(step, Step::Distrust(_)) && !is_known);
            let was_told = |step| matches!(step, Step::Distrust(_) | Step::Retire(_, Consent::Given));
            told_to_go_without |= was_told(step);
            prop_assert!(folder.active().is_some() || told_to_go_without, "{step:?}");
            told_to_go_without &= folder.active().is_none();
            let is = |state| folder.entries().iter().filter(move |entry| entry.state == state);
            prop_assert!(is(KeyState::Active).count() <= 1);
            if matches!(step, Step::Look) {
                store.reload().expect("readable");
                prop_assert_eq!(store.signing_key().map(|key| key.id()), folder.active());
                let sets = store.key_sets();
                let learned = machine.learn(&sets.join("\n"));
                if !lost && !sets.is_empty() {
                    prop_assert!(learned.is_ok(), "{learned:?}");
                    prop_assert_eq!(machine.keys().find(folder.active().expect("one")).is_some(), true);
                    for entry in is(KeyState::Distrusted) {
                        prop_assert!(machine.keys().find(entry.kid).is_none());
                    }
                }
            }
        }
    }
}
