//! Identity through its front door, on a real PostgreSQL.

#[cfg(test)]
mod api_keys;
#[cfg(test)]
mod erasure;
#[cfg(test)]
mod migrations;
#[cfg(test)]
mod openapi;
#[cfg(test)]
mod sealing;
#[cfg(test)]
mod sessions;
#[cfg(test)]
mod staff;
#[cfg(test)]
mod support;
#[cfg(test)]
mod surface;
