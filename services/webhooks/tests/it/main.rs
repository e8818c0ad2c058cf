//! Webhooks through its front door, on a real PostgreSQL and against a real HTTP receiver.

#[cfg(test)]
mod addresses;
#[cfg(test)]
mod endpoints;
#[cfg(test)]
mod erasure;
#[cfg(test)]
mod migrations;
mod neighbours;
#[cfg(test)]
mod newer_version;
#[cfg(test)]
mod openapi;
#[cfg(test)]
mod receiver;
#[cfg(test)]
mod rotation;
#[cfg(test)]
mod sending;
#[cfg(test)]
mod signatures;
#[cfg(test)]
mod support;
