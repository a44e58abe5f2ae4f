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
pub use http::{HttpReply, exchange, exchange_over, post_request};
pub use market::{Market, SKU};
pub use place::{database_of, database_url, migrations, runs_on_postgres};
pub use program::{Ran, Served, Workplace, is_foreign_agent, ran};
pub use proxy::{Proxy, authority};
pub use shop::{DAY, NOW_MS, Shop, ShopBuilder, change, eventually, in_a_minute, purchase};
pub use store::{Reply, Signed, signed, store_time, utc14};
pub use toy::{Toy, ToyFault};
