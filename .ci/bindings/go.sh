#!/usr/bin/env bash
# Builds and tests the Go verifier, asks it what the core is asked, and builds the page's example as a user would.
#
#   bash .ci/bindings/go.sh PROGRAMS FOLDER
#
# PROGRAMS holds license-conformance, license-agent and license-server; FOLDER keeps what is built for the next run.
set -euo pipefail
cd "$(dirname "$0")/../.."
. .ci/lib.sh
. .ci/bindings/shared.sh
programs=$(realpath "$1")
mkdir -p "$2/go"
keep=$(realpath "$2")/go
root=$PWD

step "go: tools"
installed go golang-go
# Nothing is fetched, and nothing lies in the sources or in the user's folders.
export GOCACHE=$keep/cache GOPATH=$keep/path GOPROXY=off GOFLAGS=-mod=mod GOTOOLCHAIN=local GOWORK=off

step "go: checked and tested"
cd license-core/bindings/go
unformatted=$(gofmt -l .)
[ -z "$unformatted" ] || fail "gofmt would change $unformatted"
go vet ./...
GOOS=windows go build -o "$keep/example.exe" ./example
go test ./...
cmp example/vendor.toml ../../examples/vendor.toml

step "go: conformance"
go build -o "$keep/license-conformance-go" ./cmd/license-conformance-go
"$programs/license-conformance" run --seed "${CONFORMANCE_SEED:-1}" --keep "$keep/differences" -- "$keep/license-conformance-go"

step "go: the page's example, from a clean folder"
# A block of the page, by its language.
block() { awk -v fence="\`\`\`$1" '$0 == "```" { if (on) exit } on { print } $0 == fence { on = 1 }' "$root/docs/sdk/go.md"; }
"$programs/license-server" demo --once --data "$work/demo" >/dev/null
"$programs/license-agent" --vendor "$work/demo/vendor.toml" --dir "$work/installed" install "$work"/demo/delivered/*.lic >/dev/null
mkdir "$work/product" "$work/home"
cd "$work/product"
block go >main.go
cmp main.go "$root/license-core/bindings/go/example/main.go"
cp "$work/demo/vendor.toml" .
block sh >install.sh
CHECKOUT=$root bash -e install.sh 2>/dev/null
go build -o cad .
product() { env -i PATH="$programs:/usr/bin:/bin" HOME="$work/home" LICENSE_AGENT_DIR="$1" ./cad; }
product "$work/installed" | tee said
grep -qx 'active, 36[0-9] days left' said && grep -qx 'mesh: true' said
grep -q '^clock-guard/v1 ' "$work/home/.config/cad.clock"
mkdir "$work/empty"
! product "$work/empty" 2>said || fail "a license was found where there is none"
grep -q '^No license is installed; .* Activate this machine' said
figure "$(du -cb "$root"/license-core/bindings/go/*.go | tail -n 1 | cut -f 1) bytes of source, in a program of $(stat -c %s cad)"
figure "$(cd "$root/license-core/bindings/go" && go test -run '^$' -bench 'Verify$' . | sed -n 's|^Benchmark.* \([0-9]*\) ns/op.*|\1 ns for each check|p')"
lines main.go

HOME=$work/home CHECKOUT=$root GOFLAGS= demo_lines "$work/demo" go
