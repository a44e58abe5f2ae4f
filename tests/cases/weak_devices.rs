//! How weak a fingerprint may be that gets a license, and ids that operators set.

use license_core::{Device, Fingerprint, Kind, Reading, UnixTime, UnverifiedLicense};
use license_tests::{NOW_MS, Shop};

const CATALOG: &str = "[default]\ncode = \"cad\"\nseats = 9\n";
/// What each kind of text is worth, from a machine with nothing but its installation to an id of the operator's.
const DEVICES: [(&str, &[(Kind, &str)]); 4] = [
    ("weak", &[(Kind::Os, "9f1c2b3a4d5e6f708192a3b4c5d6e7f8")]),
    ("fair", &[(Kind::Os, "9f1c2b3a4d5e6f708192a3b4c5d6e7f9"), (Kind::Disk, "eui.001b444a488b5cec")]),
    (
        "strong",
        &[
            (Kind::Os, "9f1c2b3a4d5e6f708192a3b4c5d6e7fa"),
            (Kind::Disk, "eui.001b444a488b5ced"),
            (Kind::Cloud, "i-0af01c7723456789a"),
        ],
    ),
    ("strong", &[(Kind::Custom, "rack-7/slot-3")]),
];

fn fingerprint(shop: &Shop, values: &[(Kind, &str)]) -> Fingerprint {
    Fingerprint::from_values(&shop.realm(), values.iter().copied()).expect("an anchor")
}

/// R28
#[tokio::test]
async fn the_products_choice_is_honoured_and_a_refusal_says_what_to_do() {
    let strengths = ["weak", "fair", "strong"];
    let rank = |strength: &str| strengths.iter().position(|known| *known == strength);
    for least in strengths {
        let catalog = format!("{CATALOG}custom_id = true\nleast_strength = \"{least}\"\n");
        let shop = Shop::selling(&catalog).await;
        let instance = shop.buy("order").await;
        for (n, (strength, values)) in DEVICES.into_iter().enumerate() {
            let text = fingerprint(&shop, values).to_text().expect("components have a text");
            let reply = shop.apply(&instance, &format!("event-{n}"), &text).await;
            if rank(strength) >= rank(least) {
                assert_eq!(reply.code(), "000000", "{strength} for {least}: {}", reply.message());
                continue;
            }
            assert_eq!(reply.code(), "000903", "{strength} for {least}");
            let said = reply.message();
            assert!(said.starts_with("deviceFingerprint: ") && said.chars().count() <= 255, "{said}");
            assert!(said.contains(&format!("at least {least} is asked; {strength} binding: ")), "{said}");
            assert!(said.contains("license-agent fingerprint --privileged"), "{said}");
            assert!(said.contains("LICENSE_DEVICE_ID"), "{said}");
            assert_eq!(reply.indiscretion(), None);
        }
        let opaque = shop.apply(&instance, "opaque", "vendor-id 7F3A-99").await;
        assert_eq!(opaque.code() == "000000", least == "weak", "{}", opaque.message());
    }
}

/// R29
#[tokio::test]
async fn an_id_that_the_operator_set_gets_a_license_only_where_the_product_says_so() {
    let (_, values) = DEVICES[3];
    let shop = Shop::selling(CATALOG).await;
    let instance = shop.buy("order").await;
    let text = fingerprint(&shop, values).to_text().expect("a text");
    let reply = shop.apply(&instance, "event", &text).await;
    assert_eq!(reply.code(), "000903");
    assert!(reply.message().contains("does not accept an id set by the operator"), "{}", reply.message());

    let shop = Shop::selling(&format!("{CATALOG}custom_id = true\n")).await;
    let instance = shop.buy("order").await;
    assert_eq!(shop.apply(&instance, "event", &text).await.code(), "000000");
    let license: UnverifiedLicense = shop.delivered("event").await.parse().expect("a license");
    let holds = |id: &str| {
        let device = Device::new(fingerprint(&shop, &[(Kind::Custom, id)]), Reading::Unprivileged);
        license.verify(&shop.trust("cad"), &device, UnixTime::from_secs(NOW_MS / 1000)).is_ok()
    };
    assert!(holds("RACK-7/slot-3") && !holds("rack-7/slot-4"));
}
