//! The internal routes.

use actix_web::web::{Data, Path, Query};
use contracts::postcodes::{ConstituencyCheck, Near, NearPostcode, Place, RefusedCode, Starting};
use kit::http::{extract::Json, problem::Problem, reply::Reply};
use serde::Deserialize;

use super::views::{alternatives_of, area_name, located, outcode, place_of};
use crate::{
    app::App,
    areas::{
        constituency_codes,
        place::{Filter, of_point},
    },
    geometry::position::Position,
    postcode::domain::search,
};

/// Most items of each kind.
const MAX_LIMIT: usize = 100;
/// Largest radius, metres.
const MAX_RADIUS_M: f64 = 50_000.0;
/// Largest list of codes, in bytes: those of a register of 20,000 lines.
const MAX_CODES_BODY: usize = 512 * 1024;

#[derive(Debug, Deserialize)]
pub(crate) struct PlaceQuery {
    #[serde(default)]
    alternatives: bool,
}

/// `GET /internal/v1/postcodes/{postcode}/place`
pub(crate) async fn place(
    app: Data<App>,
    text: Path<String>,
    query: Query<PlaceQuery>,
) -> Result<Reply<Place>, Problem> {
    let data = app.data()?;
    let entry = data.find(&text)?;
    let mut place = place_of(&entry, &data.areas);
    if query.alternatives {
        place.alternatives = alternatives_of(&entry, &data.areas);
    }
    Ok(Reply::ok(place))
}

/// `POST /internal/v1/constituencies/check`
pub(crate) async fn check_constituencies(
    app: Data<App>,
    body: Result<Json<ConstituencyCheck, MAX_CODES_BODY>, Problem>,
) -> Result<Reply<Vec<RefusedCode>>, Problem> {
    let data = app.data()?;
    let lookup = data.lookup();
    let codes = body?.value.gss_codes.into_iter();
    let refused = codes.filter_map(|gss_code| {
        let refusal = constituency_codes::check(&lookup, &gss_code).err()?;
        let (code, detail) = (refusal.code.to_owned(), refusal.detail.into_owned());
        Some(RefusedCode { gss_code, code, detail })
    });
    Ok(Reply::ok(refused.collect()))
}

#[derive(Debug, Deserialize)]
pub(crate) struct StartingQuery {
    with: String,
    limit: usize,
}

/// `GET /internal/v1/postcodes/starting`. A whole postcode is returned even if it is terminated.
pub(crate) async fn starting(
    app: Data<App>,
    query: Query<StartingQuery>,
) -> Result<Reply<Starting>, Problem> {
    let data = app.data()?;
    let limit = query.limit.min(MAX_LIMIT);
    let whole = data.find(&query.with).ok().map(|entry| vec![entry]);
    let found = whole.or_else(|| search(&data, &query.with, limit)).unwrap_or_default();
    let text: String = query.with.split_whitespace().collect::<String>().to_uppercase();
    let outcodes = data.outcodes.starting_with(&text);
    Ok(Reply::ok(Starting {
        postcodes: found.iter().map(|entry| located(entry, &data.areas)).collect(),
        outcodes: outcodes.filter_map(|number| outcode(&data, number)).take(limit).collect(),
    }))
}

#[derive(Debug, Deserialize)]
pub(crate) struct NearQuery {
    longitude: f64,
    latitude: f64,
    radius_m: f64,
    limit: usize,
}

/// `GET /internal/v1/postcodes/near`
pub(crate) async fn near(app: Data<App>, query: Query<NearQuery>) -> Result<Reply<Near>, Problem> {
    let data = app.data()?;
    let at = Position { longitude: query.longitude, latitude: query.latitude };
    let is_finite = [at.longitude, at.latitude, query.radius_m].iter().all(|one| one.is_finite());
    if !is_finite {
        return Err(Problem::bad_request("The position and the radius must be finite numbers"));
    }
    let radius_m = query.radius_m.clamp(0.0, MAX_RADIUS_M);
    let found = data.dataset.nearest(at, query.limit.min(MAX_LIMIT), radius_m);
    let postcodes = found.iter().map(|(entry, distance_m)| NearPostcode {
        located: located(entry, &data.areas),
        distance_m: *distance_m,
    });
    let today = Filter { as_of: Some(data.areas.today()), ..Filter::default() };
    let around = of_point(&data.areas, at, &today);
    let around = around.iter().map(|of| area_name(&of.kind, of.gss_code, of.name));
    Ok(Reply::ok(Near { postcodes: postcodes.collect(), areas: around.collect() }))
}
