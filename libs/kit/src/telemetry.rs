//! Logs, traces and metrics of the process: JSON lines, OTLP over HTTP, Prometheus text. Set up once.

use std::{sync::OnceLock, time::Duration};

use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_otlp::WithExportConfig as _;
use opentelemetry_sdk::{propagation::TraceContextPropagator, trace::SdkTracerProvider};
use tokio_util::sync::CancellationToken;
use tracing_subscriber::{EnvFilter, layer::SubscriberExt as _, util::SubscriberInitExt as _};

use crate::config::Env;

static METRICS: OnceLock<PrometheusHandle> = OnceLock::new();
static TRACES: OnceLock<SdkTracerProvider> = OnceLock::new();

/// Seconds; from half a millisecond to ten seconds.
const BUCKETS: &[f64] =
    &[0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

/// Samples of histograms wait in memory until they are counted: this often, whether anybody asks for them or not.
const COUNT_EVERY: Duration = Duration::from_secs(5);

/// What to tell and where to.
#[derive(Debug, Clone)]
pub struct TelemetryConfig {
    /// `FOLKMOOT_LOG`: filter in the form of `tracing`'s `EnvFilter`.
    pub log: String,
    /// `FOLKMOOT_OTLP_ENDPOINT`: collector's URL for traces; absent means none are sent.
    pub otlp_endpoint: Option<String>,
}

impl TelemetryConfig {
    /// Reads the settings.
    pub fn from_env(env: &mut Env) -> Self {
        Self {
            log: env.text("FOLKMOOT_LOG", "info,librdkafka=off,rdkafka=off"),
            otlp_endpoint: env.optional("FOLKMOOT_OTLP_ENDPOINT"),
        }
    }
}

/// Sets up the process; later calls change nothing.
pub fn init(config: &TelemetryConfig) -> anyhow::Result<()> {
    if METRICS.get().is_some() {
        return Ok(());
    }
    let handle = PrometheusBuilder::new().set_buckets(BUCKETS)?.install_recorder()?;
    let _ = METRICS.set(handle);
    opentelemetry::global::set_text_map_propagator(TraceContextPropagator::new());
    let mut provider = SdkTracerProvider::builder();
    if let Some(endpoint) = &config.otlp_endpoint {
        let endpoint = format!("{}/v1/traces", endpoint.trim_end_matches('/'));
        let exporter = opentelemetry_otlp::SpanExporter::builder()
            .with_http()
            .with_endpoint(endpoint)
            .build()?;
        provider = provider.with_batch_exporter(exporter);
    }
    let provider = provider.build();
    let tracer = provider.tracer("folkmoot");
    let _ = TRACES.set(provider);
    let json = tracing_subscriber::fmt::layer()
        .json()
        .flatten_event(true)
        .with_target(false)
        .with_current_span(true)
        .with_span_list(false);
    tracing_subscriber::registry()
        .with(EnvFilter::try_new(&config.log)?)
        .with(tracing_opentelemetry::layer().with_tracer(tracer))
        .with(json)
        .try_init()?;
    Ok(())
}

/// Sends what is not sent yet.
pub fn flush() {
    if let Some(provider) = TRACES.get() {
        let _ = provider.shutdown();
    }
}

/// Counts the samples until `stop`.
pub(crate) async fn count_samples(stop: CancellationToken) {
    while stop.run_until_cancelled(tokio::time::sleep(COUNT_EVERY)).await.is_some() {
        if let Some(handle) = METRICS.get() {
            handle.run_upkeep();
        }
    }
}

pub(crate) fn render_metrics() -> String {
    METRICS
        .get()
        .map(|handle| {
            handle.run_upkeep();
            handle.render()
        })
        .unwrap_or_default()
}
