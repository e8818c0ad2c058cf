"""The part of Kubernetes' API that keeps Secrets, over TLS, for tests: what it answers is what a real one was seen to answer.

Each POST's first connection is closed without an answer after the Secret was stored, as when a server dies.
"""

import http.server
import json
import ssl
import sys
from urllib.parse import urlsplit

PORT, CERTIFICATE, KEY, TOKEN, DUMP = sys.argv[1:]
SECRETS = "/api/v1/namespaces/folkmoot/secrets"
secrets = {}
answered = set()


class Server(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self, status, body):
        text = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def refuse(self, status, reason, message, name=""):
        details = {"name": name, "kind": "secrets"}
        self.answer(status, {"kind": "Status", "status": "Failure", "reason": reason, "message": message, "details": details, "code": status})

    def knows_caller(self):
        if self.headers.get("Authorization") == f"Bearer {TOKEN}":
            return True
        self.refuse(401, "Unauthorized", "Unauthorized")
        return False

    def keep(self):
        with open(DUMP, "w", encoding="utf-8") as dump:
            json.dump(secrets, dump)

    def do_GET(self):
        if not self.knows_caller():
            return
        name = urlsplit(self.path).path.removeprefix(SECRETS + "/")
        if name in secrets:
            self.answer(200, secrets[name])
        else:
            self.refuse(404, "NotFound", f'secrets "{name}" not found', name)

    def do_DELETE(self):
        if self.knows_caller():
            secrets.pop(urlsplit(self.path).path.removeprefix(SECRETS + "/"), None)
            self.keep()
            self.answer(200, {"kind": "Status", "status": "Success"})

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if not self.knows_caller():
            return
        name = body["metadata"]["name"]
        if name in secrets:
            self.refuse(409, "AlreadyExists", f'secrets "{name}" already exists', name)
            return
        secrets[name] = body
        self.keep()
        if name in answered:
            self.answer(201, body)
        else:
            answered.add(name)
            self.close_connection = True

    def log_message(self, *_):
        pass


context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(CERTIFICATE, KEY)
server = http.server.ThreadingHTTPServer(("127.0.0.1", int(PORT)), Server)
server.socket = context.wrap_socket(server.socket, server_side=True)
server.serve_forever()
