"""Verifies a webhook with the reference library: stdin is JSON with secret, headers and body."""

import json
import sys

from standardwebhooks.webhooks import Webhook

given = json.load(sys.stdin)
Webhook(given["secret"]).verify(given["body"], given["headers"])
