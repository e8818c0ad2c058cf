//! The keyring through its outer interface, on a real PostgreSQL.

#[cfg(test)]
mod growth;
#[cfg(test)]
mod keys;
#[cfg(test)]
mod leaving;
#[cfg(test)]
mod migrations;
#[cfg(test)]
mod refusals;
#[cfg(test)]
mod rotation;
#[cfg(test)]
mod support;
