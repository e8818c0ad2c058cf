//! Asks the postcodes service what a definition means.

use std::time::Duration;

use contracts::postcodes::{EligibilityAnswers, EligibilityCheck, Fault};
use kit::{client::CallError, http::problem::FieldError};
use serde_json::Value;

use super::definition::Definition;
use crate::{app::App, error::Error};

/// A hundred places against the largest definition take far less.
const DEADLINE: Duration = Duration::from_secs(5);

/// Refuses a definition that is not valid, with the fields at fault.
pub(super) async fn valid(app: &App, definition: &Definition) -> Result<(), Error> {
    let answers = ask(app, definition, Vec::new()).await?;
    refuse(answers.faults)
}

/// An answer for each place. A definition that has ceased to be valid, since a new edition of the data does not know its
/// codes any more, is no fault of the request.
pub(super) async fn answers(
    app: &App,
    definition: &Definition,
    places: Vec<Value>,
) -> Result<Vec<Value>, Error> {
    let answers = ask(app, definition, places).await?;
    if answers.faults.iter().any(|fault| fault.pointer.starts_with("/area")) {
        return Err(Error::AreaOutdated);
    }
    refuse(answers.faults)?;
    Ok(answers.data)
}

async fn ask(
    app: &App,
    definition: &Definition,
    places: Vec<Value>,
) -> Result<EligibilityAnswers<Value>, Error> {
    let check = EligibilityCheck { area: definition.clone(), places };
    let asked = app.postcodes.post("/internal/v1/eligibility", &check, DEADLINE).await;
    asked.map_err(|error| match error {
        CallError::Answered { status: status @ 400..500, body } => {
            Error::Internal(anyhow::anyhow!("postcodes refused with {status}: {body}"))
        }
        error @ (CallError::Answered { .. } | CallError::Unavailable(_)) => {
            tracing::warn!(%error, "eligibility check failed");
            Error::PostcodesAway
        }
    })
}

fn refuse(faults: Vec<Fault>) -> Result<(), Error> {
    let told =
        faults.into_iter().map(|fault| FieldError::new(fault.pointer, fault.code, fault.detail));
    let told: Vec<_> = told.collect();
    if told.is_empty() { Ok(()) } else { Err(Error::Invalid(told)) }
}
