#!/usr/bin/env bash
# Builds and tests the C library, asks it what the core is asked, and builds the page's example as a user would.
#
#   bash .ci/bindings/c.sh PROGRAMS FOLDER
#
# PROGRAMS holds license-conformance, license-agent and license-server; FOLDER is a target folder of cargo's, whose
# builds are used and kept. CONFORMANCE_SEED and FUZZ_SEED choose other cases.
set -euo pipefail
cd "$(dirname "$0")/../.."
programs=$(realpath "$1")
CARGO_TARGET_DIR=$2
. .ci/lib.sh
. .ci/bindings/c_library.sh
. .ci/bindings/shared.sh
. .ci/bindings/tools.sh
sources=$PWD/license-core/bindings/c page=$PWD/docs/sdk/c.md
out=$target/c

step "c: tools"
installed pkg-config pkg-config
installed cmake cmake
installed valgrind valgrind libc6-dbg
clang_tools
step "c: the library"
c_library
ls -l "$prefix"/lib/liblicense_core.so.*.*
size=$(stat -c %s "$prefix"/lib/liblicense_core.so.*.*)
figure "$size bytes, the shared library"
[ "$PROFILE" != capi ] || [ "$size" -le 1500000 ] || fail "the shared library has $size bytes"
# Every function of the headers has a version, and there is nothing else.
nm -D --defined-only "$prefix/lib/liblicense_core.so" | sed -n 's/.* T \(.*\)@@LICENSE_CORE_.*/\1/p' | sort >"$work/exported"
cat "$sources"/include/*.h | grep -o '^[a-z].*license_core_[a-z0-9_]*(' | grep -o 'license_core_[a-z0-9_]*($' | tr -d '(' | sort >"$work/declared"
diff "$work/declared" "$work/exported" || fail "license_core.map has other functions than the headers"
[ "$(nm -D --defined-only "$prefix/lib/liblicense_core.so" | grep -c ' [TDBRV] ')" = "$(wc -l <"$work/declared")" ] || fail "the library exports more"

step "c: its own cases, under AddressSanitizer and valgrind"
compile() {
  local made=$1 source=$2
  shift 2
  gcc -std=c11 -Wall -Wextra -Wpedantic -Werror -O1 -g -I"$prefix/include" "$sources/tests/$source.c" -o "$out/$made" "$@"
}
static=("$prefix/lib/liblicense_core.a" -lpthread -lm -ldl)
shared=(-L"$prefix/lib" -llicense_core -Wl,-rpath,"$prefix/lib" -lpthread)
compile story story "${shared[@]}"
compile story-asan story -fsanitize=address,undefined "${static[@]}"
compile fuzz-asan fuzz -fsanitize=address,undefined "${static[@]}"
compile fuzz fuzz "${shared[@]}"
"$out/story-asan"
"$out/fuzz-asan" 50000 "${FUZZ_SEED:-1}"
valgrind -q --error-exitcode=9 --leak-check=full "$out/story"
valgrind -q --error-exitcode=9 --leak-check=full "$out/fuzz" 2000 "${FUZZ_SEED:-1}"

step "c: its own cases by clang, with every warning but those of taste"
for case in story fuzz; do
  clang -std=c11 -Weverything -Wno-padded -Wno-declaration-after-statement -Wno-comma -Wno-missing-noreturn -Werror -O1 -g \
    -I"$prefix/include" "$sources/tests/$case.c" -o "$out/$case-clang" -fsanitize=address,undefined "${static[@]}" -lgcc_s
done
"$out/story-clang"
"$out/fuzz-clang" 20000 "${FUZZ_SEED:-1}"

step "c: conformance"
compile conformance conformance "${shared[@]}"
"$programs/license-conformance" run --seed "${CONFORMANCE_SEED:-1}" --keep "$out/differences" -- "$out/conformance"
compile bench bench -O2 "${static[@]}"
figure "$("$out/bench" license-core/examples/vendor.toml license-core/examples/cad-pro.lic)"

step "c: the page's ten lines, as a user would build them"
demo_license
mkdir "$work/clean"
cp "$vendor" "$work/clean/"
block "$page" c 1 >"$work/clean/main.c"
lines "$work/clean/main.c"
diff "$sources/examples/ten_lines.c" "$work/clean/main.c" || fail "the page shows another program than examples"
block "$page" cmake 1 >"$work/clean/CMakeLists.txt"
# By the page's two ways, and by the first and the second with clang.
for build in "3 gcc" "4 gcc" "3 clang" "4 clang"; do
  read -r number CC <<<"$build"
  export CC
  block "$page" sh "$number" | sed "s/^cc /$CC /" >"$work/build.sh"
  rm -rf "$work/clean/product" "$work/clean/build"
  (cd "$work/clean" && HOME=$out/home bash -euo pipefail "$work/build.sh")
  product=$(find "$work/clean" -name product -type f)
  said=$(cd "$work/clean" && as_user "$licenses" "$product")
  echo "$said"
  grep -q '^mesh is licensed$' <<<"$said" || fail "the example does not open"
  grep -q '^36[0-9] days left$' <<<"$said" || fail "the example says no days"
  grep -q '^clock-guard/v1 ' "$work/clean/product.clock" || fail "the mark of the clock is not kept"
  rm -f "$work/clean/product.clock"
done
code=0
said=$(cd "$work/clean" && as_user "$work/none" "$product") || code=$?
echo "$said"
[ "$code" = 53 ] && grep -q '^no license is installed' <<<"$said" || fail "what is wrong is not said"

# The library is what was built above.
HOME=$out/home CHECKOUT=$PWD CARGO_TARGET_DIR=$target CARGO=true demo_lines "$work/demo" c
