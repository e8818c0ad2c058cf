//! The application state: the loaded data, or the reason why it is missing.

use std::sync::Arc;

use kit::{clock::Clock, http::health::check::Status};

use crate::{config::Config, data::Edition, error::Error, reload::files::Files};

/// The data, replaced as a whole, so that a request sees one edition.
pub struct App {
    files: Arc<Files>,
}

impl App {
    /// Loads the files. Without a usable directory the service starts but is not ready, so that it does not stop a process
    /// that runs other services too; boundaries and places that are configured but cannot be loaded are an error, because
    /// without them the answers would be different. Blocks for about a second.
    pub fn load(config: &Config, clock: &Clock) -> anyhow::Result<Self> {
        Ok(Self { files: Arc::new(Files::load(config, clock)?) })
    }

    /// The current edition of the data; an error, which every route returns, if there is none.
    pub(crate) fn data(&self) -> Result<Arc<Edition>, Error> {
        self.files.current().data.clone().map_err(|_reported_by_readyz| Error::NotLoaded)
    }

    /// For `/readyz`: failed without data, degraded while a newer file could not be loaded.
    pub(crate) fn status(&self) -> Status {
        let current = self.files.current();
        match (&current.data, &current.note) {
            (Ok(_), None) => Status::Ok,
            (Ok(_), Some(note)) => Status::Degraded(note.clone()),
            (Err(reason), _) => Status::Failed(reason.clone()),
        }
    }

    /// Which newer files are not in use, and why.
    pub(crate) fn note(&self) -> Option<String> {
        self.files.current().note.clone()
    }

    /// Puts files that were replaced in use.
    pub(crate) async fn refresh(&self) -> anyhow::Result<()> {
        let files = self.files.clone();
        Ok(tokio::task::spawn_blocking(move || files.refresh()).await?)
    }
}
