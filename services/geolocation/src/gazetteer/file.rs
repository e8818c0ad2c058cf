//! The file of places: a mark with the version of the format, a checksum, and `MessagePack`.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, ensure};
use aws_lc_rs::digest::{SHA256, SHA256_OUTPUT_LEN, digest};

use super::domain::Contents;

/// The last byte is the version; a file of another one is refused.
const MARK: &[u8; 8] = b"FMPLACE\x01";

/// Writes beside the file and renames, so that a reader never sees half of one.
pub fn write(path: &Path, contents: &Contents) -> anyhow::Result<()> {
    let body = rmp_serde::to_vec(contents).context("failed to encode the places")?;
    let mut bytes = Vec::with_capacity(MARK.len() + SHA256_OUTPUT_LEN + body.len());
    bytes.extend(MARK);
    bytes.extend(digest(&SHA256, &body).as_ref());
    bytes.extend(body);
    let draft = path.with_extension("draft");
    fs::write(&draft, bytes).with_context(|| format!("failed to write {}", draft.display()))?;
    fs::rename(&draft, path).with_context(|| format!("failed to write {}", path.display()))
}

/// Reads a file whole.
pub fn read(path: &Path) -> anyhow::Result<Contents> {
    let bytes = fs::read(path).context("failed to read it")?;
    let rest = bytes.strip_prefix(MARK).context("it is no file of places of this version")?;
    let (sum, body) = rest.split_at_checked(SHA256_OUTPUT_LEN).context("it is cut off")?;
    ensure!(digest(&SHA256, body).as_ref() == sum, "it is damaged: its checksum does not hold");
    rmp_serde::from_slice(body).context("it does not hold places")
}
