//! Eligibility over HTTP: a definition and the places to check, in one request.

mod definition;

use actix_web::web::Data;
use contracts::{
    postcodes::{EligibilityResponse, InvalidField},
    values::InvalidValue,
};
use kit::http::{extract::Json, fields::Fields, problem::Problem, reply::Reply};
use serde::{Deserialize, Serialize};

use self::definition::DefinitionRequest;
use super::{
    domain::{Confidence, List, Outcome, Reason, Verdict},
    place::{Place, verdict},
    rules::Definition,
};
use crate::{
    app::App, areas::http::query::is_swapped, data::Edition, error::Error,
    geometry::position::Position, http::run_blocking,
};

/// Largest body, in bytes.
const MAX_BODY: usize = 256 * 1024;
/// The same for another service, which adds places to a definition that was itself a request body.
const MAX_INTERNAL_BODY: usize = 2 * MAX_BODY;
/// Most places in one request.
const MAX_PLACES: usize = 100;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CheckRequest {
    area: DefinitionRequest,
    places: Vec<PlaceRequest>,
}

/// A postcode, or a longitude and a latitude.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct PlaceRequest {
    #[serde(skip_serializing_if = "Option::is_none")]
    postcode: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    longitude: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    latitude: Option<f64>,
}

/// The verdicts, in the order of the places.
#[derive(Serialize)]
pub struct CheckView {
    data: Vec<VerdictView>,
}

#[derive(Serialize)]
pub(crate) struct VerdictView {
    query: PlaceRequest,
    result: Outcome,
    reason: Reason,
    confidence: Confidence,
    /// The rule that decided, if one did.
    rule: Option<RuleView>,
}

/// A rule, by its list, its position there, and the caller's identifier.
#[derive(Serialize)]
struct RuleView {
    list: List,
    index: usize,
    id: Option<String>,
}

/// `POST /v1/geo/eligibility`
pub async fn check(
    app: Data<App>,
    body: Result<Json<CheckRequest, MAX_BODY>, Problem>,
) -> Result<Reply<CheckView>, Problem> {
    app.data()?;
    let request = body?.value;
    run_blocking(app, move |data| assess(data, request, 1)).await.map(Reply::ok)
}

/// `POST /internal/v1/eligibility`. Invalid fields are part of the response, because the caller reports them as its own.
pub(crate) async fn check_for_service(
    app: Data<App>,
    body: Result<Json<CheckRequest, MAX_INTERNAL_BODY>, Problem>,
) -> Result<Reply<EligibilityResponse<VerdictView>>, Problem> {
    app.data()?;
    let view = match body {
        Ok(body) => run_blocking(app, move |data| assess(data, body.value, 0)).await,
        Err(problem) => Err(problem),
    };
    match view {
        Ok(CheckView { data }) => Ok(Reply::ok(EligibilityResponse { errors: Vec::new(), data })),
        Err(problem) if problem.errors().is_empty() => Err(problem),
        Err(problem) => {
            let errors = problem.errors().iter().map(|error| InvalidField {
                pointer: error.pointer.to_string(),
                code: error.code.to_string(),
                detail: error.detail.to_string(),
            });
            Ok(Reply::ok(EligibilityResponse { errors: errors.collect(), data: Vec::new() }))
        }
    }
}

fn assess(data: &Edition, request: CheckRequest, fewest: usize) -> Result<CheckView, Problem> {
    let mut fields = Fields::default();
    let definition = request.area.parse(data.lookup(), &mut fields);
    if !(fewest..=MAX_PLACES).contains(&request.places.len()) {
        let detail = format!("must have {fewest} to {MAX_PLACES} places");
        fields.add("/places", InvalidValue::with_detail("out_of_range", detail));
    }
    for (number, place) in request.places.iter().enumerate().take(MAX_PLACES) {
        place.check(&format!("/places/{number}"), &mut fields);
    }
    let definition = fields.finish(Some(definition))?;
    let places = request.places.into_iter();
    Ok(CheckView { data: places.map(|place| view(data, &definition, place)).collect() })
}

impl PlaceRequest {
    fn check(&self, pointer: &str, fields: &mut Fields) {
        let mut check_range = |name: &str, degrees: f64, most: f64| {
            if !(-most..=most).contains(&degrees) {
                let detail = format!("must be from -{most} to {most}");
                fields.add(
                    format!("{pointer}/{name}"),
                    InvalidValue::with_detail("out_of_range", detail),
                );
            }
        };
        match (&self.postcode, self.longitude, self.latitude) {
            (Some(_), None, None) => {}
            (None, Some(longitude), Some(latitude)) => {
                check_range("longitude", longitude, 180.0);
                check_range("latitude", latitude, 90.0);
                if is_swapped(Position { longitude, latitude }) {
                    let detail = "seems to have longitude and latitude swapped";
                    fields.add(pointer.to_owned(), InvalidValue::new("swapped", detail));
                }
            }
            _ => {
                let detail = "must have either postcode, or longitude and latitude";
                fields.add(pointer.to_owned(), InvalidValue::new("conflict", detail));
            }
        }
    }
}

fn view(data: &Edition, definition: &Definition, query: PlaceRequest) -> VerdictView {
    let verdict = match (&query.postcode, query.longitude.zip(query.latitude)) {
        (Some(text), _) => match data.find(text) {
            Ok(entry) => verdict(data, definition, &Place::Postcode(entry)),
            Err(Error::Malformed(_)) => undecidable(Reason::MalformedPostcode),
            Err(_) => undecidable(Reason::UnknownPostcode),
        },
        (None, Some((longitude, latitude))) => {
            verdict(data, definition, &Place::Point(Position { longitude, latitude }))
        }
        (None, None) => undecidable(Reason::NoPosition),
    };
    let rule = verdict.rule.map(|(list, index)| {
        let rules = if list == List::Include { &definition.include } else { &definition.exclude };
        RuleView { list, index, id: rules.get(index).and_then(|rule| rule.id.clone()) }
    });
    let Verdict { outcome: result, reason, confidence, .. } = verdict;
    VerdictView { query, result, reason, confidence, rule }
}

/// The verdict for a place that cannot be looked up.
fn undecidable(reason: Reason) -> Verdict {
    Verdict { outcome: Outcome::Unknown, reason, confidence: Confidence::High, rule: None }
}
