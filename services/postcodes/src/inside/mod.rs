//! What other services ask, in the words of `contracts::postcodes`.

mod answers;
pub mod http;
