//! Fakes that are servers: a gateway that publishes keys and signs tokens, and a keyring that keeps its keys in memory.

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
        DestroyRequest, Destroyed, KeyAnswer, KeyRef, OpenRequest, ResolveRequest, Resolved,
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

/// A gateway and a keyring on one loopback port.
pub struct Fakes {
    /// Base URL of both.
    pub url: String,
    key: Vec<u8>,
    /// The keyring's memory.
    pub keyring: Arc<Mutex<Keys>>,
    handle: actix_web::dev::ServerHandle,
}

/// What the fake keyring knows.
#[derive(Default)]
pub struct Keys {
    subjects: HashMap<(Uuid, String), Uuid>,
    minted: HashMap<KeyRef, String>,
    destroyed: HashSet<(Uuid, Uuid)>,
    /// Subjects whose keys are refused for every purpose.
    pub restricted: HashSet<Uuid>,
    /// Answer 503 to everything.
    pub down: bool,
    /// How often it did so.
    pub refused: usize,
}

impl Fakes {
    /// Starts both.
    pub fn start() -> Self {
        let key = new_key();
        let jwk = claims::public_jwk(&key, "test").expect("jwk");
        let jwks = web::Data::new(serde_json::json!({ "keys": [jwk] }));
        let keyring = Arc::new(Mutex::new(Keys::default()));
        let memory = web::Data::new(keyring.clone());
        let listener = TcpListener::bind("127.0.0.1:0").expect("port");
        let url = format!("http://{}", listener.local_addr().expect("addr"));
        let server = HttpServer::new(move || {
            App::new()
                .app_data(jwks.clone())
                .app_data(memory.clone())
                .route(
                    "/internal/v1/jwks.json",
                    web::get().to(async |jwks: web::Data<serde_json::Value>| {
                        web::Json(jwks.get_ref().clone())
                    }),
                )
                .route("/internal/v1/subjects/resolve", web::post().to(resolve))
                .route("/internal/v1/keys/open", web::post().to(open))
                .route("/internal/v1/subjects/destroy", web::post().to(destroy))
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

    /// A token as the gateway would sign it for `audience`.
    pub fn token(&self, clock: &Clock, audience: &str, tenant_id: Uuid, scope: &str) -> String {
        self.token_of(clock, audience, tenant_id, scope, "user", Ids.next())
    }

    /// A token of a given actor.
    pub fn token_of(
        &self,
        clock: &Clock,
        audience: &str,
        tenant_id: Uuid,
        scope: &str,
        kind: &str,
        actor: Uuid,
    ) -> String {
        let now = clock.now().timestamp();
        let claims = Claims {
            iss: claims::GATEWAY.to_owned(),
            sub: actor.to_string(),
            aud: audience.to_owned(),
            exp: now + claims::MAX_TOKEN_SECONDS,
            iat: now,
            jti: Ids.next(),
            client_id: claims::SESSIONS.to_owned(),
            tenant: Some(tenant_id),
            scope: scope.to_owned(),
            actor_kind: kind.to_owned(),
        };
        claims::sign(&claims, "test", &EncodingKey::from_ed_der(&self.key)).expect("token")
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

type Memory = web::Data<Arc<Mutex<Keys>>>;

impl Keys {
    fn key(&mut self, key: KeyRef, mint: bool) -> KeyAnswer {
        if self.destroyed.contains(&(key.tenant_id, key.subject_id)) {
            return KeyAnswer::Destroyed;
        }
        if self.restricted.contains(&key.subject_id) {
            return KeyAnswer::Refused;
        }
        if mint {
            self.minted.entry(key).or_insert_with(|| B64.encode(Ids.bytes::<32>()));
        }
        self.minted
            .get(&key)
            .map_or(KeyAnswer::Missing, |key| KeyAnswer::Active { key: key.clone() })
    }
}

async fn resolve(
    memory: Memory,
    request: web::Json<ResolveRequest>,
) -> actix_web::Result<web::Json<Vec<Resolved>>> {
    let mut memory = memory.lock().unwrap();
    refuse_when_down(&mut memory)?;
    let answers = request.items.iter().map(|item| {
        let address = EmailAddress::parse(&item.email);
        let email = address.as_ref().map_or("", EmailAddress::as_str);
        let place = (item.tenant_id, email.to_owned());
        if item.mint && address.is_some() && !memory.subjects.contains_key(&place) {
            memory.subjects.insert(place.clone(), Ids.subject());
        }
        let subject_id = memory.subjects.get(&place).copied();
        let keys = subject_id.map(|subject_id| {
            let refs = item.compartments.iter().map(|&compartment| KeyRef {
                tenant_id: item.tenant_id,
                subject_id,
                compartment,
            });
            refs.map(|key| memory.key(key, item.mint)).collect()
        });
        Resolved {
            subject_id,
            keys: keys.unwrap_or_default(),
            address_tag: format!("tag-of-{}", email.len()),
        }
    });
    Ok(web::Json(answers.collect()))
}

async fn open(
    memory: Memory,
    request: web::Json<OpenRequest>,
) -> actix_web::Result<web::Json<Vec<KeyAnswer>>> {
    let mut memory = memory.lock().unwrap();
    refuse_when_down(&mut memory)?;
    let mint = request.purpose == contracts::keyring::Purpose::Record;
    Ok(web::Json(request.keys.iter().map(|&key| memory.key(key, mint)).collect()))
}

async fn destroy(
    memory: Memory,
    request: web::Json<DestroyRequest>,
) -> actix_web::Result<web::Json<Destroyed>> {
    let mut memory = memory.lock().unwrap();
    refuse_when_down(&mut memory)?;
    let (tenant_id, subject_id) = (request.tenant_id, request.subject_id);
    memory.destroyed.insert((tenant_id, subject_id));
    memory.subjects.retain(|_, subject| *subject != subject_id);
    let before = memory.minted.len();
    memory.minted.retain(|key, _| key.subject_id != subject_id || key.tenant_id != tenant_id);
    let keys = i64::try_from(before - memory.minted.len()).unwrap();
    Ok(web::Json(Destroyed { keys }))
}

fn refuse_when_down(memory: &mut Keys) -> actix_web::Result<()> {
    if !memory.down {
        return Ok(());
    }
    memory.refused += 1;
    Err(actix_web::error::ErrorServiceUnavailable("down"))
}
