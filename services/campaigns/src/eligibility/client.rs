//! Asks the postcodes service what the definition of an area means.

use std::time::Duration;

use contracts::postcodes::{EligibilityCheck, EligibilityResponse, InvalidField};
use kit::{
    client::{CallError, Peer},
    http::problem::{FieldError, Problem},
};
use serde_json::Value;

use crate::error::Error;

/// A hundred places against the largest definition take far less.
const DEADLINE: Duration = Duration::from_secs(5);

/// Refuses a definition that is not valid, with its invalid fields.
pub(super) async fn check_definition(peer: &Peer, definition: &Value) -> Result<(), Error> {
    refuse(post(peer, definition, Vec::new()).await?.errors)
}

/// A result for each place. A definition that is no longer valid, since a new edition of the data does not have its codes,
/// is not an error of the request.
pub(super) async fn check_places(
    peer: &Peer,
    definition: &Value,
    places: Vec<Value>,
) -> Result<Vec<Value>, Error> {
    let checked = post(peer, definition, places).await?;
    if checked.errors.iter().any(|error| error.pointer.starts_with("/area")) {
        return Err(Error::AreaOutdated);
    }
    refuse(checked.errors)?;
    Ok(checked.data)
}

async fn post(
    peer: &Peer,
    definition: &Value,
    places: Vec<Value>,
) -> Result<EligibilityResponse<Value>, Error> {
    let check = EligibilityCheck { area: definition, places };
    let posted = peer.post("/internal/v1/eligibility", &check, DEADLINE).await;
    posted.map_err(|error| match error {
        CallError::Answered { status: status @ 400..500, body } => {
            Error::Internal(anyhow::anyhow!("postcodes refused with {status}: {body}"))
        }
        error @ (CallError::Answered { .. } | CallError::Unavailable(_)) => {
            tracing::warn!(%error, "eligibility check failed");
            Error::PostcodesUnavailable
        }
    })
}

fn refuse(errors: Vec<InvalidField>) -> Result<(), Error> {
    if errors.is_empty() {
        return Ok(());
    }
    let field = |error: InvalidField| FieldError::new(error.pointer, error.code, error.detail);
    Err(Problem::invalid(errors.into_iter().map(field).collect()).into())
}
