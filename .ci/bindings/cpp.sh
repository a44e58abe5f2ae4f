#!/usr/bin/env bash
# Tests the C++ header over the C library, asks it what the core is asked, and builds the page's example as a user would.
#
#   bash .ci/bindings/cpp.sh PROGRAMS FOLDER
#
# As .ci/bindings/c.sh, whose library it uses.
set -euo pipefail
cd "$(dirname "$0")/../.."
programs=$(realpath "$1")
CARGO_TARGET_DIR=$2
. .ci/lib.sh
. .ci/bindings/c_library.sh
. .ci/bindings/shared.sh
. .ci/bindings/tools.sh
sources=$PWD/license-core/bindings/cpp page=$PWD/docs/sdk/cpp.md
out=$target/c

step "cpp: tools"
installed g++ g++
installed cmake cmake
clang_tools
step "cpp: the library"
c_library
compile() {
  local made=$1 source=$2
  shift 2
  g++ -std=c++17 -Wall -Wextra -Wpedantic -Werror -g -I"$prefix/include" "$sources/tests/$source.cpp" -o "$out/$made" "$@" \
    -L"$prefix/lib" -llicense_core -Wl,-rpath,"$prefix/lib" -lpthread
}
step "cpp: its own cases, under AddressSanitizer"
mkdir "$work/story"
compile cpp-story story -fsanitize=address,undefined
"$out/cpp-story" license-core/examples "$work/story"

step "cpp: its own cases by clang, with every warning but those of taste"
clang++ -std=c++17 -Weverything -Wno-c++98-compat -Wno-c++98-compat-pedantic -Wno-padded -Wno-weak-vtables -Wno-missing-noreturn \
  -Werror -g -I"$prefix/include" "$sources/tests/story.cpp" -o "$out/cpp-story-clang" -fsanitize=address,undefined \
  -L"$prefix/lib" -llicense_core -Wl,-rpath,"$prefix/lib" -lpthread
mkdir "$work/story-clang"
"$out/cpp-story-clang" license-core/examples "$work/story-clang"

step "cpp: conformance"
compile cpp-conformance conformance -O1
"$programs/license-conformance" run --seed "${CONFORMANCE_SEED:-1}" --keep "$out/cpp-differences" -- "$out/cpp-conformance"

step "cpp: the page's ten lines, as a user would build them"
demo_license
mkdir "$work/clean"
cp "$vendor" "$work/clean/"
block "$page" cpp 1 >"$work/clean/main.cpp"
block "$page" cmake 1 >"$work/clean/CMakeLists.txt"
lines "$work/clean/main.cpp"
diff "$sources/example/main.cpp" "$work/clean/main.cpp" || fail "the page shows another program than example"
diff "$sources/example/CMakeLists.txt" "$work/clean/CMakeLists.txt" || fail "the page shows another CMakeLists.txt than example"
block "$page" sh 2 >"$work/build.sh"
# Clang first, so that what is run below is g++'s.
for CXX in clang++ g++; do
  export CXX
  rm -rf "$work/clean/build"
  (cd "$work/clean" && HOME=$out/home bash -euo pipefail "$work/build.sh" >/dev/null)
  (cd "$work/clean" && as_user "$licenses" build/product >/dev/null)
done
said=$(cd "$work/clean" && as_user "$licenses" build/product)
echo "$said"
grep -q '^mesh is licensed$' <<<"$said" || fail "the example does not open"
grep -q '^36[0-9] days left$' <<<"$said" || fail "the example says no days"
code=0
said=$(cd "$work/clean" && as_user "$work/none" build/product) || code=$?
echo "$said"
[ "$code" = 53 ] && grep -q '^no license is installed' <<<"$said" || fail "what is wrong is not said"

# The library is what was built above.
HOME=$out/home CHECKOUT=$PWD CARGO_TARGET_DIR=$target CARGO=true demo_lines "$work/demo" cpp
