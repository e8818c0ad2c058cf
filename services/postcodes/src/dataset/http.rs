//! What data the answers come from, with the sentences that its licences want shown.

use actix_web::{Responder, web};
use kit::problem::Problem;
use serde::Serialize;

use super::format::About;
use crate::{app::App, areas::domain::Areas};

/// All data in use.
#[derive(Serialize)]
struct Datasets {
    data: Vec<Item>,
}

/// One set of data.
#[derive(Serialize)]
struct Item {
    /// `postcodes` or `constituencies`.
    kind: &'static str,
    name: String,
    version: Option<String>,
    /// Date of the release, as exact as known.
    released: Option<String>,
    licence: Option<String>,
    /// Sentences that must be shown where the data is shown.
    attribution: Vec<String>,
    /// Set of constituency boundaries.
    generation: Option<String>,
    /// Only good for trying out.
    rough: bool,
    /// Postcodes or areas.
    count: usize,
}

/// `GET /v1/geo/datasets`
pub async fn list(app: web::Data<App>) -> Result<impl Responder, Problem> {
    let data = app.data()?;
    let items = vec![directory(data.dataset.about()), outlines(&data.areas)];
    Ok(web::Json(Datasets { data: items }))
}

fn directory(about: &About) -> Item {
    Item {
        kind: "postcodes",
        name: about.name.clone(),
        version: Some(about.version.clone()),
        released: about.released.clone(),
        licence: Some(about.licence.clone()),
        attribution: about.attribution.clone(),
        generation: about.constituency_generation.clone(),
        rough: false,
        count: usize::try_from(about.postcodes).unwrap_or(usize::MAX),
    }
}

fn outlines(areas: &Areas) -> Item {
    let about = areas.about().clone();
    Item {
        kind: "constituencies",
        name: about.name.unwrap_or_else(|| "Constituencies".to_owned()),
        version: None,
        released: None,
        licence: about.licence,
        attribution: about.attribution.into_iter().collect(),
        generation: about.generation,
        rough: about.rough,
        count: areas.outlines().len(),
    }
}
