#!/usr/bin/env bash
# The agent's API against its own description: bash .ci/schemathesis.sh SERVER-BINARY VENV FOLDER
set -euo pipefail
cd "$(dirname "$0")/.."
server_binary=$(realpath "$1") venv=$(realpath "$2") folder=$3
mkdir -p "$folder"
umask 077
"$venv/bin/pip" install -q --disable-pip-version-check "schemathesis>=4.10,<5"

run() { (cd "$folder" && LICENSE_SERVER_CONFIG=server.toml "$server_binary" "$@"); }
cat >"$folder/server.toml" <<'TOML'
issuer = "https://vendor.example"
products = "catalog.toml"
access_keys_file = "access-key"
listen = "127.0.0.1:0"
trusted_proxies = "127.0.0.1"
operator_listen = "off"
TOML
cat >"$folder/catalog.toml" <<'TOML'
[default]
code = "cad"
features = ["mesh"]
seats = 100000
max_license_days = 30
deactivation_limit = 1000
TOML
echo schemathesis-access-key-0001 >"$folder/access-key"
run keys generate >/dev/null
machine() { echo "04:7C:16:01:00:0$1|DISK-8QX0000000$1|BOARD-8KZ0000000$1|"; }
issue() { run issue --product cad --instance workshop --fingerprint "$(machine "$1")" --end 2099-01-01; }
# One license to renew, of a seat without a key; and a machine with a key, whose seat is given back again and again.
LICENSE=$(issue 1)
CODE=$(run instances code workshop) FINGERPRINT=$(machine 1)

log=$(realpath "$folder")/log
(cd "$folder" && LICENSE_SERVER_CONFIG=server.toml exec "$server_binary" serve --log-format json 2>"$log") &
server=$!
trap 'kill "$server" 2>/dev/null || true' EXIT
for _ in $(seq 300); do
  grep -q '"listening"' "$log" && break
  kill -0 "$server" || { cat "$log"; exit 1; }
  sleep 0.1
done
address=$(sed -n 's/.*"message":"listening","address":"\([^"]*\)".*/\1/p' "$log")

ci=$PWD/.ci
read -r LEAVING LEAVING_ID < <("$venv/bin/python" "$ci/device_key_client.py" activate "http://$address" "$CODE" "$(machine 2)")
export LICENSE LEAVING LEAVING_ID CODE FINGERPRINT
cd "$folder" # what it remembers stays there
SCHEMATHESIS_HOOKS=$ci/schemathesis_hooks.py PYTHONDONTWRITEBYTECODE=1 "$venv/bin/schemathesis" \
  --config-file "$ci/schemathesis.toml" run "http://$address/v1/openapi.json" \
  --checks all --phases examples,coverage,fuzzing,stateful --max-examples "${EXAMPLES:-100}" --seed 1 --workers 1 \
  --request-timeout 10 --generation-database none --no-color --header "Authorization: Bearer $LEAVING"

rm -rf .hypothesis .schemathesis
# Positive cases were reached, not only refusals.
for outcome in new-seat same-seat done; do
  grep -q "\"outcome\":\"$outcome\"" "$log" || { echo "no call came to $outcome"; exit 1; }
done
# Neither code nor license is in the log.
if grep -qF -e "$CODE" -e "$LICENSE" -e "$LEAVING" "$log"; then echo "the log holds a secret"; exit 1; fi
