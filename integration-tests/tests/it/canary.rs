//! Looking for personal data in files, in whatever dress it may wear.

use std::{fs, path::Path};

use base64::{Engine as _, engine::general_purpose::STANDARD_NO_PAD as B64};

/// A text looked for, plain and encoded.
pub(crate) struct Canary {
    pub(crate) text: String,
    needles: Vec<Vec<u8>>,
}

impl Canary {
    pub(crate) fn new(text: &str) -> Self {
        let mut needles = vec![text.as_bytes().to_vec(), text.to_lowercase().into_bytes()];
        needles.push(text.bytes().flat_map(|b| [b, 0]).collect());
        needles.push(text.bytes().map(|b| format!("{b:02x}")).collect::<String>().into_bytes());
        needles.push(text.replace(' ', "%20").replace('@', "%40").into_bytes());
        // base64 has three shapes, by where the text begins; the ends depend on the neighbours, so they are cut.
        for shift in 0..3 {
            let encoded = B64.encode([&vec![b'x'; shift], text.as_bytes()].concat());
            needles.push(encoded.as_bytes()[4..encoded.len() - 4].to_vec());
        }
        Self { text: text.to_owned(), needles }
    }

    pub(crate) fn is_in(&self, bytes: &[u8]) -> bool {
        self.needles.iter().any(|needle| contains(bytes, needle))
    }

    /// The files below `dir` that hold it.
    pub(crate) fn files(&self, dir: &Path) -> Vec<String> {
        let mut found = Vec::new();
        let mut folders = vec![dir.to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
                let path = entry.path();
                if path.is_dir() {
                    folders.push(path);
                } else if fs::read(&path).is_ok_and(|bytes| self.is_in(&bytes)) {
                    found.push(path.display().to_string());
                }
            }
        }
        found
    }
}

fn contains(bytes: &[u8], needle: &[u8]) -> bool {
    let first = needle[0];
    let mut from = 0;
    while let Some(at) = bytes[from..].iter().position(|b| *b == first) {
        if bytes[from + at..].starts_with(needle) {
            return true;
        }
        from += at + 1;
    }
    false
}

#[test]
fn a_canary_is_found_in_every_dress() {
    let canary = Canary::new("Zebulon Quackenbush");
    for shift in 0..3 {
        let dressed = B64.encode(format!("{}\"Zebulon Quackenbush\"", "a".repeat(shift)));
        assert!(canary.is_in(dressed.as_bytes()), "base64 at {shift}");
    }
    assert!(canary.is_in(b"...Zebulon Quackenbush..."));
    assert!(!canary.is_in(b"Zebulon and others"));
}
