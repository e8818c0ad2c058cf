//! `/v1/representatives` for the organisation, and the public preview of the representative for a postcode.

use actix_web::{
    HttpMessage as _, HttpRequest,
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
    app::App,
    constituencies::{
        client,
        domain::{Constituency, ConstituencyLookup},
    },
    error::Error,
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
struct ImportView {
    imported: usize,
}

#[derive(Deserialize)]
pub(crate) struct TargetsQuery {
    postcode: Option<String>,
}

#[derive(Serialize)]
pub(crate) struct TargetsView {
    constituency: Option<Constituency>,
    representatives: Vec<TargetView>,
}

/// What the public may see: not the office's addresses.
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
    check_is_csv(&request)?;
    let file = extract::read_body(payload.into_inner(), MAX_FILE).await?;
    let representatives = import::read(&file, || app.kit.ids.next())?;
    let (tenant_id, now) = (caller.tenant_id, app.kit.clock.now());
    let reply = once
        .tx("representatives.import", async |conn| -> Result<_, Error> {
            ops::replace(conn, tenant_id, &representatives, now).await?;
            Ok(Reply::ok(ImportView { imported: representatives.len() }))
        })
        .await?;
    app.representatives.forget(tenant_id);
    Ok(reply)
}

pub(crate) async fn targets(
    app: Data<App>,
    caller: Caller,
    id: Path<Uuid>,
    query: Query<TargetsQuery>,
) -> Result<Reply<TargetsView>, Problem> {
    app.campaigns.published(&app.db, caller.tenant_id, *id).await?;
    let mut fields = Fields::default();
    let parse = |text: String| Ok(Postcode::parse(&text)?);
    let postcode = fields.required("postcode", query.into_inner().postcode, parse);
    let postcode = fields.finish(postcode)?.text();
    let lookup = client::look_up_field(&app.postcodes, &postcode, "postcode").await?;
    if lookup == ConstituencyLookup::Pending {
        return Err(Error::PostcodesUnavailable.into());
    }
    let constituency = lookup.constituency();
    let representative = app
        .db
        .tx("representatives.targets", caller.tenant_id, async |conn| {
            store::by_constituency(conn, constituency).await
        })
        .await?;
    Ok(Reply::ok(TargetsView::new(constituency.cloned(), representative)))
}

fn check_is_csv(request: &HttpRequest) -> Result<(), Problem> {
    if request.content_type() == "text/csv" {
        return Ok(());
    }
    let (status, code) = (StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type");
    Err(Problem::new(status, code, "The body must be text/csv"))
}

impl TargetsView {
    fn new(constituency: Option<Constituency>, representative: Option<Representative>) -> Self {
        let target = |it: Representative| TargetView { name: it.name, party: it.party };
        Self { constituency, representatives: representative.map(target).into_iter().collect() }
    }
}

impl From<Representative> for RepresentativeView {
    fn from(representative: Representative) -> Self {
        let Representative { id, gss_code, name, party, office_email, office_address, salutation } =
            representative;
        Self { id, gss_code, name, party, office_email, office_address, salutation }
    }
}
