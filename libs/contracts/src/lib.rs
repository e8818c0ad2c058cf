//! What services share: events and internal API types, the names that all of them use ([`services`], [`scopes`]), and the
//! values that they must read alike ([`values`]). Data only, no IO.
//!
//! One file per producing service. A personal field may only have the type [`Sealed`]; everything else is ids, states and
//! facts. Changes are additive: `tests/it/golden.rs` holds a golden file of every event ever released.

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
