//! The simulator finds nothing wrong with good servers, and exactly what is wrong with faulty ones.

use license_server::clock::Clock;
use license_server::config::Secret;
use license_server::simulator::{Plan, Report, Verdict, cases, play};
use license_tests::{Market, Toy, ToyFault};

/// Plays against a toy.
async fn played(toy: &Toy, change: impl FnOnce(&mut Plan)) -> Report {
    let key = Secret::from(Toy::ACCESS_KEY);
    let mut plan = Plan::new(toy.url(), key, Clock::system(), [1; 16]).with_store(toy.store.clone());
    change(&mut plan);
    play(plan, |_| {}).await
}

/// What is not as it should be, for a message.
fn failures(report: &Report) -> String {
    report.failed().map(|(case, fault, says)| format!("{} {fault}: {says}\n", case.name)).collect()
}

async fn is_named_exactly(fault: ToyFault) -> Result<(), String> {
    let report = played(&Toy::open(Some(fault)).await, |_| {}).await;
    let [_, _, unchecked, left_out] = report.counts();
    let all_played = (unchecked, left_out, report.exit_code()) == (0, 0, 1);
    if report.faults() == [fault.name()] && all_played { Ok(()) } else { Err(failures(&report)) }
}

#[tokio::test]
async fn a_good_server_of_somebody_elses_passes_every_case() {
    let report = played(&Toy::open(None).await, |_| {}).await;
    assert_eq!(failures(&report), "");
    assert_eq!(report.counts(), [cases::all().count(), 0, 0, 0]);
    assert_eq!(report.exit_code(), 0);
    assert!(report.upload_median_ms.is_some_and(f64::is_finite) && report.deliveries > 10);
}

#[tokio::test]
async fn this_server_passes_every_case() {
    let market = Market::with("[default]\ncode = \"cad\"\n", |_| {}).await;
    let (clock, hand) = (market.shop.clock.clone(), market.shop.hand.clone());
    let url = format!("http://{}/koogallery/produce", market.shop.address()).parse().expect("a URL");
    let key = market.shop.settings.access_keys[0].clone();
    let plan = Plan::new(url, key, clock, [2; 16]).with_store(market.store.clone());
    // The server's clock stands unless somebody moves it, and its pauses between attempts pass by it.
    let ticking = tokio::spawn(async move {
        let mut ticks = tokio::time::interval(std::time::Duration::from_millis(100));
        loop {
            ticks.tick().await;
            hand.advance_ms(100);
        }
    });
    let report = play(plan, |_| {}).await;
    ticking.abort();
    assert_eq!(failures(&report), "");
    assert_eq!(report.counts(), [cases::all().count(), 0, 0, 0]);
}

#[tokio::test]
async fn each_of_eight_faulty_servers_is_named_by_exactly_its_fault() {
    // Side by side: most of a run is waiting.
    let runs: Vec<_> = ToyFault::ALL.map(|fault| (fault, tokio::spawn(is_named_exactly(fault)))).into();
    let mut wrong = Vec::new();
    for (fault, run) in runs {
        wrong.extend(run.await.expect("a run").err().map(|why| format!("{fault:?}: {why}")));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn a_server_that_uploads_nothing_is_not_said_to_pass() {
    let (toy, other) = (Toy::open(None).await, Toy::open(None).await);
    let report = played(&toy, |plan| {
        // The server works with a store, but not with this one.
        plan.store = Some(other.store.clone());
        plan.patience = std::time::Duration::from_millis(50);
    })
    .await;
    assert_eq!(failures(&report), "");
    assert_eq!(report.exit_code(), 3);
    for (case, result) in cases::all().zip(&report.cases) {
        let checked = matches!(result.verdict, Verdict::Passed);
        assert_eq!(checked, case.needs == cases::Needs::Answers, "{}", case.name);
    }
    let first = &report.cases[0].verdict;
    assert!(
        matches!(first, Verdict::NotChecked { reason } if reason.contains(&other.store.url())),
        "{first:?}"
    );
}

#[tokio::test]
async fn calls_that_are_signed_with_another_secret_are_named() {
    let toy = Toy::with_secret(None, "another-sk").await;
    let report = played(&toy, |plan| plan.patience = std::time::Duration::from_millis(50)).await;
    assert_eq!(report.faults(), ["open-api-refused"], "{}", failures(&report));
    assert!(failures(&report).contains("signature"), "{}", failures(&report));
}

#[tokio::test]
async fn without_the_open_api_only_answers_are_looked_at() {
    let report = played(&Toy::open(None).await, |plan| plan.store = None).await;
    assert_eq!(failures(&report), "");
    let needs_uploads = cases::all().filter(|case| case.needs != cases::Needs::Answers).count();
    assert_eq!(report.counts()[3], needs_uploads);
    assert_eq!(report.exit_code(), 0, "it was asked for");
}

#[tokio::test]
async fn an_address_where_nobody_answers_is_named_once() {
    let toy = Toy::open(None).await;
    let report = played(&toy, |plan| plan.url = "http://127.0.0.1:1/produce".parse().expect("a URL")).await;
    assert_eq!(report.failed().count(), 1);
    assert_eq!(report.faults(), ["unreachable"]);
}

#[tokio::test]
async fn another_access_key_is_named_once() {
    let toy = Toy::open(None).await;
    let report = played(&toy, |plan| plan.access_key = Secret::from("another key")).await;
    assert_eq!(report.failed().count(), 1);
    assert_eq!(report.faults(), ["good-call-refused"]);
}

#[tokio::test]
async fn a_pattern_chooses_cases_and_the_rest_is_left_out() {
    let report = played(&Toy::open(None).await, |plan| plan.only = Some("renewal".into())).await;
    let [passed, failed, unchecked, _] = report.counts();
    assert_eq!((passed, failed, unchecked, report.exit_code()), (3, 0, 0, 0), "{}", failures(&report));
}
