#!/usr/bin/env bash
# Builds and tests the .NET assembly over the C library with Mono, asks it what the core is asked, and builds the page's
# example as a user would.
#
#   bash .ci/bindings/csharp.sh PROGRAMS FOLDER
#
# As .ci/bindings/c.sh, whose library it uses.
set -euo pipefail
cd "$(dirname "$0")/../.."
programs=$(realpath "$1")
CARGO_TARGET_DIR=$2
. .ci/lib.sh
. .ci/bindings/c_library.sh
. .ci/bindings/shared.sh
checkout=$PWD sources=$PWD/license-core/bindings/csharp page=$PWD/docs/sdk/csharp.md
out=$target/c/csharp

step "csharp: tools"
installed mono mono-runtime
installed mcs mono-mcs
installed python3 python3-minimal
step "csharp: the assembly"
c_library
mkdir -p "$out"
cp -L "$prefix/lib/liblicense_core.so" "$out/"
compile() { mcs -warnaserror -langversion:7 "$@"; }
compile -target:library -doc:"$out/LicenseCore.xml" -out:"$out/LicenseCore.dll" "$sources"/src/*.cs
compile -r:"$out/LicenseCore.dll" -out:"$out/conformance.exe" "$sources/tests/Conformance.cs" "$sources/tests/Json.cs"
compile -r:"$out/LicenseCore.dll" -out:"$out/tests.exe" "$sources/tests/Tests.cs"
figure "$(stat -c %s "$out/LicenseCore.dll") bytes, the assembly"
version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)
python3 - "$sources/LicenseCore.csproj" "$version" <<'END'
import sys, xml.etree.ElementTree as xml
found = xml.parse(sys.argv[1]).findtext("PropertyGroup/Version")
sys.exit(None if found == sys.argv[2] else f"LicenseCore.csproj has version {found}")
END

step "csharp: its own cases"
mkdir "$work/story"
LICENSE_AGENT_DIR=$work/story mono "$out/tests.exe" license-core/examples "$work/story" | sed 's/.* for each check/figure: &/'

step "csharp: conformance"
"$programs/license-conformance" run --seed "${CONFORMANCE_SEED:-1}" --keep "$out/differences" -- mono "$out/conformance.exe"

step "csharp: the page's ten lines, as a user would build them"
demo_license
mkdir "$work/clean"
cp "$vendor" "$work/clean/"
block "$page" csharp 1 >"$work/clean/Product.cs"
lines "$work/clean/Product.cs"
diff "$sources/example/Product.cs" "$work/clean/Product.cs" || fail "the page shows another program than example"
# The library is installed already; the rest as it is printed.
block "$page" sh 1 | grep -v '^make ' >"$work/build.sh"
block "$page" sh 2 | grep -v '^mono ' >>"$work/build.sh"
(cd "$work/clean" && HOME=$target/c/home CHECKOUT=$checkout bash -euo pipefail "$work/build.sh")
said=$(cd "$work/clean" && as_user "$licenses" mono Product.exe)
echo "$said"
grep -q '^mesh is licensed$' <<<"$said" || fail "the example does not open"
grep -q '^36[0-9] days left$' <<<"$said" || fail "the example says no days"
code=0
said=$(cd "$work/clean" && as_user "$work/none" mono Product.exe 2>&1) || code=$?
echo "$said"
[ "$code" = 53 ] && grep -q '^no license is installed' <<<"$said" || fail "what is wrong is not said"

# The library is what was built above.
HOME=$target/c/home CHECKOUT=$PWD CARGO_TARGET_DIR=$target CARGO=true demo_lines "$work/demo" csharp
