//! Tests of the helpers that check other crates.

#[cfg(test)]
mod migrations;
