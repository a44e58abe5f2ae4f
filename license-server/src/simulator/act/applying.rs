//! Applications for licenses, and what comes of them.

use std::time::Duration;

use license_core::UnixTime;

use super::goods::spaced;
use super::hearing::general;
use super::{Act, Done, Ends, Heard, IN_PROGRESS, OK, Promise, SETTLE};
use crate::simulator::caller::Members;
use crate::simulator::fault::Fault;
use crate::simulator::store::Upload;

/// How long a server may say "in progress" to what it refuses in the end.
const JUDGED_WITHIN: u32 = 10;
const PAUSE: Duration = Duration::from_secs(1);

/// One device's application.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in super::super) struct Application {
    pub(in super::super) instance: String,
    pub(in super::super) event: String,
    pub(in super::super) device: String,
    pub(in super::super) from: UnixTime,
    pub(in super::super) until: UnixTime,
}

impl Application {
    /// The call.
    pub(in super::super) fn members(&self) -> Members {
        Members::of("getLicenseAsync")
            .with("instanceId", &self.instance)
            .with("eventId", &self.event)
            .with("effectiveTime", spaced(self.from))
            .with("expireTime", spaced(self.until))
            .with("deviceFingerprint", &self.device)
    }
}

impl Act {
    /// An application of a new device under a new event.
    pub(in super::super) fn application(&self, instance: &str, ends: Ends) -> Application {
        self.application_on(instance, &self.device(), ends)
    }

    /// The same for a device.
    pub(in super::super) fn application_on(&self, instance: &str, device: &str, ends: Ends) -> Application {
        Application {
            instance: instance.to_owned(),
            event: self.world.chance.hex(),
            device: device.to_owned(),
            from: self.world.caller.clock().now(),
            until: self.day(ends),
        }
    }

    /// Applies; the license must be uploaded. That it is refused is the fault.
    pub(in super::super) async fn licensed(&mut self, application: &Application, refused: Fault) -> Done {
        let heard = self.hear(&application.members()).await?;
        self.accepted(&heard, refused)?;
        self.upload_of(application, &heard, refused).await
    }

    /// The same, but a refusal may be the server's that has not read the order yet: it is asked again for some time.
    pub(in super::super) async fn licensed_soon(
        &mut self,
        instance: &str,
        device: &str,
        ends: Ends,
        refused: Fault,
    ) -> Done {
        for _ in 1..JUDGED_WITHIN {
            let application = self.application_on(instance, device, ends);
            let heard = self.hear(&application.members()).await?;
            if heard.is_accepted() {
                return self.upload_of(&application, &heard, refused).await;
            }
            tokio::time::sleep(PAUSE).await;
        }
        let application = self.application_on(instance, device, ends);
        self.licensed(&application, refused).await
    }

    /// An application that was accepted must be uploaded within double patience, though something failed on the way;
    /// it is repeated meanwhile, as a buyer does who waits.
    pub(in super::super) async fn licensed_in_the_end(
        &mut self,
        application: &Application,
        missing: Fault,
    ) -> Done {
        let Some(store) = self.store() else { return Ok(()) };
        let began = self.world.caller.clock().instant();
        let pause = Duration::from_secs(3);
        let sent = format!("{} until it comes", application.members());
        let expected = "the license as an upload";
        self.promises.push(Promise { event: application.event.clone(), never: None });
        loop {
            let uploads = store.wait_for_uploads(&application.event, 1, pause).await;
            if let Some(first) = uploads.into_iter().next() {
                self.note(sent, expected, format!("{} bytes", first.license.len()));
                return Ok(());
            }
            if self.world.caller.clock().instant().duration_since(began) > self.world.patience * 2 {
                return self.wrong(missing, sent, expected, "no upload");
            }
            let heard = self.hear(&application.members()).await?;
            self.accepted(&heard, Fault::ApplicationRefused)?;
        }
    }

    /// Applies where one of these codes is due; that the application is accepted is the fault.
    pub(in super::super) async fn refused(
        &mut self,
        application: &Application,
        codes: &[&str],
        accepted: Fault,
    ) -> Done {
        let members = application.members();
        self.promises.push(Promise { event: application.event.clone(), never: Some(accepted) });
        let mut heard = self.hear(&members).await?;
        // In progress is a right answer while the server asks for the order; then it knows.
        for _ in 0..JUDGED_WITHIN {
            if heard.code() != IN_PROGRESS || self.has_upload(application) {
                break;
            }
            tokio::time::sleep(PAUSE).await;
            heard = self.hear(&members).await?;
        }
        let expected = format!("{} and no upload", codes.join(" or "));
        match heard.code() {
            OK => self.wrong(accepted, &heard.sent, expected, heard.shown()),
            _ if self.has_upload(application) => {
                self.wrong(accepted, &heard.sent, expected, "a license as an upload")
            }
            IN_PROGRESS => {
                self.note(&heard.sent, expected, format!("{}, and nothing more", heard.shown()));
                Ok(())
            }
            code if codes.contains(&code) => {
                self.note(&heard.sent, expected, heard.shown());
                Ok(())
            }
            _ => {
                self.wrong(general(&heard).unwrap_or(Fault::WrongCode), &heard.sent, expected, heard.shown())
            }
        }
    }

    /// Waits until nothing more comes under an event. What came must have the same bytes.
    pub(in super::super) async fn same_bytes(&mut self, application: &Application) -> Done {
        let Some(store) = self.store() else { return Ok(()) };
        let count = store.uploads(&application.event).len();
        let uploads = store.wait_for_uploads(&application.event, count.max(1) + 1, SETTLE).await;
        let sent = format!("event {}", application.event);
        let expected = "every upload under it has the same bytes";
        let came = format!("{} upload(s)", uploads.len());
        match uploads.iter().find(|upload| upload.license != uploads[0].license) {
            None => {
                self.note(sent, expected, came);
                Ok(())
            }
            Some(_) => {
                self.wrong(Fault::ReSignedRepeat, sent, expected, format!("{came} with different bytes"))
            }
        }
    }

    fn has_upload(&self, application: &Application) -> bool {
        self.store().is_some_and(|store| !store.uploads(&application.event).is_empty())
    }

    fn accepted(&mut self, heard: &Heard, refused: Fault) -> Done {
        if heard.is_accepted() {
            return Ok(());
        }
        let fault = general(heard).unwrap_or(refused);
        self.wrong(fault, &heard.sent, "000000 or 000004, then the license as an upload", heard.shown())
    }

    async fn upload_of(&mut self, application: &Application, heard: &Heard, refused: Fault) -> Done {
        let replied = self.world.caller.clock().instant();
        let expected = "000000 or 000004, then the license as an upload";
        self.promises.push(Promise { event: application.event.clone(), never: None });
        let Some(store) = self.store() else {
            self.note(&heard.sent, "000000 or 000004", heard.shown());
            return Ok(());
        };
        let uploads = store.wait_for_uploads(&application.event, 1, self.world.patience).await;
        if let Some(Upload { at, license, .. }) = uploads.into_iter().next() {
            let took = at.saturating_duration_since(replied);
            self.delivered_after(took);
            let came = format!("{}, {} bytes {} ms later", heard.shown(), license.len(), took.as_millis());
            self.note(&heard.sent, expected, came);
            return Ok(());
        }
        // What was judged only after the reply is told to whom asks again.
        let again = self.hear(&application.members()).await?;
        self.accepted(&again, refused)?;
        let came = format!("{}, and no upload within {} s", heard.shown(), self.world.patience.as_secs());
        self.wrong(Fault::NoUpload, &heard.sent, expected, came)
    }
}
