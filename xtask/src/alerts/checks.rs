//! What promtool does not know of an alert: who owns it, where its runbook is, whether it is tested, and whether its metrics
//! exist.

use std::collections::BTreeSet;

use super::dashboards::Dashboard;
use super::files::{Files, Rule, RuleFile};
use super::{grafana, query};

const SEVERITIES: &[&str] = &["critical", "warning"];
const OWNERS: &[&str] = &["platform", "developers", "privacy"];
/// What each section of a runbook says.
const PARTS: &[&str] = &["People notice", "Meaning", "Confirm", "Mend", "Escalate"];
/// The test of a suite without any disturbance.
const HEALTH: &str = "health.yaml";

/// All findings.
pub(super) fn all(files: &Files) -> Vec<String> {
    let of_alerts = files.alerts().flat_map(|(file, rule)| of_alert(files, file, rule));
    of_alerts
        .chain(unknown_metrics(files))
        .chain(sections_without_alert(files))
        .chain(links_that_the_chart_does_not_see(files))
        .chain(untouched_by_health(files))
        .chain(unwatched_services(files))
        .collect()
}

/// All findings about dashboards.
pub(super) fn of_dashboards(files: &Files, dashboards: &[Dashboard]) -> Vec<String> {
    let queries = dashboards.iter().flat_map(|it| it.queries().map(move |query| (it, query)));
    let unknown = queries.flat_map(|(dashboard, (panel, query))| {
        let names = unknown(files, &query).into_iter();
        names.map(move |name| {
            format!("{}: {panel}: docs/metrics.md does not list `{name}`", dashboard.name)
        })
    });
    unknown.chain(grafana::outdated(dashboards)).collect()
}

fn of_alert(files: &Files, file: &RuleFile, rule: &Rule) -> Vec<String> {
    let mut findings = Vec::new();
    for (label, values) in [("severity", SEVERITIES), ("owner", OWNERS)] {
        if !rule.labels.get(label).is_some_and(|value| values.contains(&value.as_str())) {
            findings.push(format!("the label `{label}` must be one of {}", values.join(", ")));
        }
    }
    findings.extend(runbook(files, rule));
    findings.extend(summary(rule));
    if !fires(files, &rule.alert) {
        findings.push("no test expects it to fire".to_owned());
    }
    findings.iter().map(|says| format!("{}: {}: {says}", file.name(), rule.alert)).collect()
}

fn runbook(files: &Files, rule: &Rule) -> Option<String> {
    let url = rule.annotations.get("runbook_url")?;
    let Some((page, anchor)) = url.split_once('#') else {
        return Some("`runbook_url` names no section".to_owned());
    };
    let Some(text) = files.runbooks.get(page) else {
        return Some(format!("there is no runbook {page}"));
    };
    if anchor != rule.alert.to_lowercase() {
        return Some(format!("`runbook_url` must end in #{}", rule.alert.to_lowercase()));
    }
    let Some(section) = section(text, &rule.alert) else {
        return Some(format!("{page} has no section `## {}`", rule.alert));
    };
    let missing = PARTS.iter().find(|part| !section.contains(&format!("- **{part}**")))?;
    Some(format!("its section in {page} lacks **{missing}**"))
}

fn section<'a>(page: &'a str, heading: &str) -> Option<&'a str> {
    let (_, after) = page.split_once(&format!("\n## {heading}\n"))?;
    after.split("\n## ").next()
}

/// A summary exists, and its labels survive the query's aggregation.
fn summary(rule: &Rule) -> Option<String> {
    let Some(summary) = rule.annotations.get("summary") else {
        return Some("a summary is missing".to_owned());
    };
    let labels = summary.split("$labels.").skip(1);
    let name =
        |text: &str| text.chars().take_while(char::is_ascii_alphanumeric).collect::<String>();
    // The recorded series of objectives have their labels from their own rules.
    let lost = labels.map(name).find(|it| !rule.expr.contains(it.as_str()) && it != "slo");
    lost.map(|label| format!("the summary's label `{label}` is not in the query"))
}

fn fires(files: &Files, alert: &str) -> bool {
    let label = format!("alertname=\"{alert}\"");
    let tests = files.tests.iter().flat_map(|(_, file)| &file.tests);
    let mut samples = tests.flat_map(|it| &it.promql_expr_test).flat_map(|it| &it.exp_samples);
    samples.any(|sample| sample.labels.contains(&label))
}

/// Every rule asks for metrics that docs/metrics.md lists, or that another rule records.
fn unknown_metrics(files: &Files) -> Vec<String> {
    let all = || files.rules.iter().flat_map(|file| file.rules.iter().map(move |it| (file, it)));
    let unknown = all().flat_map(|(file, rule)| {
        let names = unknown(files, &rule.expr).into_iter();
        names.map(move |name| (file, rule, name))
    });
    unknown
        .map(|(file, rule, name)| {
            let Rule { alert, record, .. } = rule;
            format!("{}: {alert}{record}: docs/metrics.md does not list `{name}`", file.name())
        })
        .collect()
}

/// The metrics of a query that neither code nor rules record.
fn unknown(files: &Files, expr: &str) -> Vec<String> {
    let recorded = files.rules.iter().flat_map(|file| &file.rules).map(|rule| &rule.record);
    let recorded: BTreeSet<&String> = recorded.collect();
    let mut names = query::metrics(expr);
    names.retain(|name| !files.metrics.contains(name) && !recorded.contains(name));
    names.into_iter().collect()
}

fn sections_without_alert(files: &Files) -> Vec<String> {
    let headings = files.runbooks.iter().flat_map(|(page, text)| {
        text.lines().filter_map(|it| it.strip_prefix("## Folkmoot")).map(move |it| (page, it))
    });
    let lost = headings.map(|(page, rest)| (page, format!("Folkmoot{rest}")));
    let lost = lost.filter(|(_, alert)| files.alert(alert).is_none());
    lost.map(|(page, alert)| format!("{page}: there is no alert {alert}")).collect()
}

/// The chart puts an address before each `docs/`, by this text.
fn links_that_the_chart_does_not_see(files: &Files) -> Vec<String> {
    let differs = files.rules.iter().filter(|file| {
        let alerts = file.rules.iter().filter(|rule| !rule.alert.is_empty()).count();
        file.text.matches("runbook_url: docs/").count() != alerts
    });
    let says = "each alert needs a line `runbook_url: docs/…`, which the chart completes";
    differs.map(|file| format!("{}: {says}", file.name())).collect()
}

/// The silence of a healthy suite means something only if its series are there.
fn untouched_by_health(files: &Files) -> Vec<String> {
    let health = files.tests.iter().filter(|(path, _)| path.ends_with(HEALTH));
    let series = health.flat_map(|(_, file)| &file.tests).flat_map(|test| &test.input_series);
    let present: BTreeSet<String> = series.flat_map(|it| query::metrics(&it.series)).collect();
    let asked = files.alerts().flat_map(|(_, rule)| query::metrics(&rule.expr));
    let missing: BTreeSet<String> = asked.filter(|name| !present.contains(name)).collect();
    let missing = missing.iter().filter(|name| files.metrics.contains(*name));
    missing.map(|name| format!("tests/alerts/{HEALTH} has no series `{name}`")).collect()
}

/// Every service of the chart's table is missed when its series vanish: all by their checks, and those with events by
/// their relay, its outbox and their consumers.
fn unwatched_services(files: &Files) -> Vec<String> {
    let watches = [
        ("FolkmootServiceAbsent", "folkmoot_check_status", "port"),
        ("FolkmootRelayLeader", "folkmoot_outbox_relay_leader", "events"),
        ("FolkmootEventsDelayed", "folkmoot_outbox_oldest_age_seconds", "events"),
        ("FolkmootConsumerAbsent", "folkmoot_consumer_lag_records", "events"),
    ];
    let mut findings = Vec::new();
    for (alert, metric, fact) in watches {
        let expr = files.alert(alert).map_or("", |rule| rule.expr.as_str());
        let concerned = files.services.iter().filter(|(_, facts)| facts.get(fact).is_some());
        let missed =
            concerned.map(|(service, _)| format!("absent({metric}{{service=\"{service}\"}})"));
        let missed = missed.filter(|part| !expr.contains(part));
        findings.extend(missed.map(|part| format!("{alert}: `{part}` is missing")));
    }
    findings
}
