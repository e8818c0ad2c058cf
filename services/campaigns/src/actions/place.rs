//! Asks the postcodes service where a supporter lives.

use std::time::Duration;

use contracts::postcodes;
use kit::{client::CallError, http::problem::FieldError};

use super::domain::{Constituency, Place};
use crate::{app::App, error::Error};
use contracts::values::postcode::Postcode;

/// A supporter does not wait longer for this; the job asks again.
const DEADLINE: Duration = Duration::from_millis(300);

/// The place, told as pending when nobody answers. A postcode that does not exist is a fault of the field at `pointer`.
pub(crate) async fn find(
    app: &App,
    postcode: &Postcode,
    pointer: &'static str,
) -> Result<Place, Error> {
    match look_up(app, &postcode.compact()).await {
        Ok(Some(place)) => Ok(place),
        Ok(None) => {
            let fault = FieldError::new(pointer, "unknown", "is not a known UK postcode");
            Err(Error::Invalid(vec![fault]))
        }
        Err(error) => {
            tracing::warn!(%error, "postcode lookup failed; deferred to a job");
            Ok(Place { constituency: None, pending: true })
        }
    }
}

/// The place; none when there is no such postcode.
pub(super) async fn look_up(app: &App, compact: &str) -> Result<Option<Place>, CallError> {
    let path = format!("/internal/v1/postcodes/{compact}/place");
    match app.postcodes.get::<postcodes::Place>(&path, DEADLINE).await {
        Ok(found) => {
            let constituency =
                found.constituency.map(|of| Constituency { gss_code: of.gss_code, name: of.name });
            Ok(Some(Place { constituency, pending: false }))
        }
        Err(CallError::Answered { status: 400 | 404 | 422, .. }) => Ok(None),
        Err(error) => Err(error),
    }
}
