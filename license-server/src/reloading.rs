//! What a running server reads again when it is asked to.

use crate::config::Settings;
use crate::engine::Policy;
use crate::http::Tls;
use crate::keystore::KeyStore;
use crate::launch::read_again;
use crate::storage::{SharedPolicy, StorageError, Store};

/// Catalog, keys and certificate of a server. Settings are read at its start only.
#[derive(Clone, Debug)]
pub(crate) struct Reloading {
    pub(crate) settings: Settings,
    pub(crate) policy: SharedPolicy,
    pub(crate) keystore: KeyStore,
    pub(crate) tls: Option<Tls>,
    pub(crate) store: Store,
}

impl Reloading {
    /// Reads each of them again. One that cannot be used stays as it was; the log says what became of each.
    pub(crate) async fn reload(&self) {
        self.catalog().await;
        let keystore = self.keystore.clone();
        match tokio::task::spawn_blocking(move || keystore.read_again()).await {
            Ok(Ok(())) => tracing::info!("the folder of keys was read again"),
            Ok(Err(error)) => {
                tracing::error!(%error, "the folder of keys cannot be used; the old keys stay")
            }
            Err(error) => tracing::error!(%error, "the folder of keys was not read"),
        }
        let Some(tls) = self.tls.clone() else { return };
        match tokio::task::spawn_blocking(move || tls.read_again()).await {
            Ok(Ok(())) => tracing::info!("the certificate was read again"),
            Ok(Err(error)) => tracing::error!(%error, "the certificate cannot be used; the old one stays"),
            Err(error) => tracing::error!(%error, "the certificate was not read"),
        }
    }

    async fn catalog(&self) {
        let settings = self.settings.clone();
        let catalog = match tokio::task::spawn_blocking(move || settings.catalog()).await {
            Ok(Ok(catalog)) => catalog,
            Ok(Err(error)) => {
                tracing::error!(%error, "the catalog cannot be used; the old one stays");
                return;
            }
            Err(error) => {
                tracing::error!(%error, "the catalog was not read");
                return;
            }
        };
        let products = catalog.products.len();
        self.policy.replace(Policy { catalog, ..(*self.policy.current()).clone() });
        tracing::info!(products, "the catalog was read again");
        if self.settings.store.is_some()
            && let Err(error) = self.serve_more().await
        {
            tracing::error!(%error, "orders that the new catalog may serve are read at the next start");
        }
    }

    /// The catalog may serve now what it did not serve before.
    async fn serve_more(&self) -> Result<(), StorageError> {
        let unserved = self.store.read(|reader| reader.instances_without_entry()).await?;
        read_again(&self.store, unserved).await
    }
}
