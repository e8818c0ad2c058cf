//! The gateway through its front door: real PostgreSQL and Redis, services that are servers of the test.

#[cfg(test)]
mod admission;
#[cfg(test)]
mod connections;
#[cfg(test)]
mod cors;
#[cfg(test)]
mod coverage;
#[cfg(test)]
mod documents;
#[cfg(test)]
mod exchange;
#[cfg(test)]
mod keys;
#[cfg(test)]
mod limits;
#[cfg(test)]
mod migrations;
#[cfg(test)]
mod openapi;
#[cfg(test)]
mod pages;
#[cfg(test)]
mod proxy;
#[cfg(test)]
mod readiness;
#[cfg(test)]
mod sessions;
#[cfg(test)]
mod sign_ins;
#[cfg(test)]
mod support;
#[cfg(test)]
mod verify_tokens;
