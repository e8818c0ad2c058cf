// Verifies access tokens of Folkmoot with jose.
//
// usage: node verify-token.mjs JWKS_URL < tokens
//
// Prints the claims of each token, or why it is refused, one line each.

import { createInterface } from "node:readline";
import { createRemoteJWKSet, jwtVerify } from "jose";

// Fetches the published keys when it needs them, and again when a token names a new one.
const keys = createRemoteJWKSet(new URL(process.argv[2]));

async function verify(token) {
  const { payload } = await jwtVerify(token, keys, {
    algorithms: ["EdDSA"],
    typ: "at+jwt",
    issuer: "gateway",
    audience: "gateway",
    requiredClaims: ["sub", "exp", "iat", "jti", "client_id"],
  });
  return payload;
}

for await (const line of createInterface({ input: process.stdin })) {
  try {
    console.log(JSON.stringify(await verify(line)));
  } catch (error) {
    console.log(`refused: ${error}`);
  }
}
