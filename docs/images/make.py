"""Makes the README's pictures from the demo that `cargo xtask up --detach` started. Needs Chromium.

    python3 docs/images/make.py
"""

import email.policy
import html
import json
import pathlib
import subprocess
import tempfile
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

IMAGES = pathlib.Path(__file__).resolve().parent
ROOT = IMAGES.parent.parent
# An origin that the demo's key lists.
PORT = 8000
# What a supporter types, as a script at the end of the page.
FILL = """<script type="module">
  const given = { name: "Ada Example", email: "ada@example.org", postcode: "OX4 1AA", address: "1 Cowley Road, Oxford",
    own_words: "I walk here every day." };
  const timer = setInterval(() => {
    if (!document.getElementById("postcode")) return;
    clearInterval(timer);
    for (const [name, text] of Object.entries(given)) {
      const input = document.getElementById(name);
      input.value = text;
      input.dispatchEvent(new Event("input"));
    }
    document.getElementById("consent-process").checked = true;
  }, 50);
</script>"""
STYLE = """body { margin: 0; padding: 1.5rem; font: 1.0625rem/1.55 system-ui, sans-serif; color: #1b2420; background: #fff }
h1 { font-size: 1.375rem; margin: 0 0 1rem } dl { margin: 0; padding: 0 0 1rem; border-bottom: 1px solid #dfe6e2 }
dl div { display: flex; gap: .75rem } dt { min-width: 5rem; color: #56615b } dd { margin: 0; overflow-wrap: anywhere }
pre { font: inherit; white-space: pre-wrap; margin: 1rem 0 0 }"""


def page():
    return (ROOT / "examples/petition-page.html").read_text() + FILL


def representatives_email():
    messages = [
        email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
        for file in sorted((ROOT / ".run/mail").glob("*.eml"), key=lambda file: file.stat().st_mtime)
    ]
    message = [message for message in messages if "Reply-To" in message][-1]
    rows = "".join(
        f"<div><dt>{name}</dt><dd>{html.escape(message[name])}</dd></div>" for name in ("From", "Reply-To", "To")
    )
    text = html.escape(message.get_body(("plain",)).get_content().strip())
    title = html.escape(message["Subject"])
    return f"<!doctype html><meta charset=utf-8><style>{STYLE}</style><h1>{title}</h1><dl>{rows}</dl><pre>{text}</pre>"


class Pages(BaseHTTPRequestHandler):
    def do_GET(self):
        make = {"/page": page, "/email": representatives_email}.get(self.path.split("?")[0])
        body = make().encode() if make else b""
        self.send_response(200 if make else 404)
        self.send_header("content-type", "text/html; charset=utf-8")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def picture(name, path, height):
    with tempfile.TemporaryDirectory() as profile:
        command = ["chromium", "--headless", "--no-sandbox", "--hide-scrollbars", f"--user-data-dir={profile}"]
        command += [f"--window-size=560,{height}", "--virtual-time-budget=10000", f"--screenshot={IMAGES / name}"]
        subprocess.run([*command, f"http://127.0.0.1:{PORT}{path}"], check=True)


def main():
    demo = json.loads((ROOT / ".run/demo.json").read_text())
    server = HTTPServer(("127.0.0.1", PORT), Pages)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    parameters = f"gateway={demo['gateway']}&key={demo['publishable_key']}&campaign={demo['campaign_id']}"
    picture("petition-page.png", f"/page?{parameters}", 1580)
    picture("representative-email.png", "/email", 620)


if __name__ == "__main__":
    main()
