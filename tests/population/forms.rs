//! In which form a machine is told: the agent's texts and the store's client's.

use license_core::{Device, Fingerprint, FingerprintError, Kind, Reading, Realm};

use super::machine::{Machine, Part, Seen, Value};

/// What was read, and as which text it travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Form {
    /// `DF1`, what any user can read.
    User,
    /// `DF1`, with rights.
    Rights,
    /// `DF1` of a Mac: addresses and the platform's UUID.
    Short,
    /// `DF1` with rights and with a TPM's key as well, which nothing collects yet.
    Whole,
    /// `MAC|DISK|BOARD|CPU` of the store's client.
    FourPart,
}

impl Form {
    /// The forms that our own agent makes.
    pub(super) const COLLECTED: [Self; 3] = [Self::User, Self::Rights, Self::Short];
    pub(super) const ALL: [Self; 5] = [Self::User, Self::Rights, Self::Short, Self::Whole, Self::FourPart];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Rights => "rights",
            Self::Short => "Mac",
            Self::Whole => "with TPM",
            Self::FourPart => "four-part",
        }
    }

    const fn shows(self, value: &Value) -> bool {
        match self {
            Self::FourPart => {
                matches!(value.kind, Kind::Mac | Kind::Disk | Kind::Board | Kind::Cpu)
                    && !matches!(value.seen, Seen::Collector)
            }
            _ if matches!(value.seen, Seen::StoreClient) => false,
            Self::User => !value.rights && !matches!(value.kind, Kind::Tpm),
            Self::Rights => !matches!(value.kind, Kind::Tpm),
            Self::Short => matches!(value.kind, Kind::Mac | Kind::Os | Kind::Cpu),
            Self::Whole => true,
        }
    }
}

impl Machine {
    /// The forms in which this machine can be told.
    pub(super) fn forms(&self) -> impl Iterator<Item = Form> {
        Form::ALL.into_iter().filter(|form| self.tells(*form))
    }

    pub(super) const fn tells(&self, form: Form) -> bool {
        match form {
            Form::FourPart => true,
            Form::Short => self.two_facts,
            Form::User | Form::Rights | Form::Whole => !self.two_facts,
        }
    }

    /// The fingerprint that arrives when this machine is told in a form: written as a text and read back.
    pub(super) fn told(
        &self,
        form: Form,
        docked: bool,
        realm: &Realm,
    ) -> Result<Fingerprint, FingerprintError> {
        let shown = self.values.iter().filter(|v| form.shows(v) && (docked || v.part != Part::Dock));
        if form == Form::FourPart {
            return Fingerprint::parse(&self.four_part(shown.collect()), realm);
        }
        let chosen = within_limits(shown.collect());
        let values = chosen.iter().map(|v| (v.kind, v.raw.as_str()));
        let plain = Fingerprint::from_values(realm, values)?;
        let marked = mark(&plain, |kind, digest| {
            chosen.iter().any(|v| v.rights && v.kind == kind && v.digest.as_ref() == Some(digest))
        })?;
        match marked.to_text() {
            Some(text) => Fingerprint::parse(&text, realm),
            None => Ok(marked),
        }
    }

    /// As a verifier on the machine, or one who got its text, sees it.
    pub(super) fn device(&self, form: Form, docked: bool, realm: &Realm) -> Device {
        let reading = match form {
            Form::User | Form::Short => Reading::Unprivileged,
            Form::Rights | Form::Whole | Form::FourPart => Reading::Privileged,
        };
        self.told(form, docked, realm).map_or_else(|_| Device::none(), |found| Device::new(found, reading))
    }

    fn four_part(&self, shown: Vec<&Value>) -> String {
        let part = |kind: Kind| {
            let values = shown.iter().filter(|v| v.kind == kind).map(|v| v.raw.as_str());
            let listed = if self.lists_all { usize::MAX } else { 1 };
            values.take(listed).collect::<Vec<_>>().join(",")
        };
        [Kind::Mac, Kind::Disk, Kind::Board, Kind::Cpu].map(part).join("|")
    }
}

/// As the collector chooses: of more usable values than a kind may hold, the lowest stay.
fn within_limits(mut values: Vec<&Value>) -> Vec<&Value> {
    values.retain(|v| v.digest.is_some());
    values.sort_by(|a, b| (a.kind, &a.raw).cmp(&(b.kind, &b.raw)));
    values.dedup_by(|a, b| a.kind == b.kind && a.digest == b.digest);
    values
        .chunk_by(|a, b| a.kind == b.kind)
        .flat_map(|same| same.iter().take(same[0].kind.limit()).copied())
        .collect()
}

/// Sets the bit for rights through the storage form, where it is the highest bit of the kind byte.
fn mark(
    fingerprint: &Fingerprint,
    rights: impl Fn(Kind, &license_core::Digest) -> bool,
) -> Result<Fingerprint, FingerprintError> {
    let bytes = fingerprint.to_bytes();
    let mut records: Vec<Vec<u8>> = bytes[5..].chunks(11).map(<[u8]>::to_vec).collect();
    for (record, component) in records.iter_mut().zip(fingerprint.components()) {
        if rights(component.kind, &component.digest) {
            record[0] |= 0x80;
        }
    }
    records.sort_unstable();
    Fingerprint::from_bytes(&[&bytes[..5], &records.concat()].concat())
}
