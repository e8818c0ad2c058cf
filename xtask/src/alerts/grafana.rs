//! Dashboards in Grafana's JSON.

use std::fs;

use anyhow::Context as _;
use serde_json::{Value, json};

use super::dashboards::{Dashboard, Kind, Panel, Row};

/// Of Grafana 12; older versions read it too.
const SCHEMA_VERSION: u32 = 41;
const COLUMNS: u32 = 24;
const HEIGHT: u32 = 8;
/// Letters that name the queries of a panel.
const NAMES: [&str; 4] = ["A", "B", "C", "D"];

/// Writes what Grafana reads.
pub(super) fn write(dashboards: &[Dashboard]) -> anyhow::Result<()> {
    dashboards.iter().try_for_each(|it| {
        fs::write(&it.json, text(it)).with_context(|| format!("failed to write {}", it.name))
    })
}

/// The dashboards whose JSON is not what their source makes.
pub(super) fn outdated(dashboards: &[Dashboard]) -> Vec<String> {
    let differs =
        dashboards.iter().filter(|it| fs::read_to_string(&it.json).ok() != Some(text(it)));
    let says = "run `cargo xtask alerts --write`";
    differs.map(|it| format!("helm/folkmoot/files/dashboards/{}.json: {says}", it.name)).collect()
}

fn text(dashboard: &Dashboard) -> String {
    let json = json!({
        "uid": format!("folkmoot-{}", dashboard.name),
        "title": dashboard.title,
        "tags": ["folkmoot"],
        "schemaVersion": SCHEMA_VERSION,
        "editable": true,
        "graphTooltip": 1,
        "refresh": "30s",
        "time": {"from": "now-6h", "to": "now"},
        "timezone": "browser",
        "annotations": {"list": []},
        "links": [{"type": "dashboards", "title": "Folkmoot", "tags": ["folkmoot"], "asDropdown": true, "keepTime": true}],
        "templating": {"list": [datasource_variable(), service_variable()]},
        "panels": panels(&dashboard.rows),
    });
    format!("{json:#}\n")
}

fn source() -> Value {
    json!({"type": "prometheus", "uid": "${datasource}"})
}

fn datasource_variable() -> Value {
    json!({"name": "datasource", "label": "Data source", "type": "datasource", "query": "prometheus"})
}

fn service_variable() -> Value {
    json!({
        "name": "service",
        "label": "Service",
        "type": "query",
        "datasource": source(),
        "query": {"query": "label_values(folkmoot_check_status, service)", "refId": "service"},
        "refresh": 2,
        "sort": 1,
        "multi": true,
        "includeAll": true,
        "allValue": ".+",
        "current": {"text": "All", "value": "$__all"},
    })
}

/// Rows from top to bottom, their panels from left to right.
fn panels(rows: &[Row]) -> Vec<Value> {
    let mut all = Vec::new();
    let mut y = 0;
    for row in rows {
        let at = json!({"h": 1, "w": COLUMNS, "x": 0, "y": y});
        let id = all.len() + 1;
        all.push(json!({"id": id, "type": "row", "title": row.title, "collapsed": false, "panels": [], "gridPos": at}));
        y += 1;
        let mut x = 0;
        for it in &row.panels {
            if x + it.width > COLUMNS {
                (x, y) = (0, y + HEIGHT);
            }
            let at = json!({"h": HEIGHT, "w": it.width, "x": x, "y": y});
            all.push(panel(all.len() + 1, it, &at));
            x += it.width;
        }
        y += HEIGHT;
    }
    all
}

fn panel(id: usize, panel: &Panel, at: &Value) -> Value {
    json!({
        "id": id,
        "type": match panel.kind { Kind::Lines => "timeseries", Kind::Stat => "stat", Kind::Status => "state-timeline" },
        "title": panel.title,
        "description": panel.description,
        "gridPos": at,
        "datasource": source(),
        "targets": targets(panel),
        "fieldConfig": {"defaults": defaults(panel), "overrides": []},
        "options": options(panel.kind),
    })
}

fn targets(panel: &Panel) -> Vec<Value> {
    let named = NAMES.iter().zip(&panel.queries);
    named
        .map(|(name, query)| {
            json!({
                "refId": name,
                "datasource": source(),
                "expr": query.expr.trim(),
                "legendFormat": query.legend,
                "instant": panel.kind == Kind::Stat,
                "range": panel.kind != Kind::Stat,
            })
        })
        .collect()
}

fn defaults(panel: &Panel) -> Value {
    if panel.kind == Kind::Status {
        let text = |text: &str, color: &str| json!({"text": text, "color": color});
        let states = json!({"0": text("ok", "green"), "1": text("degraded", "yellow"), "2": text("failed", "red")});
        return json!({"mappings": [{"type": "value", "options": states}]});
    }
    let line = json!({"fillOpacity": 5, "showPoints": "never", "thresholdsStyle": {"mode": if panel.red_above.is_some() { "line" } else { "off" }}});
    let mut defaults = json!({"unit": panel.unit, "custom": line, "thresholds": thresholds(panel)});
    // Only what is left of a budget can be negative.
    if panel.red_below.is_none()
        && let Some(members) = defaults.as_object_mut()
    {
        members.insert("min".to_owned(), 0.into());
    }
    defaults
}

fn thresholds(panel: &Panel) -> Value {
    let steps = match (panel.red_below, panel.red_above) {
        (Some(below), _) => {
            json!([{"color": "red", "value": null}, {"color": "green", "value": below}])
        }
        (_, Some(above)) => {
            json!([{"color": "green", "value": null}, {"color": "red", "value": above}])
        }
        _ => json!([{"color": "green", "value": null}]),
    };
    json!({"mode": "absolute", "steps": steps})
}

fn options(kind: Kind) -> Value {
    let legend = json!({"displayMode": "list", "placement": "bottom", "showLegend": true});
    match kind {
        Kind::Lines => json!({"legend": legend, "tooltip": {"mode": "multi", "sort": "desc"}}),
        Kind::Stat => {
            json!({"reduceOptions": {"calcs": ["lastNotNull"]}, "graphMode": "none", "colorMode": "value", "textMode": "value_and_name"})
        }
        Kind::Status => {
            json!({"legend": legend, "mergeValues": true, "showValue": "never", "rowHeight": 0.8})
        }
    }
}
