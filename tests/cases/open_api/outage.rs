//! The open API is away for as long as anybody looks, then it is back.

use license_tests::{Market, machine};

#[tokio::test(flavor = "multi_thread")]
async fn while_the_open_api_is_down_everything_is_answered_and_afterwards_every_license_arrives_as_stored() {
    let market = Market::open().await;
    market.store.down().await;
    let mut instances = Vec::new();
    for n in 0..10 {
        let name = format!("order-{n}");
        market.store.sell(market.order(&name, 3));
        instances.push(market.shop.buy(&name).await);
    }
    let mut events = Vec::new();
    for (n, instance) in instances.iter().enumerate() {
        for device in 0..3_u32 {
            let event = format!("e-{n}-{device}");
            let machine_no = u32::try_from(n).expect("few") * 10 + device;
            assert_eq!(market.shop.apply_for(instance, &event, machine_no).await, "000004");
            events.push((event, machine_no));
        }
    }
    // A minute, an hour, a day: nothing is given up.
    for ms in [60_000, 3_600_000, 86_400_000] {
        market.shop.hand.advance_ms(ms);
        let (event, machine_no) = &events[0];
        assert_eq!(market.shop.apply_for(&instances[0], event, *machine_no).await, "000004");
    }
    market.store_comes_back().await;
    for (event, machine_no) in &events {
        market.as_time_passes(&format!("{event} arrives"), || market.store.uploads(event).pop()).await;
        let token = market.delivered(event).await;
        assert_eq!(token, market.stored(event));
        market.shop.verify(&token, "cad", &machine(*machine_no)).expect("it opens on its machine");
    }
    assert_eq!(market.store.complaints(), []);
}
