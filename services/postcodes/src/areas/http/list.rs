//! Areas over HTTP: lists, one area, what lies beside and within it.

use actix_web::{Responder, web};
use kit::{page::Page, problem::Problem};
use serde::Serialize;

use super::{
    field_errors::{self, Faults},
    query::Query,
    reply::beside,
    views::{AreaDetail, AreaView, PostcodeView},
};
use crate::{
    app::{App, Data},
    areas::{
        area_in_set::{self, Known},
        gazetteer::Place,
        place::Filter,
        relations,
    },
    dataset::{image::Entry, postcode::Postcode},
};

/// Longest code looked at, in bytes; a GSS code has nine.
const MAX_CODE_BYTES: usize = 16;

/// `GET /v1/geo/areas`
pub async fn list(
    app: web::Data<App>,
    query: web::Query<Query>,
) -> Result<impl Responder, Problem> {
    app.data()?;
    let mut faults = Faults::default();
    query.only(&["kind", "name", "generation", "as_of", "limit", "cursor"], &mut faults);
    let (filter, limit) = (query.filter(&mut faults), query.limit(&mut faults));
    let after: Option<Place> = query.cursor(&mut faults);
    let name = query.name(&mut faults).map(str::to_owned);
    faults.refuse()?;
    let found = beside(app, move |data| {
        let (name, after) = (name.as_deref(), after.as_ref());
        let found =
            data.gazetteer.list(&data.dataset, &data.areas, &filter, name, after, limit + 1);
        let rows = found.into_iter().map(|(place, known)| (place, AreaView::of(&known)));
        Ok(field_errors::page(rows.collect(), limit))
    });
    Ok(web::Json(found.await?))
}

/// `GET /v1/geo/areas/{gss_code}`
pub async fn get(app: web::Data<App>, code: web::Path<String>) -> Result<impl Responder, Problem> {
    let detail = beside(app, move |data| {
        AreaDetail::of(&sets(data, &code, &Filter::default())?, data).ok_or_else(no_such_area)
    });
    Ok(web::Json(detail.await?))
}

/// `GET /v1/geo/areas/{gss_code}/neighbours`
pub async fn neighbours(
    app: web::Data<App>,
    code: web::Path<String>,
    query: web::Query<Query>,
) -> Result<impl Responder, Problem> {
    app.data()?;
    let mut faults = Faults::default();
    query.only(&["generation"], &mut faults);
    let filter = query.filter(&mut faults);
    faults.refuse()?;
    let found = beside(app, move |data| {
        let sets = sets(data, &code, &filter)?;
        let outlined = sets.iter().find(|known| known.shape.is_some()).ok_or_else(no_outline)?;
        Ok(List { data: relations::neighbours(data, outlined) })
    });
    Ok(web::Json(found.await?))
}

/// `GET /v1/geo/areas/{gss_code}/children`
pub async fn children(
    app: web::Data<App>,
    code: web::Path<String>,
    query: web::Query<Query>,
) -> Result<impl Responder, Problem> {
    app.data()?;
    let mut faults = Faults::default();
    query.only(&["kind", "generation", "limit", "cursor"], &mut faults);
    let (kind, limit) = (query.kind(&mut faults), query.limit(&mut faults));
    let generation = query.generation(&mut faults);
    let after: Option<String> = query.cursor(&mut faults);
    faults.refuse()?;
    let found = beside(app, move |data| {
        let sets = sets(data, &code, &Filter::default())?;
        let mut children = relations::children(data, &sets, &kind, generation.as_deref());
        children.retain(|child| after.as_ref().is_none_or(|after| child.area.gss_code > *after));
        children.truncate(limit + 1);
        let rows = children.into_iter().map(|child| (child.area.gss_code.clone(), child));
        Ok(field_errors::page(rows.collect(), limit))
    });
    Ok(web::Json(found.await?))
}

/// `GET /v1/geo/areas/{gss_code}/postcodes`
pub async fn postcodes(
    app: web::Data<App>,
    code: web::Path<String>,
    query: web::Query<Query>,
) -> Result<impl Responder, Problem> {
    app.data()?;
    let mut faults = Faults::default();
    query.only(&["generation", "limit", "cursor"], &mut faults);
    let (filter, limit) = (query.filter(&mut faults), query.limit(&mut faults));
    let after = after_postcode(&query, &mut faults);
    faults.refuse()?;
    let found = beside(app, move |data| {
        let sets = sets(data, &code, &filter)?;
        let extent = sets.iter().find_map(|known| known.extent(data));
        let extent = extent.ok_or_else(no_outline)?;
        Ok(postcode_page(&data.members.page(&data.dataset, extent, after, limit + 1), limit))
    });
    Ok(web::Json(found.await?))
}

/// The postcode that a page of postcodes ended with.
fn after_postcode(query: &Query, faults: &mut Faults) -> Option<Postcode> {
    let text: String = query.cursor(faults)?;
    let postcode = Postcode::parse(&text).ok();
    if postcode.is_none() {
        faults.add("cursor", "malformed", "not a cursor of ours");
    }
    postcode
}

/// Postcodes as a page; they are one more than `limit` where there is more.
pub fn postcode_page(entries: &[Entry<'_>], limit: usize) -> Page<PostcodeView> {
    let rows = entries.iter().map(|entry| (entry.postcode(), PostcodeView::of(entry)));
    field_errors::page(rows.collect(), limit)
}

/// All sets of a code that a filter takes; 404 without any.
pub fn sets<'a>(data: &'a Data, code: &str, filter: &Filter) -> Result<Vec<Known<'a>>, Problem> {
    let code = Some(code).filter(|code| code.len() <= MAX_CODE_BYTES).ok_or_else(no_such_area)?;
    let mut sets = area_in_set::find(data, code);
    if sets.is_empty() {
        sets = area_in_set::find(data, &code.to_ascii_uppercase());
    }
    sets.retain(|known| filter.takes(&known.about));
    if sets.is_empty() { Err(no_such_area()) } else { Ok(sets) }
}

/// A list that has an end.
#[derive(Serialize)]
struct List<T> {
    data: Vec<T>,
}

fn no_such_area() -> Problem {
    Problem::not_found("area")
}

/// The refusal where an outline is needed.
pub fn no_outline() -> Problem {
    Problem::not_found("outline").detail("the area is known by its code only")
}
