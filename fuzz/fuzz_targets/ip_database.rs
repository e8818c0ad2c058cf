//! Databases of IP addresses.
#![no_main]

#[path = "../../services/geolocation/tests/it/fuzzed.rs"]
mod fuzzed;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| fuzzed::ip_database(bytes));
