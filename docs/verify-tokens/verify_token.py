"""Verifies access tokens of Folkmoot with joserfc.

usage: python verify_token.py JWKS_URL < tokens

Prints the claims of each token, or why it is refused, one line each.
"""

import json
import sys
import urllib.request

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

ISSUER = AUDIENCE = "gateway"
TYPES = ("at+jwt", "application/at+jwt")
CLAIMS = jwt.JWTClaimsRegistry(
    iss={"essential": True, "value": ISSUER},
    aud={"essential": True, "value": AUDIENCE},
    sub={"essential": True},
    exp={"essential": True},
    iat={"essential": True},
    jti={"essential": True},
    client_id={"essential": True},
)


def fetch_keys(jwks_url):
    """The published keys. Fetch them again every 15 minutes: a new key is published that long before it signs."""
    with urllib.request.urlopen(jwks_url, timeout=5) as response:
        return KeySet.import_key_set(json.load(response))


def verify(token, keys):
    """The claims of a token; JoseError or ValueError when it is refused."""
    # Without `algorithms`, joserfc refuses EdDSA.
    decoded = jwt.decode(token, keys, algorithms=["EdDSA"])
    # joserfc does not check the type.
    if decoded.header.get("typ", "").lower() not in TYPES:
        raise ValueError("not an access token")
    CLAIMS.validate(decoded.claims)
    return decoded.claims


if __name__ == "__main__":
    KEYS = fetch_keys(sys.argv[1])
    for line in sys.stdin:
        try:
            print(json.dumps(verify(line.strip(), KEYS)))
        except (JoseError, ValueError) as error:
            print(f"refused: {error!r}")
