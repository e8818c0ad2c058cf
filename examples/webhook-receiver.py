"""Receives webhooks on this machine: verifies each with the public library, drops repeats, and prints the event.

    cargo xtask up --detach
    python3 -m venv /tmp/receiver
    /tmp/receiver/bin/pip install standardwebhooks==1.1.0

    source .run/demo.env
    export WEBHOOK_SECRET=$(curl -s $FOLKMOOT/v1/webhook-endpoints -H "Authorization: Bearer $SK" \\
        --json '{"url": "http://127.0.0.1:9100/", "event_types": ["campaign.action.confirmed", "person.erased"]}' |
        python3 -c 'import json, sys; print(json.load(sys.stdin)["secret"])')
    /tmp/receiver/bin/python examples/webhook-receiver.py

Then run `bash examples/main-job.sh` in another terminal: two events arrive. The secret is shown only when the endpoint is
created. A suite that `cargo xtask up` started sends to port 9100 of 127.0.0.1 and localhost; otherwise only public https
URLs are allowed.
"""

import argparse
import json
import os
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer

from standardwebhooks.webhooks import Webhook, WebhookVerificationError

# Events are a few ids.
MAX_BODY_BYTES = 64 * 1024


class Receiver(BaseHTTPRequestHandler):
    # Seconds to wait for a slow sender.
    timeout = 10
    # Ids of events that were handled. A real receiver keeps them in its database, for at least as long as retries last.
    seen: set[str] = set()

    def do_POST(self):
        length = self.headers.get("content-length", "")
        if not length.isdecimal() or int(length) > MAX_BODY_BYTES:
            return self.answer(413)
        # The signature is over the bytes of the body: verify them, not JSON that was parsed and written again.
        body = self.rfile.read(int(length))
        # Names of headers are case-insensitive; proxies and libraries change them.
        headers = {name.lower(): value for name, value in self.headers.items()}
        try:
            event = self.server.webhook.verify(body, headers)
        except (WebhookVerificationError, ValueError) as error:
            # ValueError: a signature that is not base64, or a body that is not UTF-8.
            print(f"refused: {error}", file=sys.stderr, flush=True)
            return self.answer(400)
        # The same event has the same id at every attempt: answer 2xx again, but act once.
        event_id = headers["webhook-id"]
        if event_id not in self.seen:
            self.seen.add(event_id)
            print(event_id, json.dumps(event), flush=True)
        self.answer(204)

    def answer(self, status):
        self.send_response(status)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_):
        """Nothing is logged but events and refusals."""


def main():
    parser = argparse.ArgumentParser(description="Receives and verifies webhooks.")
    parser.add_argument("--port", type=int, default=9100)
    port = parser.parse_args().port
    secret = os.environ.get("WEBHOOK_SECRET")
    if not secret:
        sys.exit("set WEBHOOK_SECRET to the secret that was shown when the endpoint was created (whsec_…)")
    server = HTTPServer(("127.0.0.1", port), Receiver)
    server.webhook = Webhook(secret)
    print(f"listening on http://127.0.0.1:{port}/", file=sys.stderr, flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        pass


if __name__ == "__main__":
    main()
