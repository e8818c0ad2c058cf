//! Looking for personal data in files, in whatever dress it may wear.

use std::{fs, path::Path};

use aho_corasick::AhoCorasick;
use base64::{Engine as _, engine::general_purpose::STANDARD_NO_PAD as B64};

/// Texts looked for, plain and encoded, all in one reading of a file.
pub(crate) struct Canaries {
    texts: Vec<String>,
    dresses: usize,
    needles: AhoCorasick,
}

impl Canaries {
    pub(crate) fn new(texts: &[&str]) -> Self {
        let needles: Vec<Vec<Vec<u8>>> = texts.iter().map(|text| dresses(text)).collect();
        let count = needles[0].len();
        let texts = texts.iter().map(|&text| text.to_owned()).collect();
        Self { texts, dresses: count, needles: AhoCorasick::new(needles.concat()).unwrap() }
    }

    /// The first of the texts in some bytes.
    pub(crate) fn found_in(&self, bytes: &[u8]) -> Option<&str> {
        let found = self.needles.find(bytes)?;
        Some(&self.texts[found.pattern().as_usize() / self.dresses])
    }

    /// The files below `dir` that hold one of the texts.
    pub(crate) fn files(&self, dir: &Path) -> Vec<(String, String)> {
        let mut found = Vec::new();
        let mut folders = vec![dir.to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
                let path = entry.path();
                if path.is_dir() {
                    folders.push(path);
                } else if let Some(text) =
                    fs::read(&path).ok().as_deref().and_then(|b| self.found_in(b))
                {
                    found.push((text.to_owned(), path.display().to_string()));
                }
            }
        }
        found
    }
}

fn dresses(text: &str) -> Vec<Vec<u8>> {
    let mut needles = vec![text.as_bytes().to_vec(), text.to_lowercase().into_bytes()];
    needles.push(text.bytes().flat_map(|b| [b, 0]).collect());
    needles.push(hex::encode(text).into_bytes());
    needles.push(text.replace(' ', "%20").replace('@', "%40").into_bytes());
    // base64 has three shapes, by where the text begins; the ends depend on the neighbours, so they are cut.
    for shift in 0..3 {
        let encoded = B64.encode([&vec![b'x'; shift], text.as_bytes()].concat());
        needles.push(encoded.as_bytes()[4..encoded.len() - 4].to_vec());
    }
    needles
}

#[test]
fn a_canary_is_found_in_every_dress() {
    let canary = Canaries::new(&["Somebody Else", "Zebulon Quackenbush"]);
    for shift in 0..3 {
        let dressed = B64.encode(format!("{}\"Zebulon Quackenbush\"", "a".repeat(shift)));
        assert_eq!(
            canary.found_in(dressed.as_bytes()),
            Some("Zebulon Quackenbush"),
            "base64 at {shift}"
        );
    }
    assert!(canary.found_in(b"...Zebulon Quackenbush...").is_some());
    assert!(canary.found_in(b"Zebulon and others").is_none());
}
