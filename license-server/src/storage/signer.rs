//! Signatures are made on a thread of their own while the writer goes on.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

use license_core::{Claims, SigningKey};

use super::StorageError;
use super::store::thread;
use crate::engine::signing::Token;

/// How many licenses may wait; what finds no room is signed by the writer when it needs the bytes.
const WAITING: usize = 1024;

/// Takes licenses that are to be signed. Its thread ends with the last clone.
#[derive(Clone, Debug)]
pub(super) struct Signer(SyncSender<Token>);

impl Signer {
    pub(super) fn start() -> Result<(Self, JoinHandle<()>), StorageError> {
        let (sender, waiting) = sync_channel(WAITING);
        let thread = thread("signer", move || sign_until_closed(&waiting))?;
        Ok((Self(sender), thread))
    }

    /// A license that will be signed soon. What cannot be signed is known at once.
    pub(super) fn promise(&self, key: &Arc<SigningKey>, claims: &Claims) -> Result<Token, String> {
        let unsigned = key.prepare(claims).map_err(|e| e.to_string())?;
        let token = Token::promise(Arc::clone(key), unsigned);
        // Nobody there, or too much to do: then it is signed where it is needed.
        let _ = self.0.try_send(token.clone());
        Ok(token)
    }
}

fn sign_until_closed(waiting: &Receiver<Token>) {
    while let Ok(token) = waiting.recv() {
        let _ = token.as_str();
    }
}
