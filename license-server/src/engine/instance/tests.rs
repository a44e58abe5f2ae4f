use super::*;
use crate::engine::ids::{LineId, OrderId};

fn order(name: &str) -> OrderLine {
    OrderLine {
        order: OrderId::parse(name).expect("a name"),
        line: LineId::parse(&format!("{name}-1")).expect("a name"),
    }
}

fn change(scene: Scene, name: &str, end: i64) -> OrderChange {
    OrderChange {
        order: order(name),
        kind: ChangeKind::Scene(scene),
        ends_at: Some(UnixTime::from_secs(end)),
        product_id: None,
        cancelled: false,
        facts: None,
    }
}

fn end_after(changes: &[OrderChange]) -> Option<i64> {
    let now = UnixTime::from_secs(50);
    let mut instance = Instance::new(InstanceId::parse("i").expect("a name"), order("first"), now);
    let mut orders = Vec::new();
    for change in changes {
        instance.refresh(&mut orders, change.clone(), &Catalog::default(), now);
    }
    instance.ends_at.map(UnixTime::as_secs)
}

fn permutations(changes: &[OrderChange]) -> Vec<Vec<OrderChange>> {
    if changes.is_empty() {
        return vec![Vec::new()];
    }
    let mut all = Vec::new();
    for (i, first) in changes.iter().enumerate() {
        let mut rest = changes.to_vec();
        rest.remove(i);
        all.extend(permutations(&rest).into_iter().map(|mut tail| {
            tail.insert(0, first.clone());
            tail
        }));
    }
    all
}

/// R56
#[test]
fn renewals_and_a_cancelled_one_end_the_same_in_any_order() {
    let changes = [
        change(Scene::TrialToFormal, "a", 1_000),
        change(Scene::Renewal, "b", 2_000),
        change(Scene::Renewal, "c", 3_000),
        change(Scene::CancelRenewal, "c", 2_000),
    ];
    for changes in permutations(&changes) {
        assert_eq!(end_after(&changes), Some(2_000), "{changes:?}");
    }
}

/// R57
#[test]
fn a_cancellation_sets_the_given_end_and_what_it_cut_stays_cut() {
    let cut = [change(Scene::Renewal, "b", 2_000), change(Scene::CancelRenewal, "a", 1_500)];
    assert_eq!(end_after(&cut), Some(1_500));
    let mut on = cut.to_vec();
    on.push(change(Scene::RenewalChange, "d", 1_200));
    assert_eq!(end_after(&on), Some(1_500), "not shortened below the order that holds, nor lengthened");
}

/// R59
#[test]
fn only_a_freeze_at_or_after_the_end_is_lifted_by_a_renewal() {
    for (frozen_at, lifted) in [(1_000, true), (1_050, true), (1_000 - CLOCK_SKEW, true), (900, false)] {
        let at = UnixTime::from_secs(frozen_at);
        let mut instance = Instance::new(InstanceId::parse("i").expect("a name"), order("first"), at);
        let mut orders = Vec::new();
        instance.refresh(&mut orders, change(Scene::Renewal, "a", 1_000), &Catalog::default(), at);
        instance.lifecycle = instance.lifecycle.freeze(at, instance.ends_at).expect("allowed");
        let now = UnixTime::from_secs(1_100);
        instance.refresh(&mut orders, change(Scene::Renewal, "b", 1_090), &Catalog::default(), now);
        assert_ne!(instance.lifecycle, Lifecycle::Active, "the new end is not in the future");
        instance.refresh(&mut orders, change(Scene::Renewal, "c", 2_000), &Catalog::default(), now);
        assert_eq!(instance.lifecycle == Lifecycle::Active, lifted, "frozen at {frozen_at}");
    }
}

/// R65
#[test]
fn nothing_follows_a_release() {
    let at = UnixTime::from_secs(7);
    let released = Lifecycle::Active.release(at);
    assert_eq!(released.freeze(UnixTime::from_secs(8), None), Err(LifecycleError::Released { at }));
    assert_eq!(released.unfreeze(), Err(LifecycleError::Released { at }));
    assert_eq!(released.release(UnixTime::from_secs(9)), released);
}
