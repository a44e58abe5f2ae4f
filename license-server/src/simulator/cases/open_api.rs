//! The server's own calls, as the open API saw them.

use super::{Case, Needs};
use crate::simulator::act::{Act, Done};
use crate::simulator::fault::Fault;
use crate::simulator::store::About;

pub(super) const CASES: &[Case] = &[Case {
    name: "calls-to-the-open-api",
    group: "open-api",
    page: "0070649351",
    why: "the store refuses calls that are not signed with AK/SK, and uploads whose form, size or sha256 is wrong",
    needs: Needs::Uploads,
    play: |act| Box::pin(in_form(act)),
}];

async fn in_form(act: &mut Act) -> Done {
    let Some(store) = act.store() else { return Ok(()) };
    let counts = store.counts();
    let sent = format!("the server's {} order queries and {} uploads", counts.order_queries, counts.uploads);
    let expected = "all of them in form";
    // To ask about an order that does not exist, as a debug call names one, is no fault of form.
    match store.complaints().iter().find(|complaint| complaint.about != About::UnknownOrder) {
        None => {
            act.note(sent, expected, format!("{} uploads taken, none refused for its form", counts.accepted));
            Ok(())
        }
        Some(first) => {
            let came = format!("{}: {}", first.path, first.message);
            act.wrong(Fault::OpenApiRefused, sent, expected, came)
        }
    }
}
