//! The service, on databases that the tests write themselves and on MaxMind's own.

#[cfg(test)]
mod bulk;
#[cfg(test)]
mod http;
#[cfg(test)]
mod keycdn;
#[cfg(test)]
mod logs;
#[cfg(test)]
mod lookup;
#[cfg(test)]
mod maxmind;
#[cfg(test)]
mod mmdb;
#[cfg(test)]
mod own;
#[cfg(test)]
mod reload;
#[cfg(test)]
mod support;
