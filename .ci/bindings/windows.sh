#!/usr/bin/env bash
# Builds the C library for Windows, and runs its cases and the pages' ten lines of C and C++ under Wine.
#
#   bash .ci/bindings/windows.sh FOLDER
#
# A step of .ci/windows.sh, whose compiler and FOLDER it uses; alone with Rust's part for Windows, which rustup installs.
# windows_conformance of .ci/lib.sh asks what is built here. PROFILE=capi builds what is shipped.
set -euo pipefail
cd "$(dirname "$0")/../.."
mkdir -p "${1:?the folder that .ci/windows.sh keeps}"
keep=$(realpath "$1")
windows=x86_64-pc-windows-gnu
sources=$PWD/license-core/bindings/c cpp=$PWD/license-core/bindings/cpp examples=$PWD/license-core/examples
out=$keep/c prefix=$keep/c/license-core
fail() { printf 'windows: %s\n' "$*" >&2; exit 1; }
. .ci/windows/wine.sh
wine_tools
wines_windows
command -v cmake >/dev/null && command -v x86_64-w64-mingw32-g++ >/dev/null || {
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends cmake g++-mingw-w64-x86-64-win32 >/dev/null
}
rm -rf "$out/product"
mkdir -p "$out/product"

make -s -C "$sources" install TARGET=$windows PROFILE="${PROFILE:-dev}" OUT="$out/build" PREFIX="$prefix" CARGO_TARGET_DIR="$keep/target"
dll=$prefix/bin/license_core.dll
ls -l "$dll"
[ "${PROFILE:-dev}" != capi ] || [ "$(stat -c %s "$dll")" -le 1500000 ] || fail "the DLL has more than 1,500,000 bytes"
x86_64-w64-mingw32-objdump -p "$dll" >"$out/dll.txt"
# What it needs is Windows' own, and what it exports is what the headers have.
! grep -i 'DLL Name: \(lib\|msys\|cyg\)' "$out/dll.txt" || fail "the DLL needs what no Windows has"
sed -n 's/^[[:space:]]*\[ *[0-9]*\].* \(license_core_[a-z0-9_]*\)$/\1/p' "$out/dll.txt" | sort >"$out/exported"
cat "$prefix"/include/license_core*.h | grep -o '^[a-z].*license_core_[a-z0-9_]*(' | grep -o 'license_core_[a-z0-9_]*($' | tr -d '(' | sort |
  diff - "$out/exported" || fail "license_core.dll exports other functions than the headers have"

# Where the DLL lies beside the program, as it is shipped.
cp "$dll" "$out"
compile() {
  local compiler=$1 made=$2
  shift 2
  "x86_64-w64-mingw32-$compiler" -Wall -Wextra -Wpedantic -Werror -O1 -I"$prefix/include" "$@" -o "$out/$made" -L"$prefix/lib" -llicense_core
}
c=(-std=c11 -D__USE_MINGW_ANSI_STDIO=1)
compile gcc story.exe "${c[@]}" "$sources/tests/story.c"
compile gcc fuzz.exe "${c[@]}" "$sources/tests/fuzz.c"
compile gcc conformance.exe "${c[@]}" "$sources/tests/conformance.c"
compile g++ cpp-conformance.exe -std=c++17 -static-libgcc -static-libstdc++ "$cpp/tests/conformance.cpp"
# As one program: the static library, with what pkg-config says of it.
# shellcheck disable=SC2046 # a list of options
x86_64-w64-mingw32-gcc "${c[@]}" -I"$prefix/include" "$sources/tests/story.c" -o "$out/static.exe" "$prefix/lib/liblicense_core.a" \
  $(sed -n 's/^Libs.private: //p' "$prefix/lib/pkgconfig/license-core.pc")
(mkdir -p "$out/alone" && cp "$out/static.exe" "$out/alone" && cd "$out/alone" && $wine static.exe)
(cd "$out" && $wine story.exe && $wine fuzz.exe 20000 "${FUZZ_SEED:-1}")

# The pages' programs, built by CMake as their users do: C's by its compiler alone, C++'s with its library linked in.
printf 'set(CMAKE_SYSTEM_NAME Windows)\nset(CMAKE_C_COMPILER x86_64-w64-mingw32-gcc)\nset(CMAKE_CXX_COMPILER x86_64-w64-mingw32-g++)\n' >"$out/mingw.cmake"
block() { awk -v fence="\`\`\`$2" '$0 == "```" { if (on) exit; next } on { print } $0 == fence { on = 1 }' "docs/sdk/$1.md"; }
for language in c cpp; do
  product=$out/product/$language
  mkdir "$product"
  block "$language" cmake >"$product/CMakeLists.txt"
  block "$language" "$language" >"$product/main.$language"
  cmake -S "$product" -B "$product/build" -DCMAKE_TOOLCHAIN_FILE="$out/mingw.cmake" -DCMAKE_PREFIX_PATH="$prefix" \
    -DCMAKE_EXE_LINKER_FLAGS="-static-libgcc -static-libstdc++" >/dev/null
  cmake --build "$product/build" >/dev/null
  cp "$dll" "$product/build"
  cp "$examples/vendor.toml" "$product"
  mkdir "$product/licenses"
  code=0
  said=$(cd "$product" && LICENSE_AGENT_DIR=licenses $wine build/product.exe) || code=$?
  echo "$said"
  [ "$code" = 53 ] && grep -q '^no license is installed' <<<"$said" || fail "what is wrong is not said"
  cp "$examples/cad-pro.lic" "$product/licenses"
  said=$(cd "$product" && LICENSE_AGENT_DIR=licenses $wine build/product.exe)
  echo "$said"
  grep -q '^mesh is licensed' <<<"$said" || fail "the example does not open"
  grep -q '^clock-guard/v1 ' "$product/product.clock" || fail "the mark of the clock is not kept"
done
