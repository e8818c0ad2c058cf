//! What the handlers are given: the directory, outlines and places, or why there is no directory.

use std::sync::Arc;

use kit::{clock::Clock, health::Status};

use crate::{config::Config, data::Data, error::Error, reload::Files};

/// The data, or the reason why it is not there; swapped whole, so that a request sees one edition.
pub struct App {
    files: Arc<Files>,
}

impl App {
    /// Loads the files. A directory that cannot be used leaves the service up but not ready, so that one that serves
    /// everything else is not kept down by it; outlines and places that were named and cannot be used stop it, because
    /// without them it would give other answers. Blocks for about a second.
    pub fn load(config: &Config, clock: &Clock) -> anyhow::Result<Self> {
        Ok(Self { files: Arc::new(Files::load(config, clock)?) })
    }

    /// The data of one edition; the refusal that every route gives without it.
    pub fn data(&self) -> Result<Arc<Data>, Error> {
        self.files.current().data.clone().map_err(|_reported_by_readyz| Error::NotLoaded)
    }

    /// For `/readyz`: failed without data, degraded while a newer file could not be loaded.
    pub fn status(&self) -> Status {
        let current = self.files.current();
        match (&current.data, &current.note) {
            (Ok(_), None) => Status::Ok,
            (Ok(_), Some(note)) => Status::Degraded(note.clone()),
            (Err(reason), _) => Status::Failed(reason.clone()),
        }
    }

    /// Which newer files are not in use, and why.
    pub fn note(&self) -> Option<String> {
        self.files.current().note.clone()
    }

    /// Puts files that were replaced in use.
    pub async fn refresh(&self) -> anyhow::Result<()> {
        let files = self.files.clone();
        Ok(tokio::task::spawn_blocking(move || files.refresh()).await?)
    }
}
