#!/usr/bin/env bash
# Installs the C library by cargo-c, as the page of C says, and builds the page's program against what is installed there,
# shared and static.
#
#   bash .ci/bindings/cargo_c.sh PROGRAMS FOLDER
#
# PROGRAMS holds license-agent and license-server; FOLDER is a target folder of cargo's, whose builds are used and kept,
# cargo-c's own among them: the first time it is built. PROFILE=capi builds what is shipped.
set -euo pipefail
cd "$(dirname "$0")/../.."
programs=$(realpath "$1")
CARGO_TARGET_DIR=$2
. .ci/lib.sh
. .ci/bindings/c_library.sh
sources=$PWD/license-core/bindings/c page=$PWD/docs/sdk/c.md

step "cargo-c: tools"
installed pkg-config pkg-config
installed '/usr/include/openssl/ssl.h' libssl-dev
installed '/usr/include/*/curl/curl.h' libcurl4-openssl-dev
# The last one for this project's Rust. Debian's does not know the edition.
wanted=0.10.24+cargo-0.98.0
tools=$target/cargo-c
[ -x "$tools/bin/cargo-cinstall" ] || CARGO_TARGET_DIR=$tools/target CARGO_PROFILE_DEV_DEBUG=0 CARGO_PROFILE_DEV_OPT_LEVEL=0 \
  cargo install -q --debug --locked --root "$tools" "cargo-c@$wanted"
rm -rf "$tools/target"

step "cargo-c: installed"
prefix=$tools/prefix
rm -rf "$prefix"
PATH=$tools/bin:$PATH CARGO_TARGET_DIR=$target cargo cinstall --locked --profile "$PROFILE" -p license-core-c --prefix "$prefix" --libdir lib
(cd "$prefix" && find . ! -type d | sort)
for header in license_core.h license_core_more.h; do
  cmp "$sources/include/$header" "$prefix/include/$header"
done
library=$prefix/lib/liblicense_core.so
readelf -d "$library" | grep -q 'SONAME.*\[liblicense_core\.so\.0\]' || fail "the library has another name"
# The same functions as by make; rustc gives them no version.
nm -D --defined-only "$library" | sed -n 's/.* T \(license_core_[a-z0-9_]*\)$/\1/p' | sort >"$work/exported"
sed -n 's/^ *\(license_core_[a-z0-9_]*\);/\1/p' "$sources/license_core.map" | sort | diff - "$work/exported" ||
  fail "the library has other functions than license_core.map"

step "cargo-c: the page's ten lines"
demo_license
mkdir "$work/clean"
cp "$vendor" "$work/clean/"
block "$page" c 1 >"$work/clean/main.c"
cd "$work/clean"
export PKG_CONFIG_PATH=$prefix/lib/pkgconfig
# shellcheck disable=SC2046 # lists of options
cc main.c -o shared $(pkg-config --cflags --libs license-core) -Wl,-rpath,"$prefix/lib"
# shellcheck disable=SC2046
cc main.c -o static $(pkg-config --cflags license-core) "$prefix/lib/liblicense_core.a" $(pkg-config --static --libs-only-l license-core | sed 's/-llicense_core//')
! readelf -d static | grep -q liblicense_core || fail "the static program needs the shared library"
for program in shared static; do
  said=$(as_user "$licenses" "./$program")
  echo "$said"
  grep -q '^mesh is licensed$' <<<"$said" || fail "the example does not open"
done
