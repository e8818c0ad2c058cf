//! `POST /v1/representatives/import`: a file replaces the register, or a dry run lists what it would change.

use std::collections::BTreeMap;

use actix_web::{
    HttpMessage as _, HttpRequest,
    http::StatusCode,
    web::{Data, Payload, Query},
};
use kit::http::{
    extract::{self, Caller},
    idempotency::{KeyedReply, Once},
    problem::Problem,
    reply::Reply,
};
use serde::{Deserialize, Serialize};

use crate::{
    app::App,
    constituencies::client,
    error::Error,
    representatives::{
        domain::{Change, Register, Representative},
        import, ops, store,
    },
};

/// Largest file, in bytes.
const MAX_FILE: usize = 5 * 1024 * 1024;

#[derive(Deserialize)]
pub(crate) struct ImportQuery {
    #[serde(default)]
    dry_run: bool,
    /// Whether the file has some constituencies only, and the others stay as they are.
    #[serde(default)]
    partial: bool,
}

/// How many constituencies came, changed and went. A dry run lists them.
#[derive(Serialize)]
pub(crate) struct ImportView {
    dry_run: bool,
    /// Representatives in the file.
    imported: usize,
    /// Vacant seats in the file.
    vacant: usize,
    added: usize,
    changed: usize,
    removed: usize,
    unchanged: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    changes: Option<Vec<ChangeView>>,
}

#[derive(Serialize)]
struct ChangeView {
    gss_code: String,
    change: &'static str,
    before: Option<OfficeView>,
    after: Option<OfficeView>,
}

#[derive(Serialize)]
struct OfficeView {
    name: String,
    party: String,
    office_email: String,
    office_address: String,
    salutation: String,
}

pub(crate) async fn import(
    app: Data<App>,
    caller: Caller,
    once: Once,
    query: Query<ImportQuery>,
    request: HttpRequest,
    payload: Payload,
) -> Result<KeyedReply, Problem> {
    check_is_csv(&request)?;
    let file = extract::read_body(payload.into_inner(), MAX_FILE).await?;
    let register = import::read(&file, || app.kit.ids.next())?;
    let codes = register.lines.keys().cloned().collect();
    import::check_codes(&register, client::check_codes(&app.postcodes, codes).await?)?;
    let ImportQuery { dry_run, partial } = query.into_inner();
    let (tenant_id, now) = (caller.tenant_id, app.kit.clock.now());
    let reply = once
        .tx("representatives.import", async |conn| -> Result<_, Error> {
            let changes = if dry_run {
                register.changes(store::all(conn).await?, partial)
            } else {
                ops::replace(conn, tenant_id, &register, partial, now).await?
            };
            Ok(Reply::ok(ImportView::new(&register, changes, dry_run)))
        })
        .await?;
    app.representatives.forget(tenant_id);
    Ok(reply)
}

fn check_is_csv(request: &HttpRequest) -> Result<(), Problem> {
    if request.content_type() == "text/csv" {
        return Ok(());
    }
    let (status, code) = (StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type");
    Err(Problem::new(status, code, "The body must be text/csv"))
}

impl ImportView {
    fn new(register: &Register, changes: BTreeMap<String, Change>, dry_run: bool) -> Self {
        let count = |is: fn(&Change) -> bool| changes.values().filter(|it| is(it)).count();
        let imported = register.representatives.len();
        Self {
            dry_run,
            imported,
            vacant: register.lines.len() - imported,
            added: count(|it| matches!(it, Change::Added(_))),
            changed: count(|it| matches!(it, Change::Changed { .. })),
            removed: count(|it| matches!(it, Change::Removed(_))),
            unchanged: count(|it| matches!(it, Change::Unchanged)),
            changes: dry_run.then(|| changes.into_iter().filter_map(ChangeView::new).collect()),
        }
    }
}

impl ChangeView {
    fn new((gss_code, change): (String, Change)) -> Option<Self> {
        let (change, before, after) = match change {
            Change::Added(after) => ("added", None, Some(after)),
            Change::Changed { before, after } => ("changed", Some(before), Some(after)),
            Change::Removed(before) => ("removed", Some(before), None),
            Change::Unchanged => return None,
        };
        let office = |of: Option<Representative>| of.map(OfficeView::from);
        Some(Self { gss_code, change, before: office(before), after: office(after) })
    }
}

impl From<Representative> for OfficeView {
    fn from(representative: Representative) -> Self {
        let Representative { name, party, office_email, office_address, salutation, .. } =
            representative;
        Self { name, party, office_email, office_address, salutation }
    }
}
