//! stub
#![allow(missing_docs, unused)]
use crate::clock::Clock;
use crate::config::Secret;
use crate::engine::catalog::DeliveryForm;
use crate::engine::ids::*;
use std::time::Duration;
#[derive(Clone, Debug)]
pub struct OpenApi;
#[derive(Debug)]
pub struct OpenApiSettings {
    pub url: String,
    pub fallback_url: Option<String>,
    pub access_key: Secret,
    pub secret_key: Secret,
    pub keep_buyer: bool,
    pub clock: Clock,
}
#[derive(Debug, thiserror::Error)]
#[error("x")]
pub struct OpenApiError;
#[derive(Debug, thiserror::Error)]
#[error("x")]
pub struct CallError {
    pub kind: CallErrorKind,
    pub retry_after: Option<Duration>,
}
impl CallError {
    pub fn may_have_arrived(&self) -> bool {
        false
    }
}
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallErrorKind {
    Unreachable,
    TimedOut,
    Garbled,
    RateLimited,
    NotAllowed,
    Parameter,
    Final,
    TooLong,
    Failed,
}
impl OpenApi {
    pub fn new(_s: OpenApiSettings) -> Result<Self, OpenApiError> {
        Ok(Self)
    }
    pub async fn order(&self, _o: &OrderId, _l: &LineId, _b: Duration) -> Result<super::Order, CallError> {
        Err(CallError { kind: CallErrorKind::Failed, retry_after: None })
    }
    pub async fn upload(&self, _e: &str, _t: &str, _f: DeliveryForm) -> Result<(), CallError> {
        Ok(())
    }
}
