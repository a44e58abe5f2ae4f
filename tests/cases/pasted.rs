//! Fingerprints as buyers paste them into the store's form and into a machine's own call.

use license_tests::{Shop, machine};
use serde_json::json;

const CATALOG: &str = "[default]\ncode = \"cad\"\nseats = 3\nmax_license_days = 400\n";

fn wide(text: &str) -> String {
    let wide = |c: char| char::from_u32(u32::from(c) + 0xfee0).filter(|_| c.is_ascii_graphic());
    text.chars().map(|c| wide(c).unwrap_or(c)).collect()
}

/// What all of a model have, what says nothing in another language, and the same in code.
const JUNK: [&str; 12] = [
    "Samsung SSD 980 PRO 1TB",
    "WDC WD10EZEX-08WN4A0",
    "Intel(R) Core(TM) i7-8700 CPU @ 3.20GHz",
    "BFEBFBFF000906EA-1",
    "Ubuntu 22.04.3 LTS",
    "Nicht verf\u{fc}gbar",
    "\u{5e8f}\u{5217}\u{53f7}\u{ff1a}\u{672a}\u{77e5}",
    "Unbekannt-PC",
    "exit status 1",
    "X-Device-Id:",
    "test-machine",
    "TgBvAHQAIABTAHAAZQBjAGkAZgBpAGUAZAA=",
];

/// R110
#[tokio::test]
async fn a_text_with_something_around_it_takes_no_seat_and_one_that_is_certain_takes_its_machines() {
    let shop = Shop::selling(CATALOG).await;
    let instance = shop.buy("order").await;
    let texts = [machine(1).df1(&shop.realm()), machine(1).four_part()];
    for (n, text) in texts.iter().enumerate() {
        for (m, pasted) in [
            format!("\u{201c}{text}\u{201d}"),
            format!("fingerprint: {text}"),
            format!("设备指纹：{text}"),
            format!("{{\"fingerprint\":\"{text}\"}}"),
            format!("{{\"license_request\":1,\"fingerprint\":\"{text}\",\"device_key\":{{}}}}"),
            format!("**{text}**"),
            format!("&quot;{text}&quot;"),
            text[4..].to_owned(),
            format!("server01|{text}"),
            format!("server01\t{text}"),
            format!("[code]{text}[/code]"),
            format!("\u{1b}[32m{text}\u{1b}[0m"),
            format!("ws17 {}", text.replace("DF1-", "0F1-")),
        ]
        .iter()
        .enumerate()
        {
            let reply = shop.apply(&instance, &format!("refused-{n}-{m}"), pasted).await;
            assert_eq!(reply.code(), "000903", "{pasted}");
            assert!(
                reply.json.to_string().contains("paste only the line that begins DF1-"),
                "{}",
                reply.json
            );
        }
    }
    for (n, junk) in JUNK.iter().enumerate() {
        let reply = shop.apply(&instance, &format!("junk-{n}"), junk).await;
        assert_eq!(reply.code(), "000903", "{junk}");
    }
    assert_eq!(shop.count("seat"), 0);
    for (n, text) in texts.iter().enumerate() {
        for (m, pasted) in [
            format!("\u{feff}{text}\r\n"),
            wide(text),
            format!("\u{3000}{text}\u{200b}"),
            text.replace('-', "\u{2013}").replace('|', "\u{ff5c}"),
            text.replace('-', "\u{e2}\u{20ac}\u{201c}").replace('|', "\u{e2}\u{201d}\u{201a}"),
            text.replace('2', "\u{662}").replace('7', "\u{6f7}"),
        ]
        .iter()
        .enumerate()
        {
            let event = format!("same-{n}-{m}");
            assert_eq!(shop.apply(&instance, &event, pasted).await.code(), "000000", "{pasted}");
            shop.verify(&shop.delivered(&event).await, "cad", &machine(1)).expect("it holds on its machine");
        }
    }
    assert_eq!(shop.count("seat"), 1);
}

/// R110
#[tokio::test]
async fn a_machines_own_call_is_told_what_to_paste() {
    let shop = Shop::selling(CATALOG).await;
    let code = shop.code(&shop.buy("order").await);
    let text = machine(1).df1(&shop.realm());
    let call = |text: String| json!({"activation_code": code, "fingerprint": text});
    let refused = shop.ask_json("/v1/activations", &[], &call(format!("\"{text}\""))).await;
    assert_eq!(refused.status, 422);
    assert!(refused.json.to_string().contains("paste only the line that begins DF1-"), "{}", refused.json);
    let wrapped = format!("> {}\n> {}", &text[..40], &text[40..]);
    assert_eq!(shop.ask_json("/v1/activations", &[], &call(wrapped)).await.status, 201);
    assert_eq!(shop.ask_json("/v1/activations", &[], &call(wide(&text))).await.status, 200);
    assert_eq!(shop.count("seat"), 1);
}
