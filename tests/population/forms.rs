//! In which form a machine is told: the agent's texts and the store's client's.

use license_core::{Device, Digest, Fingerprint, FingerprintError, Kind, Reading, Realm};

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
        let shown = self.shown(form, docked);
        if form == Form::FourPart {
            return Fingerprint::parse(&self.four_part(shown), realm);
        }
        let chosen = within_limits(shown);
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
        // Our collector checks against everything that it finds; a text holds a part of that.
        let others = if form == Form::FourPart { Vec::new() } else { self.found(form, docked) };
        let told = self.told(form, docked, realm);
        told.map_or_else(|_| Device::none(), |text| Device::new(text, reading).with_others(others))
    }

    /// Everything that counts when a license is checked.
    pub(super) fn found(&self, form: Form, docked: bool) -> Vec<(Kind, Digest)> {
        let shown = self.shown(form, docked);
        shown.into_iter().filter_map(|value| Some((value.kind, value.digest?))).collect()
    }

    fn shown(&self, form: Form, docked: bool) -> Vec<&Value> {
        self.values.iter().filter(|v| form.shows(v) && (docked || v.part != Part::Dock)).collect()
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

/// As the collector chooses: one name of each disk; what is built in, and only where there is none what is not; of more
/// than a kind may hold, the lowest.
fn within_limits(mut values: Vec<&Value>) -> Vec<&Value> {
    values.retain(|v| v.digest.is_some());
    let of_kind = |kind: Kind| values.iter().filter(move |v| v.kind == kind);
    let best = |kind: Kind| of_kind(kind).map(|v| v.part.rank()).min();
    let name = |value: &Value| of_kind(value.kind).filter(|v| v.part == value.part).map(|v| v.wish).min();
    let is_named =
        |v: &&Value| Some(v.part.rank()) == best(v.kind) && (v.kind != Kind::Disk || Some(v.wish) == name(v));
    let mut values: Vec<&Value> = values.iter().copied().filter(|v| is_named(v)).collect();
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
    rights: impl Fn(Kind, &Digest) -> bool,
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
