//! The machines of `tests/vectors/machines`, read by the program.

use serde_json::json;

use crate::bench::Bench;

#[path = "../../../license-core/tests/core/play/mod.rs"]
pub(crate) mod play;

fn bench(machine: &play::Machine) -> Bench {
    let bench = Bench::new(&[]);
    play::build(machine, &bench.path("machine"));
    bench
}

#[expect(clippy::expect_used, reason = "a machine that is not there fails its test")]
fn named(name: &str) -> Bench {
    bench(&play::machines().into_iter().find(|machine| machine.name == name).expect("a machine of that name"))
}

#[test]
fn every_machine_is_judged_as_its_file_says() {
    for machine in play::playable() {
        let (name, rights) = (&machine.name, &["--privileged"][..usize::from(machine.privileged)]);
        let run = bench(&machine).run(&[&["fingerprint", "--explain", "--json"], rights].concat());
        let json = run.json();
        assert_eq!(run.code, i32::from(machine.nothing), "{name}");
        assert_eq!(json["environment"]["text"], machine.environment, "{name}");
        assert_eq!(json["strength"]["summary"].as_str(), machine.quality.as_deref(), "{name}");
        assert_eq!(json["fingerprint"].is_null(), machine.nothing, "{name}");
        let components = json["components"].as_array().unwrap().iter().map(|c| {
            let status = c["reason"].as_str().unwrap_or("used");
            format!("{} {} : {status}", c["kind"].as_str().unwrap(), c["source"].as_str().unwrap())
        });
        assert_eq!(components.collect::<Vec<_>>(), machine.facts, "{name}");
    }
}

#[test]
#[cfg_attr(windows, ignore = "its machine has links, which take rights on Windows")]
fn a_guest_with_nothing_of_its_own_is_a_weak_binding_and_says_why() {
    let run = named("firecracker").run(&["fingerprint", "--explain"]);
    assert_eq!(run.code, 0);
    let explained = "\
virtual machine (KVM), started from a container image

  mac     /sys/class/net/eth0/address  left out: locally administered address
  disk    /sys/block/vda/serial        left out: a placeholder that many machines share
  os      /etc/machine-id              used

Strength: weak binding: only the OS installation id.
  - only the OS installation id, which copies of a disk image share and a new installation changes
  - 1 value that many machines share was left out
  - 1 value that software gave a network card was left out
  - started from a container image: other machines started from it have the same installation id
  - a virtual machine: a copy of it may look the same
Rests on: the OS installation id.
By the usual weights, what would end a license: a new installation of the operating system.
What to do: if your vendor accepts ids that you set, set LICENSE_DEVICE_ID, or LICENSE_DEVICE_ID_FILE to a file that \
                     holds it, for the agent and the product alike
";
    assert!(run.out.ends_with(explained), "{}", run.out);
    let json = named("firecracker").run(&["fingerprint", "--explain", "--json"]).json();
    assert_eq!(
        json["environment"],
        json!({
            "text": "virtual machine (KVM), started from a container image", "platform": "virtual",
            "hypervisor": "KVM", "container": null, "cloud": null,
        })
    );
}

#[test]
fn a_container_is_told_to_set_an_id() {
    for name in ["docker", "podman", "kubernetes", "containerd"] {
        let run = named(name).run(&["fingerprint"]);
        assert_eq!((run.code, run.out.as_str()), (1, ""), "{name}");
        assert!(run.err.starts_with("error: nothing in this container ("), "{}", run.err);
        assert!(run.err.contains(") is its own and lasts, so it has no fingerprint\n"), "{}", run.err);
        assert!(run.err.contains("set LICENSE_DEVICE_ID"), "{}", run.err);
        assert!(!run.err.contains("--privileged"), "rights would show the host: {}", run.err);
    }
}

#[test]
#[cfg_attr(windows, ignore = "its machine has links, which take rights on Windows")]
fn a_license_of_the_host_holds_in_a_container_that_stands_for_it() {
    let host = named("fedora-laptop");
    let token = host.token(&host.claims());
    for (name, code) in [("docker-hosts-id", 0), ("docker", 2)] {
        let container = named(name);
        let file = container.file("new.lic", &token);
        let run = container.run(&["install", &file]);
        assert_eq!(run.code, code, "{name}: {}", run.err);
    }
}
