//! `/v1/representatives` for the organisation, and the public preview of who will be written to.

use actix_web::{
    HttpMessage as _, HttpRequest, HttpResponse, Responder,
    http::StatusCode,
    web::{Data, Path, Payload, Query},
};
use contracts::values::postcode::Postcode;
use kit::http::{
    extract::{self, Caller},
    fields::Fields,
    idempotency::{KeyedReply, Once},
    page::{Page, PageRequest},
    problem::Problem,
    reply::Reply,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{domain::Representative, import, ops, store};
use crate::{
    actions::{domain::Place, place},
    app::App,
    error::Error,
    messages::compose,
};

/// Largest file, in bytes.
const MAX_FILE: usize = 5 * 1024 * 1024;

#[derive(Serialize)]
pub(crate) struct RepresentativeView {
    id: Uuid,
    gss_code: String,
    name: String,
    party: String,
    office_email: String,
    office_address: String,
    salutation: String,
}

#[derive(Serialize)]
struct Imported {
    imported: usize,
}

#[derive(Deserialize)]
pub(crate) struct TargetsQuery {
    postcode: Option<String>,
}

#[derive(Serialize)]
struct TargetsView {
    constituency: Option<ConstituencyView>,
    representatives: Vec<TargetView>,
}

#[derive(Serialize)]
struct ConstituencyView {
    gss_code: String,
    name: String,
}

/// What the public may see: never the office's address.
#[derive(Serialize)]
struct TargetView {
    name: String,
    party: String,
}

pub(crate) async fn list(
    app: Data<App>,
    caller: Caller,
    page: PageRequest,
) -> Result<Reply<Page<RepresentativeView>>, Problem> {
    let representatives = app
        .db
        .tx("representatives.list", caller.tenant_id, async |conn| store::page(conn, page).await)
        .await?;
    Ok(Reply::ok(page.page(representatives, |it| it.id).map(RepresentativeView::from)))
}

pub(crate) async fn import(
    app: Data<App>,
    caller: Caller,
    once: Once,
    request: HttpRequest,
    payload: Payload,
) -> Result<KeyedReply, Problem> {
    must_be_csv(&request)?;
    let file = extract::read(payload.into_inner(), MAX_FILE).await?;
    let found = import::read(&file, || app.kit.ids.next())?;
    let (tenant_id, now) = (caller.tenant_id, app.kit.clock.now());
    let reply = once
        .tx("representatives.import", async |conn| -> Result<_, Error> {
            ops::replace(conn, tenant_id, &found, now).await?;
            Ok(Reply::ok(Imported { imported: found.len() }))
        })
        .await?;
    app.reach.forget(tenant_id);
    Ok(reply)
}

fn must_be_csv(request: &HttpRequest) -> Result<(), Problem> {
    if request.content_type() == "text/csv" {
        return Ok(());
    }
    let (status, code) = (StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type");
    Err(Problem::new(status, code, "The body must be text/csv"))
}

pub(crate) async fn targets(
    app: Data<App>,
    caller: Caller,
    id: Path<Uuid>,
    query: Query<TargetsQuery>,
) -> Result<impl Responder, Problem> {
    app.campaigns.published(&app.db, caller.tenant_id, *id).await?;
    let mut fields = Fields::default();
    let given = query.into_inner().postcode;
    let postcode = fields.required("postcode", given, |text| Ok(Postcode::parse(&text)?));
    let place = place::find(&app, &fields.finish(postcode)?, "postcode").await?;
    if place.pending {
        return Err(Error::PostcodesAway.into());
    }
    let found = app
        .db
        .tx("representatives.targets", caller.tenant_id, async |conn| -> Result<_, Error> {
            Ok(compose::target(conn, &place).await?)
        })
        .await?;
    Ok(HttpResponse::Ok().json(TargetsView::of(place, found)))
}

impl TargetsView {
    fn of(place: Place, found: Option<Representative>) -> Self {
        let constituency =
            place.constituency.map(|of| ConstituencyView { gss_code: of.gss_code, name: of.name });
        let public = |of: Representative| TargetView { name: of.name, party: of.party };
        Self { constituency, representatives: found.map(public).into_iter().collect() }
    }
}

impl From<Representative> for RepresentativeView {
    fn from(of: Representative) -> Self {
        Self {
            id: of.id,
            gss_code: of.gss_code,
            name: of.name,
            party: of.party,
            office_email: of.office_email,
            office_address: of.office_address,
            salutation: of.salutation,
        }
    }
}
