//! What other services ask, in the words of `contracts::postcodes`.

pub mod http;
mod views;
