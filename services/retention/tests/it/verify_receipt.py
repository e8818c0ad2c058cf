"""Verifies a receipt with the code of others: stdin has a JWK Set and a compact JWS, a line each; prints the payload."""

import base64
import json
import sys

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


def decode(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


keys, token = sys.stdin.read().splitlines()
header, payload, signature = token.split(".")
head = json.loads(decode(header))
assert head["alg"] == "EdDSA", head
key = next(key for key in json.loads(keys)["keys"] if key["kid"] == head["kid"])
public = Ed25519PublicKey.from_public_bytes(decode(key["x"]))
public.verify(decode(signature), f"{header}.{payload}".encode())
text = decode(payload).decode()
canonical = json.dumps(json.loads(text), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
assert text == canonical, "not canonical JSON"
print(text)
