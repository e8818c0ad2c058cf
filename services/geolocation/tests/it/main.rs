//! The public parts of the service, on a database that the tests write themselves.

#[cfg(test)]
mod lookup;
#[cfg(test)]
mod mmdb;
