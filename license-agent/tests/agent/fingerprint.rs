//! `fingerprint` on played machines.

use license_core::{Device, Fingerprint, Kind, Realm};
use serde_json::json;

use crate::bench::{Bench, CONTAINER, ISSUER, LAPTOP, LAPTOP_SECRETS, agent};
use crate::machines::play;

const TEXT: &str = "DF1-";

#[test]
fn the_text_stands_alone_on_the_standard_output() {
    let bench = Bench::new(LAPTOP);
    let run = bench.run(&["fingerprint"]);
    assert_eq!((run.code, run.err.as_str()), (0, ""));
    let fingerprint = Fingerprint::parse(run.out.strip_suffix('\n').unwrap(), &Realm::new(ISSUER)).unwrap();
    let kinds: Vec<_> = fingerprint.components().iter().map(|c| c.kind).collect();
    assert_eq!(kinds, [Kind::Mac, Kind::Disk, Kind::Os]);
    assert_eq!(bench.run(&["fingerprint"]).out, run.out);
}

#[test]
fn the_object_has_the_text_and_every_digest_that_was_found() {
    let bench = Bench::new(LAPTOP);
    let text = bench.run(&["fingerprint"]).out;
    let run = bench.run(&["fingerprint", "--json"]);
    assert_eq!(run.code, 0);
    let parsed = Fingerprint::parse(text.trim_end(), &Realm::new(ISSUER)).unwrap();
    let digest = |kind| json!([parsed.components().iter().find(|c| c.kind == kind).unwrap().digest]);
    let found = json!({"mac": digest(Kind::Mac), "disk": digest(Kind::Disk), "os": digest(Kind::Os)});
    let kinds = ["mac", "disk", "os"];
    assert_eq!(
        run.json(),
        json!({
            "fingerprint": text.trim_end(),
            "kinds": kinds,
            "found": found,
            "realm": ISSUER,
            "privileged": false,
            "unreadable": [],
        })
    );
    // A product in any language gets the same machine from it.
    let device = Device::from_json(&run.out, &Realm::new(ISSUER)).unwrap();
    assert_eq!(device.fingerprint(), Some(&parsed));
    // A disk's other name is in no text.
    bench.put("sys/block/nvme0n1/device/serial", "S4EWNX0M123456\n");
    let json = bench.run(&["fingerprint", "--json"]).json();
    assert_ne!(json["fingerprint"], text.trim_end());
    assert_eq!(json["found"]["disk"].as_array().map(Vec::len), Some(2), "{json}");
    assert!(json["found"]["disk"].as_array().unwrap().contains(&found["disk"][0]), "{json}");
}

#[test]
fn the_explanation_names_every_source_and_every_reason() {
    let bench = Bench::new(LAPTOP);
    let text = bench.run(&["fingerprint"]).out;
    let run = bench.run(&["fingerprint", "--explain"]);
    assert_eq!((run.code, run.err.as_str()), (0, ""));
    assert_eq!(
        run.out.replace(text.trim_end(), "DF1-…"),
        "\
The fingerprint of this machine for https://vendor.example:

  DF1-…

  mac     /sys/class/net/docker0          left out: virtual adapter
  mac     /sys/class/net/eno1/address     used
  disk    /sys/block/nvme0n1/wwid         used
  board   /sys/class/dmi/id/board_serial  left out: needs --privileged
  system  /sys/class/dmi/id/product_uuid  left out: needs --privileged
  os      /etc/machine-id                 used

Strength: strong binding: 3 independent parts.
  - 3 independent parts
  - any one kind of component may change
  - a license follows the disks into another machine
  - 1 value of a virtual network card was left out
Rests on: the network cards, the disks, the OS installation id.
By the usual weights, what would end a license: nothing of the usual.
"
    );
}

#[test]
fn with_rights_the_firmware_is_read_as_well() {
    let bench = Bench::new(LAPTOP);
    let run = bench.run(&["fingerprint", "--privileged", "--json", "--explain"]);
    let json = run.json();
    assert_eq!(json["kinds"], json!(["mac", "disk", "board", "system", "os"]));
    assert_eq!(json["strength"]["level"], "strong");
    assert_eq!(json["strength"]["summary"], "strong binding: 4 independent parts");
    assert_eq!(
        json["strength"]["not_survived"],
        json!([
            {"code": "main-board", "text": "another main board"},
            {"code": "moved-disks", "text": "moving the disks into another machine"},
        ])
    );
    let codes: Vec<_> = json["strength"]["reasons"].as_array().unwrap().iter().map(|r| &r["code"]).collect();
    assert_eq!(codes, ["independent-parts", "any-kind-may-change", "needs-rights", "virtual-adapters"]);
    assert_eq!(json["strength"]["advice"], json!([]));
    let board = json!({
        "kind": "board", "source": "/sys/class/dmi/id/board_serial", "used": true, "reason": null, "counts": true,
        "privileged": true
    });
    assert!(json["components"].as_array().unwrap().contains(&board), "{json}");
}

#[test]
#[cfg_attr(windows, ignore = "a file that cannot be read is a link here, which takes rights on Windows")]
fn rights_that_are_lacking_are_named() {
    let bench = Bench::new(&LAPTOP[..10]);
    bench.put("sys/class/dmi/id/sys_vendor", "Vendor");
    // Whoever runs the test: the first page of a process cannot be read.
    play::link("/proc/self/mem", &bench.path("machine/sys/class/dmi/id/board_serial"));
    let run = bench.run(&["fingerprint", "--privileged"]);
    assert_eq!(run.code, 0);
    assert!(run.out.starts_with(TEXT));
    assert_eq!(
        run.err,
        "note: the rights that --privileged needs are lacking, so the firmware's facts are left out; run it as \
         administrator\n"
    );
    let json = bench.run(&["fingerprint", "--privileged", "--json"]).json();
    assert_eq!(json["notes"].as_array().unwrap().len(), 1);
}

#[test]
fn hardware_values_are_shown_with_raw_only() {
    let bench = Bench::new(LAPTOP);
    for args in
        [&["--explain"][..], &["--json"], &["--explain", "--json"], &["--explain", "--privileged"], &[]]
    {
        let run = bench.run(&[&["fingerprint"], args].concat());
        let printed = (run.out + &run.err).to_lowercase();
        assert!(LAPTOP_SECRETS.iter().all(|secret| !printed.contains(secret)), "{printed}");
    }
    let run = bench.run(&["fingerprint", "--explain", "--raw"]);
    assert!(
        run.out.contains("\nWarning: the hardware values below are personal data; do not pass them on.\n")
    );
    assert!(
        run.out.contains("  disk    /sys/block/nvme0n1/wwid         used  [eui.001b444a488b5cec]\n"),
        "{}",
        run.out
    );
    assert!(!run.out.contains("PF2QX7R9"), "not even read");
    let json = bench.run(&["fingerprint", "--json", "--raw"]).json();
    assert_eq!(json["warning"], "the hardware values below are personal data; do not pass them on");
    assert_eq!(json["components"][1]["value"], "04:7c:16:5e:e3:5d");
}

#[test]
fn hardware_cannot_command_the_terminal() {
    let bench = Bench::new(LAPTOP);
    bench.put("sys/block/nvme0n1/wwid", "S4EW\x1b[2J7NX0M1");
    let run = bench.run(&["fingerprint", "--explain", "--raw"]);
    assert!(run.out.contains("S4EW\\u001b[2J7NX0M1") && !run.out.contains('\x1b'), "{}", run.out);
}

#[test]
#[cfg_attr(not(target_os = "linux"), ignore = "part of the advice is for Linux")]
fn a_container_with_nothing_is_refused_and_told_what_to_do() {
    let bench = Bench::new(CONTAINER);
    let run = bench.run(&["fingerprint"]);
    assert_eq!((run.code, run.out.as_str()), (1, ""));
    assert_eq!(
        run.err,
        "\
error: nothing on this machine tells it from others, so it has no fingerprint
What to do:
  - if your vendor accepts ids that you set, set LICENSE_DEVICE_ID, or LICENSE_DEVICE_ID_FILE to a file that holds it, for the agent and the product alike
  - in a container, to license its host: mount the host's /etc/machine-id read-only into the container
  - agree with your vendor on an identifier of your own, and give it to install and status with --device
  - see what was left out and why: license-agent fingerprint --explain
"
    );
    let run = bench.run(&["fingerprint", "--json"]);
    assert_eq!((run.code, &run.json()["error"]["code"]), (1, &"no-fingerprint".into()));

    let run = bench.run(&["fingerprint", "--explain"]);
    assert_eq!((run.code, run.err.as_str()), (1, ""));
    assert_eq!(
        run.out,
        "\
This machine has no fingerprint for https://vendor.example.

  mac     /sys/class/net/eth0  left out: virtual adapter

Refused: nothing on this machine tells it from others, so it has no fingerprint.
What to do:
  - if your vendor accepts ids that you set, set LICENSE_DEVICE_ID, or LICENSE_DEVICE_ID_FILE to a file that holds it, for the agent and the product alike
  - in a container, to license its host: mount the host's /etc/machine-id read-only into the container
  - agree with your vendor on an identifier of your own, and give it to install and status with --device
"
    );
    let run = bench.run(&["fingerprint", "--explain", "--json"]);
    assert_eq!((run.code, &run.json()["fingerprint"]), (1, &json!(null)));
    assert_eq!(run.json()["components"][0]["reason"], "virtual adapter");
}

#[test]
fn an_address_that_software_gave_names_no_machine() {
    let bench = Bench::new(&[
        ("sys/class/net/eth0/type", "1\n"),
        ("sys/class/net/eth0/address", "02:fc:00:00:00:01\n"),
        ("sys/class/net/eth0/addr_assign_type", "0\n"),
        ("sys/class/net/eth0/device/vendor", "0x1af4\n"),
        ("sys/class/dmi/id/product_uuid", "4c4c4544-0051-3410-8051-b5c04f375931\n"),
    ]);
    let run = bench.run(&["fingerprint"]);
    assert_eq!(run.code, 1);
    assert!(
        run.err
            .contains("  - run it as administrator with --privileged, which reads what the firmware knows\n")
    );
    let run = bench.run(&["fingerprint", "--explain"]);
    assert!(run.out.contains("left out: locally administered address"), "{}", run.out);
    assert_eq!(bench.run(&["fingerprint", "--privileged"]).code, 0);
}

#[test]
fn a_weak_fingerprint_says_so() {
    let bench = Bench::new(&LAPTOP[..1]);
    let run = bench.run(&["fingerprint"]);
    assert_eq!(run.code, 0);
    assert_eq!(
        run.err,
        "note: weak binding: only the OS installation id, which copies of a disk image share and a new installation \
         changes; see --explain\n"
    );
}

#[test]
fn the_realm_comes_from_the_vendor_file_or_by_name() {
    let bench = Bench::new(LAPTOP);
    let by_file = bench.run(&["fingerprint"]).out;
    let root = bench.path("machine").into_os_string().into_string().unwrap();
    let alone = |args: &[&str]| bench.finish(agent().args(["fingerprint", "--sysroot", &root]).args(args));
    assert_eq!(alone(&["--realm", ISSUER]).out, by_file);
    assert_ne!(alone(&["--realm", "https://other.example"]).out, by_file);
    let none = alone(&[]);
    assert_eq!((none.code, none.err.contains("--realm NAME")), (1, true));

    assert_eq!(bench.run(&["fingerprint", "--realm", ISSUER]).out, by_file);
    let both = bench.run(&["fingerprint", "--realm", "https://other.example"]);
    assert_eq!(both.code, 1);
    assert!(both.err.contains(
        "--realm https://other.example was asked for, but the vendor file's realm is https://vendor.example"
    ));
    bench.write_vendor_file(|file| file.realm = Some("https://other.example".into()));
    assert_eq!(bench.run(&["fingerprint"]).out, alone(&["--realm", "https://other.example"]).out);
}
