//! Where spans are sent: OTLP over HTTP, with a tracer provider for each service.
//!
//! A resource says which service a span belongs to, and a provider has one resource. So `folkmoot all`, one process with
//! all services, has a provider for each, and its traces look like those of a process for each service.

use std::{
    sync::{OnceLock, PoisonError, RwLock},
    thread,
    time::Duration,
};

use anyhow::Context as _;
use opentelemetry::{KeyValue, trace::TracerProvider as _};
use opentelemetry_otlp::{SpanExporter, WithExportConfig as _};
use opentelemetry_sdk::{
    Resource,
    resource::{EnvResourceDetector, TelemetryResourceDetector},
    trace::{Sampler, SdkTracer, SdkTracerProvider},
};
use url::Url;

use crate::id::Ids;

/// How long a shutdown waits for a collector to take the last spans.
const SHUTDOWN_WAIT: Duration = Duration::from_secs(2);

static TRACES: OnceLock<Traces> = OnceLock::new();

struct Traces {
    /// URL that spans are posted to.
    endpoint: String,
    sample: f64,
    /// Distinguishes the replicas of a service.
    instance_id: String,
    services: RwLock<Vec<(&'static str, SdkTracerProvider, SdkTracer)>>,
}

/// Sends this share of all traces, from 0 to 1, to a collector.
pub(super) fn init(endpoint: &str, sample: f64) -> anyhow::Result<()> {
    let endpoint = format!("{}/v1/traces", endpoint.trim_end_matches('/'));
    Url::parse(&endpoint).context("FOLKMOOT_OTLP_ENDPOINT")?;
    let instance_id = Ids.next().to_string();
    let _ = TRACES.set(Traces { endpoint, sample, instance_id, services: RwLock::default() });
    Ok(())
}

/// The tracer of a service; `None` if no traces are sent.
pub(super) fn tracer(service: &'static str) -> Option<SdkTracer> {
    let traces = TRACES.get()?;
    let find = |services: &[(&'static str, SdkTracerProvider, SdkTracer)]| {
        let found = services.iter().find(|(name, ..)| *name == service);
        found.map(|(.., tracer)| tracer.clone())
    };
    let known = find(&traces.services.read().unwrap_or_else(PoisonError::into_inner));
    known.or_else(|| {
        let mut services = traces.services.write().unwrap_or_else(PoisonError::into_inner);
        // Another thread may have been faster.
        find(&services).or_else(|| {
            let provider = traces.provider(service);
            let new = provider.tracer("folkmoot");
            services.push((service, provider, new.clone()));
            Some(new)
        })
    })
}

/// Sends all pending spans. Spans that end later are lost.
pub(super) fn shut_down() {
    let Some(traces) = TRACES.get() else { return };
    let services = traces.services.read().unwrap_or_else(PoisonError::into_inner);
    thread::scope(|scope| {
        for (_, provider, _) in services.iter() {
            scope.spawn(|| provider.shutdown_with_timeout(SHUTDOWN_WAIT));
        }
    });
}

impl Traces {
    /// A provider that drops all spans if the exporter cannot be built.
    fn provider(&self, service: &'static str) -> SdkTracerProvider {
        let root = Sampler::TraceIdRatioBased(self.sample);
        let builder = SdkTracerProvider::builder()
            .with_sampler(Sampler::ParentBased(Box::new(root)))
            .with_resource(self.resource(service));
        match SpanExporter::builder().with_http().with_endpoint(&self.endpoint).build() {
            Ok(exporter) => builder.with_batch_exporter(exporter).build(),
            Err(error) => {
                tracing::error!(service, %error, "cannot send traces");
                builder.build()
            }
        }
    }

    /// `OTEL_RESOURCE_ATTRIBUTES` may add attributes, such as the pod's name, and set the instance id.
    fn resource(&self, service: &'static str) -> Resource {
        Resource::builder_empty()
            .with_attributes([
                KeyValue::new("service.namespace", "folkmoot"),
                KeyValue::new("service.instance.id", self.instance_id.clone()),
            ])
            .with_detectors(&[
                Box::new(TelemetryResourceDetector),
                Box::new(EnvResourceDetector::new()),
            ])
            .with_service_name(service)
            .with_attribute(KeyValue::new("service.version", env!("CARGO_PKG_VERSION")))
            .build()
    }
}
