//! `/v1/representatives` for the organisation, and the public preview of the representative for a postcode.

use std::borrow::Cow;

use actix_web::web::{Data, Path, Query};
use contracts::values::postcode::Postcode;
use kit::http::{
    extract::Caller,
    fields::Fields,
    page::{Page, PageRequest},
    problem::Problem,
    reply::Reply,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    domain::{Representative, check_target},
    store,
};
use crate::{
    app::App,
    campaigns::domain::Campaign,
    constituencies::{
        client,
        domain::{Constituency, ConstituencyLookup},
    },
    error::Error,
};

pub(crate) mod register;

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

#[derive(Deserialize)]
pub(crate) struct TargetsQuery {
    postcode: Option<String>,
}

#[derive(Serialize)]
pub(crate) struct TargetsView {
    constituency: Option<Constituency>,
    /// Others that an address of the postcode may be in, since a border is near.
    alternatives: Vec<Constituency>,
    representatives: Vec<TargetView>,
    /// Why an action with this postcode would be refused; the same as the error of its field.
    problem: Option<ProblemView>,
}

#[derive(Serialize)]
struct ProblemView {
    code: &'static str,
    detail: Cow<'static, str>,
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

pub(crate) async fn targets(
    app: Data<App>,
    caller: Caller,
    id: Path<Uuid>,
    query: Query<TargetsQuery>,
) -> Result<Reply<TargetsView>, Problem> {
    let published = app.campaigns.published(&app.db, caller.tenant_id, *id).await?;
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
    let alternatives = client::alternatives(&app.postcodes, &postcode).await;
    let view = TargetsView::new(&published.campaign, constituency, representative);
    Ok(Reply::ok(TargetsView { alternatives, ..view }))
}

impl TargetsView {
    fn new(
        campaign: &Campaign,
        constituency: Option<&Constituency>,
        representative: Option<Representative>,
    ) -> Self {
        let check = check_target(constituency, representative.is_some());
        let problem = check.err().filter(|_| campaign.message_to_send().is_some());
        let target = |it: Representative| TargetView { name: it.name, party: it.party };
        Self {
            constituency: constituency.cloned(),
            alternatives: Vec::new(),
            representatives: representative.map(target).into_iter().collect(),
            problem: problem.map(|it| ProblemView { code: it.code, detail: it.detail }),
        }
    }
}

impl From<Representative> for RepresentativeView {
    fn from(representative: Representative) -> Self {
        let Representative { id, gss_code, name, party, office_email, office_address, salutation } =
            representative;
        Self { id, gss_code, name, party, office_email, office_address, salutation }
    }
}
