//! `/v1/deliveries`: states and codes, never names, addresses or texts.

use actix_web::web::{Data, Path, Query};
use chrono::{DateTime, Utc};
use contracts::values::InvalidValue;
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
    domain::{Decision, Delivery, Filter, State, Verdict},
    ops, store,
};
use crate::{app::App, error::Error};

/// `?state=&campaign_id=`
#[derive(Deserialize)]
pub(crate) struct FilterQuery {
    state: Option<String>,
    campaign_id: Option<String>,
}

/// Body of POST.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SettleRequest {
    outcome: Option<String>,
}

#[derive(Serialize)]
pub(crate) struct DeliveryView {
    id: Uuid,
    kind: String,
    action_id: Uuid,
    campaign_id: Uuid,
    target_id: Option<Uuid>,
    state: State,
    code: Option<String>,
    attempts: i32,
    next_attempt_at: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
    settled_at: Option<DateTime<Utc>>,
}

pub(crate) async fn list(
    app: Data<App>,
    caller: Caller,
    filter: Query<FilterQuery>,
    page: PageRequest,
) -> Result<Reply<Page<DeliveryView>>, Problem> {
    let filter = filter.into_inner().parse()?;
    let deliveries = app
        .db
        .tx("deliveries.list", caller.tenant_id, async |conn| {
            store::page(conn, &filter, page).await
        })
        .await?;
    let page = page.page(deliveries, |delivery| delivery.id);
    Ok(Reply::ok(page.map(DeliveryView::from)))
}

pub(crate) async fn get(
    app: Data<App>,
    caller: Caller,
    id: Path<Uuid>,
) -> Result<Reply<DeliveryView>, Problem> {
    let delivery = app
        .db
        .tx("deliveries.get", caller.tenant_id, async |conn| store::by_id(conn, *id).await)
        .await?
        .ok_or(Error::NoSuchDelivery)?;
    Ok(Reply::ok(delivery.into()))
}

/// Only a person may decide whether an email that may have arrived is sent again.
pub(crate) async fn settle(
    app: Data<App>,
    caller: Caller,
    once: Once,
    id: Path<Uuid>,
    body: Json<SettleRequest>,
) -> Result<KeyedReply, Problem> {
    let decision = body.value.parse()?;
    let actor_id = caller.actor_id.parse().map_err(|_opaque| Error::NotStaff)?;
    let (actor_kind, at) = (caller.actor_kind, app.kit.clock.now());
    let verdict = || Verdict { id: *id, decision, actor_kind: actor_kind.clone(), actor_id, at };
    let reply = once
        .tx("deliveries.settle", async |conn| -> Result<_, Error> {
            let delivery = ops::decide(conn, app.kit.ids, caller.tenant_id, verdict()).await?;
            Ok(Reply::ok(DeliveryView::from(delivery)))
        })
        .await?;
    app.kit.relay.wake();
    Ok(reply)
}

impl SettleRequest {
    fn parse(self) -> Result<Decision, Problem> {
        let mut fields = Fields::default();
        let outcome = fields.required("/outcome", self.outcome, |text| Decision::from_field(&text));
        fields.finish(outcome)
    }
}

impl FilterQuery {
    fn parse(self) -> Result<Filter, Problem> {
        let mut fields = Fields::default();
        let state = fields.optional("state", self.state, |text| State::from_field(&text));
        let campaign_id = fields.optional("campaign_id", self.campaign_id, |text| {
            text.parse().map_err(|_opaque| InvalidValue::new("malformed", "must be a UUID"))
        });
        fields.finish(Some(Filter { state, campaign_id }))
    }
}

impl From<Delivery> for DeliveryView {
    fn from(delivery: Delivery) -> Self {
        let is_queued = delivery.state == State::Queued;
        Self {
            id: delivery.id,
            kind: delivery.kind,
            action_id: delivery.action_id,
            campaign_id: delivery.campaign_id,
            target_id: delivery.target_id,
            state: delivery.state,
            code: delivery.code,
            attempts: delivery.attempts,
            next_attempt_at: is_queued.then_some(delivery.next_attempt_at),
            created_at: delivery.created_at,
            settled_at: delivery.settled_at,
        }
    }
}
