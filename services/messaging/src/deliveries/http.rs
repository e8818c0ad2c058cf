//! Deliveries over HTTP: states and codes, never names, addresses or texts.

use actix_web::{Responder, web};
use chrono::{DateTime, Utc};
use kit::{
    db::DbError,
    http::{
        extract::Caller,
        page::PageRequest,
        problem::{FieldError, Problem},
    },
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{domain::State, store};
use crate::{app::App, error::Error};

/// `?state=&campaign_id=`
#[derive(Debug, Deserialize)]
pub(crate) struct Filter {
    state: Option<String>,
    campaign_id: Option<String>,
}

#[derive(Debug, Serialize)]
struct Delivery {
    id: Uuid,
    kind: String,
    action_id: Uuid,
    campaign_id: Uuid,
    target_id: Option<Uuid>,
    state: String,
    code: Option<String>,
    attempts: i32,
    next_attempt_at: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
    settled_at: Option<DateTime<Utc>>,
}

impl From<store::Row> for Delivery {
    fn from(row: store::Row) -> Self {
        let waits = row.state == State::Queued.as_str();
        Self {
            id: row.id,
            kind: row.kind,
            action_id: row.action_id,
            campaign_id: row.campaign_id,
            target_id: row.target_id,
            state: row.state,
            code: row.code,
            attempts: row.attempts,
            next_attempt_at: waits.then_some(row.next_attempt_at),
            created_at: row.created_at,
            settled_at: row.settled_at,
        }
    }
}

/// `GET /v1/deliveries`
pub(crate) async fn list(
    app: web::Data<App>,
    caller: Caller,
    filter: web::Query<Filter>,
    page: PageRequest,
) -> Result<impl Responder, Problem> {
    let (state, campaign_id) = parse(&filter)?;
    let rows = app
        .db
        .tx("deliveries.list", caller.tenant_id, async |conn| -> Result<_, DbError> {
            store::page(conn, state, campaign_id, page).await
        })
        .await?;
    let rows: Vec<Delivery> = rows.into_iter().map(Delivery::from).collect();
    Ok(web::Json(page.page(rows, |delivery| delivery.id)))
}

/// `GET /v1/deliveries/{id}`
pub(crate) async fn get(
    app: web::Data<App>,
    caller: Caller,
    id: web::Path<Uuid>,
) -> Result<impl Responder, Problem> {
    let found = app
        .db
        .tx("deliveries.get", caller.tenant_id, async |conn| -> Result<_, Error> {
            store::by_id(conn, *id).await?.ok_or(Error::NoSuchDelivery)
        })
        .await?;
    Ok(web::Json(Delivery::from(found)))
}

fn parse(filter: &Filter) -> Result<(Option<State>, Option<Uuid>), Problem> {
    let state = filter.state.as_deref().map(State::parse);
    let campaign_id = filter.campaign_id.as_deref().map(|text| text.parse::<Uuid>().ok());
    let mut faults = Vec::new();
    if state == Some(None) {
        faults.push(FieldError::new("state", "unknown", "not a state of a delivery"));
    }
    if campaign_id == Some(None) {
        faults.push(FieldError::new("campaign_id", "malformed", "not a UUID"));
    }
    if faults.is_empty() {
        Ok((state.flatten(), campaign_id.flatten()))
    } else {
        Err(Problem::invalid(faults))
    }
}
