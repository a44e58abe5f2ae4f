//! A binding weaker than a product accepts, with what to do about it.

use std::fmt;

use serde::ser::SerializeMap as _;
use serde::{Serialize, Serializer};

use super::words::{Reason, Strength};
use super::{Part, Quality};

/// A binding is weaker than asked.
///
/// Its text is at most 200 characters long, so that a result message of 255 holds it. Serialised it is a problem
/// document (RFC 9457) without `status`, which is the transport's: `type`, `title`, `detail`, and of its own
/// `strength`, `least_strength`, `reasons`, `advice`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TooWeak {
    least: Strength,
    quality: Quality,
    remedies: Vec<Remedy>,
}

/// What makes a binding stronger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Remedy {
    /// The agent, run with rights, finds more.
    AgentWithRights,
    /// The operator sets an id; only where the product accepts one.
    DeviceId,
    /// None of that is left.
    AskVendor,
}

impl TooWeak {
    /// A short fixed name, for programs.
    pub const NAME: &'static str = "weak-fingerprint";

    pub(super) fn new(least: Strength, quality: Quality) -> Self {
        let mut remedies = Vec::new();
        let has_board = quality.is_privileged() || quality.parts().contains(&Part::MainBoard);
        let has_installation = quality.parts().contains(&Part::Installation);
        if !has_board || !has_installation {
            remedies.push(Remedy::AgentWithRights);
        }
        remedies.push(Remedy::DeviceId);
        Self { least, quality, remedies }
    }

    /// Without a remedy that is not open here.
    #[must_use]
    pub fn without(mut self, remedy: Remedy) -> Self {
        self.remedies.retain(|open| *open != remedy);
        if self.remedies.is_empty() {
            self.remedies.push(Remedy::AskVendor);
        }
        self
    }

    /// What was asked for.
    #[must_use]
    pub const fn least(&self) -> Strength {
        self.least
    }

    /// What there is.
    #[must_use]
    pub const fn quality(&self) -> &Quality {
        &self.quality
    }

    /// What can be done, never empty.
    #[must_use]
    pub fn remedies(&self) -> &[Remedy] {
        &self.remedies
    }
}

/// `at least fair is asked; weak binding: only the OS installation id. Set LICENSE_DEVICE_ID`.
impl fmt::Display for TooWeak {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "at least {} is asked; {}. To do: ", self.least, self.quality)?;
        for (at, remedy) in self.remedies.iter().enumerate() {
            write!(f, "{}{remedy}", if at > 0 { ", or " } else { "" })?;
        }
        Ok(())
    }
}

impl std::error::Error for TooWeak {}

impl fmt::Display for Remedy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::AgentWithRights => "run license-agent fingerprint --privileged as administrator",
            Self::DeviceId => "set LICENSE_DEVICE_ID",
            Self::AskVendor => "ask the vendor how to license this machine",
        })
    }
}

impl Serialize for TooWeak {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let words = |reasons: &[Reason]| reasons.iter().map(ToString::to_string).collect::<Vec<_>>();
        let mut problem = serializer.serialize_map(Some(7))?;
        problem.serialize_entry("type", &format!("urn:license:problem:{}", Self::NAME))?;
        problem.serialize_entry("title", "the device fingerprint is too weak for this product")?;
        problem.serialize_entry("detail", &self.to_string())?;
        problem.serialize_entry("strength", &self.quality.strength())?;
        problem.serialize_entry("least_strength", &self.least)?;
        problem.serialize_entry("reasons", &words(self.quality.reasons()))?;
        let advice: Vec<_> = self.remedies.iter().map(ToString::to_string).collect();
        problem.serialize_entry("advice", &advice)?;
        problem.end()
    }
}
