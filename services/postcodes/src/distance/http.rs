//! The distance route.

use actix_web::web::{Data, Query};
use contracts::values::{InvalidValue, postcode::Postcode};
use kit::http::{fields::Fields, problem::Problem, reply::Reply};
use serde::{Deserialize, Serialize};

use crate::{
    app::App,
    data::Edition,
    dataset::image::Entry,
    error::Error,
    geometry::{position::Position, sphere},
};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DistanceQuery {
    from: String,
    to: String,
}

#[derive(Serialize)]
pub struct DistanceView {
    from: Postcode,
    to: Postcode,
    /// Great-circle distance between their positions.
    distance_m: f64,
}

/// `GET /v1/geo/distance`
pub async fn get(
    app: Data<App>,
    query: Query<DistanceQuery>,
) -> Result<Reply<DistanceView>, Problem> {
    let data = app.data()?;
    let mut fields = Fields::default();
    let from = fields.optional("from", Some(&*query.from), |text| find(&data, text));
    let to = fields.optional("to", Some(&*query.to), |text| find(&data, text));
    let ((from, here), (to, there)) = fields.finish(from.zip(to))?;
    let distance_m = sphere::distance_m(here, there);
    Ok(Reply::ok(DistanceView { from: from.postcode(), to: to.postcode(), distance_m }))
}

/// One of the two postcodes; a terminated one has its last position.
fn find<'a>(data: &'a Edition, text: &str) -> Result<(Entry<'a>, Position), InvalidValue> {
    let entry = data.find(text).map_err(|error| {
        let code = if matches!(error, Error::Malformed(_)) { "malformed" } else { "unknown" };
        InvalidValue::with_detail(code, error.to_string())
    })?;
    let without_position =
        InvalidValue::new("without_position", "has no position in the directory");
    Ok((entry, entry.position().ok_or(without_position)?))
}
