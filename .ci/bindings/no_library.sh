#!/usr/bin/env bash
# Runs the script of docs/sdk/no-library.md from a clean folder: bash .ci/bindings/no_library.sh PROGRAMS FOLDER
#
# PROGRAMS holds license-agent and license-server.
set -euo pipefail
programs=$(realpath "${1:?the folder of the programs}")
cd "$(dirname "$0")/../.."
. .ci/lib.sh

step "no library: a product that asks the agent"
product=$work/product
mkdir "$product"
sed -n '/^<!-- run -->$/,/^```$/p' docs/sdk/no-library.md | sed '1,2d;$d' >"$product/product.sh"
"$programs/license-server" demo --once --data "$work/demo" >"$work/demo.log" || fail "$(cat "$work/demo.log")"
cp "$programs/license-agent" "$work/demo/vendor.toml" "$product"
export LICENSE_AGENT_DIR=$work/installed LICENSE_AGENT_VENDOR=/nobody/heeds/this

answers() { # CODE SENTENCE
  local code=0 said
  said=$(sh "$product/product.sh") || code=$?
  [ "$code" = "$1" ] && grep -q "^$2" <<<"$said" || fail "$code, not $1 and $2: $said"
  printf '%s\n' "$said"
}
answers 2 "Not licensed (2): no license for cad-demo is installed"
"$product/license-agent" --vendor "$product/vendor.toml" install "$work"/demo/delivered/*.lic >/dev/null
answers 0 "Licensed\."
"$product/license-agent" --vendor "$product/vendor.toml" status --json >"$work/status.json"
for member in licensed state reason advice features quantity trial test days_left valid_from valid_until grace_until \
  product issuer license instance issued_at device file notes; do
  grep -q "^  \"$member\": " "$work/status.json" || fail "there is no $member"
done
printf 'x' >"$work/installed/cad-demo.lic"
answers 2 "Not licensed (2): "
rm "$product/vendor.toml"
answers 1 "Not licensed (1): "
