#!/usr/bin/env bash
# Builds and tests the Python binding: bash .ci/bindings/python.sh PROGRAMS FOLDER
#
# PROGRAMS holds license-conformance, license-agent and license-server; FOLDER keeps what is built for the next run; cargo
# builds into CARGO_TARGET_DIR if it is set, where what the workspace built is used. For Debian 12 or 13 with Rust: Python
# comes with apt, maturin and mypy with pip. PROFILE=capi builds what is shipped, and takes a minute longer.
set -euo pipefail
programs=$(realpath "${1:?the folder of the programs}")
mkdir -p "${2:?the folder to build in}"
keep=$(realpath "$2")
cd "$(dirname "$0")/../.."
. .ci/lib.sh
. .ci/bindings/shared.sh
binding=$PWD/license-core/bindings/python

step "python: tools"
installed /usr/bin/python3 python3
[ -x "$keep/tools/bin/pip" ] || /usr/bin/python3 -m venv "$keep/tools" 2>/dev/null || {
  installed /no/venv python3-venv
  /usr/bin/python3 -m venv --clear "$keep/tools"
}
"$keep/tools/bin/pip" install -q --disable-pip-version-check "maturin>=1.9,<2" "mypy>=1.18,<3"

step "python: lints"
# Cargo is in this folder's own workspace.
CARGO_TARGET_DIR=$(realpath -m "${CARGO_TARGET_DIR:-$keep/target}")
export CARGO_TARGET_DIR PYO3_PYTHON=/usr/bin/python3
[ "${PROFILE:-dev}" = dev ] && profile=dev || profile=release
cargo fmt --manifest-path "$binding/Cargo.toml" --check
cargo clippy --profile $profile --locked --manifest-path "$binding/Cargo.toml" -- -D warnings

step "python: wheel"
rm -rf "$keep/wheels"
(cd "$binding" && "$keep/tools/bin/maturin" build -q --profile $profile --locked --out "$keep/wheels" --interpreter /usr/bin/python3)
figure "$(stat -c %s "$keep"/wheels/*.whl) bytes, the wheel"

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
activate "$work/demo" --dir "$work/activated"
LICENSE_DEMO=$work/demo LICENSE_ACTIVATED=$work/activated LICENSE_AGENT=$programs/license-agent "$python" -X dev -W error "$binding"/tests/test_license_core.py

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

cat >speed.py <<'END'
import time
from license_core import Device, LicenseFile, Trust, verify

trust = Trust.load("vendor.toml")
device, license = Device.this_machine(trust), open("cad-demo.lic").read()
best = 1.0
for _ in range(8):
    began = time.process_time()
    for _ in range(1000):
        verify(license, trust, device=device)
    best = min(best, (time.process_time() - began) / 1000)
print(f"{best * 1e6:.0f} us for each check")
END
figure "$("$python" speed.py)"
lines "$binding/examples/ten_lines.py"

# The demo's own copy, for which pip builds and installs the folder.
HOME=$work CHECKOUT=$(realpath "$binding/../../..") MATURIN_PEP517_ARGS="--profile $profile" demo_lines "$work/demo" python
