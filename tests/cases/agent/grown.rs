//! Machines that gain parts, lose a dock, or whose disks are called otherwise: each keeps its license and its seat.

use license_tests::{Customer, Shop, machine};

use super::sold;

/// A card and a disk under names and values below those of every machine's own.
fn add(customer: &Customer, n: usize) {
    let card = format!("machine/sys/class/net/a{n}");
    customer.put(&format!("{card}/type"), "1\n");
    customer.put(&format!("{card}/address"), &format!("04:7c:15:00:00:1{n}\n"));
    customer.put(&format!("{card}/addr_assign_type"), "0\n");
    customer.put(&format!("{card}/device/vendor"), "0x8086\n");
    let disk = format!("machine/sys/block/sd{n}");
    customer.put(&format!("{disk}/removable"), "0\n");
    customer.put(&format!("{disk}/device/wwid"), &format!("naa.5000c500a1b2c3d{n}\n"));
}

fn seats(shop: &Shop, instance: &str) -> Vec<license_server::storage::views::SeatRow> {
    shop.database().seats(shop.now(), instance).expect("readable")
}

/// Licensed without a network, and the server knows the machine by `renew` and by `activate`.
async fn keeps_its_seat(shop: &Shop, instance: &str, code: &str, customer: &Customer) {
    let first = customer.license().expect("a license");
    let (exit, status) = customer.json(&["status"]).await;
    assert_eq!(
        (exit, &status["licensed"], &status["device"]["percent"]),
        (0, &true.into(), &100.into()),
        "{status}"
    );
    for args in [&["renew"][..], &["activate", code]] {
        let ran = customer.run(args).await;
        assert_eq!(ran.code, Some(0), "{args:?}: {}", ran.err);
        assert_eq!(customer.license().as_deref(), Some(&*first), "{args:?}: the same license again");
    }
    let seats = seats(shop, instance);
    assert_eq!(seats.len(), 1, "{seats:?}");
    assert_eq!((seats[0].bindings, seats[0].rebased.len()), (1, 0), "{seats:?}");
    assert_eq!(customer.run(&["status"]).await.code, Some(0));
}

#[tokio::test]
async fn a_machine_that_gains_five_lower_disks_and_cards_stays_licensed_on_its_seat() {
    let (shop, instance, code) = sold().await;
    let customer = Customer::new(&shop, 1);
    assert_eq!(customer.run(&["activate", &code]).await.code, Some(0));
    let asked = customer.json(&["request"]).await.1;
    (0..5).for_each(|n| add(&customer, n));
    keeps_its_seat(&shop, &instance, &code, &customer).await;
    // What it carries to the vendor names the same parts first; the form of the store takes what is printed.
    let (grown, printed) = (customer.json(&["request"]).await.1, customer.run(&["fingerprint"]).await.ok());
    let line: serde_json::Value =
        serde_json::from_str(grown["request"].as_str().expect("a line")).expect("JSON");
    assert_eq!(line["fingerprint"], printed.trim_end());
    assert_ne!(grown["request"], asked["request"], "the rest is told as well");
    assert_eq!(shop.apply(&instance, "form", printed.trim_end()).await.code(), "000000");
    assert_eq!(seats(&shop, &instance).len(), 1);
    // A machine that shows none of it is another one.
    let other = Customer::new(&shop, 2);
    (0..5).for_each(|n| add(&other, n));
    assert_eq!(other.run(&["activate", &code]).await.code, Some(0));
    assert_eq!(seats(&shop, &instance).len(), 2);
}

#[tokio::test]
async fn a_disk_that_is_known_by_another_name_after_an_update_stays_on_its_seat() {
    let (shop, instance, code) = sold().await;
    let customer = Customer::new(&shop, 1);
    // As the licenses of the former rule: by the world-wide name.
    assert_eq!(customer.run(&["activate", &code]).await.code, Some(0));
    customer.put("machine/sys/block/nvme0n1/device/serial", "2K4820A1B2C3        \n");
    keeps_its_seat(&shop, &instance, &code, &customer).await;
}

#[tokio::test]
async fn a_dock_and_disks_of_a_storage_network_come_and_go_without_a_word_to_the_server() {
    let (shop, instance, code) = sold().await;
    let customer = Customer::new(&shop, 1);
    (0..5).for_each(|n| {
        add(&customer, n);
        customer.put(&format!("machine/sys/class/net/a{n}/device/removable"), "removable\n");
        customer.put(&format!("machine/sys/block/sd{n}/device/transport"), "fc\n");
    });
    assert_eq!(customer.run(&["activate", &code]).await.code, Some(0));
    let docked = customer.run(&["fingerprint"]).await.ok();
    keeps_its_seat(&shop, &instance, &code, &customer).await;
    for n in 0..5 {
        std::fs::remove_dir_all(customer.path(&format!("machine/sys/class/net/a{n}"))).expect("there");
        std::fs::remove_dir_all(customer.path(&format!("machine/sys/block/sd{n}"))).expect("there");
    }
    assert_eq!(customer.run(&["fingerprint"]).await.ok(), docked);
    keeps_its_seat(&shop, &instance, &code, &customer).await;
    let undocked =
        shop.verify(&customer.license().expect("a license"), "cad", &machine(1)).expect("its own parts");
    assert_eq!(undocked.binding().map(|binding| binding.kinds().count()), Some(3), "{undocked:?}");
}

#[tokio::test]
async fn a_license_that_names_a_dock_holds_at_the_dock() {
    let (shop, instance, code) = sold().await;
    let customer = Customer::new(&shop, 1);
    // As it was licensed when its dock was taken for a part of it.
    add(&customer, 1);
    assert_eq!(customer.run(&["activate", &code]).await.code, Some(0));
    customer.put("machine/sys/class/net/a1/device/removable", "removable\n");
    customer.put("machine/sys/block/sd1/device/device/removable", "removable\n");
    keeps_its_seat(&shop, &instance, &code, &customer).await;
}
