//! The helpers that check others are checked themselves.

#[cfg(test)]
mod migrations;
