//! The definition of an area, as it was sent.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Rules in the form of `POST /v1/geo/eligibility`. They are kept and passed on; only `postcodes` knows what they mean.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Definition(pub(super) Value);
