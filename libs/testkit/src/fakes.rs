//! Fake servers: a gateway that publishes its keys and signs tokens, and a keyring that keeps its keys in memory.

use std::{
    collections::{HashMap, HashSet},
    net::TcpListener,
    sync::{Arc, Mutex},
};

use actix_web::{App, HttpServer, web};
use aws_lc_rs::{
    encoding::AsDer as _,
    signature::{Ed25519KeyPair, KeyPair as _},
};
use base64::{Engine as _, engine::general_purpose::STANDARD as B64};
use contracts::{
    keyring::{
        DestroyRequest, Destroyed, KeyAnswer, KeyRef, LeaveRequest, Left, OpenRequest,
        ResolveRequest, Resolved,
    },
    values::email::EmailAddress,
};
use jsonwebtoken::EncodingKey;
use kit::{
    auth::claims::{self, Claims},
    clock::Clock,
    id::Ids,
};
use uuid::Uuid;

/// A fake gateway and a fake keyring at one loopback port.
pub struct Fakes {
    /// The base URL of both.
    pub url: String,
    key: Vec<u8>,
    /// The state of the keyring.
    pub keyring: Arc<Mutex<Keys>>,
    handle: actix_web::dev::ServerHandle,
}

/// The state of the fake keyring.
#[derive(Default)]
pub struct Keys {
    /// Subjects by tenant and email address.
    subjects: HashMap<(Uuid, String), Uuid>,
    active: HashMap<KeyRef, String>,
    /// Tenants and subjects whose keys were destroyed.
    destroyed: HashSet<(Uuid, Uuid)>,
    /// Subjects that were reported once as leaving, and not resolved since.
    leaving: HashSet<Uuid>,
    /// Subjects whose keys are refused, for all but storing what is on its way already.
    pub restricted: HashSet<Uuid>,
    /// Whether it responds 503 to every request.
    pub down: bool,
    /// Whether it responds 401 to every request, as to a service whose clock is wrong.
    pub mistrusts: bool,
    /// The number of requests that it responded 503 or 401 to.
    pub refused: usize,
}

impl Fakes {
    pub fn start() -> Self {
        let key = new_key();
        let jwk = claims::public_jwk(&key, "test").expect("jwk");
        let jwks = web::Data::new(serde_json::json!({ "keys": [jwk] }));
        let keyring = Arc::new(Mutex::new(Keys::default()));
        let state = web::Data::new(keyring.clone());
        let listener = TcpListener::bind("127.0.0.1:0").expect("port");
        let url = format!("http://{}", listener.local_addr().expect("addr"));
        let server = HttpServer::new(move || {
            App::new()
                .app_data(jwks.clone())
                .app_data(state.clone())
                .route(
                    "/internal/v1/jwks.json",
                    web::get().to(async |jwks: web::Data<serde_json::Value>| {
                        web::Json(jwks.get_ref().clone())
                    }),
                )
                .route("/internal/v1/subjects/resolve", web::post().to(resolve))
                .route("/internal/v1/keys/open", web::post().to(open))
                .route("/internal/v1/subjects/destroy", web::post().to(destroy))
                .route("/internal/v1/subjects/leave", web::post().to(leave))
        })
        .keep_alive(kit::http::keep_alive::SERVER_IDLE)
        .workers(1)
        .disable_signals()
        .listen(listener)
        .expect("listen")
        .run();
        let handle = server.handle();
        kit::tasks::spawn("fakes", async move {
            let _ = server.await;
        });
        Self { url, key, keyring, handle }
    }

    /// A user's token as the gateway signs it for the service `audience`; `scope` has scopes separated by spaces.
    pub fn token(&self, clock: &Clock, audience: &str, tenant_id: Uuid, scope: &str) -> String {
        self.token_for(clock, audience, tenant_id, scope, "user", Ids.next())
    }

    /// The same for another actor; `kind` is `user`, `api_key` or `link`.
    pub fn token_for(
        &self,
        clock: &Clock,
        audience: &str,
        tenant_id: Uuid,
        scope: &str,
        kind: &str,
        actor: Uuid,
    ) -> String {
        let claims = claims_of(clock, audience, tenant_id, scope);
        self.sign(&Claims { sub: actor.to_string(), actor_kind: kind.to_owned(), ..claims })
    }

    /// A test key's token as the gateway signs it.
    pub fn test_token(
        &self,
        clock: &Clock,
        audience: &str,
        tenant_id: Uuid,
        scope: &str,
    ) -> String {
        self.sign(&Claims { test: true, ..claims_of(clock, audience, tenant_id, scope) })
    }

    fn sign(&self, claims: &Claims) -> String {
        claims::sign(claims, "test", &EncodingKey::from_ed_der(&self.key)).expect("token")
    }
}

/// The claims of a new key.
fn claims_of(clock: &Clock, audience: &str, tenant_id: Uuid, scope: &str) -> Claims {
    let now = clock.now().timestamp();
    Claims {
        iss: claims::GATEWAY.to_owned(),
        sub: Ids.next().to_string(),
        aud: audience.to_owned(),
        exp: now + claims::MAX_TOKEN_SECONDS,
        iat: now,
        jti: Ids.next(),
        client_id: claims::SESSIONS.to_owned(),
        tenant: Some(tenant_id),
        scope: scope.to_owned(),
        actor_kind: "api_key".to_owned(),
        test: false,
    }
}

impl Drop for Fakes {
    fn drop(&mut self) {
        drop(self.handle.stop(false));
    }
}

/// A new PKCS#8 Ed25519 key.
pub fn new_key() -> Vec<u8> {
    let pair = Ed25519KeyPair::generate().expect("key");
    let _ = pair.public_key().as_der();
    pair.to_pkcs8v1().expect("pkcs8").as_ref().to_vec()
}

type State = web::Data<Arc<Mutex<Keys>>>;

impl Keys {
    /// Returns how many keys it destroyed.
    fn destroy(&mut self, tenant_id: Uuid, subject_id: Uuid) -> i64 {
        self.destroyed.insert((tenant_id, subject_id));
        self.subjects.retain(|_, subject| *subject != subject_id);
        let before = self.active.len();
        self.active.retain(|key, _| key.subject_id != subject_id || key.tenant_id != tenant_id);
        i64::try_from(before - self.active.len()).unwrap()
    }

    fn key(&mut self, key: KeyRef, mint: bool) -> KeyAnswer {
        if self.destroyed.contains(&(key.tenant_id, key.subject_id)) {
            return KeyAnswer::Destroyed;
        }
        if mint {
            self.active.entry(key).or_insert_with(|| B64.encode(Ids.bytes::<32>()));
        }
        self.active
            .get(&key)
            .map_or(KeyAnswer::Missing, |key| KeyAnswer::Active { key: key.clone() })
    }
}

async fn resolve(
    state: State,
    request: web::Json<ResolveRequest>,
) -> actix_web::Result<web::Json<Vec<Resolved>>> {
    let mut state = state.lock().unwrap();
    refuse_when_down(&mut state)?;
    let answers = request.items.iter().map(|item| {
        let address = EmailAddress::parse(&item.email);
        let email = address.as_ref().map_or("", EmailAddress::as_str);
        let person = (item.tenant_id, email.to_owned());
        if item.mint && address.is_some() {
            state.subjects.entry(person.clone()).or_insert_with(|| Ids.subject());
        }
        let subject_id = state.subjects.get(&person).copied();
        state.leaving.retain(|leaving| Some(*leaving) != subject_id);
        let keys = subject_id.map(|subject_id| {
            let refs = item.compartments.iter().map(|&compartment| KeyRef {
                tenant_id: item.tenant_id,
                subject_id,
                compartment,
            });
            let key = |key: KeyRef| {
                if state.restricted.contains(&key.subject_id) {
                    KeyAnswer::Refused
                } else {
                    state.key(key, item.mint)
                }
            };
            refs.map(key).collect()
        });
        Resolved { subject_id, keys: keys.unwrap_or_default(), address_tag: String::new() }
    });
    Ok(web::Json(answers.collect()))
}

async fn open(
    state: State,
    request: web::Json<OpenRequest>,
) -> actix_web::Result<web::Json<Vec<KeyAnswer>>> {
    let mut state = state.lock().unwrap();
    refuse_when_down(&mut state)?;
    let mint = request.purpose == contracts::keyring::Purpose::Record;
    let answers = request.keys.iter().map(|&key| match state.key(key, mint) {
        KeyAnswer::Active { .. } if !mint && state.restricted.contains(&key.subject_id) => {
            KeyAnswer::Refused
        }
        answer => answer,
    });
    Ok(web::Json(answers.collect()))
}

async fn destroy(
    state: State,
    request: web::Json<DestroyRequest>,
) -> actix_web::Result<web::Json<Destroyed>> {
    let mut state = state.lock().unwrap();
    refuse_when_down(&mut state)?;
    Ok(web::Json(Destroyed { keys: state.destroy(request.tenant_id, request.subject_id) }))
}

async fn leave(
    state: State,
    request: web::Json<LeaveRequest>,
) -> actix_web::Result<web::Json<Left>> {
    let mut state = state.lock().unwrap();
    refuse_when_down(&mut state)?;
    let mut leaving = Vec::new();
    for person in &request.people {
        if state.leaving.insert(person.subject_id) {
            leaving.push(person.subject_id);
        } else {
            state.destroy(person.tenant_id, person.subject_id);
        }
    }
    Ok(web::Json(Left { leaving }))
}

fn refuse_when_down(state: &mut Keys) -> actix_web::Result<()> {
    let refusal = match *state {
        Keys { down: true, .. } => actix_web::error::ErrorServiceUnavailable("down"),
        Keys { mistrusts: true, .. } => actix_web::error::ErrorUnauthorized("mistrusts"),
        _ => return Ok(()),
    };
    state.refused += 1;
    Err(refusal)
}
