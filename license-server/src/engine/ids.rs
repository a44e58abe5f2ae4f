//! Names that come from outside, checked once.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A text that is empty, too long, or holds control characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Nothing, or white space only.
    #[error("is empty")]
    Empty,
    /// More characters than the store ever sends.
    #[error("is longer than {0} characters")]
    TooLong(usize),
    /// A control character, which no name has.
    #[error("holds a control character")]
    Control,
}

fn checked(text: &str, limit: usize) -> Result<String, NameError> {
    if text.trim().is_empty() {
        return Err(NameError::Empty);
    }
    if text.chars().count() > limit {
        return Err(NameError::TooLong(limit));
    }
    if text.chars().any(char::is_control) {
        return Err(NameError::Control);
    }
    Ok(text.to_owned())
}

macro_rules! name {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Checks a text of 1 to 64 characters.
            ///
            /// # Errors
            /// [`NameError`]
            pub fn parse(text: &str) -> Result<Self, NameError> {
                checked(text, 64).map(Self)
            }

            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

name! {
    /// What was bought, one per order line; the `sub` of its licenses.
    InstanceId
}
name! {
    /// An order of the store.
    OrderId
}
name! {
    /// One line of an order.
    LineId
}
name! {
    /// One application for a license; the license is delivered under it.
    EventId
}
name! {
    /// The store's name for a product or for one of its specifications (sku).
    ProductName
}

/// An order and the line in it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct OrderLine {
    /// The order.
    pub order: OrderId,
    /// The line.
    pub line: LineId,
}

impl OrderLine {
    /// The order line of an instance that was issued by hand for no order of the store.
    #[must_use]
    pub fn by_hand(instance: &InstanceId) -> Self {
        Self { order: OrderId("by-hand".into()), line: LineId(instance.0.clone()) }
    }
}

impl fmt::Display for OrderLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.order, self.line)
    }
}

/// Which product is meant: any of the names may be missing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProductRef {
    /// The catalog entry itself, when the operator named it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// `skuCode`
    pub sku: Option<ProductName>,
    /// `productId`
    pub product_id: Option<ProductName>,
}

/// What the buyer calls a machine: 1 to 64 printable characters. It may name a person, so it is not printed.
#[derive(Clone, PartialEq, Eq)]
pub struct SeatName(String);

impl SeatName {
    /// Checks a name; white space around it is dropped.
    ///
    /// # Errors
    /// [`NameError`]
    pub fn parse(text: &str) -> Result<Self, NameError> {
        let name = checked(text.trim(), 64)?;
        // They turn what follows around, or make two names look alike.
        let misleads = |c: char| matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}');
        if name.chars().any(misleads) { Err(NameError::Control) } else { Ok(Self(name)) }
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for SeatName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SeatName(***)")
    }
}

/// An instance's key in storage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct InstanceKey(pub i64);

/// An application's key in storage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ApplicationKey(pub i64);

/// A seat's number in its instance, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SeatNo(pub u32);

impl fmt::Display for SeatNo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
