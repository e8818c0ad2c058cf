//! Servers that stand for the postcodes service and for an external provider.

use std::net::TcpListener;
use std::sync::{Arc, Mutex};

use actix_web::{App, HttpRequest, HttpResponse, HttpServer, http::StatusCode, web};
use kit::http::keep_alive::SERVER_IDLE;
use serde_json::{Value, json};

/// A server that answers by path, records its requests, and can be made to fail.
pub(crate) struct Fake {
    pub(crate) url: String,
    state: Arc<State>,
    handle: actix_web::dev::ServerHandle,
}

#[derive(Default)]
struct State {
    asked: Mutex<Vec<String>>,
    answer: Mutex<Option<(u16, String)>>,
}

impl Fake {
    /// Answers every path with what was set last; the postcodes service's own paths as it would.
    pub(crate) fn start() -> Self {
        let state = Arc::new(State::default());
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let data = web::Data::from(state.clone());
        let server = HttpServer::new(move || {
            App::new().app_data(data.clone()).default_service(web::to(answer))
        });
        let server = server
            .keep_alive(SERVER_IDLE)
            .workers(1)
            .disable_signals()
            .listen(listener)
            .unwrap()
            .run();
        let handle = server.handle();
        kit::tasks::spawn("fake", async move {
            let _ = server.await;
        });
        Self { url, state, handle }
    }

    /// What every path answers from now on.
    pub(crate) fn answers(&self, status: u16, body: &str) {
        *self.state.answer.lock().unwrap() = Some((status, body.to_owned()));
    }

    /// Paths with queries, in order.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.state.asked.lock().unwrap().clone()
    }
}

impl Drop for Fake {
    fn drop(&mut self) {
        drop(self.handle.stop(false));
    }
}

async fn answer(state: web::Data<State>, req: HttpRequest) -> HttpResponse {
    state.asked.lock().unwrap().push(req.uri().to_string());
    if let Some((status, body)) = state.answer.lock().unwrap().clone() {
        let status = StatusCode::from_u16(status).unwrap();
        return HttpResponse::build(status).content_type("application/json").body(body);
    }
    let query = web::Query::<Vec<(String, String)>>::from_query(req.query_string()).unwrap();
    let of = |name: &str| query.iter().find(|(key, _)| key == name).unwrap().1.clone();
    match req.path() {
        "/internal/v1/postcodes/starting" => HttpResponse::Ok().json(starting(&of("with"))),
        "/internal/v1/postcodes/near" => HttpResponse::Ok().json(near(&of("radius_m"))),
        _ => HttpResponse::NotFound().finish(),
    }
}

const KNOWN: [&str; 5] = ["LE1 6TH", "LE1 6TJ", "LE1 7AA", "OX1 1AA", "JE2 4WD"];

fn located(postcode: &str) -> Value {
    let outcode = postcode.split(' ').next().unwrap();
    let (longitude, latitude) = match outcode {
        "LE1" => (json!(-1.1264), json!(52.6323)),
        "OX1" => (json!(-1.2577), json!(51.7520)),
        _ => (Value::Null, Value::Null),
    };
    json!({
        "postcode": postcode, "outcode": outcode, "longitude": longitude, "latitude": latitude,
        "terminated": postcode == "LE1 7AA",
        "areas": [
            {"kind": "country", "gss_code": "E92000001", "name": "England"},
            {"kind": "constituency", "gss_code": "E14001321", "name": "Leicester South"},
            {"kind": "ward", "gss_code": "E05010450", "name": null},
        ],
    })
}

/// As postcodes.io orders: by text, spaces of the question being significant.
fn starting(with: &str) -> Value {
    let postcodes = KNOWN.iter().filter(|code| code.starts_with(with)).map(|code| located(code));
    let outcodes = ["LE1", "LE16", "OX1"].iter().filter(|code| code.starts_with(with));
    let outcodes =
        outcodes.map(|code| json!({"outcode": code, "longitude": -1.13, "latitude": 52.63}));
    json!({"postcodes": postcodes.collect::<Vec<_>>(), "outcodes": outcodes.collect::<Vec<_>>()})
}

fn near(_radius_m: &str) -> Value {
    let mut nearest = located("LE1 6TH");
    nearest["distance_m"] = json!(12.345);
    json!({
        "postcodes": [nearest],
        "areas": [{"kind": "constituency", "gss_code": "E14001321", "name": "Leicester South"}],
    })
}
