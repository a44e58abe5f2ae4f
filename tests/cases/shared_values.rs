//! Values that many machines share take no seat and open no second machine, whichever way they come.

use license_tests::{Shop, machine};

const CATALOG: &str = "[default]\ncode = \"cad\"\nterm = \"perpetual\"\nseats = 2\n";

/// Texts of which nothing names one machine.
const SHARED: [&str; 26] = [
    "AC:DE:48:00:11:22|||BFEBFBFF00090672",
    "20:41:53:59:4E:FF|||BFEBFBFF00090672",
    "50:50:54:50:30:30,24:B6:20:52:41:53,00:02:03:04:05:06|||BFEBFBFF00090672",
    "||MB-1234567890|BFEBFBFF00090672",
    "||NB-1234567890|BFEBFBFF00090672",
    "||(null string)|BFEBFBFF00090672",
    "||To Be Filled By O.E.M. by More String|BFEBFBFF00090672",
    "|VB1234-56789_00000001.|Default string|BFEBFBFF00090672",
    "|nvme.1e4b--4e564d6520535344203235364742-00000001||BFEBFBFF00090672",
    "|t10.ATA     QEMU HARDDISK                           QM00001||BFEBFBFF00090672",
    "|naa.5000000000000000,naa.5000000000000001||BFEBFBFF00090672",
    "|0025_3800_0000_0000.||BFEBFBFF00090672",
    "|0QEMU    QEMU HARDDISK   drive-scsi0||BFEBFBFF00090672",
    "d41d8cd98f00b204e9800998ecf8427e",
    "1B2M2Y8AsgTpgAmY7PhCfg==",
    "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "{{deviceFingerprint}}",
    "${DEVICE_FINGERPRINT}",
    "%SERIAL%",
    "System.Byte[]",
    "[object Object]",
    "undefined-undefined",
    "'wmic' is not recognized as an internal or external command",
    "bash: dmidecode: command not found",
    "6AB5B300-538D-1014-9FB5-B0684D007B53",
    "b76cc7b1bbdc489e93909d2043031de8",
];

#[tokio::test]
async fn what_many_machines_share_gets_no_license_and_takes_no_seat() {
    let shop = Shop::selling(CATALOG).await;
    let instance = shop.buy("order").await;
    let code = shop.code(&instance);
    for (n, text) in SHARED.into_iter().enumerate() {
        let reply = shop.apply(&instance, &format!("event-{n}"), text).await;
        assert_eq!(reply.code(), "000903", "{text}: {}", reply.message());
        assert_eq!(reply.indiscretion(), None, "{text}");
        let activated = shop.activate(&code, text).await;
        assert!((400..500).contains(&activated.status), "{text}: {}", activated.status);
    }
    let seats = shop.database().seats(shop.now(), &instance).expect("readable");
    assert!(seats.is_empty(), "{} seats", seats.len());
    // Both seats are there for machines that are somebody.
    for n in [1, 2] {
        let of = machine(n);
        let text = format!("{}|{}|{}|", of.mac, of.disk, of.board);
        assert_eq!(shop.apply(&instance, &format!("machine-{n}"), &text).await.code(), "000000");
    }
}

#[tokio::test]
async fn a_clone_whose_disk_shows_its_models_name_is_another_device() {
    let shop = Shop::selling(CATALOG).await;
    let instance = shop.buy("order").await;
    let disk = "nvme.15ad-564d57617265204e564d455f30303030-564d57617265205669727475616c204e564d65204469736b-00000001";
    for (n, mac) in ["04:7C:16:5E:E3:5D", "04:7C:16:5E:E3:5E"].into_iter().enumerate() {
        let text = format!("{mac}|{disk}|None|BFEBFBFF00090672");
        assert_eq!(shop.apply(&instance, &format!("guest-{n}"), &text).await.code(), "000000");
    }
    let seats = shop.database().seats(shop.now(), &instance).expect("readable");
    assert_eq!(seats.len(), 2, "one for each guest of the image");
}
