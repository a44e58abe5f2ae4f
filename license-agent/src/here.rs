//! What every command goes by: the vendor, this machine, the place of its license, and the time that counts.

use license_core::{
    ClockGuard, ClockKey, ClockVerdict, Device, Judged, KeySetError, Observation, Trust, UnixTime,
    UnverifiedLicense,
};

use crate::check::{Standing, check};
use crate::cli::{Common, DeviceArgs, MachineArgs};
use crate::clock;
use crate::failure::Failure;
use crate::machine::{self, Machine, MachineError};
use crate::place::{Lock, Place};
use crate::refusal::Refusal;
use crate::server::ServerError;
use crate::trust::Vendor;

/// Seconds after which a look at the clock is worth a write to the disk.
const MOMENT: i64 = 600;

/// One product on one machine.
#[derive(Debug)]
pub(crate) struct Here {
    pub(crate) trust: Trust,
    /// The server's address in the vendor file.
    pub(crate) server: Option<String>,
    pub(crate) place: Place,
    pub(crate) machine: Machine,
}

impl Here {
    /// Reads the vendor file and the machine.
    pub(crate) fn read(common: &Common, args: &MachineArgs, stand_in: &DeviceArgs) -> Result<Self, Failure> {
        let Vendor { mut trust, server, .. } = Vendor::load(common)?;
        let place = Place::of(common, trust.product())?;
        // What cannot be taken of it teaches nothing, and the vendor file counts as before.
        _ = trust.learn(&place.read_keys());
        // Only for what is named first: a license that cannot be read is a matter for later.
        let licensed = place.read_binding();
        let machine = machine::this(args, stand_in, trust.realm(), licensed.as_ref())?;
        Ok(Self { trust, server, place, machine })
    }

    /// The text that names this machine to the vendor.
    pub(crate) fn fingerprint(&self) -> Result<&str, &MachineError> {
        self.machine.fingerprint.as_deref()
    }

    fn device(&self) -> &Device {
        &self.machine.device
    }

    /// What a text is worth as a license here, at the time that counts.
    pub(crate) fn check(&self, text: &str, judged: Judged) -> Standing {
        check(text, &self.trust, self.device(), judged)
    }

    /// The same of what lies in the license's place, which [`Place::read`] gave; what is none is called what it is.
    pub(crate) fn check_installed(&self, text: &str, judged: Judged) -> Standing {
        match self.check(text, judged) {
            Standing::Refused(refusal) if text.is_empty() => {
                let instead = self.place.look().ok().flatten().and_then(|stored| stored.instead);
                Standing::Refused(Refusal { instead, ..refusal })
            }
            standing => standing,
        }
    }

    /// Takes signed key sets in, one on a line. Nothing is written yet: see [`keep_keys`](Self::keep_keys).
    pub(crate) fn learn(&mut self, sets: &str) -> Result<bool, KeySetError> {
        self.trust.learn(sets)
    }

    /// Writes what was learned beside the license, for the product and the next run.
    pub(crate) fn keep_keys(&self, lock: &Lock) -> Result<(), Failure> {
        let learned = self.trust.learned_keys();
        if learned != self.place.read_keys() {
            self.place.write_keys(lock, &learned)?;
        }
        Ok(())
    }

    /// The time that counts, by the clock, what was seen of it before, the licenses at hand and the server's date. It
    /// is remembered under a lock.
    pub(crate) fn judge(&self, lock: &Lock, license: Option<&str>, server: Option<UnixTime>) -> Judged {
        let (guard, judged) = self.observe(license, server);
        // What cannot be remembered is seen again; a license that cannot be written says so itself.
        _ = self.place.write_clock(lock, &guard.to_text());
        judged
    }

    /// What a refusal tells of the time.
    pub(crate) fn heed(&self, lock: &Lock, license: Option<&str>, refusal: &ServerError) {
        if let Some(date) = refusal.date() {
            self.judge(lock, license, Some(date));
        }
    }

    /// The same where another agent may be at work, the folder may not be written, or it was looked at a moment ago:
    /// then nothing is remembered.
    pub(crate) fn glance(&self, license: Option<&str>) -> Judged {
        let is_due = self.place.is_there() && !self.place.has_clock_since(clock::now().minus(MOMENT));
        match is_due.then(|| self.place.try_lock()).flatten() {
            Some(lock) => self.judge(&lock, license, None),
            None => self.observe(license, None).1,
        }
    }

    /// The same as of an answer of the server's, and nothing is remembered.
    pub(crate) fn peek(&self, license: Option<&str>, server: Option<UnixTime>) -> Judged {
        self.observe(license, server).1
    }

    fn observe(&self, license: Option<&str>, server: Option<UnixTime>) -> (ClockGuard, Judged) {
        let key = ClockKey::of(&self.trust, self.device());
        let mut guard = ClockGuard::restore(&key, self.place.read_clock().as_deref());
        let signed =
            license.and_then(|text| text.parse::<UnverifiedLicense>().ok()?.signed_at(&self.trust).ok());
        let seen =
            Observation { uptime: clock::uptime(), license: signed, server, ..Observation::at(clock::now()) };
        let judged = guard.observe(&seen);
        (guard, judged)
    }
}

/// What there is to say about a clock that is wrong, also where no license suffers from it.
pub(crate) fn clock_note(judged: Judged) -> Option<String> {
    match judged.verdict() {
        ClockVerdict::Fine => None,
        wrong => Some(wrong.to_string()),
    }
}
