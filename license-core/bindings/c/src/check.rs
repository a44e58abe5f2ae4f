//! What a check of a license came to, and what a product asks of it.

use std::ffi::{CString, c_char};
use std::ptr;
use std::sync::OnceLock;

use license_core::{
    ClockVerdict, GuardedError, Judged, License, LicenseState, OutcomeCode, UnixTime, Verdict, VerifyError,
};

use crate::boundary::{Out, Refusal, Text, c_text, call, free, handle, read, time};
use crate::check_json;
use crate::outcome::Outcome;

/// What a check of a license came to. It is never changed.
#[derive(Debug)]
pub struct Check {
    pub(crate) outcome: Outcome,
    pub(crate) sentence: String,
    /// Only if it holds.
    pub(crate) license: Option<License>,
    pub(crate) verdict: Option<Verdict>,
    /// By what time it was judged.
    pub(crate) at: UnixTime,
    /// Where the clock was guarded.
    pub(crate) clock: Option<ClockVerdict>,
    /// Why the mark of the clock could not be kept.
    pub(crate) mark_error: Option<String>,
    /// Why the proof proves nothing.
    pub(crate) proof: Option<&'static str>,
    message: OnceLock<CString>,
    parts: OnceLock<Vec<(CString, CString)>>,
}

impl Check {
    pub(crate) fn of(verified: Result<License, VerifyError>, at: UnixTime) -> Self {
        let outcome = OutcomeCode::of(&verified).into();
        match verified {
            Ok(license) => Self {
                sentence: sentence(&license, at),
                verdict: license.verdict().copied(),
                license: Some(license),
                ..Self::without_license(outcome, String::new(), at)
            },
            Err(error) => {
                let check = Self::without_license(outcome, error.to_string(), at);
                match error {
                    VerifyError::Device(verdict) | VerifyError::NeedsPrivileges(verdict) => {
                        Self { verdict: Some(verdict), ..check }
                    }
                    VerifyError::Possession(error) => Self { proof: Some(error.word()), ..check },
                    _ => check,
                }
            }
        }
    }

    /// Of a license that was judged with a guarded clock; `judged` is what came of the clock.
    pub(crate) fn guarded(verified: Result<License, GuardedError>, judged: Judged) -> Self {
        let check = match verified {
            Ok(license) => Self::of(Ok(license), judged.time()),
            Err(GuardedError::License(error)) => Self::of(Err(error), judged.time()),
            Err(error) => {
                Self::without_license(OutcomeCode::from(&error).into(), error.to_string(), judged.time())
            }
        };
        Self { clock: Some(judged.verdict()), ..check }
    }

    /// Of a license that could not even be read.
    pub(crate) fn refused(refusal: Refusal, at: UnixTime) -> Self {
        Self::without_license(refusal.outcome, refusal.sentence, at)
    }

    fn without_license(outcome: Outcome, sentence: String, at: UnixTime) -> Self {
        Self {
            outcome,
            sentence,
            license: None,
            verdict: None,
            at,
            clock: None,
            mark_error: None,
            proof: None,
            message: OnceLock::new(),
            parts: OnceLock::new(),
        }
    }

    /// The same, and why the mark of the clock could not be kept.
    pub(crate) fn with_mark_error(self, mark_error: Option<String>) -> Self {
        Self { mark_error, ..self }
    }

    fn message(&self) -> &CString {
        self.message.get_or_init(|| {
            match self.clock.filter(|clock| !clock.is_fine() && self.outcome.holds()) {
                Some(clock) => c_text(format!("{}; {clock}", self.sentence)),
                None => c_text(self.sentence.as_str()),
            }
        })
    }

    /// Kind and outcome of each licensed part, as texts.
    pub(crate) fn parts(&self) -> &[(CString, CString)] {
        self.parts.get_or_init(|| {
            let parts = self.verdict.as_ref().map_or(&[][..], Verdict::components);
            parts
                .iter()
                .map(|part| (c_text(part.kind.to_string()), c_text(part.outcome.to_string())))
                .collect()
        })
    }

    fn state(&self, now: UnixTime) -> Outcome {
        match &self.license {
            Some(license) => OutcomeCode::from(license.state(now)).into(),
            None => self.outcome,
        }
    }

    fn days_left(&self, now: UnixTime) -> i64 {
        match &self.license {
            Some(license) => license.days_left(now).unwrap_or(i64::MAX),
            None => 0,
        }
    }
}

/// A license that holds, in words for its buyer.
fn sentence(license: &License, at: UnixTime) -> String {
    let days = match license.days_left(at) {
        Some(1) => "1 day left".to_owned(),
        days => format!("{} days left", days.unwrap_or_default()),
    };
    match (license.state(at), license.expires_at()) {
        (LicenseState::Grace { until }, Some(end)) => {
            format!("the license ended at {end} and still works until {until}, {days}: renew it")
        }
        (_, Some(end)) => format!("the license holds until {end}, {days}"),
        (_, None) => "the license holds without an end".to_owned(),
    }
}

/// The number of what the check came to; below 10 the license holds.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn license_core_check_outcome(check: *const Check) -> i32 {
    // SAFETY: the header's rules for handles.
    let check = unsafe { handle(check) };
    read(check, Outcome::NullArgument, |check| check.outcome).number()
}

/// Whether the license held when it was checked, in grace or not.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn license_core_check_holds(check: *const Check) -> bool {
    // SAFETY: the header's rules for handles.
    let check = unsafe { handle(check) };
    read(check, false, |check| check.outcome.holds())
}

/// A sentence for the buyer: until when the license holds, or what is wrong; what is wrong with the clock as well. It
/// may have several lines, and lives as long as the check.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn license_core_check_message(check: *const Check) -> *const c_char {
    // SAFETY: the header's rules for handles.
    let check = unsafe { handle(check) };
    read(check, ptr::null(), |check| check.message().as_ptr())
}

/// How the license stands at another time than that of the check: LICENSE_CORE_OUTCOME_ACTIVE, _GRACE, _NOT_YET_VALID or
/// _EXPIRED; of a license that did not hold, what the check came to. `now` is seconds since 1970 or LICENSE_CORE_NOW.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn license_core_check_state(check: *const Check, now: i64) -> i32 {
    // SAFETY: the header's rules for handles.
    let check = unsafe { handle(check) };
    read(check, Outcome::NullArgument, |check| check.state(time(now))).number()
}

/// Whole days until the license is over, in grace until it no longer works, counted from the time of the check;
/// INT64_MAX for one without an end, 0 for one that does not hold.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn license_core_check_days_left(check: *const Check) -> i64 {
    // SAFETY: the header's rules for handles.
    let check = unsafe { handle(check) };
    read(check, 0, |check| check.days_left(check.at))
}

/// Whether the license holds and grants a feature.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn license_core_check_has_feature(
    check: *const Check,
    feature: *const c_char,
    feature_len: usize,
) -> bool {
    // SAFETY: the header's rules for handles and texts.
    let (check, feature) = unsafe { (handle(check), Text::of(feature, feature_len)) };
    read(check, false, |check| {
        let feature = feature.utf8("the feature");
        check
            .license
            .as_ref()
            .zip(feature.ok())
            .is_some_and(|(license, feature)| license.has_feature(feature))
    })
}

/// All of it as a JSON object: `outcome`, `word`, `message`, `checked_at`; `days_left` and `claims` of a license that
/// holds, `verdict` where its device was compared, `clock` where the clock was guarded, `proof` where possession was not
/// shown. To be freed with license_core_text_free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn license_core_check_to_json(check: *const Check, json: *mut *mut c_char) -> i32 {
    // SAFETY: the header's rules for handles and places.
    let (check, json) = unsafe { (handle(check), Out::of(json)) };
    call(&Out::nowhere(), || {
        json.text(check_json::of(check.ok_or_else(|| Refusal::null("check"))?));
        Ok(Outcome::Active)
    })
}

/// Frees a check. NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn license_core_check_free(check: *mut Check) {
    // SAFETY: the header's rules for handles.
    unsafe { free(check) }
}
