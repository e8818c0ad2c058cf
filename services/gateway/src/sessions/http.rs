//! `/v1/sessions`: credentials in, an access token and the next refresh token out.

use std::time::Duration;

use actix_web::{
    HttpMessage as _, HttpRequest, HttpResponse,
    http::{StatusCode, header},
    web,
    web::Data,
};
use contracts::identity::{Refresh, Revoke, SessionGrant, SignIn};
use kit::{
    client::CallError,
    http::{
        extract,
        problem::{FieldError, Problem},
    },
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    app::App,
    edge::{self, visit::Visit},
    exchange::access,
    limits::{
        policy::too_many,
        sign_ins::{Attempt, Outcome},
    },
};

/// Hashing a password takes its time, and may have to queue. A body has as long to arrive.
const DEADLINE: Duration = Duration::from_secs(8);
/// Two addresses and a token.
const MAX_BODY: usize = 8 * 1024;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SignInRequest {
    email: String,
    password: String,
    #[serde(default)]
    tenant: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TokenRequest {
    refresh_token: String,
}

#[derive(Serialize)]
struct SessionView {
    access_token: String,
    token_type: &'static str,
    expires_in: i64,
    refresh_token: String,
    session_id: Uuid,
    tenant_id: Uuid,
    user_id: Uuid,
    scopes: Vec<String>,
}

/// `POST /v1/sessions`
pub(crate) async fn create(app: Data<App>, req: HttpRequest, body: web::Payload) -> HttpResponse {
    edge::own(&app, &req, async |visit| {
        let given: SignInRequest = read(&req, body).await?;
        let attempt = begin(&app, &given.email, visit).await?;
        let sign_in = SignIn {
            email: given.email,
            password: given.password,
            tenant_slug: given.tenant,
            ip: visit.ip,
        };
        let answer = app.identity.post("/internal/v1/sessions", &sign_in, DEADLINE).await;
        settle(&app, attempt, &answer, visit).await;
        show(&app, answer.map_err(refused)?)
    })
    .await
}

/// `POST /v1/sessions/refresh`
pub(crate) async fn refresh(app: Data<App>, req: HttpRequest, body: web::Payload) -> HttpResponse {
    edge::own(&app, &req, async |visit| {
        let given: TokenRequest = read(&req, body).await?;
        let question = Refresh { refresh_token: given.refresh_token, ip: visit.ip };
        let answer = app.identity.post("/internal/v1/sessions/refresh", &question, DEADLINE).await;
        show(&app, answer.map_err(refused)?)
    })
    .await
}

/// `POST /v1/sessions/revoke`
pub(crate) async fn revoke(app: Data<App>, req: HttpRequest, body: web::Payload) -> HttpResponse {
    edge::own(&app, &req, async |_visit| {
        let given: TokenRequest = read(&req, body).await?;
        let question = Revoke { refresh_token: given.refresh_token };
        let answer: Result<serde_json::Value, CallError> =
            app.identity.post("/internal/v1/sessions/revoke", &question, DEADLINE).await;
        answer.map_err(refused)?;
        let access = req.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        app.lookup.end_session(access).await;
        Ok(HttpResponse::NoContent().finish())
    })
    .await
}

/// A network whose delay is not over yet is refused before its password is checked.
async fn begin(app: &App, email: &str, visit: &mut Visit) -> Result<Attempt, Problem> {
    let names = app.sign_in_names(email, visit.network);
    app.limiter.sign_ins.begin(names).await.map_err(|state| {
        visit.verdict.get_or_insert_default().states.push(state);
        too_many(state.wait_seconds, state.name)
    })
}

/// A password that was wrong stays counted, and the caller is told what is left; any other outcome takes the count back.
async fn settle(
    app: &App,
    attempt: Attempt,
    answer: &Result<SessionGrant, CallError>,
    visit: &mut Visit,
) {
    let outcome = match answer {
        Err(CallError::Answered { status: 401 | 403 | 404, .. }) => {
            visit.verdict.get_or_insert_default().states.push(attempt.state);
            return;
        }
        // Right, though for several organisations of which none was named.
        Ok(_) | Err(CallError::Answered { status: 422, .. }) => Outcome::Right,
        Err(_unavailable) => Outcome::Unknown,
    };
    app.limiter.sign_ins.settle(attempt, outcome).await;
}

async fn read<T: serde::de::DeserializeOwned>(
    req: &HttpRequest,
    body: web::Payload,
) -> Result<T, Problem> {
    if req.content_type() != "application/json" {
        let status = StatusCode::UNSUPPORTED_MEDIA_TYPE;
        let title = "The body must be application/json";
        return Err(Problem::new(status, "unsupported_media_type", title));
    }
    extract::parse(&edge::body::read(body.into_inner(), MAX_BODY, DEADLINE).await?)
}

fn show(app: &App, grant: SessionGrant) -> Result<HttpResponse, Problem> {
    let now = app.kit.clock.now().timestamp();
    let access_token = access::issue(&app.ring, &grant, now, app.kit.ids.next())
        .map_err(|error| Problem::internal(&error))?;
    Ok(HttpResponse::Ok().json(SessionView {
        access_token,
        token_type: "Bearer",
        expires_in: access::LIFE.num_seconds(),
        refresh_token: grant.refresh_token,
        session_id: grant.session_id,
        tenant_id: grant.principal.tenant_id,
        user_id: grant.principal.actor_id,
        scopes: grant.principal.scopes,
    }))
}

/// Identity's refusals in words that never say whether an address is known.
fn refused(error: CallError) -> Problem {
    let status = match &error {
        CallError::Answered { status, .. } => *status,
        CallError::Unavailable(_) => 503,
    };
    match status {
        401 | 403 | 404 => {
            let title = "The e-mail, the password or the token does not hold";
            Problem::new(StatusCode::UNAUTHORIZED, "invalid_credentials", title)
        }
        400 | 409 | 422 => Problem::invalid(vec![FieldError::new(
            "/tenant",
            "required",
            "name the organisation to act for",
        )]),
        429 => too_many(30, "sign-ins"),
        _ => {
            tracing::warn!(%error, "identity did not answer a sign-in");
            Problem::unavailable("Signing in")
        }
    }
}
