//! The fingerprint: checked components, or an opaque id.

use sha2::{Digest as _, Sha256};

use super::error::FingerprintError;
use super::kind::Kind;
use super::normal;
use super::realm::{Digest, OpaqueId, Realm, RealmTag};

/// Bytes of one component in binary forms: kind byte and digest.
pub(super) const RECORD: usize = 11;
/// Set in the kind byte of a component that was read with rights that an ordinary user lacks.
const PRIVILEGED: u8 = 0x80;

/// One hardware fact, digested.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Component {
    /// What the fact is.
    pub kind: Kind,
    /// Its digest under the realm.
    pub digest: Digest,
    /// Whether it was read with rights that an ordinary user lacks.
    pub privileged: bool,
}

/// What identifies a device: components with at least one anchor among them, or one opaque id.
///
/// Components are sorted by kind byte and digest, without duplicates and within the limits of their kinds; a
/// custom id stands alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fingerprint {
    realm: RealmTag,
    form: Form,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Form {
    Components(Vec<Component>),
    Opaque(OpaqueId),
}

impl Fingerprint {
    /// From raw values: normalised, placeholders dropped, digested.
    ///
    /// # Errors
    /// [`Missing`](FingerprintError::Missing) without any value, [`NoAnchor`](FingerprintError::NoAnchor) if none
    /// that names a machine is left, [`Junk`](FingerprintError::Junk) for a custom id that is a placeholder,
    /// [`Malformed`](FingerprintError::Malformed) if it is mixed with other values,
    /// [`TooMany`](FingerprintError::TooMany) over a kind's limit.
    pub fn from_values<'a>(
        realm: &Realm,
        values: impl IntoIterator<Item = (Kind, &'a str)>,
    ) -> Result<Self, FingerprintError> {
        Self::from_readings(realm, values.into_iter().map(|(kind, value)| (kind, value, false)))
    }

    /// As [`Fingerprint::from_values`], each value with whether it was read with rights.
    pub(crate) fn from_readings<'a>(
        realm: &Realm,
        readings: impl IntoIterator<Item = (Kind, &'a str, bool)>,
    ) -> Result<Self, FingerprintError> {
        let (mut components, mut given, mut custom) = (Vec::new(), 0, false);
        for (kind, raw, privileged) in readings {
            if normal::trim(raw).is_empty() {
                continue;
            }
            given += 1;
            match normal::normalise(kind, raw) {
                Ok(value) => {
                    components.push(Component { kind, digest: realm.digest(kind, &value), privileged })
                }
                // An id that the operator set on purpose is not passed over in silence.
                Err(_) if kind == Kind::Custom => return Err(FingerprintError::Junk),
                Err(_) => {}
            }
            custom |= kind == Kind::Custom;
        }
        match given {
            0 => Err(FingerprintError::Missing),
            _ if custom && components.iter().any(|c| c.kind != Kind::Custom) => Err(MIXED),
            _ => Self::from_components(realm.tag(), components),
        }
    }

    /// From digested facts, in any order. A fact that was also read without rights needs none.
    ///
    /// # Errors
    /// [`NoAnchor`](FingerprintError::NoAnchor) if none of them names a machine,
    /// [`Malformed`](FingerprintError::Malformed) if a custom id is mixed with others,
    /// [`TooMany`](FingerprintError::TooMany) over a kind's limit.
    pub fn from_components(
        realm: RealmTag,
        mut components: Vec<Component>,
    ) -> Result<Self, FingerprintError> {
        components.sort_unstable_by_key(|c| (c.kind, c.digest, c.privileged));
        components.dedup_by_key(|c| (c.kind, c.digest));
        for same in components.chunk_by(|a, b| a.kind == b.kind) {
            let (kind, found) = (same[0].kind, same.len());
            if found > kind.limit() {
                return Err(FingerprintError::TooMany { kind, limit: kind.limit(), found });
            }
        }
        if components.len() > 1 && components.iter().any(|c| c.kind == Kind::Custom) {
            return Err(MIXED);
        }
        if !components.iter().any(|c| c.kind.is_anchor()) {
            return Err(FingerprintError::NoAnchor);
        }
        Ok(Self { realm, form: Form::Components(components) })
    }

    pub(super) const fn from_opaque(realm: RealmTag, id: OpaqueId) -> Self {
        Self { realm, form: Form::Opaque(id) }
    }

    /// The components; none for an opaque id.
    #[must_use]
    pub fn components(&self) -> &[Component] {
        match &self.form {
            Form::Components(components) => components,
            Form::Opaque(_) => &[],
        }
    }

    /// Whether it is an opaque id, which either matches as a whole or not at all.
    #[must_use]
    pub const fn is_opaque(&self) -> bool {
        matches!(self.form, Form::Opaque(_))
    }

    /// Under whose name the digests were made.
    #[must_use]
    pub const fn realm(&self) -> RealmTag {
        self.realm
    }

    pub(super) const fn opaque_id(&self) -> Option<OpaqueId> {
        match self.form {
            Form::Opaque(id) => Some(id),
            Form::Components(_) => None,
        }
    }

    /// SHA-256 that is the same for every spelling of the same fingerprint; with which rights it was read plays
    /// no part.
    #[must_use]
    pub fn identity(&self) -> [u8; 32] {
        let mut hasher = Sha256::new();
        hasher.update(b"device-identity/v1\0");
        hasher.update(self.realm.0);
        match &self.form {
            Form::Components(components) => {
                hasher.update([COMPONENTS]);
                components.iter().for_each(|c| hasher.update(record(c.kind.as_byte(), c.digest)));
            }
            Form::Opaque(id) => {
                hasher.update([OPAQUE]);
                hasher.update(id.0);
            }
        }
        hasher.finalize().into()
    }

    /// Keys under which a device can be looked up: kind byte and digest of every anchor, or 0 and the first ten
    /// bytes of an opaque id.
    #[must_use]
    pub fn lookup_digests(&self) -> Vec<[u8; 11]> {
        match &self.form {
            Form::Components(components) => {
                let anchors = components.iter().filter(|c| c.kind.is_anchor());
                anchors.map(|c| record(c.kind.as_byte(), c.digest)).collect()
            }
            Form::Opaque(id) => {
                let mut key = [0; RECORD];
                key[1..].copy_from_slice(&id.0[..10]);
                vec![key]
            }
        }
    }

    /// The storage form: a version byte (1 components, 2 opaque), the realm tag, then sorted records or the id.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let (version, body) = match &self.form {
            Form::Components(_) => (COMPONENTS, self.records()),
            Form::Opaque(id) => (OPAQUE, id.0.to_vec()),
        };
        let mut bytes = vec![version];
        bytes.extend(self.realm.0);
        bytes.extend(body);
        bytes
    }

    /// Reads the storage form, strictly.
    ///
    /// # Errors
    /// [`Version`](FingerprintError::Version) for an unknown first byte; otherwise as a `DF1` text.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, FingerprintError> {
        let Some((version, rest)) = bytes.split_first() else { return Err(FingerprintError::Missing) };
        if !matches!(*version, COMPONENTS | OPAQUE) {
            return Err(FingerprintError::Version);
        }
        let Some((tag, body)) = rest.split_first_chunk() else { return Err(LENGTH) };
        match *version {
            COMPONENTS => Self::from_records(RealmTag(*tag), body),
            _ => Ok(Self::from_opaque(RealmTag(*tag), OpaqueId(body.try_into().map_err(|_| LENGTH)?))),
        }
    }

    /// Kind byte (with the bit for rights) and digest of every component, sorted as bytes.
    pub(super) fn records(&self) -> Vec<u8> {
        let byte = |c: &Component| c.kind.as_byte() | if c.privileged { PRIVILEGED } else { 0 };
        let mut records: Vec<_> = self.components().iter().map(|c| record(byte(c), c.digest)).collect();
        records.sort_unstable();
        records.concat()
    }

    pub(super) fn from_records(realm: RealmTag, bytes: &[u8]) -> Result<Self, FingerprintError> {
        let (records, []) = bytes.as_chunks::<RECORD>() else { return Err(LENGTH) };
        let mut components = Vec::with_capacity(records.len());
        for &[byte, ref digest @ ..] in records {
            let kind = Kind::from_byte(byte & !PRIVILEGED).ok_or(FingerprintError::Version)?;
            components.push(Component { kind, digest: Digest(*digest), privileged: byte & PRIVILEGED != 0 });
        }
        if !records.is_sorted_by(|a, b| a < b) {
            return Err(FingerprintError::Malformed("the components are not in order"));
        }
        let fingerprint = Self::from_components(realm, components)?;
        if fingerprint.components().len() != records.len() {
            return Err(FingerprintError::Malformed("a component is there twice"));
        }
        Ok(fingerprint)
    }
}

const COMPONENTS: u8 = 1;
const OPAQUE: u8 = 2;
const MIXED: FingerprintError = FingerprintError::Malformed("a custom id stands alone");
const LENGTH: FingerprintError = FingerprintError::Malformed("the length is wrong");

fn record(kind: u8, Digest(digest): Digest) -> [u8; RECORD] {
    let mut record = [kind; RECORD];
    record[1..].copy_from_slice(&digest);
    record
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn realm() -> Realm {
        Realm::new("https://vendor.example")
    }

    #[test]
    fn limits_count_what_is_left_after_junk_and_duplicates() {
        let macs = ["04:7C:16:00:00:01", "04:7c:16:00:00:01", "00:15:5D:00:00:07", "04:7C:16:00:00:02"];
        let more = ["02:42:00:00:00:01", "04:7C:16:00:00:03", "04:7C:16:00:00:04"];
        let values: Vec<_> = macs.into_iter().chain(more).map(|mac| (Kind::Mac, mac)).collect();
        assert_eq!(Fingerprint::from_values(&realm(), values.clone()).unwrap().components().len(), 4);
        let five = values.into_iter().chain([(Kind::Mac, "04:7C:16:00:00:05")]);
        let error = FingerprintError::TooMany { kind: Kind::Mac, limit: 4, found: 5 };
        assert_eq!(Fingerprint::from_values(&realm(), five), Err(error));
    }

    #[test]
    fn a_custom_id_stands_alone_and_is_never_passed_over() {
        let of = |values: &[(Kind, &'static str)]| Fingerprint::from_values(&realm(), values.iter().copied());
        assert_eq!(of(&[(Kind::Custom, "node-7")]).unwrap().components().len(), 1);
        assert_eq!(of(&[(Kind::Custom, "node-7"), (Kind::Board, "PF2QX7R9")]), Err(MIXED));
        assert_eq!(of(&[(Kind::Custom, "unknown"), (Kind::Board, "PF2QX7R9")]), Err(FingerprintError::Junk));
        assert_eq!(of(&[]), Err(FingerprintError::Missing));
        assert_eq!(of(&[(Kind::Custom, " ")]), Err(FingerprintError::Missing));
        assert_eq!(of(&[(Kind::Board, "None")]), Err(FingerprintError::NoAnchor));
    }

    #[test]
    fn a_fact_read_both_ways_needs_no_rights() {
        let both = [(Kind::Board, "PF2QX7R9", true), (Kind::Board, "PF2QX7R9", false)];
        let fingerprint = Fingerprint::from_readings(&realm(), both).unwrap();
        assert!(!fingerprint.components()[0].privileged);
        let only = Fingerprint::from_readings(&realm(), [both[0]]).unwrap();
        assert_ne!(only, fingerprint);
        assert_eq!(only.identity(), fingerprint.identity());
    }

    #[test]
    fn storage_bytes_are_read_strictly() {
        let values = [(Kind::Board, "PF2QX7R9", false), (Kind::Mac, "047C165EE35D", true)];
        let good = Fingerprint::from_readings(&realm(), values).unwrap().to_bytes();
        assert_eq!(good.len(), 5 + 2 * RECORD);
        assert!(Fingerprint::from_bytes(&good).is_ok());
        let with = |at: usize, byte: u8| {
            let mut bytes = good.clone();
            bytes[at] = byte;
            Fingerprint::from_bytes(&bytes)
        };
        assert_eq!(with(0, 3), Err(FingerprintError::Version));
        assert_eq!(with(5, 0), Err(FingerprintError::Version));
        assert_eq!(with(5, 0x8F), Err(FingerprintError::Version));
        assert!(matches!(with(5, 0x88), Err(FingerprintError::Malformed(_))));
        assert_eq!(Fingerprint::from_bytes(&[]), Err(FingerprintError::Missing));
        assert_eq!(Fingerprint::from_bytes(&good[..good.len() - 1]), Err(LENGTH));
        assert_eq!(Fingerprint::from_bytes(&good[..5]), Err(FingerprintError::NoAnchor));
        let twice = [&good[..16], &[good[5] | PRIVILEGED], &good[6..16]].concat();
        assert_eq!(
            Fingerprint::from_bytes(&twice),
            Err(FingerprintError::Malformed("a component is there twice"))
        );
        let opaque = Fingerprint::parse("vendor-id 7F3A-99", &realm()).unwrap();
        assert_eq!(Fingerprint::from_bytes(&opaque.to_bytes()), Ok(opaque.clone()));
        assert_eq!(opaque.lookup_digests()[0][0], 0);
        assert_eq!(Fingerprint::from_bytes(&opaque.to_bytes()[..36]), Err(LENGTH));
    }

    proptest! {
        #[test]
        fn no_bytes_make_the_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            if let Ok(fingerprint) = Fingerprint::from_bytes(&bytes) {
                prop_assert_eq!(fingerprint.to_bytes(), bytes);
            }
        }

        #[test]
        fn bytes_of_the_right_shape_have_one_meaning(
            records in prop::collection::vec((0u8..12, any::<bool>(), any::<[u8; 10]>()), 0..20),
        ) {
            let mut records: Vec<_> = records
                .into_iter()
                .map(|(kind, privileged, digest)| record(kind | u8::from(privileged) << 7, Digest(digest)))
                .collect();
            records.sort_unstable();
            let bytes = [&[COMPONENTS, 1, 2, 3, 4], records.concat().as_slice()].concat();
            if let Ok(fingerprint) = Fingerprint::from_bytes(&bytes) {
                prop_assert_eq!(fingerprint.to_bytes(), bytes);
                prop_assert!(fingerprint.components().len() <= 14);
            }
        }
    }
}
