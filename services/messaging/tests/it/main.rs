//! Messaging through its front doors: events in, emails out over real SMTP, states over HTTP.

#[cfg(test)]
mod api;
#[cfg(test)]
mod catcher;
#[cfg(test)]
mod crashes;
#[cfg(test)]
mod erasure;
#[cfg(test)]
mod failures;
#[cfg(test)]
mod limits;
#[cfg(test)]
mod migrations;
#[cfg(test)]
mod openapi;
#[cfg(test)]
mod relay;
#[cfg(test)]
mod scripted;
#[cfg(test)]
mod sending;
#[cfg(test)]
mod settling;
#[cfg(test)]
mod speed;
#[cfg(test)]
mod support;
#[cfg(test)]
mod token_key;
