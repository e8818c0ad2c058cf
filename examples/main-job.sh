#!/usr/bin/env bash
# The main job from start to end: a supporter writes to their representative, confirms by email, is counted, and is erased.
#
#   cargo xtask up --detach
#   bash examples/main-job.sh
#
# It needs bash, curl and python3, changes only the demo, and ends with the decoded receipt of the erasure. With --until-email
# it ends with the representative's email. `cargo xtask up` runs it, and the tests run it too. FOLKMOOT_RUN names another folder
# with demo.env and mail/.
set -euo pipefail
shopt -s inherit_errexit

run="${FOLKMOOT_RUN:-$(dirname "${BASH_SOURCE[0]}")/../.run}"
limit_seconds=60

step() { printf '\n== %s\n' "$*"; }

fail() {
  printf 'main-job.sh: %s\n' "$*" >&2
  exit 1
}

# request KEY PATH [CURL OPTION...]: calls the gateway and prints the response; an error status fails with the problem.
request() {
  local key="$1" path="$2" response
  response=$(curl --silent --show-error --fail-with-body --noproxy '*' --max-time 20 \
    --header "Authorization: Bearer $key" "${@:3}" "$FOLKMOOT$path") || fail "$path: $response"
  printf '%s\n' "$response"
}

# json EXPRESSION: prints a Python expression about `doc`, the JSON document on standard input.
json() { python3 -c "import json, sys; doc = json.load(sys.stdin); print($1)"; }

# wait_for WHAT COMMAND...: repeats a command until it succeeds, and prints what it printed then.
wait_for() {
  local what="$1" end=$((SECONDS + limit_seconds)) output
  until output=$("${@:2}"); do
    ((SECONDS < end)) || fail "$what did not come within $limit_seconds s"
    sleep 0.2
  done
  [[ -z $output ]] || printf '%s\n' "$output"
}

# email HEADER ADDRESS: prints the email that has the address in this header. Until there is one, it fails.
email() {
  python3 - "$run/mail" "$@" <<'PYTHON'
import email.policy, pathlib, sys

folder, header, address = sys.argv[1:]
for file in pathlib.Path(folder).glob("*.eml"):
    message = email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
    if address in message.get(header, ""):
        headers = [f"{name}: {message[name]}" for name in ("From", "Reply-To", "To", "Subject") if name in message]
        print(*headers, "", message.get_body(("plain",)).get_content().strip(), sep="\n")
        sys.exit()
sys.exit(1)
PYTHON
}

for program in curl python3; do
  command -v "$program" >/dev/null || fail "$program is not installed"
done
[[ -f "$run/demo.env" ]] || fail "there is no $run/demo.env; run \`cargo xtask up --detach\` first"
source "$run/demo.env" # FOLKMOOT (the gateway), PK and SK (publishable and secret key), CAMPAIGN
supporter="ada.$RANDOM$RANDOM@example.org"

step "A page shows the campaign; its form, as JSON Schema, comes with it"
public=$(request "$PK" "/v1/campaigns/$CAMPAIGN/public")
json 'doc["organisation"] + ": " + doc["title"]' <<<"$public"
json '"Fields: " + ", ".join(doc["form"]["properties"])' <<<"$public"
count=$(json 'doc["counter"]["total"]' <<<"$public")

step "It previews the representative for a postcode"
request "$PK" "/v1/campaigns/$CAMPAIGN/targets?postcode=OX41AA"

step "A supporter acts"
request "$PK" "/v1/campaigns/$CAMPAIGN/actions" --json '{
  "name": "Ada Example",
  "email": "'"$supporter"'",
  "postcode": "OX4 1AA",
  "address": "1 Cowley Road, Oxford",
  "own_words": "I walk here every day.",
  "consents": [{"id": "process", "given": true}]
}'

step "They get an email with a link"
confirmation=$(wait_for "The confirmation email" email To "$supporter")
printf '%s\n' "$confirmation"
link=$(grep -Eom1 'https?://[^ ]+/confirm/[A-Za-z0-9_-]+' <<<"$confirmation") || fail "the email has no link"

step "The page behind the link shows what will be sent, and changes nothing"
page=$(curl --silent --show-error --fail --noproxy '*' --max-time 20 "$link")
grep -F 'I walk here every day.' <<<"$page" || fail "the page does not show the supporter's words"

step "Pressing its button confirms, but not before a person can have read the page"
token=$(sed -n 's/.*name="token" value="\([^"]*\)".*/\1/p' <<<"$page")
sleep 2
curl --silent --show-error --fail --noproxy '*' --max-time 20 --output /dev/null \
  --write-out 'HTTP status %{http_code}\n' --data "token=$token" "$link"

step "The representative gets the message"
wait_for "The representative's email" email Reply-To "$supporter"

if [[ ${1:-} == --until-email ]]; then
  exit
fi

step "The action is counted"
counted() { (($(request "$PK" "/v1/campaigns/$CAMPAIGN/counter" | json 'doc["total"]') > count)); }
wait_for "The count" counted
request "$PK" "/v1/campaigns/$CAMPAIGN/counter"

step "The supporter asks to be erased"
erasure=$(request "$SK" /v1/erasures --json '{"email": "'"$supporter"'"}' | json 'doc["id"]')
erased() { [[ $(request "$SK" "/v1/erasures/$erasure" | json 'doc["state"]') == complete ]]; }
wait_for "The end of the erasure" erased

step "The receipt: a signed JWS (the keys are at /v1/receipt-keys), decoded here"
receipt=$(request "$SK" "/v1/erasures/$erasure/receipt")
python3 - "$receipt" <<'PYTHON'
import base64, json, sys

payload = sys.argv[1].split(".")[1]
print(json.dumps(json.loads(base64.urlsafe_b64decode(payload + "==")), indent=2))
PYTHON
