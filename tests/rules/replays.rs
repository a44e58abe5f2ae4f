//! Answers that are kept for a repeated call, and how they are forgotten.

use license_server::engine::ids::ProductRef;
use license_server::engine::instance::ChangeKind;
use license_server::engine::request::{Actor, InquiryEnd, OrderFacts, ReplayKey};

use super::*;

/// How long after it was signed a call may be answered as a repeat, in seconds.
const KEPT: i64 = 61;
/// Within so many batches old answers are looked for.
const BATCHES: i64 = 8;
/// Calls of a batch.
const CALLS: i64 = 10;

impl World {
    /// A batch of calls, the last of them signed nearly a minute ago.
    fn signed_batch(&mut self) {
        let calls = (0..CALLS).map(|n| {
            let signed_at = if n + 1 == CALLS { self.now - 59 } else { self.now };
            self.signed(signed_at, n)
        });
        let calls: Vec<_> = calls.collect();
        self.decide(&calls);
    }

    fn signed(&self, signed_at: i64, n: i64) -> Request {
        self.signed_call(signed_at, n, Command::Look { instances: vec![instance()] })
    }

    fn signed_call(&self, signed_at: i64, n: i64, command: Command) -> Request {
        let mut signature = [0; 32];
        signature[..8].copy_from_slice(&self.now.to_be_bytes());
        signature[8..16].copy_from_slice(&n.to_be_bytes());
        let key = ReplayKey {
            signature,
            until: UnixTime::from_secs(signed_at + KEPT),
            signed_at_ms: signed_at * 1000,
        };
        Request { replay: Some(key), entropy: [0; 16], command }
    }

    fn kept(&self) -> i64 {
        let mut found = 0;
        let read = &mut |row: &dyn license_server::storage::Columns| {
            found = row.int(0)?.unwrap_or_default();
            Ok(())
        };
        self.db.select("SELECT count(*) FROM replay", &[], read).expect("readable");
        found
    }
}

/// R5
#[test]
fn old_answers_are_forgotten_with_the_calls_after_them_and_young_ones_stay() {
    let mut world = World::selling(|_, _| {});
    for _ in 0..300 {
        world.signed_batch();
        let young = KEPT * (CALLS - 1);
        let late = BATCHES * CALLS;
        let kept = world.kept();
        assert!(kept <= young + 2 * CALLS + late, "{kept} answers are kept after {} s", world.now - NOW);
        assert!(kept >= (world.now - NOW).min(KEPT - 1) * (CALLS - 1), "{kept} after {} s", world.now - NOW);
        world.now += 1;
    }
    // Then hardly anybody calls.
    for n in 0..2 * BATCHES {
        world.now += KEPT;
        let call = world.signed(world.now, n);
        world.decide(&[call]);
    }
    assert!(world.kept() <= BATCHES, "{} answers are kept", world.kept());
}

/// R6: the same signed call, before and after.
#[test]
fn an_answer_that_is_not_final_is_not_kept_and_any_other_is() {
    let mut world = World::selling(|_, _| {});
    let one = |world: &mut World, call: &Request| world.decide(std::slice::from_ref(call)).remove(0);
    let product =
        ProductRef { sku: Some(ProductName::parse("sku").expect("a name")), ..ProductRef::default() };
    let change = world.signed_call(NOW, 1, Command::CheckChange { instance: instance(), product });
    let served = world.catalog.default.take();
    assert_eq!(one(&mut world, &change), Outcome::Refused(Refusal::NoSuchChange));
    world.catalog.default = served;
    assert_eq!(one(&mut world, &change), Outcome::Done, "the catalog was mended");

    let pending = InstanceId::parse("pending").expect("a name");
    let open = Open { order: line("p"), proposed: pending.clone(), facts: FactsSource::Awaited };
    world.one(Command::Open(open));
    let Command::Apply(apply) = world.application("e", machine(1), Some(NOW + DAY)) else { unreachable!() };
    let apply = world.signed_call(NOW, 2, Command::Apply(Apply { instance: pending.clone(), ..apply }));
    assert_eq!(one(&mut world, &apply), Outcome::InProgress);
    let (kind, end) = (ChangeKind::Purchase, InquiryEnd::Known(OrderFacts::default()));
    world.one(Command::SettleInquiry { instance: pending, order: line("p"), kind, end });
    assert_eq!(one(&mut world, &apply), Outcome::Done, "the order is known");

    world.one(Command::Freeze { instance: instance() });
    let command = world.application("f", machine(1), Some(NOW + DAY));
    let frozen = world.signed_call(NOW, 3, command);
    assert_eq!(one(&mut world, &frozen), Outcome::Refused(Refusal::Frozen));
    world.one(Command::Unfreeze { instance: instance(), by: Actor::Store });
    assert_eq!(one(&mut world, &frozen), Outcome::Refused(Refusal::Frozen), "that was final");
}
