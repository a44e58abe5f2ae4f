//! The certificate, read again when its files change.

use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, SystemTime};

use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::{self, PemObject as _};
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{self, ServerConfig};
use tracing::{error, info};

use crate::private_file;

const CHECK_EVERY: Duration = Duration::from_secs(2);

/// Where the certificate is, as PEM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsFiles {
    /// The certificate, then those that vouch for it.
    pub cert: PathBuf,
    /// Its private key.
    pub key: PathBuf,
}

/// Why there is no certificate.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read as PEM.
    #[error("{}: {source}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: pem::Error,
    },
    /// Others can read the private key.
    #[error(transparent)]
    Exposed(#[from] private_file::Exposed),
    /// The files do not go together.
    #[error("the certificate cannot be used: {}", said(.0))]
    Unusable(#[from] rustls::Error),
}

fn said(error: &rustls::Error) -> String {
    match error {
        rustls::Error::InconsistentKeys(_) => "TLS_KEY is not the key of TLS_CERT's first certificate".into(),
        rustls::Error::NoCertificatesPresented => "there is none in the file".into(),
        other => other.to_string(),
    }
}

/// The certificate in use; clones share it.
#[derive(Clone, Debug)]
pub struct Tls {
    files: Arc<TlsFiles>,
    current: Arc<RwLock<Loaded>>,
}

#[derive(Clone, Debug)]
struct Loaded {
    config: Arc<ServerConfig>,
    stamp: Stamp,
    /// The stamp of files that were tried in vain, so that they are complained of once.
    failed: Option<Stamp>,
}

/// When each file changed and how long it is; `None` while it is missing.
type Stamp = [Option<(SystemTime, u64)>; 2];

impl Tls {
    /// Reads a certificate and its key.
    ///
    /// # Errors
    /// When a file cannot be read, or the two do not go together.
    pub fn load(files: TlsFiles) -> Result<Self, TlsError> {
        // Before the files, so that a change between the two is seen later.
        let stamp = stamp(&files);
        let config = Arc::new(config(&files)?);
        let current = Arc::new(RwLock::new(Loaded { config, stamp, failed: None }));
        Ok(Self { files: Arc::new(files), current })
    }

    /// Handshakes with the certificate of now.
    pub(super) fn acceptor(&self) -> TlsAcceptor {
        self.current.read().unwrap_or_else(PoisonError::into_inner).config.clone().into()
    }

    /// Looks after the files for ever.
    pub(super) async fn follow(self) {
        let mut ticks = tokio::time::interval(CHECK_EVERY);
        loop {
            ticks.tick().await;
            let tls = self.clone();
            // A failure would be a panic in there; the next tick tries again.
            let _ = tokio::task::spawn_blocking(move || tls.refresh()).await;
        }
    }

    /// Reads the files again, changed or not; keeps what there is if they do not go together.
    ///
    /// # Errors
    /// [`TlsError`]
    pub fn read_again(&self) -> Result<(), TlsError> {
        let stamp = stamp(&self.files);
        let config = Arc::new(config(&self.files)?);
        let loaded = Loaded { config, stamp, failed: None };
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = loaded;
        Ok(())
    }

    /// Takes changed files if they go together; keeps what there is if not: one of two may be written already.
    fn refresh(&self) {
        let stamp = stamp(&self.files);
        let failed = {
            let current = self.current.read().unwrap_or_else(PoisonError::into_inner);
            if current.stamp == stamp {
                return;
            }
            current.failed
        };
        let loaded = config(&self.files);
        let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
        match loaded {
            Ok(config) => {
                *current = Loaded { config: Arc::new(config), stamp, failed: None };
                info!("the certificate was replaced");
            }
            Err(error) => {
                current.failed = Some(stamp);
                if failed != Some(stamp) {
                    error!(%error, "the certificate's files changed and cannot be used; the old one stays");
                }
            }
        }
    }
}

fn stamp(files: &TlsFiles) -> Stamp {
    let of = |path: &Path| {
        let metadata = std::fs::metadata(path).ok()?;
        Some((metadata.modified().ok()?, metadata.len()))
    };
    [of(&files.cert), of(&files.key)]
}

fn config(files: &TlsFiles) -> Result<ServerConfig, TlsError> {
    let fault = |path: &Path| {
        let path = path.to_owned();
        move |source| TlsError::File { path, source }
    };
    let chain = CertificateDer::pem_file_iter(&files.cert)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(fault(&files.cert))?;
    private_file::check_secret(&files.key)?;
    let key = PrivateKeyDer::from_pem_file(&files.key).map_err(fault(&files.key))?;
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, key)?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}

#[cfg(test)]
mod tests {
    use std::fs::{self, File};

    use super::*;

    fn write(files: &TlsFiles, cert: &str, key: &str, at_secs: u64) {
        for (path, text) in [(&files.cert, cert), (&files.key, key)] {
            license_core::atomic_file::replace(
                path,
                text.as_bytes(),
                license_core::atomic_file::Readers::Owner,
            )
            .unwrap();
            let time = SystemTime::UNIX_EPOCH + Duration::from_secs(at_secs);
            File::options().write(true).open(path).unwrap().set_modified(time).unwrap();
        }
    }

    fn pair() -> (String, String) {
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        (made.cert.pem(), made.signing_key.serialize_pem())
    }

    #[test]
    fn a_replaced_certificate_is_taken_and_a_half_replaced_one_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let files = TlsFiles { cert: folder.path().join("cert.pem"), key: folder.path().join("key.pem") };
        let ((cert, key), (new_cert, new_key)) = (pair(), pair());
        write(&files, &cert, &key, 1);
        let tls = Tls::load(files.clone()).unwrap();
        let config = || Arc::clone(tls.acceptor().config());
        let first = config();

        tls.refresh();
        assert!(Arc::ptr_eq(&first, &config()), "nothing changed");
        write(&files, &new_cert, &key, 2);
        tls.refresh();
        assert!(Arc::ptr_eq(&first, &config()), "the key is still the old one");
        fs::remove_file(&files.key).unwrap();
        tls.refresh();
        assert!(Arc::ptr_eq(&first, &config()), "the key is missing");
        write(&files, &new_cert, &new_key, 3);
        tls.refresh();
        assert!(!Arc::ptr_eq(&first, &config()));
    }

    #[test]
    fn files_that_do_not_go_together_are_refused_by_name() {
        let folder = tempfile::tempdir().unwrap();
        let files = TlsFiles { cert: folder.path().join("cert.pem"), key: folder.path().join("key.pem") };
        let missing = Tls::load(files.clone()).unwrap_err().to_string();
        assert!(missing.contains("cert.pem"), "{missing}");
        let ((cert, key), (_, other_key)) = (pair(), pair());
        write(&files, &cert, &other_key, 1);
        assert!(matches!(Tls::load(files.clone()), Err(TlsError::Unusable(_))));
        write(&files, &cert, &cert, 1);
        assert!(matches!(Tls::load(files.clone()), Err(TlsError::File { path, .. }) if path == files.key));
        write(&files, "", &key, 1);
        assert!(Tls::load(files).is_err());
    }
}
