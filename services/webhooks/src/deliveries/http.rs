//! Requests about deliveries.

use actix_web::{
    Responder,
    web::{self, Data, Path, Query},
};
use chrono::{DateTime, Utc};
use kit::{
    db::Conn,
    http::{
        extract::Caller,
        page::PageRequest,
        problem::{FieldError, Problem},
    },
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
pub struct Filter {
    state: Option<String>,
    endpoint_id: Option<Uuid>,
}

/// A delivery as clients see it.
#[derive(Serialize)]
pub struct DeliveryView {
    id: Uuid,
    endpoint_id: Uuid,
    event_id: Uuid,
    event_type: String,
    state: String,
    tries: i32,
    next_attempt_at: Option<DateTime<Utc>>,
    last_status: Option<i32>,
    last_error: Option<String>,
    created_at: DateTime<Utc>,
    finished_at: Option<DateTime<Utc>>,
    /// Only of a single delivery.
    #[serde(skip_serializing_if = "Option::is_none")]
    attempts: Option<Vec<AttemptView>>,
}

/// One attempt.
#[derive(Serialize)]
pub struct AttemptView {
    at: DateTime<Utc>,
    status: Option<i32>,
    duration_ms: i32,
    error: Option<String>,
}

/// The tenant's deliveries.
pub async fn list(
    app: Data<App>,
    caller: Caller,
    filter: Query<Filter>,
    page: PageRequest,
) -> Result<impl Responder, Problem> {
    let (state, endpoint_id) = (filter.state()?, filter.endpoint_id);
    let deliveries = app
        .db
        .tx("deliveries.list", caller.tenant_id, async |conn: &mut Conn| -> Result<_, Error> {
            Ok(store::page(conn, state, endpoint_id, page).await?)
        })
        .await?;
    let views = deliveries.into_iter().map(|delivery| view(delivery, None)).collect();
    Ok(web::Json(page.page(views, |view: &DeliveryView| view.id)))
}

/// One delivery with its attempts.
pub async fn get(
    app: Data<App>,
    caller: Caller,
    id: Path<Uuid>,
) -> Result<impl Responder, Problem> {
    let (delivery, attempts) = app
        .db
        .tx("deliveries.get", caller.tenant_id, async |conn: &mut Conn| -> Result<_, Error> {
            let delivery = store::by_id(conn, *id).await?.ok_or(Error::NoSuchDelivery)?;
            Ok((delivery, store::attempts_of(conn, *id).await?))
        })
        .await?;
    Ok(web::Json(view(delivery, Some(attempts))))
}

impl Filter {
    fn state(&self) -> Result<Option<State>, Problem> {
        let Some(name) = &self.state else { return Ok(None) };
        let names = State::ALL.map(State::name).join(", ");
        let fault = || FieldError::new("state", "unknown", format!("one of {names}"));
        State::parse(name).map(Some).ok_or_else(|| Problem::invalid(vec![fault()]))
    }
}

fn view(delivery: Delivery, attempts: Option<Vec<Attempt>>) -> DeliveryView {
    let shown =
        |Attempt { at, status, duration_ms, error }| AttemptView { at, status, duration_ms, error };
    DeliveryView {
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
        attempts: attempts.map(|all| all.into_iter().map(shown).collect()),
    }
}
