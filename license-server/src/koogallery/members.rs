//! A call's members, read as the text that the store means.

use license_core::{FingerprintError, UnixTime};
use serde_json::value::RawValue;

use super::canonical::{Body, BodyError};
use super::times::{TimeError, parse_time};
use crate::engine::ids::{LineId, NameError, OrderId, OrderLine, ProductName, ProductRef};

/// The most characters of a `productInfo` that comes as text; the store's guide names no limit.
const MAX_PRODUCT_INFO: usize = 4096;

/// A member that is not what the call needs.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{member} {fault}")]
pub struct ParameterError {
    /// Its name; `body` for the whole.
    pub member: &'static str,
    /// What is wrong with it.
    pub fault: Fault,
}

/// What is wrong with a member.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Absent, `null` or empty.
    #[error("is missing")]
    Missing,
    /// An array or an object, or half a character.
    #[error("is not a text")]
    NotText,
    /// Longer than the store's guide allows.
    #[error("is longer than {0} characters")]
    TooLong(usize),
    /// Not one of the words that the store's guide lists.
    #[error("is not a known value")]
    Unknown,
    /// No name.
    #[error(transparent)]
    Name(#[from] NameError),
    /// No time.
    #[error(transparent)]
    Time(#[from] TimeError),
    /// Not one JSON object.
    #[error(transparent)]
    Body(#[from] BodyError),
    /// Neither `skuCode` nor `productId`.
    #[error("names neither skuCode nor productId")]
    NoProduct,
    /// More names than fit in one call.
    #[error("names more than {0}")]
    TooMany(usize),
    /// A text that is no fingerprint.
    #[error("is refused: {0}")]
    Fingerprint(#[from] FingerprintError),
}

/// Reads members of one object.
#[derive(Clone, Copy, Debug)]
pub(super) struct Members<'a>(pub(super) &'a Body<'a>);

impl Members<'_> {
    /// A text of at most `limit` characters; `None` when it is absent, `null` or empty. Numbers and booleans are read
    /// as they were spelled.
    pub(super) fn optional(
        self,
        member: &'static str,
        limit: usize,
    ) -> Result<Option<String>, ParameterError> {
        // R2
        let Some(value) = self.0.get(member) else { return Ok(None) };
        let text = text_of(value).ok_or(ParameterError { member, fault: Fault::NotText })?;
        if text.chars().count() > limit {
            return Err(ParameterError { member, fault: Fault::TooLong(limit) });
        }
        Ok(Some(text).filter(|text| !text.trim().is_empty()))
    }

    /// The same; absent is an error.
    pub(super) fn required(self, member: &'static str, limit: usize) -> Result<String, ParameterError> {
        self.optional(member, limit)?.ok_or(ParameterError { member, fault: Fault::Missing })
    }

    /// A name of at most 64 characters, as every id of the store's is.
    pub(super) fn name<T>(
        self,
        member: &'static str,
        parse: fn(&str) -> Result<T, NameError>,
    ) -> Result<T, ParameterError> {
        let text = self.required(member, 64)?;
        parse(&text).map_err(|error| ParameterError { member, fault: error.into() })
    }

    /// The same; absent is `None`.
    pub(super) fn optional_name<T>(
        self,
        member: &'static str,
        parse: fn(&str) -> Result<T, NameError>,
    ) -> Result<Option<T>, ParameterError> {
        let text = self.optional(member, 64)?;
        text.map(|text| parse(&text).map_err(|error| ParameterError { member, fault: error.into() }))
            .transpose()
    }

    /// `orderId` and `orderLineId`.
    pub(super) fn order_line(self) -> Result<OrderLine, ParameterError> {
        Ok(OrderLine {
            order: self.name("orderId", OrderId::parse)?,
            line: self.name("orderLineId", LineId::parse)?,
        })
    }

    /// A time in either of the store's spellings.
    pub(super) fn time(self, member: &'static str, limit: usize) -> Result<UnixTime, ParameterError> {
        self.optional_time(member, limit)?.ok_or(ParameterError { member, fault: Fault::Missing })
    }

    /// The same; absent is `None`.
    pub(super) fn optional_time(
        self,
        member: &'static str,
        limit: usize,
    ) -> Result<Option<UnixTime>, ParameterError> {
        let text = self.optional(member, limit)?;
        text.map(|text| parse_time(&text).map_err(|error| ParameterError { member, fault: error.into() }))
            .transpose()
    }

    /// `productInfo`: an object with `skuCode`, `productId` or both, or a text that holds such an object.
    pub(super) fn product_info(self) -> Result<ProductRef, ParameterError> {
        let refuse = |fault| ParameterError { member: "productInfo", fault };
        let value = self.0.get("productInfo").ok_or(refuse(Fault::Missing))?;
        let as_text;
        let object = if value.get().starts_with('"') {
            as_text = self.required("productInfo", MAX_PRODUCT_INFO)?;
            as_text.as_str()
        } else {
            value.get()
        };
        let body = Body::parse(object.as_bytes()).map_err(|error| refuse(error.into()))?;
        let inner = Members(&body);
        let product = ProductRef {
            code: None,
            sku: inner.optional_name("skuCode", ProductName::parse)?,
            product_id: inner.optional_name("productId", ProductName::parse)?,
        };
        if product == ProductRef::default() { Err(refuse(Fault::NoProduct)) } else { Ok(product) }
    }
}

fn text_of(value: &RawValue) -> Option<String> {
    match value.get().as_bytes().first() {
        Some(b'"') => serde_json::from_str(value.get()).ok(),
        Some(b'{' | b'[') | None => None,
        Some(_) => Some(value.get().to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with<T>(json: &str, read: impl FnOnce(Members<'_>) -> T) -> T {
        read(Members(&Body::parse(json.as_bytes()).unwrap()))
    }

    /// R2
    #[test]
    fn scalars_are_read_as_they_were_spelled() {
        for (json, text) in
            [(r#""7""#, "7"), ("7", "7"), ("1.50", "1.50"), ("true", "true"), (r#""\u4e2d""#, "中")]
        {
            let read = with(&format!(r#"{{"a":{json}}}"#), |members| members.required("a", 8));
            assert_eq!(read.as_deref(), Ok(text));
        }
    }

    #[test]
    fn nothing_null_and_empty_are_absent() {
        for json in ["{}", r#"{"a":null}"#, r#"{"a":""}"#, r#"{"a":" \t"}"#] {
            assert_eq!(with(json, |members| members.optional("a", 8)), Ok(None), "{json}");
            let missing = Err(ParameterError { member: "a", fault: Fault::Missing });
            assert_eq!(with(json, |members| members.required("a", 8)), missing, "{json}");
        }
    }

    #[test]
    fn a_text_is_counted_in_characters() {
        assert!(with(r#"{"a":"中文中文"}"#, |members| members.required("a", 4)).is_ok());
        let error = with(r#"{"a":"中文中文中"}"#, |members| members.required("a", 4)).unwrap_err();
        assert_eq!(error.to_string(), "a is longer than 4 characters");
    }

    #[test]
    fn what_is_no_text_or_no_name_is_refused() {
        let fault = |json: &str| with(json, |members| members.name("a", OrderId::parse)).unwrap_err().fault;
        assert_eq!(fault(r#"{"a":{}}"#), Fault::NotText);
        assert_eq!(fault(r#"{"a":["x"]}"#), Fault::NotText);
        assert_eq!(fault(r#"{"a":"\ud800"}"#), Fault::NotText);
        assert_eq!(fault(r#"{"a":"x\u0000"}"#), Fault::Name(NameError::Control));
        assert_eq!(fault(&format!(r#"{{"a":"{}"}}"#, "x".repeat(65))), Fault::TooLong(64));
    }

    #[test]
    fn a_product_is_named_by_object_or_by_text() {
        let read =
            |info: &str| with(&format!(r#"{{"productInfo":{info}}}"#), |members| members.product_info());
        let expected =
            ProductRef { product_id: Some(ProductName::parse("p").unwrap()), ..ProductRef::default() };
        assert_eq!(read(r#"{"productId":"p"}"#), Ok(expected.clone()));
        assert_eq!(read(r#""{\"productId\":\"p\",\"skuCode\":\"\"}""#), Ok(expected));
        assert_eq!(read(r#"{"skuCode":"s","memo":1}"#).unwrap().sku.unwrap().as_str(), "s");

        let fault = |info| read(info).unwrap_err().fault;
        assert_eq!(fault("null"), Fault::Missing);
        assert_eq!(fault(r#""""#), Fault::Missing);
        assert_eq!(fault("{}"), Fault::NoProduct);
        assert_eq!(fault("7"), Fault::Body(BodyError::NotAnObject));
        assert_eq!(fault(r#""p""#), Fault::Body(BodyError::NotAnObject));
        assert_eq!(fault(r#"{"skuCode":"a","skuCode":"b"}"#), Fault::Body(BodyError::Duplicate));
        assert_eq!(read(r#"{"skuCode":[]}"#).unwrap_err().member, "skuCode");
    }
}
