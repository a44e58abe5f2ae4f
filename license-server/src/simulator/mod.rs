//! The store, played: what a vendor tries everything against before the store is asked.
//!
//! [`store`] is its open API, which a server asks about orders and uploads licenses to. [`play`] makes its calls to any
//! production URL, case by case, and finds out what is wrong with the server behind it.
//!
//! ```no_run
//! # use license_server::{clock::Clock, config::Secret, simulator::*};
//! # async fn try_out() -> Result<(), Box<dyn std::error::Error>> {
//! let options = store::StoreOptions::local(Secret::from("ak"), Secret::from("sk"));
//! let store = store::SimulatedStore::listen(options).await?;
//! // … a license server is started with `store.url()` …
//! let url = "http://127.0.0.1:8080/koogallery/produce".parse()?;
//! let plan = Plan::new(url, Secret::from("access-key"), Clock::system(), [7; 16]).with_store(store);
//! let report = play(plan, |case| println!("{}", report::case_line(case))).await;
//! assert_eq!(report.faults(), Vec::<&str>::new());
//! # Ok(())
//! # }
//! ```

mod act;
pub mod caller;
pub mod cases;
mod chance;
mod fault;
mod play;
pub mod report;
pub mod store;

pub use caller::{ProductionUrl, UrlError};
pub use cases::{Case, Needs};
pub use chance::Chance;
pub use fault::Fault;
pub use play::{Plan, play};
pub use report::{CaseResult, Report, Step, Verdict};
