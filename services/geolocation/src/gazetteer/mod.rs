//! Named places in memory: what a name means, and what lies near a point. Read-only; made by [`crate::import`].

pub mod current;
pub mod domain;
pub mod file;
mod index;
pub mod search;
pub mod text;
pub mod words;

use std::path::Path;

use anyhow::Context as _;

use self::domain::{About, Contents, Place};
use self::index::Index;

/// All places, ready to be asked.
pub struct Gazetteer {
    contents: Contents,
    index: Index,
}

impl Gazetteer {
    /// Reads a file of [`file::write`]. Blocks.
    pub fn load(path: &Path) -> anyhow::Result<Self> {
        let contents = file::read(path)
            .with_context(|| format!("cannot use the places of {}", path.display()))?;
        Self::new(contents).with_context(|| format!("cannot use the places of {}", path.display()))
    }

    /// Indexes places.
    pub fn new(contents: Contents) -> anyhow::Result<Self> {
        let index = Index::new(&contents)?;
        Ok(Self { contents, index })
    }

    /// Where the places are from.
    pub fn about(&self) -> &About {
        &self.contents.about
    }

    /// A place by its number in the file.
    pub fn place(&self, number: u32) -> Option<&Place> {
        self.contents.places.get(usize::try_from(number).ok()?)
    }

    /// The name of an area by its number in the file.
    pub fn area(&self, number: Option<u16>) -> Option<&str> {
        self.contents.areas.get(usize::from(number?)).map(String::as_str)
    }
}
