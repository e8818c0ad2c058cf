//! Tests of the kit with a small service, `notes`, on a real PostgreSQL and a real Kafka.

#[cfg(test)]
mod admin;
#[cfg(test)]
mod calls;
#[cfg(test)]
mod connections;
#[cfg(test)]
mod consumers;
#[cfg(test)]
mod dead_letters;
#[cfg(test)]
mod deadlines;
#[cfg(test)]
mod drain;
#[cfg(test)]
mod group_commit;
#[cfg(test)]
mod http;
#[cfg(test)]
mod idempotency;
#[cfg(test)]
mod jobs;
#[cfg(test)]
mod migrate;
#[cfg(test)]
mod migrations;
#[cfg(test)]
mod notes;
#[cfg(test)]
mod panics;
#[cfg(test)]
mod parked_events;
#[cfg(test)]
mod relay;
#[cfg(test)]
mod roles;
#[cfg(test)]
mod startup;
#[cfg(test)]
mod support;
#[cfg(test)]
mod tenants;
#[cfg(test)]
mod text_enum;
#[cfg(test)]
mod tokens;
#[cfg(test)]
mod topics;
#[cfg(test)]
mod transactions;
