//! What the fuzzers begin with and what once broke something, played again without them.

use std::path::Path;

use crate::fuzzed;

/// What is done with an input.
type Fuzzed = fn(&[u8]);

#[test]
fn every_kept_input_of_the_fuzzers_is_survived() {
    const FUZZED: [(&str, Fuzzed); 6] = [
        ("postcode_text", fuzzed::postcode_text),
        ("request_line", fuzzed::request_line),
        ("request_body", fuzzed::request_body),
        ("directory_csv", fuzzed::directory_csv),
        ("places_csv", fuzzed::places_csv),
        ("outlines_geojson", fuzzed::outlines_geojson),
    ];
    let seeds = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/seeds");
    for (name, fuzzed) in FUZZED {
        let mut files: Vec<_> = std::fs::read_dir(seeds.join(name))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect();
        assert!(!files.is_empty(), "{name}");
        files.sort();
        for file in files {
            println!("{}", file.display());
            fuzzed(&std::fs::read(&file).unwrap());
        }
    }
}
