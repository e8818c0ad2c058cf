//! The folder of caught mails: `<id>.eml` holds the message as it came, `<id>.json` its envelope.

use std::{
    fs::{self, File},
    io::Write as _,
    path::PathBuf,
};

use anyhow::Context as _;
use kit::id::Ids;
use serde::Serialize;

/// A folder that mails are written to.
pub(super) struct Spool {
    dir: PathBuf,
}

/// Who the client said it is from and for; not part of the signed message, so kept beside it.
#[derive(Debug, Default, Clone, Serialize)]
pub(super) struct Envelope {
    #[serde(rename = "x-envelope-from")]
    pub(super) from: String,
    #[serde(rename = "x-envelope-to")]
    pub(super) to: Vec<String>,
}

impl Spool {
    pub(super) fn open(dir: PathBuf) -> anyhow::Result<Self> {
        fs::create_dir_all(&dir).with_context(|| format!("failed to make {}", dir.display()))?;
        Ok(Self { dir })
    }

    /// Writes a mail; when this returns, it is on the disk under its name. Blocks: call it on a blocking thread.
    pub(super) fn keep(&self, envelope: &Envelope, message: &[u8]) -> anyhow::Result<()> {
        let id = Ids.next().simple().to_string();
        // The envelope first: whoever sees the mail finds it.
        self.place(&format!("{id}.json"), &serde_json::to_vec(envelope)?, false)?;
        self.place(&format!("{id}.eml"), message, true)
    }

    fn place(&self, name: &str, bytes: &[u8], synced: bool) -> anyhow::Result<()> {
        let part = self.dir.join(format!(".{name}.part"));
        let mut file = File::create(&part)?;
        file.write_all(bytes)?;
        if synced {
            file.sync_data()?;
        }
        fs::rename(&part, self.dir.join(name))?;
        Ok(())
    }
}
