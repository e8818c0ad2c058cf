//! Stories across services: real processes, real parts.

#[cfg(test)]
mod admin;
#[cfg(test)]
mod bootstrap;
#[cfg(test)]
mod canary;
#[cfg(test)]
mod clients;
#[cfg(test)]
mod collector;
#[cfg(test)]
mod connections;
#[cfg(test)]
mod eligibility;
#[cfg(test)]
mod erase_a_person;
#[cfg(test)]
mod examples;
#[cfg(test)]
mod foreign_tenants;
#[cfg(test)]
mod geocoding;
#[cfg(test)]
mod kill_anything;
#[cfg(test)]
mod metrics;
#[cfg(test)]
mod migrate;
#[cfg(test)]
mod names;
#[cfg(test)]
mod outages;
#[cfg(test)]
mod positions;
#[cfg(test)]
mod receivers;
#[cfg(test)]
mod refusals;
#[cfg(test)]
mod repeats;
#[cfg(test)]
mod replicas;
#[cfg(test)]
mod restarts;
#[cfg(test)]
mod rotation;
#[cfg(test)]
mod sign_a_campaign;
#[cfg(test)]
mod stops;
#[cfg(test)]
mod tls;
#[cfg(test)]
mod traces;
#[cfg(test)]
mod traffic;
#[cfg(test)]
mod upgrade;
