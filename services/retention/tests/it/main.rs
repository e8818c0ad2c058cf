//! Retention through its front door, on a real PostgreSQL.

#[cfg(test)]
mod erasures;
#[cfg(test)]
mod migrations;
#[cfg(test)]
mod newer_version;
#[cfg(test)]
mod openapi;
#[cfg(test)]
mod receipts;
#[cfg(test)]
mod schedules;
#[cfg(test)]
mod support;
