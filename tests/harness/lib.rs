//! A real server on a free port, the store's side of its calls, and machines to license.

mod agent;
mod customer;
mod devices;
mod files;
mod http;
mod market;
mod place;
pub mod postgres;
mod program;
mod proxy;
mod shop;
mod store;
mod toy;

pub use agent::{AgentReply, device_key};
pub use customer::{Customer, Running};
pub use devices::{Machine, machine};
pub use files::files_that_hold;
pub use http::{HttpReply, exchange, exchange_over, get, post_request};
pub use market::{Market, SKU};
pub use place::{
    database_of, database_url, folder_on_postgres, migrations, put_on_postgres, put_on_sqlite,
    runs_on_postgres,
};
pub use program::{Ran, Served, Workplace, is_foreign_agent, ran, write_privately};
pub use proxy::{Proxy, authority};
pub use shop::{DAY, NOW_MS, PATIENCE, Shop, ShopBuilder, change, eventually, purchase};
pub use store::{Reply, Signed, signed, store_time, utc14};
pub use toy::{Toy, ToyFault};

/// How many licenses the cases of an outbox make, in hundreds: `LICENSE_TESTS_DELIVERIES`, 1,000 unless it is set.
///
/// # Panics
/// When it is set to something that is no number.
#[must_use]
pub fn hundreds_of_deliveries() -> u32 {
    let asked =
        std::env::var("LICENSE_TESTS_DELIVERIES").ok().map(|text| text.parse::<u32>().expect("a number"));
    asked.unwrap_or(1_000).div_ceil(100)
}
