//! The store's open API: the settings, and what the store says to them.

use std::time::Duration;

use super::{Finding, finding, note, wrong};
use crate::clock::Clock;
use crate::config::{Settings, StoreApi};
use crate::engine::ids::{LineId, OrderId};
use crate::koogallery::openapi::{CallErrorKind, OpenApi};
use crate::launch;

/// How long one address may take.
const ANSWERS_WITHIN: Duration = Duration::from_secs(5);
/// Nobody has such an order; asking for it changes nothing.
const NO_ORDER: &str = "license-server-check";

pub(super) fn look(settings: &Settings, online: bool) -> Vec<Finding> {
    let Some(store) = &settings.store else {
        let says = "not set: orders are not read, [default] serves them";
        return vec![finding("orders", Ok(says.into()))];
    };
    if let Err(error) = launch::open_api(settings, &Clock::system()) {
        return vec![wrong("orders", error)];
    }
    let url = &store.url;
    let read = format!("orders are read and licenses uploaded at {url}");
    if !online {
        return vec![note(
            "orders",
            format!("{read}; whether AK and SK are right was not asked (use --online)"),
        )];
    }
    let addresses = [Some(url), store.fallback_url.as_ref()];
    addresses.into_iter().flatten().map(|url| ask(settings, store, url)).collect()
}

/// Asks one address for an order that there is not.
fn ask(settings: &Settings, store: &StoreApi, url: &str) -> Finding {
    let alone = StoreApi { url: url.to_owned(), fallback_url: None, ..store.clone() };
    let settings = Settings { store: Some(alone), ..settings.clone() };
    let api = match launch::open_api(&settings, &Clock::system()) {
        Ok(Some(api)) => api,
        Ok(None) => return wrong("orders", "STORE_URL is missing"),
        Err(error) => return wrong("orders", error),
    };
    match answer(&api) {
        Ok(Ok(())) => finding("orders", Ok(format!("{url} answers and knows AK and SK"))),
        Ok(Err((CallErrorKind::Parameter, _))) => {
            finding("orders", Ok(format!("{url} answers and knows AK and SK")))
        }
        Ok(Err((CallErrorKind::RateLimited | CallErrorKind::Failed, why))) => {
            note("orders", format!("{url} answers, and does not say whether it knows AK and SK: {why}"))
        }
        Ok(Err((_, why))) => wrong("orders", format!("{url}: {why}")),
        Err(why) => wrong("orders", why),
    }
}

type Answer = Result<(), (CallErrorKind, String)>;

fn answer(api: &OpenApi) -> Result<Answer, String> {
    let order = OrderId::parse(NO_ORDER).map_err(|e| e.to_string())?;
    let line = LineId::parse(NO_ORDER).map_err(|e| e.to_string())?;
    let runtime = tokio::runtime::Runtime::new().map_err(|e| e.to_string())?;
    let answer = runtime.block_on(api.order(&order, &line, ANSWERS_WITHIN));
    Ok(answer.map(drop).map_err(|error| (error.kind, error.message)))
}
