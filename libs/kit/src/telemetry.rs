//! Logs, traces and metrics of the process: JSON lines, OTLP over HTTP, Prometheus text. Set up once.

use std::{
    sync::{Mutex, OnceLock, PoisonError},
    time::Duration,
};

use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_otlp::WithExportConfig as _;
use opentelemetry_sdk::{propagation::TraceContextPropagator, trace::SdkTracerProvider};
use tokio_util::sync::CancellationToken;
use tracing_subscriber::{EnvFilter, layer::SubscriberExt as _, util::SubscriberInitExt as _};

use self::format::{Line, Members};
use crate::config::Env;

mod format;
mod lines;
pub mod propagation;

static METRICS: OnceLock<PrometheusHandle> = OnceLock::new();
static TRACES: OnceLock<SdkTracerProvider> = OnceLock::new();
/// Ends the thread that writes the log, once it has written all.
static LOG: Mutex<Option<lines::Writer>> = Mutex::new(None);

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
    let provider = config.otlp_endpoint.as_deref().map(provider).transpose()?;
    // Without a collector no spans are made for it: they would cost as much as a small request.
    let traces = provider
        .as_ref()
        .map(|provider| tracing_opentelemetry::layer().with_tracer(provider.tracer("folkmoot")));
    let (lines, writer) = lines::open(std::io::stdout())?;
    let json = tracing_subscriber::fmt::layer()
        .fmt_fields(Members)
        .event_format(Line)
        .with_writer(move || lines.clone());
    tracing_subscriber::registry()
        .with(EnvFilter::try_new(&config.log)?)
        .with(traces)
        .with(json)
        .try_init()?;
    *LOG.lock().unwrap_or_else(PoisonError::into_inner) = Some(writer);
    if let Some(provider) = provider {
        let _ = TRACES.set(provider);
    }
    Ok(())
}

fn provider(endpoint: &str) -> anyhow::Result<SdkTracerProvider> {
    let endpoint = format!("{}/v1/traces", endpoint.trim_end_matches('/'));
    let exporter =
        opentelemetry_otlp::SpanExporter::builder().with_http().with_endpoint(endpoint).build()?;
    Ok(SdkTracerProvider::builder().with_batch_exporter(exporter).build())
}

/// Sends and writes what is not sent and written yet.
pub fn flush() {
    drop(LOG.lock().unwrap_or_else(PoisonError::into_inner).take());
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
