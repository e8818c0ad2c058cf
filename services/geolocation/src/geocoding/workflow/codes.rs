//! Codes in a question, looked up in the postcodes service: what a finished one is, and what an unfinished one may become.

use contracts::postcodes::Outcode;
use kit::client::CallError;

use super::super::{
    domain::{Answer, Layer, MatchType, Note, Options},
    postcode::Code,
    postcodes,
};
use crate::app::App;

/// Confidence of a postcode that is only a part of the address.
const PART_OF_ADDRESS: f64 = 0.8;
/// Confidence of an outcode instead of the postcode in the question.
const ONLY_OUTCODE: f64 = 0.5;

/// Adds what a finished text with a code means: the postcode, or else its outcode.
pub(super) async fn add_exact(
    app: &App,
    code: &Code,
    in_address: bool,
    options: &Options,
    answer: &mut Answer,
) -> Result<(), CallError> {
    let starting = app.postcodes.starting(code.as_str(), options.limit).await?;
    let (match_type, confidence) =
        if in_address { (MatchType::Fallback, PART_OF_ADDRESS) } else { (MatchType::Exact, 1.0) };
    let exact = starting.postcodes.into_iter().find(|it| it.postcode == code.as_str());
    if let Some(exact) = exact {
        let postcode = postcodes::postcode(exact, match_type, confidence);
        if options.wants(Layer::Area) && !in_address {
            answer.features.extend(postcodes::areas_of(&postcode));
        }
        answer.features.push(postcode);
        return Ok(());
    }
    let (outcode, is_outcode) = match code {
        Code::Outcode(outcode) => (outcode.as_str(), true),
        Code::Whole(code) | Code::Partial(code) => (code.split(' ').next().unwrap_or(code), false),
    };
    let (match_type, confidence) = if is_outcode && !in_address {
        (MatchType::Exact, 1.0)
    } else {
        (MatchType::Fallback, ONLY_OUTCODE)
    };
    let found = find_outcode(app, outcode, starting.outcodes).await?;
    let feature = found.map(|outcode| postcodes::outcode(outcode, match_type, confidence));
    answer.features.extend(feature);
    Ok(())
}

/// Adds what an unfinished text with a code may become: the outcodes and postcodes that start with it.
pub(super) async fn add_completions(
    app: &App,
    code: &Code,
    in_address: bool,
    options: &Options,
    answer: &mut Answer,
) -> Result<(), CallError> {
    let starting = app.postcodes.starting(code.as_str(), options.limit).await?;
    let scale = if in_address { PART_OF_ADDRESS } else { 1.0 };
    let fit = |text: &str, confidence: f64| {
        let is_exact = text == code.as_str();
        if is_exact { (MatchType::Exact, scale) } else { (MatchType::Prefix, confidence * scale) }
    };
    answer.features.extend(starting.outcodes.into_iter().map(|outcode| {
        let (match_type, confidence) = fit(&outcode.outcode, 0.85);
        postcodes::outcode(outcode, match_type, confidence)
    }));
    answer.features.extend(starting.postcodes.into_iter().map(|located| {
        let (match_type, confidence) = fit(&located.postcode, 0.9);
        postcodes::postcode(located, match_type, confidence)
    }));
    Ok(())
}

/// Notes in the answer that the service is unavailable.
pub(super) fn note_unavailable(error: &CallError, answer: &mut Answer) {
    // Neither the query nor the body of the response is logged, since both may have a supporter's postcode.
    match error {
        CallError::Answered { status, .. } => {
            tracing::warn!(status, "postcodes service rejected the request");
        }
        CallError::Unavailable(cause) => tracing::warn!(cause, "postcodes service did not answer"),
    }
    answer.notes.push(Note::PostcodesUnavailable);
}

/// An outcode, out of those that are known already or else from the service.
async fn find_outcode(
    app: &App,
    outcode: &str,
    mut known: Vec<Outcode>,
) -> Result<Option<Outcode>, CallError> {
    if known.iter().all(|it| it.outcode != outcode) {
        known = app.postcodes.starting(outcode, 1).await?.outcodes;
    }
    Ok(known.into_iter().find(|it| it.outcode == outcode))
}
