//! The receiver of webhooks, as a partner would run it: it notes each notice before it answers.

use std::{
    net::TcpListener,
    sync::{Arc, Mutex},
};

use actix_web::{App, HttpRequest, HttpResponse, HttpServer, rt, web};
use anyhow::Context as _;
use integration_tests::ledger::{Notice, lock};
use serde_json::Value;

/// Everything that arrived, repeats included.
pub(crate) type Notices = Arc<Mutex<Vec<Notice>>>;

/// A receiver on this port, on a thread of its own for the rest of the process.
pub(crate) fn start(port: u16) -> anyhow::Result<Notices> {
    let notices = Notices::default();
    let state = web::Data::new(notices.clone());
    let listener = TcpListener::bind(("127.0.0.1", port)).context("the receiver's port")?;
    let app = move || {
        App::new().app_data(state.clone()).default_service(web::to(
            async |request: HttpRequest, body: web::Bytes, notices: web::Data<Notices>| {
                lock(&notices).extend(notice(&request, &body));
                HttpResponse::NoContent().finish()
            },
        ))
    };
    let server = HttpServer::new(app).workers(1).disable_signals().listen(listener)?.run();
    std::thread::spawn(move || rt::System::new().block_on(server));
    Ok(notices)
}

fn notice(request: &HttpRequest, body: &[u8]) -> Option<Notice> {
    let id = request.headers().get("webhook-id")?.to_str().ok()?.to_owned();
    let body: Value = serde_json::from_slice(body).ok()?;
    let text = |pointer| Some(body.pointer(pointer)?.as_str()?.to_owned());
    Some(Notice { id, kind: text("/type")?, action_id: text("/data/action_id")? })
}
