//! A partner's server that responds by a script and remembers what it was sent.

use std::{
    collections::{BTreeMap, VecDeque},
    net::TcpListener,
    sync::{Arc, Mutex},
};

use actix_web::{App, HttpRequest, HttpResponse, HttpServer, http::StatusCode, web};

/// One request as it came.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: String,
}

impl Seen {
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

type Reply = (u16, Vec<(&'static str, String)>);

#[derive(Default)]
struct Memory {
    script: VecDeque<Reply>,
    seen: Vec<Seen>,
}

/// The server; it responds with 204 when its script is at its end.
pub(crate) struct Receiver {
    pub(crate) port: u16,
    memory: Arc<Mutex<Memory>>,
    handle: actix_web::dev::ServerHandle,
}

impl Receiver {
    pub(crate) fn start(script: &[Reply]) -> Self {
        let script = script.iter().cloned().collect();
        let memory = Arc::new(Mutex::new(Memory { script, seen: Vec::new() }));
        let data = web::Data::new(memory.clone());
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let server = HttpServer::new(move || {
            App::new().app_data(data.clone()).default_service(web::to(respond))
        })
        .workers(1)
        .disable_signals()
        .listen(listener)
        .unwrap()
        .run();
        let handle = server.handle();
        kit::tasks::spawn("receiver", async move {
            let _ = server.await;
        });
        Self { port, memory, handle }
    }

    pub(crate) fn origin(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}/hook", self.port)
    }

    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.memory.lock().unwrap().seen.clone()
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        drop(self.handle.stop(false));
    }
}

async fn respond(
    memory: web::Data<Arc<Mutex<Memory>>>,
    request: HttpRequest,
    body: String,
) -> HttpResponse {
    let text = |value: &actix_web::http::header::HeaderValue| value.to_str().unwrap().to_owned();
    let headers = request.headers().iter().map(|(k, v)| (k.to_string(), text(v))).collect();
    let mut memory = memory.lock().unwrap();
    memory.seen.push(Seen { headers, body });
    let (status, headers) = memory.script.pop_front().unwrap_or((204, Vec::new()));
    let mut response = HttpResponse::build(StatusCode::from_u16(status).unwrap());
    for header in headers {
        response.insert_header(header);
    }
    response.body("x".repeat(if status == 204 { 0 } else { 100_000 }))
}
