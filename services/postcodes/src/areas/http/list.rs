//! Areas over HTTP: lists, one area, its neighbours, the areas and postcodes in it.

use actix_web::web::{Data, Path, Query};
use kit::http::{page::Page, problem::Problem, reply::Reply};
use serde::Serialize;

use super::{
    page::{page, parse_cursor, parse_postcode_cursor, postcode_page},
    query::AreaQuery,
    views::{AreaDetailView, AreaView, ChildView, PostcodeView},
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
    http::run_blocking,
};

/// Longest code accepted, in bytes; a GSS code has nine.
const MAX_CODE_BYTES: usize = 16;

/// A list without pages.
#[derive(Serialize)]
pub(crate) struct ListView<T> {
    data: Vec<T>,
}

/// `GET /v1/geo/areas`
pub async fn list(
    app: Data<App>,
    query: Query<AreaQuery>,
) -> Result<Reply<Page<AreaView>>, Problem> {
    app.data()?;
    let accepted = ["kind", "name", "generation", "as_of", "limit", "cursor"];
    let (filter, limit, after, name) = query.read(&accepted, |fields| {
        let (filter, limit) = (query.filter(fields), query.limit(fields));
        let after: Option<Cursor> = query.cursor(fields, parse_cursor);
        Some((filter, limit, after, query.name(fields)))
    })?;
    run_blocking(app, move |data| {
        let (name, after) = (name.as_deref(), after.as_ref());
        let rows = data.gazetteer.list(&data.dataset, &data.areas, &filter, name, after, limit + 1);
        let rows = rows.into_iter().map(|(key, area)| (key, AreaView::from(&area)));
        Ok(page(rows.collect(), limit))
    })
    .await
    .map(Reply::ok)
}

/// `GET /v1/geo/areas/{gss_code}`
pub async fn get(app: Data<App>, code: Path<String>) -> Result<Reply<AreaDetailView>, Problem> {
    run_blocking(app, move |data| {
        let sets = sets(data.lookup(), &code, &Filter::default())?;
        AreaDetailView::new(&sets, data.lookup()).ok_or_else(no_such_area)
    })
    .await
    .map(Reply::ok)
}

/// `GET /v1/geo/areas/{gss_code}/neighbours`
pub(crate) async fn neighbours(
    app: Data<App>,
    code: Path<String>,
    query: Query<AreaQuery>,
) -> Result<Reply<ListView<AreaView>>, Problem> {
    app.data()?;
    let filter = query.read(&["generation"], |fields| Some(query.filter(fields)))?;
    run_blocking(app, move |data| {
        let sets = sets(data.lookup(), &code, &filter)?;
        let area = sets.iter().find(|area| area.shape.is_some()).ok_or_else(no_boundary)?;
        let neighbours = relations::neighbours(data.lookup(), area);
        Ok(ListView { data: neighbours.iter().map(AreaView::from).collect() })
    })
    .await
    .map(Reply::ok)
}

/// `GET /v1/geo/areas/{gss_code}/children`
pub(crate) async fn children(
    app: Data<App>,
    code: Path<String>,
    query: Query<AreaQuery>,
) -> Result<Reply<Page<ChildView>>, Problem> {
    app.data()?;
    let accepted = ["kind", "generation", "limit", "cursor"];
    let (kind, generation, limit, after) = query.read(&accepted, |fields| {
        let (kind, limit) = (query.kind(fields), query.limit(fields));
        let generation = query.generation(fields);
        let after: Option<String> = query.cursor(fields, parse_cursor);
        Some((kind?, generation, limit, after))
    })?;
    run_blocking(app, move |data| {
        let sets = sets(data.lookup(), &code, &Filter::default())?;
        let children = relations::children(data.lookup(), &sets, &kind, generation.as_deref());
        let is_next = |code: &str| after.as_ref().is_none_or(|after| code > after.as_str());
        let next = children.iter().filter(|child| is_next(child.area.gss_code)).take(limit + 1);
        let rows = next.map(|child| (child.area.gss_code, ChildView::from(child)));
        Ok(page(rows.collect(), limit))
    })
    .await
    .map(Reply::ok)
}

/// `GET /v1/geo/areas/{gss_code}/postcodes`
pub async fn postcodes(
    app: Data<App>,
    code: Path<String>,
    query: Query<AreaQuery>,
) -> Result<Reply<Page<PostcodeView>>, Problem> {
    app.data()?;
    let (filter, limit, after) = query.read(&["generation", "limit", "cursor"], |fields| {
        let (filter, limit) = (query.filter(fields), query.limit(fields));
        Some((filter, limit, query.cursor(fields, parse_postcode_cursor)))
    })?;
    run_blocking(app, move |data| {
        let sets = sets(data.lookup(), &code, &filter)?;
        let extent = sets.iter().find_map(|area| area.extent(data.lookup()));
        let extent = extent.ok_or_else(no_boundary)?;
        Ok(postcode_page(&data.members.page(&data.dataset, extent, after, limit + 1), limit))
    })
    .await
    .map(Reply::ok)
}

/// All sets with a code that match a filter; 404 if there are none.
pub(super) fn sets<'a>(
    lookup: Lookup<'a>,
    code: &str,
    filter: &Filter,
) -> Result<Vec<AreaInSet<'a>>, Problem> {
    let code = Some(code).filter(|code| code.len() <= MAX_CODE_BYTES).ok_or_else(no_such_area)?;
    let mut sets = area_in_set::find(lookup, code);
    if sets.is_empty() {
        sets = area_in_set::find(lookup, &code.to_ascii_uppercase());
    }
    sets.retain(|area| filter.matches(&area.about));
    if sets.is_empty() { Err(no_such_area()) } else { Ok(sets) }
}

fn no_such_area() -> Problem {
    Problem::not_found("area")
}

pub(super) fn no_boundary() -> Problem {
    Problem::not_found("outline").detail("The area has no boundary in the current data")
}
