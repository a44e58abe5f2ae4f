//! The server that is played against when nobody names another: this program's own, for the length of a run.

use std::path::{Path, PathBuf};

use license_core::SigningKey;

use super::super::CommandError;
use crate::clock::Clock;
use crate::config::{Secret, Settings, StoreApi};
use crate::keystore::{DEV_FOLDER, KeyFolder};
use crate::launch::{Mode, Running, launch};
use crate::simulator::ProductionUrl;

const CATALOG: &str = "[default]\ncode = \"simulated\"\n";

/// A server with development keys in a folder of its own; the folder goes with it.
pub(super) struct OwnServer {
    running: Running,
    folder: Folder,
    access_key: Secret,
    path: String,
}

struct Folder(PathBuf);

impl OwnServer {
    /// Starts it with a store's open API.
    pub(super) async fn start(store: StoreApi, clock: Clock) -> Result<Self, CommandError> {
        let name = format!("license-simulate-{}", data_encoding::HEXLOWER.encode(&rand::random::<[u8; 8]>()));
        let folder = Folder(std::env::temp_dir().join(name));
        let access_key = Secret::from(data_encoding::HEXLOWER.encode(&rand::random::<[u8; 16]>()).as_str());
        let mut settings = settings(&folder.0, access_key.clone(), &clock)?;
        settings.store = Some(store);
        let running = launch(&settings, Mode::Demo, clock).await?;
        Ok(Self { running, folder, access_key, path: settings.produce_path })
    }

    /// Where the store calls it, and with which access key.
    pub(super) fn called_at(&self) -> Result<(ProductionUrl, Secret), CommandError> {
        let url = format!("http://{}{}", self.running.address, self.path);
        let url = url.parse().map_err(|e| CommandError::Said(format!("{url}: {e}")))?;
        Ok((url, self.access_key.clone()))
    }

    /// Ends it.
    pub(super) async fn stop(self) {
        self.running.stop().await;
        drop(self.folder);
    }
}

fn settings(folder: &Path, access_key: Secret, clock: &Clock) -> Result<Settings, CommandError> {
    std::fs::create_dir(folder)?;
    let keys = folder.join(DEV_FOLDER);
    KeyFolder::open_or_create(&keys)?.add(&SigningKey::generate(&mut rand::rng()), clock.now())?;
    let products = folder.join("catalog.toml");
    std::fs::write(&products, CATALOG)?;
    let mut settings = Settings::new("https://vendor.example", vec![access_key]);
    settings.listen = (std::net::Ipv4Addr::LOCALHOST, 0).into();
    settings.operator_listen = None;
    settings.database = folder.join("license.db").into();
    settings.keys = keys;
    settings.products = Some(products);
    settings.delivery_dir = folder.join("delivered");
    Ok(settings)
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What is left lies in the system's folder for temporary files.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
