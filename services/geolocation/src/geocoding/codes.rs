//! Questions to the postcodes service: what a whole code is, and what an unfinished one may become.

use kit::client::CallError;

use super::domain::{Feature, Found, Layer, MatchType, Note, Wish};
use super::postcode::Code;
use super::postcodes;
use crate::app::App;

/// A postcode that stands in an address is only where the address is.
const PART_OF_ADDRESS: f64 = 0.8;
/// An outcode instead of the postcode that was asked for.
const ONLY_OUTCODE: f64 = 0.5;

/// What a finished text with a code means: the postcode, or the outcode as far as it goes.
pub(super) async fn add_whole(
    app: &App,
    code: &Code,
    in_address: bool,
    wish: &Wish,
    found: &mut Found,
) {
    let answer = match app.postcodes.starting(code.as_str(), wish.limit).await {
        Ok(answer) => answer,
        Err(error) => return away(&error, found),
    };
    let (match_type, confidence) =
        if in_address { (MatchType::Fallback, PART_OF_ADDRESS) } else { (MatchType::Exact, 1.0) };
    let exact = answer.postcodes.into_iter().find(|it| it.postcode == code.as_str());
    if let Some(exact) = exact {
        let postcode = postcodes::postcode(exact, match_type, confidence);
        if wish.wants(Layer::Area) && !in_address {
            found.features.extend(postcodes::areas_of(&postcode));
        }
        found.features.push(postcode);
        return;
    }
    let (outcode, is_outcode) = match code {
        Code::Outcode(outcode) => (outcode.as_str(), true),
        Code::Whole(code) | Code::Begun(code) => (code.split(' ').next().unwrap_or(code), false),
    };
    match outcode_of(app, outcode, answer.outcodes).await {
        Ok(Some(outcode)) if is_outcode && !in_address => {
            found.features.push(postcodes::outcode(outcode, MatchType::Exact, 1.0));
        }
        Ok(Some(outcode)) => {
            found.features.push(postcodes::outcode(outcode, MatchType::Fallback, ONLY_OUTCODE));
        }
        Ok(None) => {}
        Err(error) => away(&error, found),
    }
}

/// What an unfinished text with a code may become: outcodes and postcodes that begin so.
pub(super) async fn add_begun(
    app: &App,
    code: &Code,
    in_address: bool,
    wish: &Wish,
    found: &mut Found,
) {
    let answer = match app.postcodes.starting(code.as_str(), wish.limit).await {
        Ok(answer) => answer,
        Err(error) => return away(&error, found),
    };
    let scale = if in_address { PART_OF_ADDRESS } else { 1.0 };
    let fit = |text: &str, begun: f64| {
        let exact = text == code.as_str();
        if exact { (MatchType::Exact, scale) } else { (MatchType::Prefix, begun * scale) }
    };
    let outcodes = answer.outcodes.into_iter().map(|outcode| {
        let (match_type, confidence) = fit(&outcode.outcode, 0.85);
        postcodes::outcode(outcode, match_type, confidence)
    });
    let codes = answer.postcodes.into_iter().map(|located| {
        let (match_type, confidence) = fit(&located.postcode, 0.9);
        postcodes::postcode(located, match_type, confidence)
    });
    let all: Vec<Feature> = outcodes.chain(codes).collect();
    found.features.extend(all);
}

/// Goes on without the service, and says so once.
pub(super) fn away(error: &CallError, found: &mut Found) {
    // Neither the query nor what was answered is told: both may be a supporter's postcode.
    match error {
        CallError::Answered { status, .. } => {
            tracing::warn!(status, "postcodes service rejected the request");
        }
        CallError::Unavailable(cause) => tracing::warn!(cause, "postcodes service did not answer"),
    }
    if !found.notes.contains(&Note::PostcodesUnavailable) {
        found.notes.push(Note::PostcodesUnavailable);
    }
}

/// An outcode out of an answer, else asked for by itself.
async fn outcode_of(
    app: &App,
    outcode: &str,
    mut told: Vec<contracts::postcodes::Outcode>,
) -> Result<Option<contracts::postcodes::Outcode>, CallError> {
    if told.iter().all(|it| it.outcode != outcode) {
        told = app.postcodes.starting(outcode, 1).await?.outcodes;
    }
    Ok(told.into_iter().find(|it| it.outcode == outcode))
}
