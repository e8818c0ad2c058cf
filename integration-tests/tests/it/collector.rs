//! A collector of traces: a server that receives OTLP over HTTP, as the services send it.

use std::{
    collections::BTreeMap,
    fs,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

use actix_web::{App, HttpResponse, HttpServer, web};
use anyhow::Context as _;
use integration_tests::driver::Driver;
use opentelemetry_proto::tonic::{
    collector::trace::v1::ExportTraceServiceRequest,
    common::v1::{KeyValue, any_value::Value},
    trace::v1::{Span, span::SpanKind},
};
use prost::Message as _;

/// Largest request; a batch of spans has some hundred kilobytes.
const MAX_BODY: usize = 8 * 1024 * 1024;

/// The bodies received so far.
type Bodies = Arc<Mutex<Vec<web::Bytes>>>;

/// A running collector.
pub(crate) struct Collector {
    /// What `FOLKMOOT_OTLP_ENDPOINT` is set to.
    pub(crate) url: String,
    bodies: Bodies,
}

/// A span as it was received.
#[derive(Debug, Clone)]
pub(crate) struct Received {
    /// Attributes of the resource.
    pub(crate) resource: BTreeMap<String, String>,
    pub(crate) name: String,
    pub(crate) kind: SpanKind,
    pub(crate) trace_id: String,
    pub(crate) id: String,
    /// Empty for the first span of a trace.
    pub(crate) parent_id: String,
    pub(crate) attributes: BTreeMap<String, String>,
    /// The traces that it links to.
    pub(crate) links: Vec<String>,
    pub(crate) events: usize,
}

impl Collector {
    /// Starts on a port of its own, and runs until the process ends.
    pub(crate) fn start() -> anyhow::Result<Self> {
        let bodies = Bodies::default();
        let received = web::Data::new(bodies.clone());
        let server = HttpServer::new(move || {
            App::new()
                .app_data(received.clone())
                .app_data(web::PayloadConfig::new(MAX_BODY))
                .route("/v1/traces", web::post().to(receive))
        });
        let server = server.workers(1).disable_signals().bind(("127.0.0.1", 0))?;
        let addr = *server.addrs().first().context("no address")?;
        let running = server.run();
        drop(kit::tasks::spawn("collector", async move {
            let _ = running.await;
        }));
        Ok(Self { url: format!("http://{addr}"), bodies })
    }

    /// All spans received so far.
    pub(crate) fn spans(&self) -> Vec<Received> {
        let bodies = self.bodies.lock().unwrap_or_else(PoisonError::into_inner);
        let requests =
            bodies.iter().map(|body| ExportTraceServiceRequest::decode(&**body).unwrap());
        let resources = requests.flat_map(|request| request.resource_spans);
        let spans = resources.flat_map(|spans| {
            let resource = attributes(&spans.resource.unwrap_or_default().attributes);
            let all = spans.scope_spans.into_iter().flat_map(|scope| scope.spans);
            all.map(move |span| Received::new(resource.clone(), &span)).collect::<Vec<_>>()
        });
        spans.collect()
    }

    /// Waits for the spans that `choose` chooses.
    pub(crate) async fn eventually<T>(
        &self,
        driver: &Driver,
        what: &str,
        choose: impl Fn(&[Received]) -> Option<T>,
    ) -> anyhow::Result<T> {
        driver.eventually(what, async || Ok(choose(&self.spans()))).await
    }

    /// Writes all bodies as files.
    pub(crate) fn save(&self, dir: &Path) -> anyhow::Result<()> {
        fs::create_dir_all(dir)?;
        let bodies = self.bodies.lock().unwrap_or_else(PoisonError::into_inner);
        for (number, body) in bodies.iter().enumerate() {
            fs::write(dir.join(format!("{number}.otlp")), body)?;
        }
        Ok(())
    }
}

async fn receive(bodies: web::Data<Bodies>, body: web::Bytes) -> HttpResponse {
    bodies.lock().unwrap_or_else(PoisonError::into_inner).push(body);
    HttpResponse::Ok().content_type("application/x-protobuf").finish()
}

impl Received {
    fn new(resource: BTreeMap<String, String>, span: &Span) -> Self {
        Self {
            resource,
            name: span.name.clone(),
            kind: span.kind(),
            trace_id: hex::encode(&span.trace_id),
            id: hex::encode(&span.span_id),
            parent_id: hex::encode(&span.parent_span_id),
            attributes: attributes(&span.attributes),
            links: span.links.iter().map(|link| hex::encode(&link.trace_id)).collect(),
            events: span.events.len(),
        }
    }

    /// The service that it belongs to.
    pub(crate) fn service(&self) -> &str {
        self.resource.get("service.name").map_or("", String::as_str)
    }

    /// An attribute, or an empty text.
    pub(crate) fn attribute(&self, key: &str) -> &str {
        self.attributes.get(key).map_or("", String::as_str)
    }
}

fn attributes(attributes: &[KeyValue]) -> BTreeMap<String, String> {
    let text = |value: &KeyValue| match value.value.as_ref().and_then(|it| it.value.as_ref()) {
        Some(Value::StringValue(text)) => text.clone(),
        Some(Value::IntValue(number)) => number.to_string(),
        Some(Value::BoolValue(flag)) => flag.to_string(),
        other => format!("{other:?}"),
    };
    attributes.iter().map(|attribute| (attribute.key.clone(), text(attribute))).collect()
}
