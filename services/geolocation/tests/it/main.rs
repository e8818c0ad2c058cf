//! The service, on a database that the tests write themselves.

#[cfg(test)]
mod http;
#[cfg(test)]
mod logs;
#[cfg(test)]
mod lookup;
#[cfg(test)]
mod mmdb;
