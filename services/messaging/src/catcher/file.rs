//! The folder of caught emails: `<id>.eml` holds the message as it came, `<id>.json` its envelope.

use std::{
    fs::{self, File},
    io::Write as _,
    path::PathBuf,
};

use anyhow::Context as _;
use kit::id::Ids;
use serde::Serialize;

/// The folder.
pub(super) struct Spool {
    dir: PathBuf,
}

/// Sender and recipients as the client gave them; they are not part of the signed message, so they are stored beside it.
#[derive(Debug, Default, Clone, Serialize)]
pub(super) struct Envelope {
    #[serde(rename = "x-envelope-from")]
    pub(super) from: String,
    #[serde(rename = "x-envelope-to")]
    pub(super) to: Vec<String>,
}

impl Spool {
    pub(super) fn open(dir: PathBuf) -> anyhow::Result<Self> {
        fs::create_dir_all(&dir).with_context(|| format!("failed to create {}", dir.display()))?;
        Ok(Self { dir })
    }

    /// Writes an email; when this returns, it is on the disk under its name. Blocks: call it on a blocking thread.
    pub(super) fn save(&self, envelope: &Envelope, message: &[u8]) -> anyhow::Result<()> {
        let id = Ids.next().simple().to_string();
        // The envelope is written first, so that whoever sees the message finds its envelope too.
        self.write(&format!("{id}.json"), &serde_json::to_vec(envelope)?, false)?;
        self.write(&format!("{id}.eml"), message, true)
    }

    fn write(&self, name: &str, bytes: &[u8], sync: bool) -> anyhow::Result<()> {
        let part = self.dir.join(format!(".{name}.part"));
        let mut file = File::create(&part)?;
        file.write_all(bytes)?;
        if sync {
            file.sync_data()?;
        }
        fs::rename(&part, self.dir.join(name))?;
        Ok(())
    }
}
