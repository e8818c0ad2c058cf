//! The service, on databases and places that the tests write themselves and on MaxMind's own databases.

#[cfg(test)]
mod bad_input;
#[cfg(test)]
mod bulk;
#[cfg(test)]
mod fakes;
#[cfg(test)]
mod fuzzed;
#[cfg(test)]
mod gazetteer;
#[cfg(test)]
mod geocoding;
#[cfg(test)]
mod http;
#[cfg(test)]
mod import;
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
mod openapi;
#[cfg(test)]
mod own;
#[cfg(test)]
mod places;
#[cfg(test)]
mod provider;
#[cfg(test)]
mod reload;
#[cfg(test)]
mod seeds;
#[cfg(test)]
mod support;
