"""Draws the dashboards from what the Prometheus of `cargo xtask alerts --live` has stored. Needs Chromium.

    python3 docs/images/dashboards.py

Grafana draws them better; these are the same queries, panels and units.
"""

import html
import json
import math
import pathlib
import re
import socket
import subprocess
import tempfile
import time
import urllib.parse
import urllib.request

IMAGES = pathlib.Path(__file__).resolve().parent
ROOT = IMAGES.parent.parent
DASHBOARDS = ROOT / "helm/folkmoot/files/dashboards"
DATA = ROOT / ".run/prometheus/data"
COLUMN, ROW, GAP = 52, 36, 8
COLOURS = ["#2f6fb0", "#c2571a", "#3a8f4d", "#8a4fb3", "#b08b1e", "#1f8f8f", "#b23a6f", "#5b6770", "#7a9a2b", "#d08770"]
STATES = {0: "#3a8f4d", 1: "#e0b400", 2: "#c0392b"}
STYLE = """body { margin: 0; font: 12px system-ui, sans-serif; color: #1f2a30; background: #eef1f3; position: relative }
h1 { font-size: 18px; margin: 0; padding: 12px 14px 6px } section, h2 { position: absolute; box-sizing: border-box }
section { background: #fff; border: 1px solid #d5dce0; border-radius: 4px; padding: 6px 8px; overflow: hidden }
h2 { font-size: 13px; margin: 0; padding: 10px 4px } h3 { font-size: 12px; margin: 0 0 4px } svg { display: block }
p { margin: 2px 0; font-size: 10px; line-height: 1.35; max-height: 40px; overflow: hidden } b { font-size: 24px; font-weight: 600 }
i { display: inline-block; width: 8px; height: 8px; margin-right: 3px; border-radius: 2px }"""


def shown(value, unit):
    """A value as Grafana would write it."""
    if unit == "percentunit":
        return f"{value * 100:.3g} %"
    if unit == "s":
        for size, name in ((86400, "d"), (3600, "h"), (60, "min"), (1, "s")):
            if abs(value) >= size:
                return f"{value / size:.3g} {name}"
        return f"{value * 1000:.3g} ms"
    if unit == "bytes":
        return f"{value / 2**20:.3g} MiB"
    return f"{value:.3g}" + {"reqps": "/s", "eps": "/s", "ops": "/s", "cps": "/s"}.get(unit, "")


class Prometheus:
    def __init__(self, folder):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.address = f"127.0.0.1:{probe.getsockname()[1]}"
        config = pathlib.Path(folder) / "prometheus.yml"
        config.write_text("{}")
        arguments = [f"--config.file={config}", f"--storage.tsdb.path={DATA}", f"--web.listen-address={self.address}"]
        self.process = subprocess.Popen(["prometheus", *arguments], stderr=subprocess.DEVNULL)
        while not self.is_ready():
            time.sleep(0.1)
        head = self.get("status/tsdb")["headStats"]
        self.start, self.end = head["minTime"] / 1000, head["maxTime"] / 1000

    def is_ready(self):
        try:
            return urllib.request.urlopen(f"http://{self.address}/-/ready").status == 200
        except OSError:
            return False

    def get(self, path, **parameters):
        query = urllib.parse.urlencode(parameters)
        with urllib.request.urlopen(f"http://{self.address}/api/v1/{path}?{query}") as answer:
            return json.load(answer)["data"]

    def series(self, target):
        query = target["expr"].replace("$service", ".+").replace("$__rate_interval", "30s")
        step = max(1, (self.end - self.start) / 300)
        found = self.get("query_range", query=query, start=self.start, end=self.end, step=step)["result"]
        for one in found:
            name = re.sub(r"{{(\w+)}}", lambda label: one["metric"].get(label[1], ""), target["legendFormat"])
            points = [(at, float(value)) for at, value in one["values"] if math.isfinite(float(value))]
            if points:
                yield name, points


def lines(prometheus, series, unit, width, height):
    top = max((value for _, points in series for _, value in points), default=0) or 1
    bottom = min(0, min((value for _, points in series for _, value in points), default=0))
    x = lambda at: 60 + (at - prometheus.start) / (prometheus.end - prometheus.start) * (width - 68)
    y = lambda value: 6 + (1 - (value - bottom) / (top - bottom)) * (height - 12)
    parts = []
    for share in (0, 0.5, 1):
        value = bottom + share * (top - bottom)
        parts.append(f'<line x1="60" x2="{width}" y1="{y(value):.1f}" y2="{y(value):.1f}" stroke="#e3e8ea"/>')
        parts.append(f'<text x="54" y="{y(value) + 4:.1f}" text-anchor="end" font-size="10">{shown(value, unit)}</text>')
    for number, (_, points) in enumerate(series):
        path = " ".join(f"{x(at):.1f},{y(value):.1f}" for at, value in points)
        colour = COLOURS[number % len(COLOURS)]
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="1.5"/>')
    legend = " &nbsp; ".join(
        f'<i style="background:{COLOURS[number % len(COLOURS)]}"></i>{html.escape(name)}'
        for number, (name, _) in enumerate(series)
    )
    return f'<svg width="{width}" height="{height}">{"".join(parts)}</svg><p>{legend}</p>'


def states(prometheus, series, width, height):
    each = min(14, height / max(1, len(series)))
    parts = []
    for number, (name, points) in enumerate(series):
        parts.append(f'<text x="0" y="{number * each + 9:.1f}" font-size="9">{html.escape(name)}</text>')
        wide = (width - 150) / len(points)
        parts += (
            f'<rect x="{150 + at * wide:.1f}" y="{number * each:.1f}" width="{wide + 0.5:.1f}" height="{each - 2:.1f}" fill="{STATES[int(value)]}"/>'
            for at, (_, value) in enumerate(points)
        )
    return f'<svg width="{width}" height="{height}">{"".join(parts)}</svg>'


def panel(prometheus, it):
    at = it["gridPos"]
    width, height = at["w"] * COLUMN - GAP, at["h"] * ROW - GAP
    place = f'style="left:{at["x"] * COLUMN + GAP}px;top:{at["y"] * ROW + 44}px;width:{width}px;height:{height}px"'
    if it["type"] == "row":
        return f'<h2 {place}>{html.escape(it["title"])}</h2>'
    series = [one for target in it["targets"] for one in prometheus.series(target)]
    unit = it["fieldConfig"]["defaults"].get("unit", "")
    if it["type"] == "stat":
        body = "".join(
            f'<p style="max-height:none"><b>{shown(points[-1][1], unit)}</b> {html.escape(name)}</p>' for name, points in series
        )
    elif it["type"] == "state-timeline":
        body = states(prometheus, series, width - 18, height - 34)
    else:
        body = lines(prometheus, series, unit, width - 18, height - 82)
    return f'<section {place}><h3>{html.escape(it["title"])}</h3>{body}</section>'


def draw(prometheus, file, folder):
    dashboard = json.loads(file.read_text())
    panels = "".join(panel(prometheus, it) for it in dashboard["panels"])
    page = pathlib.Path(folder) / f"{file.stem}.html"
    page.write_text(f'<!doctype html><meta charset=utf-8><style>{STYLE}</style><h1>{dashboard["title"]}</h1>{panels}')
    height = max((it["gridPos"]["y"] + it["gridPos"]["h"]) * ROW for it in dashboard["panels"]) + 52
    picture = IMAGES / f"dashboard-{file.stem}.png"
    arguments = ["--headless", "--no-sandbox", "--hide-scrollbars", f"--window-size={24 * COLUMN + GAP},{height}"]
    subprocess.run(
        ["chromium", *arguments, f"--screenshot={picture}", page.as_uri()], check=True, stderr=subprocess.DEVNULL
    )
    print(picture.relative_to(ROOT))


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        prometheus = Prometheus(folder)
        try:
            for file in sorted(DASHBOARDS.glob("*.json")):
                draw(prometheus, file, folder)
        finally:
            prometheus.process.terminate()
            prometheus.process.wait()
