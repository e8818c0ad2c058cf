//! Tests of the contracts: golden files, sealed personal fields, and the AsyncAPI document.

#[cfg(test)]
mod asyncapi;
#[cfg(test)]
mod events;
#[cfg(test)]
mod golden;
#[cfg(test)]
mod personal;
#[cfg(test)]
mod source;
