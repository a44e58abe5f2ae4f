//! Two years of one machine and its clock, told by the vendor's program on it.

#![expect(clippy::unwrap_used, reason = "the helpers of a test fail it")]

use std::time::Duration;

use license_core::{
    Claims, ClockGuard, ClockKey, ClockVerdict, Device, Fingerprint, GuardedError, Judged, Kind, License,
    LicenseState, Observation, Reading, Realm, SigningKey, Trust, UnixTime, UnverifiedLicense, Uptime,
    VerifyError,
};

const VENDOR: &str = "https://vendor.example";
const DAY: i64 = 86_400;
/// 2026-12-01T00:00:00Z
const BOUGHT: UnixTime = UnixTime::from_secs(1_796_083_200);

/// The machine: its true time is known here, and nowhere on it.
struct Machine {
    truth: UnixTime,
    clock_is_off_by: i64,
    uptime: i64,
    starts: u32,
    /// What its disk keeps.
    license: UnverifiedLicense,
    mark: Option<String>,
}

impl Machine {
    fn bought(license: UnverifiedLicense) -> Self {
        Self { truth: BOUGHT, clock_is_off_by: 0, uptime: 0, starts: 0, license, mark: None }
    }

    /// Runs for days; the program looks at the clock every six hours.
    fn run(&mut self, days: i64) -> Judged {
        for _ in 0..days * 4 {
            (self.truth, self.uptime) = (self.truth.plus(DAY / 4), self.uptime + DAY / 4);
            self.look(None);
        }
        self.look(None)
    }

    fn off(&mut self, days: i64) {
        (self.truth, self.uptime, self.starts) = (self.truth.plus(days * DAY), 30, self.starts + 1);
    }

    fn set_clock(&mut self, to: UnixTime) {
        self.clock_is_off_by = to.as_secs() - self.truth.as_secs();
    }

    fn clock(&self) -> UnixTime {
        self.truth.plus(self.clock_is_off_by)
    }

    fn look(&mut self, server: Option<UnixTime>) -> Judged {
        let mut guard = ClockGuard::restore(&ClockKey::of(&trust(), &device()), self.mark.as_deref());
        let uptime = Uptime::new(Duration::from_secs(self.uptime.unsigned_abs()));
        let judged = guard.observe(&Observation {
            uptime: Some(uptime.of_start(&self.starts.to_string())),
            license: self.license.signed_at(&trust()).ok(),
            server,
            ..Observation::at(self.clock())
        });
        self.mark = Some(guard.to_text());
        judged
    }

    fn licensed(&mut self) -> Result<License, GuardedError> {
        self.look(None).verify(&self.license, &trust(), &device())
    }
}

fn key() -> SigningKey {
    SigningKey::from_seed(&[3; 32])
}

fn trust() -> Trust {
    Trust::new(VENDOR, "cad-pro", VENDOR, [key().verifying_key().clone()].into_iter().collect())
}

fn device() -> Device {
    Device::from_text("rack 7 machine 12", &Realm::new(VENDOR)).unwrap()
}

/// For 365 days.
fn signed_at(time: UnixTime) -> UnverifiedLicense {
    let claims = Claims {
        issuer: VENDOR.into(),
        product: "cad-pro".into(),
        instance: "03pf80c2-bae9-6vc4-9b80-b917bea776d7".into(),
        license_id: "01997f3a-7b64-7c21-9d3e-5b7c0f1a2b3c".into(),
        issued_at: time,
        not_before: time,
        expires_at: Some(time.plus(365 * DAY)),
        binding: None,
        quantity: 1,
        features: vec![],
        grace: 0,
        trial: false,
        test: false,
        device_key: None,
    };
    key().issue(&claims).unwrap().parse().unwrap()
}

#[test]
fn a_machine_lives_with_its_clock() {
    let mut machine = Machine::bought(signed_at(BOUGHT));

    // It comes from the factory with a clock that was never set, and no network.
    machine.set_clock(UnixTime::default());
    assert!(matches!(machine.look(None).verdict(), ClockVerdict::NotSet { .. }));
    assert_eq!(machine.licensed().unwrap().state_when_verified(), LicenseState::Active);

    // Somebody sets it, to local time where the system takes it for UTC.
    machine.set_clock(machine.truth.minus(9 * 3_600));
    assert!(machine.look(None).verdict().is_fine());
    machine.licensed().unwrap();
    machine.set_clock(machine.truth);
    assert!(machine.run(60).verdict().is_fine());

    // A dying battery: for a week it stands at 2099, and the license is over by it.
    machine.set_clock(UnixTime::from_secs(4_070_908_800));
    machine.run(7);
    let error = machine.licensed().unwrap_err();
    assert!(matches!(error, GuardedError::License(VerifyError::Expired { .. })), "{error}");
    // Set right, all is well at once.
    machine.set_clock(machine.truth);
    assert!(machine.look(None).verdict().is_fine());
    machine.licensed().unwrap();

    // Switched off for three months: the time is gone, and nobody is accused of anything.
    machine.off(90);
    assert!(machine.look(None).verdict().is_fine());
    assert!(machine.run(200).verdict().is_fine());

    // A week before the end the clock is set back, to win a few months.
    machine.set_clock(machine.truth.minus(200 * DAY));
    let verdict = machine.look(None).verdict();
    // The mark does not know of the time off, all else it does.
    assert_eq!(verdict, ClockVerdict::Behind { by: Duration::from_secs(110 * 86_400) });
    assert_eq!(
        verdict.to_string(),
        "the clock of this machine was set back by 110 days or more: set it right"
    );
    // It wins the time off, and not a day more: 98 days of running, by 99 in a hundred.
    machine.run(98);
    machine.licensed().unwrap();
    machine.run(2);
    let error = machine.licensed().unwrap_err();
    let says = error.to_string();
    assert!(says.starts_with("the clock of this machine was set back by 1"), "{says}");
    assert!(says.ends_with(", and the license ended at 2027-12-01T00:00:00Z"), "{says}");

    // The vendor's server answers, and a new license is installed. The clock is still wrong, and said to be.
    machine.license = signed_at(machine.truth);
    assert!(matches!(machine.look(Some(machine.truth)).verdict(), ClockVerdict::Behind { .. }));
    machine.licensed().unwrap();
    machine.set_clock(machine.truth);
    assert!(machine.look(None).verdict().is_fine());

    // The mark is deleted: the new license tells what time it is at least.
    machine.mark = None;
    machine.set_clock(machine.truth.minus(40 * DAY));
    assert!(!machine.look(None).verdict().is_fine());
    machine.licensed().unwrap();
}

#[test]
fn a_server_that_was_wrong_once_is_believed_again() {
    let mut machine = Machine::bought(signed_at(BOUGHT));
    assert!(matches!(machine.look(Some(BOUGHT.plus(9_000 * DAY))).verdict(), ClockVerdict::Behind { .. }));
    let error = machine.licensed().unwrap_err();
    assert!(matches!(error, GuardedError::Clock { error: VerifyError::Expired { .. }, .. }), "{error}");
    // Its next answer is right.
    assert!(machine.look(Some(machine.truth)).verdict().is_fine());
    machine.licensed().unwrap();
}

#[test]
fn a_forged_license_proves_no_time() {
    let forged = SigningKey::from_seed(&[4; 32]);
    let theirs =
        Trust::new(VENDOR, "cad-pro", VENDOR, [forged.verifying_key().clone()].into_iter().collect());
    let license = signed_at(BOUGHT.plus(DAY));
    assert_eq!(license.signed_at(&trust()).unwrap().time(), BOUGHT.plus(DAY));
    assert!(matches!(license.signed_at(&theirs), Err(VerifyError::UnknownKey { .. })));
    let other = Trust::new(VENDOR, "cad-lite", VENDOR, [key().verifying_key().clone()].into_iter().collect());
    assert!(matches!(license.signed_at(&other), Err(VerifyError::Product { .. })));
    let test_only = trust().accepting(license_core::Accept::Test);
    assert!(matches!(license.signed_at(&test_only), Err(VerifyError::RealLicense)));
}

#[test]
fn the_key_is_of_one_product_on_one_machine() {
    let sealed = |trust: &Trust, device: &Device| ClockGuard::new(ClockKey::of(trust, device)).to_text();
    let read = |text: &str| ClockGuard::from_text(&ClockKey::of(&trust(), &device()), text).is_ok();
    assert!(read(&sealed(&trust(), &device())));
    let other = Device::from_text("rack 7 machine 13", &Realm::new(VENDOR)).unwrap();
    assert!(!read(&sealed(&trust(), &other)));
    assert!(!read(&sealed(&Trust::new(VENDOR, "cad-lite", VENDOR, [].into_iter().collect()), &device())));
    assert!(!read(&sealed(
        &Trust::new(VENDOR, "cad-pro", "another realm", [].into_iter().collect()),
        &device()
    )));
}

/// Made by another implementation, from `docs/clock.md`.
#[test]
fn a_mark_is_written_as_the_page_says() {
    let values = [(Kind::Mac, "04:7C:16:5E:E3:5D"), (Kind::Os, "5f8d2ac9b04e41c7a3b19d6e27f0c584")];
    let fingerprint = Fingerprint::from_values(&Realm::new(VENDOR), values).unwrap();
    let device = Device::new(fingerprint, Reading::Unprivileged);
    let uptime = Uptime::new(Duration::from_millis(25_516_310));
    let seen = Observation {
        uptime: Some(uptime.of_start("77a4ee65-b79e-472b-9a3d-512d0fb0bf10\n")),
        server: Some(BOUGHT),
        ..Observation::at(BOUGHT)
    };
    let mut guard = ClockGuard::new(ClockKey::of(&trust(), &device));
    guard.observe(&seen);
    assert_eq!(
        guard.to_text(),
        "clock-guard/v1 1796083200000 25516310 76a28921bfcc2924 1 uRnKbPUWCphoiTzbnDHSpS8w1jCIoqB7GVO2U_VFFd0"
    );
}
