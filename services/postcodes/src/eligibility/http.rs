//! Eligibility over HTTP: a definition and the places to check, in one request.

use actix_web::{Responder, web};
use contracts::postcodes::{EligibilityAnswers, Fault};
use kit::http::{extract::Json, problem::Problem};
use serde::{Deserialize, Serialize};

use super::{
    definition::{Definition, DefinitionBody},
    domain::{Confidence, List, Outcome, Reason, Verdict},
    place::{Place, verdict},
};
use crate::{
    app::App,
    areas::http::{field_errors::FieldErrors, query::is_swapped, reply::beside},
    data::Data,
    error::Error,
    geometry::position::Position,
};

/// Largest body, in bytes.
pub const MAX_BODY: usize = 256 * 1024;
/// The same for another service, which adds places to a definition that was itself a request body.
pub const MAX_INTERNAL_BODY: usize = 2 * MAX_BODY;
/// Most places in one request.
const MAX_PLACES: usize = 100;

/// The request.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Check {
    area: DefinitionBody,
    places: Vec<PlaceBody>,
}

/// A postcode, or a longitude and a latitude.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct PlaceBody {
    #[serde(skip_serializing_if = "Option::is_none")]
    postcode: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    longitude: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    latitude: Option<f64>,
}

/// The results, in the order of the places.
#[derive(Serialize)]
struct Answers {
    data: Vec<Answer>,
}

/// The result for one place.
#[derive(Serialize)]
pub struct Answer {
    query: PlaceBody,
    result: Outcome,
    reason: Reason,
    confidence: Confidence,
    /// The rule that decided, if one did.
    rule: Option<Decider>,
}

/// A rule, by its list, its position there, and the caller's identifier.
#[derive(Serialize)]
struct Decider {
    list: List,
    index: usize,
    id: Option<String>,
}

/// `POST /v1/geo/eligibility`
pub async fn check(
    app: web::Data<App>,
    body: Result<Json<Check, MAX_BODY>, Problem>,
) -> Result<impl Responder, Problem> {
    app.data()?;
    let body = body?.value;
    Ok(web::Json(beside(app, move |data| assess(data, body, 1)).await?))
}

/// `POST /internal/v1/eligibility`. Invalid fields are part of the response, because the caller reports them as its own.
pub async fn check_for_service(
    app: web::Data<App>,
    body: Result<Json<Check, MAX_INTERNAL_BODY>, Problem>,
) -> Result<web::Json<EligibilityAnswers<Answer>>, Problem> {
    app.data()?;
    let assessed = match body {
        Ok(body) => beside(app, move |data| assess(data, body.value, 0)).await,
        Err(problem) => Err(problem),
    };
    let response = match assessed {
        Ok(Answers { data }) => EligibilityAnswers { faults: Vec::new(), data },
        Err(problem) if problem.errors().is_empty() => return Err(problem),
        Err(problem) => {
            let errors = problem.errors().iter().map(|error| Fault {
                pointer: error.pointer.to_string(),
                code: error.code.to_string(),
                detail: error.detail.to_string(),
            });
            EligibilityAnswers { faults: errors.collect(), data: Vec::new() }
        }
    };
    Ok(web::Json(response))
}

fn assess(data: &Data, check: Check, fewest: usize) -> Result<Answers, Problem> {
    let mut errors = FieldErrors::default();
    let definition = check.area.check(data.lookup(), &mut errors);
    if !(fewest..=MAX_PLACES).contains(&check.places.len()) {
        errors.add("/places", "out_of_range", format!("must have {fewest} to {MAX_PLACES} places"));
    }
    for (number, place) in check.places.iter().enumerate().take(MAX_PLACES) {
        place.check(&format!("/places/{number}"), &mut errors);
    }
    errors.into_result()?;
    let places = check.places.into_iter();
    Ok(Answers { data: places.map(|place| answer(data, &definition, place)).collect() })
}

impl PlaceBody {
    fn check(&self, pointer: &str, errors: &mut FieldErrors) {
        match (&self.postcode, self.longitude, self.latitude) {
            (Some(_), None, None) => {}
            (None, Some(longitude), Some(latitude)) => {
                if !(-180.0..=180.0).contains(&longitude) {
                    errors.add(
                        format!("{pointer}/longitude"),
                        "out_of_range",
                        "must be from -180 to 180",
                    );
                }
                if !(-90.0..=90.0).contains(&latitude) {
                    errors.add(
                        format!("{pointer}/latitude"),
                        "out_of_range",
                        "must be from -90 to 90",
                    );
                }
                if is_swapped(Position { longitude, latitude }) {
                    let detail = "seems to have longitude and latitude swapped";
                    errors.add(pointer.to_owned(), "swapped", detail);
                }
            }
            _ => {
                let detail = "must have either postcode, or longitude and latitude";
                errors.add(pointer.to_owned(), "conflict", detail);
            }
        }
    }
}

fn answer(data: &Data, definition: &Definition, query: PlaceBody) -> Answer {
    let verdict = match (&query.postcode, query.longitude.zip(query.latitude)) {
        (Some(text), _) => match data.find(text) {
            Ok(entry) => verdict(data, definition, &Place::Postcode(entry)),
            Err(Error::Malformed(_)) => nowhere(Reason::MalformedPostcode),
            Err(_) => nowhere(Reason::UnknownPostcode),
        },
        (None, Some((longitude, latitude))) => {
            verdict(data, definition, &Place::Point(Position { longitude, latitude }))
        }
        (None, None) => nowhere(Reason::NoPosition),
    };
    let rule = verdict.rule.map(|(list, index)| {
        let rules = if list == List::Include { &definition.include } else { &definition.exclude };
        Decider { list, index, id: rules.get(index).and_then(|rule| rule.id.clone()) }
    });
    let Verdict { outcome: result, reason, confidence, .. } = verdict;
    Answer { query, result, reason, confidence, rule }
}

/// A place that is none keeps its place among the answers.
fn nowhere(reason: Reason) -> Verdict {
    Verdict { outcome: Outcome::Unknown, reason, confidence: Confidence::High, rule: None }
}
