//! `/v1/sessions`: exchanges credentials for an access token and the next refresh token.

use std::time::Duration;

use actix_web::{
    HttpMessage as _, HttpRequest, HttpResponse,
    web::{Data, Payload},
};
use contracts::identity::{Refresh, Revoke, SessionGrant, SignIn};
use kit::{
    client::CallError,
    http::{extract, problem::Problem, reply::Reply},
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use uuid::Uuid;

use crate::{
    app::App,
    edge::{self, client_info::ClientInfo},
    error::Error,
    exchange::access_tokens,
    limits::sign_ins::cache::{Attempt, Outcome},
};

/// Hashing a password takes a while, and may have to queue. A body has as long to arrive.
const DEADLINE: Duration = Duration::from_secs(8);
/// An address, a password and a name.
const MAX_BODY: usize = 8 * 1024;
/// After identity refused an attempt as one too many.
const RETRY_SECONDS: u32 = 30;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SignInRequest {
    email: String,
    password: String,
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
pub(crate) async fn create(app: Data<App>, req: HttpRequest, body: Payload) -> HttpResponse {
    edge::http::serve_own(&app, &req, async |client| {
        let request: SignInRequest = read(&req, body).await?;
        let attempt = begin(&app, &request.email, client).await?;
        let sign_in = SignIn {
            email: request.email,
            password: request.password,
            tenant_slug: request.tenant,
            ip: client.ip,
        };
        let result = app.identity.post("/internal/v1/sessions", &sign_in, DEADLINE).await;
        settle(&app, attempt, &result, client).await;
        reply(&app, result.map_err(refusal)?)
    })
    .await
}

/// `POST /v1/sessions/refresh`
pub(crate) async fn refresh(app: Data<App>, req: HttpRequest, body: Payload) -> HttpResponse {
    edge::http::serve_own(&app, &req, async |client| {
        let request: TokenRequest = read(&req, body).await?;
        let refresh = Refresh { refresh_token: request.refresh_token, ip: client.ip };
        let result = app.identity.post("/internal/v1/sessions/refresh", &refresh, DEADLINE).await;
        reply(&app, result.map_err(refusal)?)
    })
    .await
}

/// `POST /v1/sessions/revoke`
pub(crate) async fn revoke(app: Data<App>, req: HttpRequest, body: Payload) -> HttpResponse {
    edge::http::serve_own(&app, &req, async |_client| {
        let request: TokenRequest = read(&req, body).await?;
        let revoke = Revoke { refresh_token: request.refresh_token };
        let result: Result<serde_json::Value, CallError> =
            app.identity.post("/internal/v1/sessions/revoke", &revoke, DEADLINE).await;
        result.map_err(refusal)?;
        app.credentials.revoke_session(edge::http::authorization(&req)).await;
        Ok(HttpResponse::NoContent().finish())
    })
    .await
}

/// A network that still has to wait is refused before its password is checked.
async fn begin(app: &App, email: &str, client: &mut ClientInfo) -> Result<Attempt, Error> {
    let sign_in = app.pseudonyms.sign_in(email, client.network);
    app.limiter.sign_ins.begin(sign_in).await.map_err(|state| {
        client.verdict.get_or_insert_default().states.push(state);
        Error::RateLimited { wait_seconds: state.wait_seconds, limits: state.name.to_owned() }
    })
}

/// A password that was wrong stays counted, and the response shows what remains; after any other result it does not count.
async fn settle(
    app: &App,
    attempt: Attempt,
    result: &Result<SessionGrant, CallError>,
    client: &mut ClientInfo,
) {
    let outcome = match result {
        Err(CallError::Answered { status: 401 | 403 | 404, .. }) => {
            client.verdict.get_or_insert_default().states.push(attempt.state);
            return;
        }
        // Right, though the member of several organisations named none of them.
        Ok(_) | Err(CallError::Answered { status: 422, .. }) => Outcome::Right,
        Err(_unavailable) => Outcome::Unknown,
    };
    app.limiter.sign_ins.settle(attempt, outcome).await;
}

async fn read<T: DeserializeOwned>(req: &HttpRequest, body: Payload) -> Result<T, Problem> {
    if req.content_type() != "application/json" {
        return Err(Error::NotJson.into());
    }
    extract::parse_json(&edge::http::body::read(body.into_inner(), MAX_BODY, DEADLINE).await?)
}

fn reply(app: &App, grant: SessionGrant) -> Result<Reply<SessionView>, Problem> {
    let (jti, now) = (app.kit.ids.next(), app.kit.clock.now().timestamp());
    let access_token = access_tokens::issue(&app.signing_keys, &grant, now, jti)
        .map_err(|error| Problem::internal(&error))?;
    Ok(Reply::ok(SessionView {
        access_token,
        token_type: "Bearer",
        expires_in: access_tokens::LIFETIME_SECONDS,
        refresh_token: grant.refresh_token,
        session_id: grant.session_id,
        tenant_id: grant.principal.tenant_id,
        user_id: grant.principal.actor_id,
        scopes: grant.principal.scopes,
    }))
}

/// Identity's refusals, without disclosing whether an address is known.
fn refusal(error: CallError) -> Problem {
    let status = match &error {
        CallError::Answered { status, .. } => *status,
        CallError::Unavailable(_) => 503,
    };
    match status {
        401 | 403 | 404 => Error::InvalidCredentials.into(),
        400 | 409 | 422 => Error::TenantRequired.into(),
        429 => {
            let limits = "sign-ins".to_owned();
            Error::RateLimited { wait_seconds: RETRY_SECONDS, limits }.into()
        }
        _ => {
            tracing::warn!(%error, "identity did not respond to a sign-in");
            Problem::unavailable("Signing in")
        }
    }
}
