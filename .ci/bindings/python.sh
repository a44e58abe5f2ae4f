#!/usr/bin/env bash
# Builds and tests the Python binding: bash .ci/bindings/python.sh PROGRAMS FOLDER
#
# PROGRAMS holds license-conformance, license-agent and license-server; FOLDER keeps what is built for the next run. For
# Debian 12 or 13 with Rust: Python comes with apt, maturin and mypy with pip.
set -euo pipefail
programs=$(realpath "${1:?the folder of the programs}")
mkdir -p "${2:?the folder to build in}"
keep=$(realpath "$2")
cd "$(dirname "$0")/../.."
. .ci/lib.sh
binding=$PWD/license-core/bindings/python

step "python: tools"
installed /usr/bin/python3 python3
[ -x "$keep/tools/bin/pip" ] || /usr/bin/python3 -m venv "$keep/tools" 2>/dev/null || {
  installed /no/venv python3-venv
  /usr/bin/python3 -m venv --clear "$keep/tools"
}
"$keep/tools/bin/pip" install -q --disable-pip-version-check "maturin>=1.9,<2" "mypy>=1.18,<3"

step "python: lints"
# Cargo is in this folder's own workspace. Linked quickly: what is shipped is built by `maturin build --release`.
export CARGO_TARGET_DIR=$keep/target PYO3_PYTHON=/usr/bin/python3
export CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16
cargo fmt --manifest-path "$binding/Cargo.toml" --check
cargo clippy --release --locked --manifest-path "$binding/Cargo.toml" -- -D warnings

step "python: wheel"
rm -rf "$keep/wheels"
(cd "$binding" && "$keep/tools/bin/maturin" build -q --release --locked --out "$keep/wheels" --interpreter /usr/bin/python3)
ls -l "$keep/wheels"

step "python: installed as a user does"
rm -rf "$keep/venv"
/usr/bin/python3 -m venv --without-pip "$keep/venv" # which takes longer than all that follows
python=$keep/venv/bin/python
"$keep/tools/bin/pip" --python "$python" install -q --disable-pip-version-check --no-index "$keep"/wheels/*.whl

step "python: types"
cd "$work" # not where the sources are
"$keep/tools/bin/mypy" --strict --python-executable "$python" --cache-dir "$keep/mypy" \
  "$binding/conformance.py" "$binding"/tests/*.py "$binding"/examples/*.py
# The stubs are compared with what was compiled, by a mypy that sees the package.
site=$("$python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
PYTHONPATH=$site MYPYPATH= "$keep/tools/bin/python" -m mypy.stubtest license_core

step "python: conformance"
"$programs/license-conformance" run --seed "${CONFORMANCE_SEED:-1}" -- "$python" -X dev "$binding/conformance.py"

step "python: tests"
"$programs/license-server" demo --once --data "$work/demo" >"$work/demo.log" || fail "$(cat "$work/demo.log")"
LICENSE_DEMO=$work/demo LICENSE_AGENT=$programs/license-agent "$python" -X dev -W error "$binding"/tests/test_license_core.py

step "python: the example, from a clean folder"
mkdir "$work/product"
cp "$binding/examples/ten_lines.py" "$work/demo/vendor.toml" "$work/product"
cp "$work"/demo/delivered/*.lic "$work/product/cad-demo.lic"
cd "$work/product"
LICENSE_AGENT_DIR=. "$python" ten_lines.py | tee "$work/said"
grep -q '^Licensed\.$' "$work/said" && grep -q '^Meshing is included\.$' "$work/said"
mkdir "$work/empty"
! LICENSE_AGENT_DIR=$work/empty "$python" ten_lines.py 2>"$work/said" || fail "there is no license, and it said there is"
grep -q '^Not licensed: no license is installed.*\[53 not-installed\]$' "$work/said" || fail "$(cat "$work/said")"
# The demo's own copy is the same program.
if [ -d "$work/demo/sdk/python" ]; then
  (cd "$work/demo/sdk/python" && LICENSE_AGENT_DIR=. "$python" ten_lines.py)
fi
