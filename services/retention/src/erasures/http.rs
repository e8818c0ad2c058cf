//! `/v1/erasures`: requests to erase, and how far they have come.

use actix_web::web::{Data, Path, Query};
use chrono::{DateTime, Utc};
use kit::http::{
    extract::{Caller, Json},
    fields::Fields,
    idempotency::{KeyedReply, Once},
    page::{Page, PageRequest},
    problem::Problem,
    reply::Reply,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    domain::{Acknowledgement, Erasure, SERVICES, State},
    ops,
    request::EraseRequest,
    store, workflow,
};
use crate::{app::App, error::Error};

/// `?state=`
#[derive(Deserialize)]
pub(crate) struct Filter {
    state: Option<String>,
}

#[derive(Serialize)]
pub(crate) struct ErasureView {
    id: Uuid,
    state: State,
    subject_id: Option<Uuid>,
    actor_id: String,
    source_hint: Option<String>,
    recorded_at: DateTime<Utc>,
    keys_destroyed_at: Option<DateTime<Utc>>,
    keys_destroyed: i64,
    announced_at: Option<DateTime<Utc>>,
    services: Vec<Acknowledgement>,
    waiting_for: Vec<&'static str>,
    late: bool,
    probed_at: Option<DateTime<Utc>>,
    completed_at: Option<DateTime<Utc>>,
}

pub(crate) async fn list(
    app: Data<App>,
    caller: Caller,
    filter: Query<Filter>,
    page: PageRequest,
) -> Result<Reply<Page<ErasureView>>, Problem> {
    let state = filter.state()?;
    let (erasures, mut acknowledgements) = app
        .db
        .tx("erasures.list", caller.tenant_id, async |conn| -> Result<_, Error> {
            let erasures = store::page(conn, state, page).await?;
            let ids: Vec<Uuid> = erasures.iter().map(|erasure| erasure.id).collect();
            Ok((erasures, store::acknowledgements::by_erasures(conn, &ids).await?))
        })
        .await?;
    let now = app.kit.clock.now();
    Ok(Reply::ok(page.page(erasures, |erasure| erasure.id).map(|erasure| {
        let services = acknowledgements.remove(&erasure.id).unwrap_or_default();
        ErasureView::new(erasure, services, now)
    })))
}

/// The ledger comes first, then the keys, then the other services.
pub(crate) async fn create(
    app: Data<App>,
    caller: Caller,
    once: Once,
    body: Json<EraseRequest>,
) -> Result<KeyedReply, Problem> {
    let erasure = workflow::prepare(&app, &caller, &body.value.parse()?).await?;
    let id = once
        .begin("erasures.record", async |conn| -> Result<_, Error> {
            let id = erasure.id;
            ops::record(conn, &app.signer, erasure).await?;
            Ok(id)
        })
        .await?;
    let (recorded, _) = find(&app, caller.tenant_id, id).await?;
    let erasure = workflow::destroy_or_defer(&app, &recorded).await?;
    let view = ErasureView::new(erasure, Vec::new(), app.kit.clock.now());
    once.finish(Reply::accepted(view)).await
}

pub(crate) async fn get(
    app: Data<App>,
    caller: Caller,
    id: Path<Uuid>,
) -> Result<Reply<ErasureView>, Problem> {
    let (erasure, services) = find(&app, caller.tenant_id, *id).await?;
    Ok(Reply::ok(ErasureView::new(erasure, services, app.kit.clock.now())))
}

async fn find(
    app: &App,
    tenant_id: Uuid,
    id: Uuid,
) -> Result<(Erasure, Vec<Acknowledgement>), Error> {
    app.db
        .tx("erasures.get", tenant_id, async |conn| {
            let erasure = store::by_id(conn, id).await?.ok_or(Error::NoSuchErasure)?;
            let services = store::acknowledgements::by_erasures(conn, &[id]).await?.remove(&id);
            Ok((erasure, services.unwrap_or_default()))
        })
        .await
}

impl Filter {
    fn state(&self) -> Result<Option<State>, Problem> {
        let mut fields = Fields::default();
        let state = fields.optional("state", self.state.as_deref(), State::from_field);
        fields.finish(Some(state))
    }
}

impl ErasureView {
    fn new(erasure: Erasure, services: Vec<Acknowledgement>, now: DateTime<Utc>) -> Self {
        let is_open = erasure.state != State::Complete;
        let is_missing = |name: &&str| is_open && !services.iter().any(|it| it.service == *name);
        Self {
            id: erasure.id,
            state: erasure.state,
            subject_id: erasure.subject_id,
            late: erasure.is_late(now),
            actor_id: erasure.actor_id,
            source_hint: erasure.source_hint,
            recorded_at: erasure.recorded_at,
            keys_destroyed_at: erasure.keys_destroyed_at,
            keys_destroyed: erasure.keys,
            announced_at: erasure.announced_at,
            waiting_for: SERVICES.iter().copied().filter(is_missing).collect(),
            services,
            probed_at: erasure.probed_at,
            completed_at: erasure.completed_at,
        }
    }
}
