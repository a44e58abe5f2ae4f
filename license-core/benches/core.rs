//! How much a license costs over its bare signature, and what a fingerprint costs.
//!
//! `cargo bench -p license-core`. The last lines compare medians of rounds that took turns in this process, so that
//! a busy machine slows both sides alike.

use std::hint::black_box;
use std::time::{Duration, Instant};

use criterion::{BenchmarkGroup, Criterion, Throughput, measurement::WallTime};
use ed25519_dalek::Signer as _;
use license_core::{
    Binding, Claims, Device, Fingerprint, Kind, Reading, Realm, SigningKey, Threshold, Trust, UnixTime,
    UnverifiedLicense, Weights,
};

const VENDOR: &str = "https://vendor.example";
const NOW: UnixTime = UnixTime::from_secs(1_790_000_000);
const SEED: [u8; 32] = [42; 32];
const EIGHT: [(Kind, &str); 8] = [
    (Kind::Mac, "04:7c:16:5e:e3:5d"),
    (Kind::Mac, "04:7c:16:5e:e3:5e"),
    (Kind::Disk, "eui.001b444a488b5cec"),
    (Kind::Board, "PF2QX7R9"),
    (Kind::System, "4c4c4544-0051-3410-8051-b5c04f375931"),
    (Kind::Os, "5f8d2ac9b04e41c7a3b19d6e27f0c584"),
    (Kind::Cloud, "i-0b22a22eec53b9321"),
    (Kind::Tpm, "6adb368b6a0e595a448d173193032124cd0b8083b330831936cabebf44c7c612"),
];

/// Everything that is there before the first measured call.
struct Bench {
    key: SigningKey,
    bare: ed25519_dalek::SigningKey,
    public: ed25519_dalek::VerifyingKey,
    realm: Realm,
    found: Fingerprint,
    binding: Binding,
    device: Device,
    trust: Trust,
    claims: Claims,
    token: String,
    input: Vec<u8>,
    signature: ed25519_dalek::Signature,
}

impl Bench {
    fn new() -> Option<Self> {
        let (key, bare) = (SigningKey::from_seed(&SEED), ed25519_dalek::SigningKey::from_bytes(&SEED));
        let realm = Realm::new(VENDOR);
        let found = Fingerprint::from_values(&realm, EIGHT).ok()?;
        let binding = Binding::new(&found, &Weights::default(), Threshold::default()).ok()?;
        let claims = Claims {
            issuer: VENDOR.into(),
            product: "cad-pro".into(),
            instance: "03pf80c2-bae9-6vc4-9b80-b917bea776d7".into(),
            license_id: "01997f3a-7b64-7c21-9d3e-5b7c0f1a2b3c".into(),
            issued_at: NOW,
            not_before: NOW,
            expires_at: Some(NOW.plus(86_400)),
            binding: Some(binding.clone()),
            quantity: 1,
            features: vec!["mesh".into(), "cam".into()],
            grace: 3_600,
            trial: false,
            test: false,
            device_key: None,
        };
        let token = key.issue(&claims).ok()?;
        let input = token.rsplit_once('.')?.0.as_bytes().to_vec();
        let signature = bare.sign(&input);
        let device = Device::new(found.clone(), Reading::Unprivileged);
        let trust =
            Trust::new(VENDOR, "cad-pro", VENDOR, [key.verifying_key().clone()].into_iter().collect());
        let public = bare.verifying_key();
        Some(Self {
            key,
            bare,
            public,
            realm,
            found,
            binding,
            device,
            trust,
            claims,
            token,
            input,
            signature,
        })
    }

    fn bare_sign(&self) -> bool {
        black_box(self.bare.sign(black_box(&self.input))) == self.signature
    }

    fn issue(&self) -> bool {
        black_box(self.key.issue(black_box(&self.claims))).is_ok()
    }

    fn bare_verify(&self) -> bool {
        self.public.verify_strict(black_box(&self.input), black_box(&self.signature)).is_ok()
    }

    /// From the text to the claims: parsing is part of it.
    fn verify(&self) -> bool {
        let license = black_box(self.token.as_str()).parse::<UnverifiedLicense>();
        license.is_ok_and(|l| black_box(l.verify(&self.trust, black_box(&self.device), NOW)).is_ok())
    }
}

fn licenses(criterion: &mut Criterion, bench: &Bench) {
    let mut sign = criterion.benchmark_group("sign");
    run(&mut sign, "bare", || bench.bare_sign());
    run(&mut sign, "issue", || bench.issue());
    sign.finish();
    let mut verify = criterion.benchmark_group("verify");
    run(&mut verify, "bare", || bench.bare_verify());
    run(&mut verify, "license", || bench.verify());
    verify.finish();
}

fn fingerprints(criterion: &mut Criterion, bench: &Bench) {
    let df1 = bench.found.to_text().unwrap_or_default();
    let four = "04:7C:16:5E:E3:5D,04:7C:16:5E:E3:5E|eui.001b444a488b5cec|PF2QX7R9|BFEBFBFF00090672";
    let mut group = criterion.benchmark_group("fingerprint");
    let parses = |text: &str| Fingerprint::parse(black_box(text), &bench.realm).is_ok();
    run(&mut group, "parse DF1", || parses(&df1));
    run(&mut group, "parse four parts", || parses(four));
    run(&mut group, "match", || black_box(bench.binding.check(black_box(&bench.device))).passes());
    group.finish();
}

fn run(group: &mut BenchmarkGroup<'_, WallTime>, name: &str, work: impl Fn() -> bool) {
    assert!(work(), "{name} does not do what is measured");
    group.throughput(Throughput::Elements(1)).bench_function(name, |b| b.iter(&work));
}

/// Medians of rounds of both that took turns.
fn medians(bare: impl Fn() -> bool, ours: impl Fn() -> bool) -> [Duration; 2] {
    let mut times = [const { Vec::new() }; 2];
    for _ in 0..2_001 {
        times[0].push(time_of(&bare));
        times[1].push(time_of(&ours));
    }
    times.map(|mut times| {
        times.sort_unstable();
        times[times.len() / 2]
    })
}

/// Of one call, from a few in a row.
#[expect(clippy::disallowed_methods, reason = "a bench measures")]
fn time_of(work: impl Fn() -> bool) -> Duration {
    const CALLS: u32 = 8;
    let start = Instant::now();
    for _ in 0..CALLS {
        black_box(work());
    }
    start.elapsed() / CALLS
}

fn summary(bench: &Bench) {
    let sign = medians(|| bench.bare_sign(), || bench.issue());
    let verify = medians(|| bench.bare_verify(), || bench.verify());
    println!("medians of rounds that took turns, signing input of {} bytes:", bench.input.len());
    for (name, [bare, ours], target) in
        [("issue/bare sign", sign, 1.25), ("verify/bare verify", verify, 1.15)]
    {
        let ratio = ours.as_secs_f64() / bare.as_secs_f64();
        println!("{name:>18}: {ours:?} / {bare:?} = {ratio:.3} (at most {target})");
    }
}

#[expect(clippy::expect_used, reason = "a bench without its subject has nothing to measure")]
fn main() {
    let bench = Bench::new().expect("the claims are those of a license");
    let mut criterion = Criterion::default().configure_from_args();
    licenses(&mut criterion, &bench);
    fingerprints(&mut criterion, &bench);
    criterion.final_summary();
    // `cargo test` runs a bench once without optimisation, to see that it works.
    if std::env::args().any(|arg| arg == "--bench") {
        summary(&bench);
    }
}
