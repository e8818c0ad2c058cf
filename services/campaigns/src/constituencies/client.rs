//! Asks the postcodes service for the constituency of a postcode.

use std::time::Duration;

use contracts::postcodes::{AreaName, ConstituencyCheck, Place, RefusedCode};
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
    match peer.get::<Place>(&path(postcode), DEADLINE).await {
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

/// The other constituencies that an address of the postcode may be in; none if the service is unavailable.
pub(crate) async fn alternatives(peer: &Peer, postcode: &str) -> Vec<Constituency> {
    let path = format!("{}?alternatives=true", path(postcode));
    let place = peer.get::<Place>(&path, DEADLINE).await;
    let alternatives = place.map(|place| place.alternatives).unwrap_or_default().into_iter();
    let named = alternatives.map(|AreaName { gss_code, name, .. }| Constituency {
        name: name.unwrap_or_else(|| gss_code.clone()),
        gss_code,
    });
    named.collect()
}

fn path(postcode: &str) -> String {
    format!("/internal/v1/postcodes/{}/place", postcode.replace(' ', ""))
}
