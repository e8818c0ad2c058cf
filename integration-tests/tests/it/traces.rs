//! Traces as a collector receives them: names, kinds and attributes follow OpenTelemetry's conventions, and one trace
//! leads from a supporter's request to the mail relay.

use std::collections::BTreeSet;

use anyhow::Context as _;
use futures_util::future::try_join_all;
use integration_tests::{
    driver::Driver,
    suite::{Mode, Suite},
};
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;

use crate::collector::{Collector, Received};

const EMAIL: &str = "trace@example.org";
/// All that spans may say. Whoever adds one here checks that it holds nothing about a person.
const ATTRIBUTES: &[&str] = &[
    "cloudevents.event_type",
    "db.system.name",
    "error.type",
    "folkmoot.delivery.kind",
    "folkmoot.request.id",
    "folkmoot.tx.committed",
    "http.request.method",
    "http.response.status_code",
    "http.route",
    "messaging.batch.message_count",
    "messaging.destination.name",
    "messaging.message.id",
    "messaging.operation.name",
    "messaging.operation.type",
    "messaging.system",
    "network.protocol.name",
    "server.address",
    "server.port",
    "service.peer.name",
    "smtp.response.status_code",
    "url.scheme",
    "url.template",
];

/// Service, kind and name of the spans on the way of a confirmation, each below the one before.
const WAY: &[(&str, SpanKind, &str)] = &[
    ("gateway", SpanKind::Server, "POST /v1/campaigns/{id}/actions"),
    ("gateway", SpanKind::Client, "POST /v1/campaigns/{id}/actions"),
    ("campaigns", SpanKind::Server, "POST /v1/campaigns/{id}/actions"),
    ("campaigns", SpanKind::Producer, "send folkmoot.campaigns.actions.v1"),
    ("messaging", SpanKind::Consumer, "process folkmoot.campaigns.actions.v1"),
    ("messaging", SpanKind::Internal, "deliver"),
    ("messaging", SpanKind::Client, "smtp send"),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_trace_leads_from_the_request_to_the_mail_relay_with_the_suite_in_one_process()
-> anyhow::Result<()> {
    story("traces-one", Mode::OneProcess).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_trace_leads_from_the_request_to_the_mail_relay_with_a_process_for_each_service()
-> anyhow::Result<()> {
    story("traces-each", Mode::ProcessEach).await
}

async fn story(name: &str, mode: Mode) -> anyhow::Result<()> {
    let collector = Collector::start()?;
    let settings =
        [("FOLKMOOT_OTLP_ENDPOINT", collector.url.as_str()), ("OTEL_BSP_SCHEDULE_DELAY", "200")];
    let suite = tokio::task::block_in_place(|| Suite::start_with(name, mode, &settings))?;
    let driver = Driver::of(&suite)?;
    assert_eq!(driver.act(&Driver::action(EMAIL, "Tracy Trace")).await?.status, 202);
    let sent = collector.eventually(&driver, "the span of the mail relay", last_of_the_way).await?;
    assert_eq!(sent.attribute("smtp.response.status_code"), "250");
    let trace = |spans: &[Received]| {
        let of_trace = |span: &&Received| span.trace_id == sent.trace_id;
        let spans: Vec<Received> = spans.iter().filter(of_trace).cloned().collect();
        spans.iter().any(|span| span.parent_id.is_empty()).then_some(spans)
    };
    let spans = collector.eventually(&driver, "the first span of the trace", trace).await?;
    let way = way(&spans, &sent)?;
    let steps: Vec<_> = way.iter().map(|it| (it.service(), it.kind, it.name.as_str())).collect();
    assert_eq!(steps, WAY);
    http_spans_follow_the_conventions(way[0]);
    follow_up_keeps_its_trace(&driver, &collector).await?;
    batches_link_to_the_traces_of_their_parts(&driver, &collector).await?;
    unknown_paths_are_not_in_spans(&driver, &collector).await?;
    all_spans_follow_the_rules(&collector.spans(), mode);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_trace_that_is_not_sampled_is_sent_by_no_service() -> anyhow::Result<()> {
    let collector = Collector::start()?;
    let settings =
        [("FOLKMOOT_OTLP_ENDPOINT", collector.url.as_str()), ("FOLKMOOT_TRACE_SAMPLE", "0")];
    let start = || Suite::start_with("traces-none", Mode::OneProcess, &settings);
    let mut suite = tokio::task::block_in_place(start)?;
    let driver = Driver::of(&suite)?;
    assert_eq!(driver.act(&Driver::action(EMAIL, "Tracy Trace")).await?.status, 202);
    driver.confirmation(EMAIL).await?;
    tokio::task::block_in_place(|| suite.stop_services())?;
    assert!(collector.spans().is_empty());
    Ok(())
}

fn last_of_the_way(spans: &[Received]) -> Option<Received> {
    spans.iter().find(|span| span.name == "smtp send").cloned()
}

/// The spans from the first of the trace down to `last`, without transactions in between.
fn way<'a>(spans: &'a [Received], last: &'a Received) -> anyhow::Result<Vec<&'a Received>> {
    let (mut way, mut at) = (vec![last], last);
    while !at.parent_id.is_empty() {
        let parent = spans.iter().find(|span| span.id == at.parent_id);
        at = parent.with_context(|| format!("no parent of {at:?}"))?;
        if at.attribute("db.system.name").is_empty() {
            way.insert(0, at);
        }
    }
    Ok(way)
}

fn http_spans_follow_the_conventions(span: &Received) {
    assert_eq!(span.attribute("http.request.method"), "POST");
    assert_eq!(span.attribute("http.route"), "/v1/campaigns/{id}/actions");
    assert_eq!(span.attribute("http.response.status_code"), "202");
    assert_eq!(span.attribute("url.scheme"), "http");
    assert_eq!(span.attribute("error.type"), "");
}

/// Several requests at once need keys, which are fetched together.
async fn batches_link_to_the_traces_of_their_parts(
    driver: &Driver,
    collector: &Collector,
) -> anyhow::Result<()> {
    let actions: Vec<_> = (0..20)
        .map(|number| Driver::action(&format!("trace-{number}@example.org"), "Tracy Trace"))
        .collect();
    for answer in try_join_all(actions.iter().map(|action| driver.act(action))).await? {
        assert_eq!(answer.status, 202, "{}", answer.text);
    }
    let find = |spans: &[Received]| {
        let batch = spans.iter().find(|span| span.links.len() > 1)?;
        let requests =
            spans.iter().filter(|span| span.name == WAY[0].2 && span.parent_id.is_empty());
        let traces: BTreeSet<&String> = requests.map(|span| &span.trace_id).collect();
        let own = traces.contains(&batch.trace_id);
        batch.links.iter().all(|link| traces.contains(link)).then(|| (batch.name.clone(), own))
    };
    let (name, own) = collector.eventually(driver, "a batch of several traces", find).await?;
    assert!(matches!(name.as_str(), "keyring batch" | "process"), "{name}");
    assert!(!own, "it has a trace of its own");
    Ok(())
}

async fn unknown_paths_are_not_in_spans(
    driver: &Driver,
    collector: &Collector,
) -> anyhow::Result<()> {
    assert_eq!(driver.get("/v1/ox4-1aa").await?.status, 404);
    let find = |spans: &[Received]| {
        let unmatched = |span: &&Received| span.kind == SpanKind::Server && span.name == "GET";
        spans.iter().find(unmatched).cloned()
    };
    let span = collector.eventually(driver, "the span of an unknown path", find).await?;
    assert_eq!(span.attribute("http.response.status_code"), "404");
    assert_eq!(span.attribute("http.route"), "");
    Ok(())
}

fn all_spans_follow_the_rules(spans: &[Received], mode: Mode) {
    let mut instances = BTreeSet::new();
    for span in spans {
        let Received { resource, name, attributes, events, .. } = span;
        assert_eq!(resource["service.namespace"], "folkmoot");
        assert_eq!(resource["service.version"], env!("CARGO_PKG_VERSION"));
        instances.insert(&resource["service.instance.id"]);
        if let Some(route) = attributes.get("http.route") {
            assert_eq!(*name, format!("{} {route}", span.attribute("http.request.method")));
        }
        assert!(contracts::services::names().any(|it| it == span.service()), "{resource:?}");
        assert_eq!(*events, 0, "{name}: log lines may say what spans must not");
        let unknown: Vec<_> =
            attributes.keys().filter(|key| !ATTRIBUTES.contains(&key.as_str())).collect();
        assert!(unknown.is_empty(), "{name} has {unknown:?}");
    }
    let processes = if mode == Mode::OneProcess { 1..=1 } else { 5..=9 };
    assert!(processes.contains(&instances.len()), "{instances:?}");
}

/// A confirmation causes a message to the representative, whose delivery is an event again.
async fn follow_up_keeps_its_trace(driver: &Driver, collector: &Collector) -> anyhow::Result<()> {
    let link = driver.confirmation(EMAIL).await?.link().context("no link")?;
    assert_eq!(driver.confirm(&link).await?.status, 200);
    let delivered = "process folkmoot.messaging.deliveries.v1";
    let find = |spans: &[Received]| {
        let last = spans.iter().find(|span| span.name == delivered)?.clone();
        let first =
            spans.iter().find(|it| it.trace_id == last.trace_id && it.parent_id.is_empty())?;
        Some((first.clone(), last))
    };
    let (first, last) = collector.eventually(driver, "the event of the delivery", find).await?;
    assert_eq!((first.service(), first.name.as_str()), ("gateway", "POST /confirm/{link}"));
    assert_eq!(last.kind, SpanKind::Consumer);
    Ok(())
}
