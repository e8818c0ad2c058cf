#!/usr/bin/env bash
# A member of staff signs in, calls the API, renews the session, reads the audit log, and signs out.
#
#   cargo xtask up --detach
#   bash examples/sign-in.sh
#
# It needs bash, curl and python3. The demo's owner and password are in .run/demo.json. The gateway allows ten sign-ins a
# minute. FOLKMOOT_RUN names another folder with demo.json.
set -euo pipefail
shopt -s inherit_errexit

run="${FOLKMOOT_RUN:-$(dirname "${BASH_SOURCE[0]}")/../.run}"

step() { printf '\n== %s\n' "$*"; }

fail() {
  printf 'sign-in.sh: %s\n' "$*" >&2
  exit 1
}

# request PATH [CURL OPTION...]: calls the gateway and prints the response; an error status fails with the problem.
request() {
  local path="$1" response
  response=$(curl --silent --show-error --fail-with-body --noproxy '*' --max-time 20 \
    "${@:2}" "$gateway$path") || fail "$path: $response"
  [[ -z $response ]] || printf '%s\n' "$response"
}

# json EXPRESSION: prints a Python expression about `doc`, the JSON document on standard input.
json() { python3 -c "import json, sys; doc = json.load(sys.stdin); print($1)"; }

for program in curl python3; do
  command -v "$program" >/dev/null || fail "$program is not installed"
done
[[ -f "$run/demo.json" ]] || fail "there is no $run/demo.json; run \`cargo xtask up --detach\` first"
gateway=$(json 'doc["gateway"]' <"$run/demo.json")

step "Sign in with email and password"
credentials=$(json 'json.dumps({"email": doc["owner_email"], "password": doc["owner_password"]})' <"$run/demo.json")
session=$(request /v1/sessions --json "$credentials")
json '"Access token for %s s; scopes: %s" % (doc["expires_in"], " ".join(doc["scopes"]))' <<<"$session"
access=$(json 'doc["access_token"]' <<<"$session")
refresh=$(json 'doc["refresh_token"]' <<<"$session")

step "The access token opens the organisation"
request /v1/tenant --header "Authorization: Bearer $access"

step "The refresh token is swapped for new ones; it can be used only once"
session=$(request /v1/sessions/refresh --json '{"refresh_token": "'"$refresh"'"}')
access=$(json 'doc["access_token"]' <<<"$session")
refresh=$(json 'doc["refresh_token"]' <<<"$session")
json '"New access token for %s s" % doc["expires_in"]' <<<"$session"

step "The audit log: who changed what"
request "/v1/audit?limit=5" --header "Authorization: Bearer $access" |
  json '"\n".join("{at}  {actor_kind:<10} {action}".format(**entry) for entry in doc["data"])'

step "Sign out; with the access token sent along, it stops working at once"
request /v1/sessions/revoke --header "Authorization: Bearer $access" --json '{"refresh_token": "'"$refresh"'"}'
status=$(curl --silent --noproxy '*' --max-time 20 --output /dev/null --write-out '%{http_code}' \
  --header "Authorization: Bearer $access" "$gateway/v1/tenant")
[[ $status == 401 ]] || fail "the access token still works after signing out: HTTP status $status"
printf 'HTTP status %s\n' "$status"
