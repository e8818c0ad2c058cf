//! Asks the postcodes service for the constituency of a postcode.

use std::time::Duration;

use contracts::postcodes::{self, ConstituencyCheck, RefusedCode};
use kit::{
    client::{CallError, Peer},
    http::problem::{FieldError, Problem},
};

use super::domain::{Constituency, ConstituencyLookup};
use crate::error::Error;

/// A supporter does not wait longer than this; the job repeats the lookup.
const DEADLINE: Duration = Duration::from_millis(300);
/// An import may wait: it refuses to store what it could not check.
const CHECK_DEADLINE: Duration = Duration::from_secs(5);

/// The lookup for a field of a request: pending if the service is unavailable, and an invalid field at `pointer` if there
/// is no such postcode.
pub(crate) async fn look_up_field(
    peer: &Peer,
    postcode: &str,
    pointer: &'static str,
) -> Result<ConstituencyLookup, Error> {
    match look_up(peer, postcode).await {
        Ok(Some(lookup)) => Ok(lookup),
        Ok(None) => {
            let invalid = FieldError::new(pointer, "unknown", "is not a known UK postcode");
            Err(Problem::invalid(vec![invalid]).into())
        }
        Err(error) => {
            tracing::warn!(%error, "postcode lookup failed");
            Ok(ConstituencyLookup::Pending)
        }
    }
}

/// The codes that no lookup of a postcode returns, with the reason.
pub(crate) async fn check_codes(
    peer: &Peer,
    gss_codes: Vec<String>,
) -> Result<Vec<RefusedCode>, Error> {
    let check = ConstituencyCheck { gss_codes };
    let checked = peer.post("/internal/v1/constituencies/check", &check, CHECK_DEADLINE).await;
    checked.map_err(|error| {
        tracing::warn!(%error, "check of constituencies failed");
        Error::PostcodesUnavailable
    })
}

/// The lookup of a postcode; none if there is no such postcode.
pub(crate) async fn look_up(
    peer: &Peer,
    postcode: &str,
) -> Result<Option<ConstituencyLookup>, CallError> {
    let path = format!("/internal/v1/postcodes/{}/place", postcode.replace(' ', ""));
    match peer.get::<postcodes::Place>(&path, DEADLINE).await {
        Ok(found) => {
            let constituency = found.constituency;
            let constituency =
                constituency.map(|it| Constituency { gss_code: it.gss_code, name: it.name });
            Ok(Some(constituency.into()))
        }
        Err(CallError::Answered { status: 400 | 404 | 422, .. }) => Ok(None),
        Err(error) => Err(error),
    }
}
