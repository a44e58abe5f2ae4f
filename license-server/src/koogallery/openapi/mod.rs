//! stub
#![allow(missing_docs)]
use crate::clock::Clock;
use crate::config::Secret;
use crate::engine::catalog::DeliveryForm;
use crate::engine::ids::*;
use crate::engine::request::*;
use std::time::Duration;
#[derive(Clone, Debug)]
pub struct OpenApi;
#[derive(Debug)]
pub struct OpenApiSettings {
    pub url: String,
    pub fallback_url: Option<String>,
    pub access_key: Secret,
    pub secret_key: Secret,
    pub clock: Clock,
}
#[derive(Debug, thiserror::Error)]
#[error("x")]
pub struct OpenApiError;
#[derive(Debug, thiserror::Error)]
#[error("x")]
pub struct Contradiction;
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
#[derive(Debug, Clone, Copy)]
pub enum Purpose {
    Purchase,
    Change,
}
#[derive(Debug)]
pub struct Order;
impl Order {
    pub fn facts(&self, _l: &OrderLine, _p: Purpose, _k: bool) -> Result<OrderFacts, Contradiction> {
        Err(Contradiction)
    }
}
impl OpenApi {
    pub fn new(_s: OpenApiSettings) -> Result<Self, OpenApiError> {
        Ok(Self)
    }
    pub async fn order(&self, _o: &OrderId, _l: &LineId, _b: Duration) -> Result<Order, CallError> {
        Ok(Order)
    }
    pub async fn upload(&self, _e: &str, _t: &str, _f: DeliveryForm) -> Result<(), CallError> {
        Ok(())
    }
}
