//! Logs, traces and metrics of the process: JSON lines, OTLP over HTTP, Prometheus text. Set up once.

use std::{
    sync::{Mutex, OnceLock, PoisonError},
    time::Duration,
};

use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use metrics_process::Collector;
use tokio_util::sync::CancellationToken;
use tracing_subscriber::{EnvFilter, layer::SubscriberExt as _, util::SubscriberInitExt as _};

use self::format::{Line, Members};
use crate::config::Env;

pub mod calls;
mod format;
mod lines;
pub mod propagation;
pub mod spans;
mod traces;

static METRICS: OnceLock<PrometheusHandle> = OnceLock::new();
/// When dropped, writes all pending lines of the log and ends the thread.
static LOG: Mutex<Option<lines::Writer>> = Mutex::new(None);

/// Upper bounds of the histograms' buckets, in seconds.
const BUCKETS: &[f64] =
    &[0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

/// The commit that was built, if the builder says so.
const COMMIT: &str = match option_env!("BUILD_COMMIT") {
    Some(commit) => commit,
    None => "unknown",
};

/// How often the samples of histograms are aggregated. They would otherwise pile up in memory until a scrape.
const UPKEEP_INTERVAL: Duration = Duration::from_secs(5);

/// What is logged, and where traces are sent.
#[derive(Debug, Clone)]
pub struct TelemetryConfig {
    /// `FOLKMOOT_LOG`: a filter in the syntax of `tracing`'s `EnvFilter`, e.g. `info,kit=debug`.
    pub log: String,
    /// `FOLKMOOT_OTLP_ENDPOINT`: URL of a collector for traces, e.g. `http://localhost:4318`; without one, none are sent.
    pub otlp_endpoint: Option<String>,
    /// `FOLKMOOT_TRACE_SAMPLE`: the share of traces that are sent, from 0 to 1. The first span of a trace decides for all.
    pub trace_sample: f64,
}

impl TelemetryConfig {
    pub fn from_env(env: &mut Env) -> Self {
        let trace_sample = env.parse("FOLKMOOT_TRACE_SAMPLE", "1");
        if !(0.0..=1.0).contains(&trace_sample) {
            env.error("FOLKMOOT_TRACE_SAMPLE must be from 0 to 1");
        }
        Self {
            log: env.text("FOLKMOOT_LOG", "info,librdkafka=off,rdkafka=off"),
            otlp_endpoint: env.optional("FOLKMOOT_OTLP_ENDPOINT"),
            trace_sample,
        }
    }
}

/// Sets up logs, traces and metrics of the process. Later calls do nothing.
pub fn init(config: &TelemetryConfig) -> anyhow::Result<()> {
    if METRICS.get().is_some() {
        return Ok(());
    }
    let handle = PrometheusBuilder::new().set_buckets(BUCKETS)?.install_recorder()?;
    let _ = METRICS.set(handle);
    metrics::gauge!("folkmoot_build_info", "version" => env!("CARGO_PKG_VERSION"), "commit" => COMMIT)
        .set(1.0);
    if let Some(endpoint) = &config.otlp_endpoint {
        traces::init(endpoint, config.trace_sample)?;
    }
    let (lines, writer) = lines::open(std::io::stdout())?;
    let json = tracing_subscriber::fmt::layer()
        .fmt_fields(Members)
        .event_format(Line)
        .with_writer(move || lines.clone());
    tracing_subscriber::registry().with(EnvFilter::try_new(&config.log)?).with(json).try_init()?;
    *LOG.lock().unwrap_or_else(PoisonError::into_inner) = Some(writer);
    Ok(())
}

/// Counts every panic, and logs it by its place instead of printing its message, which may quote what a person wrote.
pub fn log_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let location = panic.location().map(ToString::to_string).unwrap_or_default();
        metrics::counter!("folkmoot_panics_total", "location" => location.clone()).increment(1);
        let thread = std::thread::current().name().unwrap_or_default().to_owned();
        tracing::error!(location, thread, "panicked");
    }));
}

/// Writes all pending lines of the log and sends all pending spans.
pub fn flush() {
    traces::shut_down();
    drop(LOG.lock().unwrap_or_else(PoisonError::into_inner).take());
}

/// A count as the value of a gauge.
#[expect(clippy::as_conversions, clippy::cast_precision_loss, reason = "exact up to 2^53")]
pub fn number(count: i64) -> f64 {
    count as f64
}

/// The age in seconds of a time in milliseconds since 1970, as the value of a gauge. It is 0 if the clocks disagree.
#[expect(clippy::disallowed_methods, reason = "an age for a metric, not a decision")]
pub(crate) fn seconds_since(time_ms: i64) -> f64 {
    number((chrono::Utc::now().timestamp_millis() - time_ms).max(0)) / 1000.0
}

/// Aggregates the samples of histograms until `stop`.
pub(crate) async fn run_upkeep(stop: CancellationToken) {
    while stop.run_until_cancelled(tokio::time::sleep(UPKEEP_INTERVAL)).await.is_some() {
        if let Some(handle) = METRICS.get() {
            handle.run_upkeep();
        }
    }
}

pub(crate) fn render_metrics() -> String {
    METRICS
        .get()
        .map(|handle| {
            Collector::default().collect();
            handle.run_upkeep();
            handle.render()
        })
        .unwrap_or_default()
}
