//! Bodies that the postcode service answers.
#![no_main]

#[path = "../../services/postcodes/tests/it/fuzzed.rs"]
#[expect(dead_code, reason = "every target takes one function of it")]
mod fuzzed;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| fuzzed::request_body(bytes));
