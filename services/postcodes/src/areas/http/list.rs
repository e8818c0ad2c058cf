//! Areas over HTTP: lists, one area, its neighbours, the areas and postcodes in it.

use actix_web::{Responder, web};
use contracts::values::postcode::Postcode;
use kit::http::{page::Page, problem::Problem};
use serde::Serialize;

use super::{
    field_errors::{self, FieldErrors},
    query::Query,
    reply::beside,
    views::{AreaDetail, AreaView, ChildView, PostcodeView},
};
use crate::{
    app::App,
    areas::{
        area_in_set::{self, AreaInSet},
        gazetteer::Cursor,
        lookup::Lookup,
        place::Filter,
        relations,
    },
    dataset::image::Entry,
};

/// Longest code accepted, in bytes; a GSS code has nine.
const MAX_CODE_BYTES: usize = 16;

/// `GET /v1/geo/areas`
pub async fn list(
    app: web::Data<App>,
    query: web::Query<Query>,
) -> Result<impl Responder, Problem> {
    app.data()?;
    let mut errors = FieldErrors::default();
    query.only(&["kind", "name", "generation", "as_of", "limit", "cursor"], &mut errors);
    let (filter, limit) = (query.filter(&mut errors), query.limit(&mut errors));
    let after: Option<Cursor> = query.cursor(&mut errors);
    let name = query.name(&mut errors).map(str::to_owned);
    errors.into_result()?;
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
        let lookup = data.lookup();
        let sets = sets(lookup, &code, &Filter::default())?;
        AreaDetail::of(&sets, lookup).ok_or_else(no_such_area)
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
    let mut errors = FieldErrors::default();
    query.only(&["generation"], &mut errors);
    let filter = query.filter(&mut errors);
    errors.into_result()?;
    let found = beside(app, move |data| {
        let sets = sets(data.lookup(), &code, &filter)?;
        let with_boundary =
            sets.iter().find(|known| known.shape.is_some()).ok_or_else(no_boundary)?;
        let neighbours = relations::neighbours(data.lookup(), with_boundary);
        Ok(List { data: neighbours.iter().map(AreaView::of).collect::<Vec<_>>() })
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
    let mut errors = FieldErrors::default();
    query.only(&["kind", "generation", "limit", "cursor"], &mut errors);
    let (kind, limit) = (query.kind(&mut errors), query.limit(&mut errors));
    let generation = query.generation(&mut errors);
    let after: Option<String> = query.cursor(&mut errors);
    errors.into_result()?;
    let found = beside(app, move |data| {
        let sets = sets(data.lookup(), &code, &Filter::default())?;
        let children = relations::children(data.lookup(), &sets, &kind, generation.as_deref());
        let is_next = |code: &str| after.as_ref().is_none_or(|after| code > after.as_str());
        let next = children.iter().filter(|child| is_next(child.area.gss_code)).take(limit + 1);
        let rows = next.map(|child| (child.area.gss_code, ChildView::of(child)));
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
    let mut errors = FieldErrors::default();
    query.only(&["generation", "limit", "cursor"], &mut errors);
    let (filter, limit) = (query.filter(&mut errors), query.limit(&mut errors));
    let after = after_postcode(&query, &mut errors);
    errors.into_result()?;
    let found = beside(app, move |data| {
        let sets = sets(data.lookup(), &code, &filter)?;
        let extent = sets.iter().find_map(|known| known.extent(data.lookup()));
        let extent = extent.ok_or_else(no_boundary)?;
        Ok(postcode_page(&data.members.page(&data.dataset, extent, after, limit + 1), limit))
    });
    Ok(web::Json(found.await?))
}

/// The last postcode of the previous page.
fn after_postcode(query: &Query, errors: &mut FieldErrors) -> Option<Postcode> {
    let text: String = query.cursor(errors)?;
    let postcode = Postcode::parse(&text).ok();
    if postcode.is_none() {
        errors.add("cursor", "malformed", "is not a valid cursor");
    }
    postcode
}

/// A page of postcodes; `entries` has one more than `limit` if there is a next page.
pub(crate) fn postcode_page(entries: &[Entry<'_>], limit: usize) -> Page<PostcodeView> {
    let rows = entries.iter().map(|entry| (entry.postcode(), PostcodeView::of(entry)));
    field_errors::page(rows.collect(), limit)
}

/// All sets with a code that match a filter; 404 if there are none.
pub(crate) fn sets<'a>(
    lookup: Lookup<'a>,
    code: &str,
    filter: &Filter,
) -> Result<Vec<AreaInSet<'a>>, Problem> {
    let code = Some(code).filter(|code| code.len() <= MAX_CODE_BYTES).ok_or_else(no_such_area)?;
    let mut sets = area_in_set::find(lookup, code);
    if sets.is_empty() {
        sets = area_in_set::find(lookup, &code.to_ascii_uppercase());
    }
    sets.retain(|known| filter.matches(&known.about));
    if sets.is_empty() { Err(no_such_area()) } else { Ok(sets) }
}

/// A list without pages.
#[derive(Serialize)]
struct List<T> {
    data: Vec<T>,
}

fn no_such_area() -> Problem {
    Problem::not_found("area")
}

/// The error for an area without a boundary.
pub(crate) fn no_boundary() -> Problem {
    Problem::not_found("outline").detail("The area has no boundary in the current data")
}
