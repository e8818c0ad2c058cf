//! Requests to erase, and how far they have come.

use std::collections::HashMap;

use actix_web::{
    Responder,
    web::{self, Data, Path, Query},
};
use chrono::{DateTime, Utc};
use contracts::keyring::Purpose;
use kit::{
    db::Conn,
    http::{
        extract::{Caller, Json},
        idempotency::{KeyedReply, Once},
        page::PageRequest,
        problem::{FieldError, Problem},
        reply::Reply,
    },
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    domain::{Answer, Erase, Erasure, Fault, SERVICES, SOURCE_HINTS, State},
    ops, steps, store,
};
use crate::{app::App, error::Error};

/// Body of `POST /v1/erasures`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EraseRequest {
    email: String,
    source_hint: Option<String>,
}

/// `?state=`
#[derive(Deserialize)]
pub struct Filter {
    state: Option<String>,
}

/// An erasure as clients see it.
#[derive(Serialize)]
pub struct ErasureView {
    id: Uuid,
    state: &'static str,
    subject_id: Option<Uuid>,
    actor_id: String,
    source_hint: Option<String>,
    recorded_at: DateTime<Utc>,
    keys_destroyed_at: Option<DateTime<Utc>>,
    keys_destroyed: i64,
    announced_at: Option<DateTime<Utc>>,
    services: Vec<AnswerView>,
    waiting_for: Vec<&'static str>,
    late: bool,
    probed_at: Option<DateTime<Utc>>,
    completed_at: Option<DateTime<Utc>>,
}

/// What one service said.
#[derive(Serialize)]
pub struct AnswerView {
    service: String,
    rows: i64,
    remaining: i64,
    answered_at: DateTime<Utc>,
}

/// Erases a person: ledger first, then the keys, then everybody else.
pub async fn create(
    app: Data<App>,
    caller: Caller,
    once: Once,
    body: Json<EraseRequest>,
) -> Result<KeyedReply, Problem> {
    let erasure = prepare(&app, &caller, &body.value.parse()?).await?;
    let id = once
        .begin("erasures.record", async |conn: &mut Conn| -> Result<_, Error> {
            Ok(ops::record(&app, conn, erasure).await?.id)
        })
        .await?;
    let (recorded, _) = find(&app, caller.tenant_id, id).await?;
    let erasure = steps::destroy_or_later(&app, &recorded).await?;
    once.finish(Reply::accepted(view(&erasure, Vec::new(), app.clock.now()))).await
}

async fn prepare(app: &App, caller: &Caller, command: &Erase) -> Result<Erasure, Error> {
    let tenant_id = caller.tenant_id;
    let subject_id = app.keyring.find(Purpose::SubjectAccess, tenant_id, &command.email).await?;
    let (id, now, actor) = (app.ids.next(), app.clock.now(), caller.actor_id.clone());
    Ok(Erasure::record(id, tenant_id, subject_id, actor, command.source_hint, now))
}

/// The tenant's erasures.
pub async fn list(
    app: Data<App>,
    caller: Caller,
    filter: Query<Filter>,
    page: PageRequest,
) -> Result<impl Responder, Problem> {
    let state = filter.parse()?;
    let (erasures, answers) = app
        .db
        .tx("erasures.list", caller.tenant_id, async |conn: &mut Conn| -> Result<_, Error> {
            let erasures = store::page(conn, state, page).await?;
            let ids: Vec<Uuid> = erasures.iter().map(|erasure| erasure.id).collect();
            Ok((erasures, store::answers_of(conn, &ids).await?))
        })
        .await?;
    let mut of: HashMap<Uuid, Vec<Answer>> = HashMap::new();
    for (id, answer) in answers {
        of.entry(id).or_default().push(answer);
    }
    let now = app.clock.now();
    let views = erasures.iter().map(|e| view(e, of.remove(&e.id).unwrap_or_default(), now));
    Ok(web::Json(page.page(views.collect(), |view: &ErasureView| view.id)))
}

/// One erasure.
pub async fn get(
    app: Data<App>,
    caller: Caller,
    id: Path<Uuid>,
) -> Result<impl Responder, Problem> {
    let (erasure, answers) = find(&app, caller.tenant_id, *id).await?;
    Ok(web::Json(view(&erasure, answers, app.clock.now())))
}

async fn find(app: &App, tenant_id: Uuid, id: Uuid) -> Result<(Erasure, Vec<Answer>), Error> {
    app.db
        .tx("erasures.get", tenant_id, async |conn: &mut Conn| -> Result<_, Error> {
            let erasure = store::by_id(conn, id).await?.ok_or(Error::NoSuchErasure)?;
            let answers = store::answers_of(conn, &[id]).await?;
            Ok((erasure, answers.into_iter().map(|(_, answer)| answer).collect()))
        })
        .await
}

impl EraseRequest {
    fn parse(&self) -> Result<Erase, Problem> {
        Erase::parse(&self.email, self.source_hint.as_deref())
            .map_err(|faults| Problem::invalid(faults.into_iter().map(told).collect()))
    }
}

impl Filter {
    fn parse(&self) -> Result<Option<State>, Problem> {
        let Some(name) = &self.state else { return Ok(None) };
        let names = State::ALL.map(State::name).join(", ");
        let fault = || FieldError::new("state", "unknown", format!("one of {names}"));
        State::parse(name).map(Some).ok_or_else(|| Problem::invalid(vec![fault()]))
    }
}

fn told(fault: Fault) -> FieldError {
    match fault {
        Fault::Email => FieldError::new("/email", "malformed", "is not an email address"),
        Fault::SourceHint => {
            let detail = format!("one of {}", SOURCE_HINTS.join(", "));
            FieldError::new("/source_hint", "unknown", detail)
        }
    }
}

fn view(erasure: &Erasure, answers: Vec<Answer>, now: DateTime<Utc>) -> ErasureView {
    let open = erasure.state != State::Complete;
    let silent = |name: &&&str| open && !answers.iter().any(|a| a.service == ***name);
    let waiting_for = SERVICES.iter().filter(silent).copied().collect();
    ErasureView {
        id: erasure.id,
        state: erasure.state.name(),
        subject_id: erasure.subject_id,
        actor_id: erasure.actor_id.clone(),
        source_hint: erasure.source_hint.clone(),
        recorded_at: erasure.recorded_at,
        keys_destroyed_at: erasure.keys_destroyed_at,
        keys_destroyed: erasure.keys,
        announced_at: erasure.announced_at,
        waiting_for,
        late: erasure.is_late(now),
        services: answers
            .into_iter()
            .map(|Answer { service, rows, remaining, answered_at }| AnswerView {
                service,
                rows,
                remaining,
                answered_at,
            })
            .collect(),
        probed_at: erasure.probed_at,
        completed_at: erasure.completed_at,
    }
}
