//! `simulate --listen-only`: the open API alone, and what is asked of it.

use std::time::Duration;

use super::super::{Done, output, serve};
use crate::simulator::store::{SimulatedStore, UploadForm};

const LOOK_EVERY: Duration = Duration::from_millis(200);

/// Prints what comes until Ctrl-C.
pub(super) async fn until_stopped(store: &SimulatedStore, how_to_set: &str) -> Done {
    let stop = serve::asked_to_stop()?;
    output::line(how_to_set)?;
    output::line("Until Ctrl-C every call is shown here.\n")?;
    let mut seen = Seen::default();
    tokio::select! {
        () = stop => {}
        ended = seen.follow(store) => ended?,
    }
    seen.show(store)?;
    store.stop().await;
    Ok(())
}

/// What was shown already.
#[derive(Default)]
struct Seen {
    orders: u64,
    uploads: usize,
    complaints: usize,
}

impl Seen {
    async fn follow(&mut self, store: &SimulatedStore) -> Done {
        loop {
            self.show(store)?;
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    fn show(&mut self, store: &SimulatedStore) -> Done {
        let counts = store.counts();
        if counts.order_queries > self.orders {
            output::line(format!("order query  {} more", counts.order_queries - self.orders))?;
            self.orders = counts.order_queries;
        }
        let uploads = store.all_uploads();
        for upload in uploads.iter().skip(self.uploads) {
            let form = match &upload.form {
                UploadForm::Characters => "characters".to_owned(),
                UploadForm::File { name } => format!("the file {name}"),
            };
            let (event, bytes) = (&upload.event, upload.license.len());
            output::line(format!("upload       event {event}, {bytes} bytes as {form}"))?;
        }
        self.uploads = uploads.len();
        let complaints = store.complaints();
        for complaint in complaints.iter().skip(self.complaints) {
            output::line(format!("REFUSED      {}: {}", complaint.path, complaint.message))?;
        }
        self.complaints = complaints.len();
        Ok(())
    }
}
