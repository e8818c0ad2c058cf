//! Guessing passwords is slowed and nobody is locked out: each wrong password from a network makes that network wait longer
//! before its next one for the same account, while the same person signs in from anywhere else at once. Guesses from many
//! networks share one limit of the account, which does not count networks from which the person has signed in before.
//!
//! Accounts are counted by their normal form whether they exist or not, so that nothing here discloses which do.

pub(crate) mod cache;
mod delays;
