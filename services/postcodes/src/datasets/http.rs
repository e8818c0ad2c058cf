//! The data in use, with the statements that its licences require.

use actix_web::web::Data;
use kit::http::{problem::Problem, reply::Reply};
use serde::Serialize;

use crate::{
    app::App,
    areas::{domain::CONSTITUENCY, layer::Layer},
    dataset::{format::About, image::Dataset},
    places::image::Places,
};

#[derive(Serialize)]
pub(crate) struct DatasetsView {
    data: Vec<DatasetView>,
    /// Why a newer file is not in use; none if all files are the newest.
    note: Option<String>,
}

#[derive(Serialize)]
struct DatasetView {
    /// `postcodes`, `places`, `constituencies`, or the kind of other areas.
    kind: String,
    name: String,
    version: Option<String>,
    /// Date of the release, as precise as known.
    released: Option<String>,
    licence: Option<String>,
    /// Statements that must be shown with the data.
    attribution: Vec<String>,
    /// Set of constituency boundaries.
    generation: Option<String>,
    /// Whether it is only precise enough for trials.
    rough: bool,
    /// Number of postcodes, areas or places.
    count: usize,
    /// Whether it includes Northern Ireland, whose postcodes are not free for commercial use.
    northern_ireland: bool,
}

/// `GET /v1/geo/datasets`
pub(crate) async fn list(app: Data<App>) -> Result<Reply<DatasetsView>, Problem> {
    let data = app.data()?;
    let mut items = vec![directory(&data.dataset)];
    items.extend(data.areas.layers().iter().map(boundaries));
    items.extend(data.places.as_deref().map(places));
    Ok(Reply::ok(DatasetsView { data: items, note: app.note() }))
}

fn directory(dataset: &Dataset) -> DatasetView {
    published("postcodes", dataset.about(), dataset.shown(), dataset.has_northern_ireland())
}

fn places(places: &Places) -> DatasetView {
    published("places", places.about(), places.len(), false)
}

fn published(
    kind: &'static str,
    about: &About,
    count: usize,
    northern_ireland: bool,
) -> DatasetView {
    DatasetView {
        kind: kind.to_owned(),
        name: about.name.clone(),
        version: Some(about.version.clone()),
        released: about.released.clone(),
        licence: Some(about.licence.clone()),
        attribution: about.attribution.clone(),
        generation: about.constituency_generation.clone(),
        rough: false,
        count,
        northern_ireland,
    }
}

fn boundaries(layer: &Layer) -> DatasetView {
    let about = layer.about().clone();
    let kind = if about.kind == CONSTITUENCY { "constituencies".to_owned() } else { about.kind };
    DatasetView {
        name: about.name.unwrap_or_else(|| kind.clone()),
        kind,
        version: None,
        released: None,
        licence: about.licence,
        attribution: about.attribution.into_iter().collect(),
        generation: about.generation,
        rough: about.rough,
        count: layer.areas().len(),
        northern_ireland: true,
    }
}
