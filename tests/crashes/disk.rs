//! The disk under SQLite is full, its file cannot be written, or is damaged.

use std::fs::{self, Permissions};
use std::os::unix::fs::{FileExt as _, PermissionsExt as _, chown};
use std::path::{Path, PathBuf};

use license_tests::{PATIENCE, Served, Workplace, eventually, exchange, purchase};
use tokio::time::timeout;

use super::book::Book;
use super::callers::{Caller, Load, apply};
use super::chance::Chance;
use super::replicas::{Door, file, workplace};
use super::seed;

/// How much fits on the disk that is filled: more than the log needs that is folded from time to time.
const DISK: &str = "mount -t tmpfs -o size=64m tmpfs disk && exec \"$0\" \"$@\"";

/// Nobody, who may write only what is given away.
const NOBODY: u32 = 65_534;

/// The code of a call, which comes in time.
pub async fn code(served: &Served, body: serde_json::Value) -> String {
    let reply = timeout(PATIENCE, served.call(body)).await.expect("an answer");
    assert_eq!(reply.indiscretion(), None);
    reply.code().to_owned()
}

/// Status and text of `/readyz`.
pub async fn readiness(served: &Served) -> (u16, String) {
    let request = b"GET /readyz HTTP/1.1\r\nhost: shop\r\nconnection: close\r\n\r\n";
    let reply =
        timeout(PATIENCE, exchange(served.address, request)).await.expect("an end").expect("an answer");
    (reply.status, reply.text())
}

pub fn not_ready() -> (u16, String) {
    (503, "storage".into())
}

/// R3
#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_refuses_calls_and_when_there_is_space_it_goes_on_by_itself() {
    let place = workplace();
    fs::create_dir(place.path("disk")).expect("made");
    let database = format!("sqlite://{}", place.path("disk/license.db").display());
    // A disk of its own, in a namespace of its own, which anybody may make where the system lets them.
    let own_disk = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", DISK];
    let served = place.serve_as("full", &database, &own_disk).await;
    let disk = PathBuf::from(format!("/proc/{}/root{}", served.id(), place.path("disk").display()));
    let mut chance = Chance::of(seed());
    let mut load = Load::start(&Door::to(served.address), &mut chance, "full");
    load.go_on(100).await;
    fill(&disk.join("filler"));
    eventually("the disk is full", || served.log().contains("the disk is full").then_some(())).await;
    for n in 0..3 {
        assert_eq!(code(&served, purchase(&format!("away-{n}"))).await, "000005");
    }
    assert_eq!(readiness(&served).await, not_ready());
    assert!(served.log().contains("not ready"), "and why");
    fs::remove_file(disk.join("filler")).expect("removed");
    load.go_on(100).await;
    let mut book = Book::default();
    book.check(load.end().await, &copy(&disk, place.path("copy")));
    assert_eq!(readiness(&served).await, (200, "ready".into()));
    book.repeat(&mut Caller { door: Door::to(served.address), chance }, 1).await;
    book.check(Vec::new(), &copy(&disk, place.path("another")));
    book.check_deliveries(&place).await;
}

/// What lies on the disk, where it can be opened from outside of the namespace. Nobody writes meanwhile.
fn copy(disk: &Path, to: PathBuf) -> String {
    fs::create_dir(&to).expect("made");
    for name in ["license.db", "license.db-wal"] {
        fs::copy(disk.join(name), to.join(name)).expect("copied");
    }
    format!("sqlite://{}", to.join("license.db").display())
}

/// Writes until nothing more fits.
fn fill(path: &Path) {
    let filler = fs::File::create(path).expect("made");
    let mut at = 0;
    for size in [1 << 20, 4096, 1] {
        let some = vec![0; size];
        while let Ok(written) = filler.write_at(&some, at) {
            at += u64::try_from(written).expect("few");
        }
    }
    assert!(at > 1 << 20, "the disk had space");
}

/// Who may not write what is not given away: root may write everything, so a server of root's is another user's here.
fn as_nobody(place: &Workplace) -> Vec<&'static str> {
    let root = fs::metadata("/proc/self").is_ok_and(|of| std::os::unix::fs::MetadataExt::uid(&of) == 0);
    if !root {
        return Vec::new();
    }
    give_away(place.dir.path());
    vec!["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
}

fn give_away(path: &Path) {
    chown(path, Some(NOBODY), Some(NOBODY)).expect("given");
    if path.is_dir() {
        for entry in fs::read_dir(path).expect("readable") {
            give_away(&entry.expect("an entry").path());
        }
    }
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).expect("set");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_or_folder_that_cannot_be_written_is_named_at_the_start_and_then_it_starts() {
    let place = workplace();
    fs::create_dir(place.path("data")).expect("made");
    let (folder, path) = (place.path("data"), place.path("data/license.db"));
    let before = as_nobody(&place);
    let database = format!("sqlite://{}", path.display());
    let served = place.serve_as("first", &database, &before).await;
    assert_eq!(code(&served, purchase("order")).await, "000000");
    assert!(served.stop().await.success());
    for (path, mode, usual) in [(&path, 0o444, 0o600), (&folder, 0o555, 0o755)] {
        set_mode(path, mode);
        let said = place.refuses_to_serve(&database, &before);
        assert!(said.contains("read-only; give the server's user the right to write"), "{said}");
        set_mode(path, usual);
        let served = place.serve_as("again", &database, &before).await;
        assert_eq!(code(&served, purchase("order")).await, "000000");
        assert_eq!(readiness(&served).await.0, 200);
        assert!(served.stop().await.success());
    }
}

/// A server that has licensed some machines and was stopped: all is in the file.
async fn with_some_licenses() -> (Workplace, String) {
    let place = workplace();
    let database = file(&place);
    let served = place.serve_as("before", &database, &[]).await;
    for n in 0..100 {
        let instance = served.call(purchase(&format!("order-{n}"))).await.instance().to_owned();
        assert_eq!(code(&served, apply(&instance, &format!("e{n}"), n + 1).1).await, "000000");
    }
    assert!(served.stop().await.success());
    let log = fs::metadata(place.path("license.db-wal")).map_or(0, |log| log.len());
    assert_eq!(log, 0, "it was folded into the file");
    (place, database)
}

/// Overwrites a part of the file, from a page on.
fn damage(place: &Workplace, from: u64) {
    let path = place.path("license.db");
    let size = fs::metadata(&path).expect("there").len();
    let db = fs::OpenOptions::new().write(true).open(path).expect("opens");
    let noise = vec![0xA5; usize::try_from(size - from).expect("small")];
    db.write_all_at(&noise, from).expect("written");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_file_is_refused_at_the_start_and_the_way_out_is_named() {
    for from in [0, 4096] {
        let (place, database) = with_some_licenses().await;
        damage(&place, from);
        let said = place.refuses_to_serve(&database, &[]);
        assert!(said.contains("damaged") && said.contains("restore"), "from {from}: {said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_damaged_while_it_is_used_refuses_calls_and_readiness() {
    let (place, database) = with_some_licenses().await;
    let served = place.serve_as("damaged", &database, &[]).await;
    assert_eq!(readiness(&served).await.0, 200);
    damage(&place, 4096);
    for n in 0..3 {
        assert_eq!(code(&served, purchase(&format!("new-{n}"))).await, "000005");
    }
    assert!(served.log().contains("restore"), "{}", served.log());
    assert_eq!(readiness(&served).await, not_ready());
    served.kill();
    let said = place.refuses_to_serve(&database, &[]);
    assert!(said.contains("damaged") && said.contains("restore"), "{said}");
}
