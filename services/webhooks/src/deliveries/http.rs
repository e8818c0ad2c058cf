//! `/v1/webhook-deliveries`: what was sent to a tenant's partners, and what waits.

use actix_web::web::{Data, Path, Query};
use chrono::{DateTime, Utc};
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
    domain::{Attempt, Delivery, State},
    store,
};
use crate::{app::App, error::Error};

/// `?state=&endpoint_id=`
#[derive(Deserialize)]
pub(crate) struct Filter {
    state: Option<String>,
    endpoint_id: Option<Uuid>,
}

#[derive(Serialize)]
pub(crate) struct DeliveryView {
    id: Uuid,
    endpoint_id: Uuid,
    event_id: Uuid,
    event_type: String,
    state: State,
    tries: i32,
    next_attempt_at: Option<DateTime<Utc>>,
    last_status: Option<i32>,
    last_error: Option<String>,
    created_at: DateTime<Utc>,
    finished_at: Option<DateTime<Utc>>,
    /// Only of a single delivery.
    #[serde(skip_serializing_if = "Option::is_none")]
    attempts: Option<Vec<Attempt>>,
}

pub(crate) async fn list(
    app: Data<App>,
    caller: Caller,
    filter: Query<Filter>,
    page: PageRequest,
) -> Result<Reply<Page<DeliveryView>>, Problem> {
    let (state, endpoint_id) = (filter.state()?, filter.endpoint_id);
    let deliveries = app
        .db
        .tx("deliveries.list", caller.tenant_id, async |conn| {
            store::page(conn, state, endpoint_id, page).await
        })
        .await?;
    Ok(Reply::ok(page.page(deliveries, |delivery| delivery.id).map(DeliveryView::from)))
}

pub(crate) async fn get(
    app: Data<App>,
    caller: Caller,
    id: Path<Uuid>,
) -> Result<Reply<DeliveryView>, Problem> {
    let (delivery, attempts) = app
        .db
        .tx("deliveries.get", caller.tenant_id, async |conn| -> Result<_, Error> {
            let delivery = store::by_id(conn, *id).await?.ok_or(Error::NoSuchDelivery)?;
            Ok((delivery, store::attempts::by_delivery(conn, *id).await?))
        })
        .await?;
    Ok(Reply::ok(DeliveryView { attempts: Some(attempts), ..DeliveryView::from(delivery) }))
}

impl Filter {
    fn state(&self) -> Result<Option<State>, Problem> {
        let mut fields = Fields::default();
        let state = fields.optional("state", self.state.as_deref(), State::from_field);
        fields.finish(Some(state))
    }
}

impl From<Delivery> for DeliveryView {
    fn from(delivery: Delivery) -> Self {
        Self {
            id: delivery.id,
            endpoint_id: delivery.endpoint_id,
            event_id: delivery.event_id,
            event_type: delivery.event_type,
            state: delivery.state,
            tries: delivery.tries,
            next_attempt_at: delivery.finished_at.is_none().then_some(delivery.next_at),
            last_status: delivery.last_status,
            last_error: delivery.last_error,
            created_at: delivery.created_at,
            finished_at: delivery.finished_at,
            attempts: None,
        }
    }
}
