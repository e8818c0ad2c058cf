//! The service through its front door, on a real PostgreSQL.

#[cfg(test)]
mod actions;
#[cfg(test)]
mod bad_input;
#[cfg(test)]
mod campaigns;
#[cfg(test)]
mod closing;
#[cfg(test)]
mod confirmations;
#[cfg(test)]
mod counters;
#[cfg(test)]
mod coverage;
#[cfg(test)]
mod exports;
#[cfg(test)]
mod forgetting;
#[cfg(test)]
mod migrations;
#[cfg(test)]
mod openapi;
#[cfg(test)]
mod places;
#[cfg(test)]
mod postcodes_server;
#[cfg(test)]
mod representatives;
#[cfg(test)]
mod support;
#[cfg(test)]
mod test_keys;
