//! What services share: events and types of internal APIs, the names of [`services`] and [`scopes`], and the [`values`]
//! that all of them must parse in the same way. Data only, no IO.
//!
//! There is one file per producing service. Personal fields must have the type [`Sealed`]; all others are ids, states and
//! public facts. Changes are additive: `tests/it/golden.rs` compares every event with a golden file.

pub mod campaigns;
pub mod event;
pub mod geolocation;
pub mod identity;
pub mod keyring;
pub mod messaging;
pub mod postcodes;
pub mod retention;
pub mod scopes;
pub mod sealed;
pub mod services;
pub mod values;
pub mod webhooks;

pub use event::{Event, SEGMENT_HOURS, TOPICS, Topic};
pub use sealed::Sealed;
