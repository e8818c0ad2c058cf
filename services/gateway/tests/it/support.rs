//! A gateway before services that remember what they were asked.

use std::{
    collections::HashMap,
    net::TcpListener,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use base64::{Engine as _, engine::general_purpose::STANDARD as B64};
use gateway::Gateway;
use kit::id::Ids;
use serde_json::{Value, json};
use testkit::{
    app::TestApp,
    caller::{Caller, Response},
};
use uuid::Uuid;

/// The page that the fake keys list.
pub(crate) const ORIGIN: &str = "https://front.example";

/// One request as a service saw it.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) headers: HashMap<String, String>,
    pub(crate) body: Vec<u8>,
}

/// All services behind the gateway, on one port.
#[derive(Default)]
pub(crate) struct Services {
    keys: Mutex<HashMap<String, Value>>,
    seen: Mutex<Vec<Seen>>,
    /// What paths answer, or one method of them (`POST /path`), set by [`Services::answer`].
    pub(crate) answers: Mutex<HashMap<String, (u16, String)>>,
    /// Identity answers 503.
    pub(crate) identity_down: AtomicBool,
}

/// A gateway under test.
pub(crate) struct Suite {
    pub(crate) app: TestApp<Gateway>,
    pub(crate) services: Arc<Services>,
    /// Base URL of the services.
    pub(crate) services_url: String,
    handle: actix_web::dev::ServerHandle,
}

impl Drop for Suite {
    fn drop(&mut self) {
        drop(self.handle.stop(false));
    }
}

/// Boots both, with room for many requests.
pub(crate) async fn suite() -> Suite {
    suite_with(&[("FOLKMOOT_GATEWAY_LIMIT_SCALE", "100")]).await
}

/// Boots both with settings.
pub(crate) async fn suite_with(settings: &[(&str, &str)]) -> Suite {
    let services = Arc::new(Services::default());
    let (url, handle) = serve(services.clone());
    let wrap_key = B64.encode(Ids.bytes::<32>());
    let redis = testkit::setting("REDIS_URL");
    let names = contracts::services::names().filter(|name| *name != "gateway");
    let names: Vec<String> =
        names.map(|name| format!("FOLKMOOT_{}_URL", name.to_uppercase())).collect();
    let mut all = vec![("FOLKMOOT_GATEWAY_WRAP_KEY", wrap_key.as_str()), ("REDIS_URL", &redis)];
    all.extend(names.iter().map(|name| (name.as_str(), url.as_str())));
    all.extend(settings);
    Suite { app: TestApp::start(&all).await, services, services_url: url.clone(), handle }
}

fn serve(services: Arc<Services>) -> (String, actix_web::dev::ServerHandle) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let data = web::Data::from(services);
    let server = HttpServer::new(move || {
        App::new()
            .app_data(data.clone())
            .app_data(web::PayloadConfig::new(16 * 1024 * 1024))
            .default_service(web::to(answer))
    });
    let server = server.keep_alive(kit::http::keep_alive::SERVER_IDLE);
    let server = server.workers(1).disable_signals().listen(listener).unwrap().run();
    let handle = server.handle();
    kit::tasks::spawn("services", async move {
        let _ = server.await;
    });
    (url, handle)
}

async fn answer(services: web::Data<Services>, req: HttpRequest, body: web::Bytes) -> HttpResponse {
    let path = req.path().to_owned();
    let headers = req.headers().iter();
    let headers = headers.map(|(k, v)| (k.to_string(), v.to_str().unwrap_or_default().to_owned()));
    services.seen.lock().unwrap().push(Seen {
        method: req.method().to_string(),
        path: req.uri().to_string(),
        headers: headers.collect(),
        body: body.to_vec(),
    });
    if req.query_string() == "long" && req.method() == "GET" {
        return HttpResponse::Ok().content_type("text/csv").streaming(long_body());
    }
    let to_identity = path.starts_with("/internal/");
    if to_identity && services.identity_down.load(Ordering::Relaxed) {
        return HttpResponse::ServiceUnavailable().finish();
    }
    let answers = services.answers.lock().unwrap();
    if let Some((status, text)) =
        answers.get(&format!("{} {path}", req.method())).or(answers.get(&path))
    {
        let status = actix_web::http::StatusCode::from_u16(*status).unwrap();
        return HttpResponse::build(status)
            .insert_header(("set-cookie", "a=b"))
            .insert_header(("etag", "\"1\""))
            .content_type("application/json")
            .body(text.clone());
    }
    drop(answers);
    if path == "/internal/v1/credentials/verify" {
        let asked: Value = serde_json::from_slice(&body).unwrap();
        let key = asked["key"].as_str().unwrap_or_default();
        return match services.keys.lock().unwrap().get(key) {
            Some(principal) => HttpResponse::Ok().json(principal),
            None => HttpResponse::NotFound().finish(),
        };
    }
    if path == "/internal/v1/origins" {
        return HttpResponse::Ok().json(json!([ORIGIN]));
    }
    HttpResponse::Ok().json(json!({"path": path}))
}

/// A line every few seconds, for longer than a response may take to start.
fn long_body() -> impl futures_util::Stream<Item = Result<web::Bytes, actix_web::Error>> {
    let ticks = tokio::time::interval(Duration::from_secs(4));
    futures_util::stream::unfold((ticks, 0), |(mut ticks, line)| async move {
        ticks.tick().await;
        (line < 4).then(|| (Ok(web::Bytes::from(format!("line {line}\n"))), (ticks, line + 1)))
    })
}

impl Services {
    /// Lets a path answer this from now on.
    pub(crate) fn answer(&self, path: &str, status: u16, body: &Value) {
        let mut answers = self.answers.lock().unwrap();
        answers.insert(path.to_owned(), (status, body.to_string()));
    }

    /// What was asked, the gateway's own questions left out.
    pub(crate) fn seen(&self) -> Vec<Seen> {
        let seen = self.seen.lock().unwrap();
        seen.iter().filter(|seen| !seen.path.starts_with("/internal/")).cloned().collect()
    }

    /// How often identity was asked something.
    pub(crate) fn asked_identity(&self, path: &str) -> usize {
        self.seen.lock().unwrap().iter().filter(|seen| seen.path == path).count()
    }
}

impl Suite {
    /// A key that identity knows.
    pub(crate) fn key(&self, prefix: &str, scopes: &[&str]) -> Caller {
        self.key_of(Ids.next(), prefix, scopes)
    }

    /// A key that lists these origins.
    pub(crate) fn key_from(&self, prefix: &str, scopes: &[&str], origins: &[&str]) -> Caller {
        self.add_key(Ids.next(), prefix, scopes, origins)
    }

    /// A key of an organisation.
    pub(crate) fn key_of(&self, tenant_id: Uuid, prefix: &str, scopes: &[&str]) -> Caller {
        let origins: &[&str] = if prefix.starts_with("pk") { &[ORIGIN] } else { &[] };
        self.add_key(tenant_id, prefix, scopes, origins)
    }

    /// The key of a prefix like `pk_test` is for tests.
    fn add_key(&self, tenant_id: Uuid, prefix: &str, scopes: &[&str], origins: &[&str]) -> Caller {
        let key = format!("{prefix}_{}", Ids.token::<24>());
        let (publishable, test) = (prefix.starts_with("pk"), prefix.ends_with("_test"));
        let principal = json!({
            "tenant_id": tenant_id, "actor_id": Ids.next(), "actor_kind": "api_key",
            "scopes": scopes, "origins": origins, "publishable": publishable, "test": test,
        });
        self.services.keys.lock().unwrap().insert(key.clone(), principal);
        self.app.caller_with_token(tenant_id, Some(key))
    }

    /// Somebody without a credential.
    pub(crate) fn nobody(&self) -> Caller {
        self.app.caller_with_token(Uuid::nil(), None)
    }

    /// The gateway's address.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.app.running.addr)
    }
}

/// GET with extra headers.
pub(crate) async fn get_with(caller: &Caller, path: &str, headers: &[(&str, &str)]) -> Response {
    let mut request = caller.request(reqwest::Method::GET, path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    caller.send(request.timeout(Duration::from_secs(20))).await
}
