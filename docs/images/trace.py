"""Draws the traces of one supporter who writes to their representative. Needs Chromium and opentelemetry-proto from PyPI.

    FOLKMOOT_OTLP_ENDPOINT=http://127.0.0.1:4318 cargo xtask up --detach
    python3 docs/images/trace.py

It is the collector that receives the spans, and runs examples/main-job.sh up to the representative's email.
"""

import gzip
import html
import pathlib
import queue
import subprocess
import tempfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

IMAGES = pathlib.Path(__file__).resolve().parent
ROOT = IMAGES.parent.parent
PICTURE = IMAGES / "trace.png"
# What begins each of the traces.
BEGINS = ["POST /v1/campaigns/{id}/actions", "POST /confirm/{link}"]
ENDS = "smtp send"
# Exporters send a batch every five seconds.
PATIENCE_SECONDS = 30
WIDTH, LEFT, ROW = 1400, 520, 17
COLOURS = {
    "gateway": "#2f6fb0",
    "identity": "#5b6770",
    "campaigns": "#c2571a",
    "keyring": "#8a4fb3",
    "postcodes": "#b08b1e",
    "messaging": "#3a8f4d",
    "retention": "#1f8f8f",
    "webhooks": "#b23a6f",
}
STYLE = "body { margin: 0; padding: 12px 16px; font: 12px system-ui, sans-serif; color: #1f2a30 } h1 { font-size: 15px }"


class Collector(BaseHTTPRequestHandler):
    received = queue.Queue()

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
            named = {it.key: it.value.string_value for it in resource.resource.attributes}
            for scope in resource.scope_spans:
                for span in scope.spans:
                    self.received.put((named["service.name"], span))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


def collect():
    """All spans, by trace, once both traces have reached the relay."""
    traces = {}
    while not all(chosen(traces, begin) for begin in BEGINS):
        service, span = Collector.received.get(timeout=PATIENCE_SECONDS)
        traces.setdefault(span.trace_id, []).append((service, span))
    # What ends a little later.
    while True:
        try:
            service, span = Collector.received.get(timeout=6)
            traces.setdefault(span.trace_id, []).append((service, span))
        except queue.Empty:
            return [chosen(traces, begin) for begin in BEGINS]


def chosen(traces, begin):
    for spans in traces.values():
        names = {span.name for _, span in spans}
        if ENDS in names and any(span.name == begin and not span.parent_span_id for _, span in spans):
            return spans
    return None


def in_order(spans):
    """Depth first, each with its depth; children in the order in which they begin."""
    known = {span.span_id for _, span in spans}
    children = {}
    for service, span in sorted(spans, key=lambda it: it[1].start_time_unix_nano):
        parent = span.parent_span_id if span.parent_span_id in known else b""
        children.setdefault(parent, []).append((service, span))

    def below(parent, depth):
        for service, span in children.get(parent, []):
            yield depth, service, span
            yield from below(span.span_id, depth + 1)

    return list(below(b"", 0))


def drawing(spans):
    rows = in_order(spans)
    start = min(span.start_time_unix_nano for _, _, span in rows)
    end = max(span.end_time_unix_nano for _, _, span in rows)
    x = lambda at: LEFT + (at - start) / (end - start) * (WIDTH - LEFT - 70)
    parts = []
    for number, (depth, service, span) in enumerate(rows):
        y, left, right = number * ROW, x(span.start_time_unix_nano), x(span.end_time_unix_nano)
        took = (span.end_time_unix_nano - span.start_time_unix_nano) / 1e6
        name = f"{service}: {span.name}"
        parts.append(f'<text x="{depth * 14}" y="{y + 12}">{html.escape(name)}</text>')
        colour = COLOURS.get(service, "#1f2a30")
        parts.append(f'<rect x="{left:.1f}" y="{y + 3}" width="{max(2, right - left):.1f}" height="{ROW - 6}" fill="{colour}"/>')
        parts.append(f'<text x="{max(left + 2, right) + 4:.1f}" y="{y + 12}" font-size="10">{took:.1f} ms</text>')
    title = f"{rows[0][2].name}: {len(rows)} spans, {(end - start) / 1e6:.0f} ms"
    height = len(rows) * ROW + 4
    return f"<h1>{html.escape(title)}</h1><svg width={WIDTH} height={height}>{''.join(parts)}</svg>", height + 50


def draw(traces):
    drawings = [drawing(spans) for spans in traces]
    with tempfile.TemporaryDirectory() as folder:
        page = pathlib.Path(folder) / "trace.html"
        body = "".join(part for part, _ in drawings)
        page.write_text(f"<!doctype html><meta charset=utf-8><style>{STYLE}</style>{body}")
        size = f"--window-size={WIDTH + 32},{sum(height for _, height in drawings) + 24}"
        arguments = ["--headless", "--no-sandbox", "--hide-scrollbars", size, f"--screenshot={PICTURE}", page.as_uri()]
        subprocess.run(["chromium", *arguments], check=True, stderr=subprocess.DEVNULL)
    print(PICTURE.relative_to(ROOT))


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", 4318), Collector)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    subprocess.run(["bash", ROOT / "examples/main-job.sh", "--until-email"], check=True, stdout=subprocess.DEVNULL)
    draw(collect())
