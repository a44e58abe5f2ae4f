#!/usr/bin/env bash
# Builds and tests the Java library: bash .ci/bindings/java.sh PROGRAMS TARGET, where PROGRAMS is the folder that has
# license-conformance, license-agent and license-server. CONFORMANCE_SEED chooses another set of generated cases.
set -euo pipefail
cd "$(dirname "$0")/../.."
programs=$(realpath "$1")
CARGO_TARGET_DIR=$2
. .ci/lib.sh
. .ci/bindings/shared.sh
sources=$PWD/license-core/bindings/java page=$PWD/docs/sdk/java.md
out=$target/bindings/java
rm -rf "$out"
mkdir -p "$out/home" "$out/clean"
# A user of its own, so that nothing that is installed on this machine counts.
unset XDG_DATA_HOME LICENSE_AGENT_DIR LICENSE_AGENT_VENDOR LICENSE_DEVICE_ID LICENSE_DEVICE_ID_FILE
unset JAVA_TOOL_OPTIONS
export HOME=$out/home

step "java: tools"
installed javac openjdk-17-jdk-headless
step "java: the jar"
sh "$sources/build.sh" "$out"
version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)
jar=$out/license-core-$version.jar
[ -e "$jar" ] || fail "pom.xml has another version than Cargo.toml, $version"
java -p "$jar" --describe-module license.core | grep -qx 'exports license.core' || fail "the module exports something else"
! command -v mvn >/dev/null || mvn -o -q -f "$sources/pom.xml" validate

step "java: conformance"
"$programs/license-conformance" run --seed "${CONFORMANCE_SEED:-1}" --keep "$out/differences" -- java -XX:+UseSerialGC -jar "$jar"

step "java: a license for this machine"
activate "$out/demo"

step "java: its own cases"
find "$sources/src/test/java" -name '*.java' >"$out/tests.txt"
javac -Xlint:all -Werror --release 17 -cp "$jar" -d "$out/tests" "@$out/tests.txt"
java -XX:+UseSerialGC -Dlicense.page="$PWD/docs/sdk/conformance.md" -Dlicense.agent="$programs/license-agent" \
  -Dlicense.installed="$HOME/.local/share/license-agent" -Dlicense.vendor="$out/demo/vendor.toml" \
  -cp "$jar:$out/tests" license.core.Tests
figure "$(java -cp "$jar:$out/tests" license.core.Speed "$out/demo/vendor.toml" "$HOME/.local/share/license-agent/cad-demo.lic" \
  "$programs/license-agent")"
figure "$(stat -c %s "$jar") bytes, the jar"

step "java: the page's ten lines, as a user would run them"
# The first program of the page and the commands below it, in a folder with nothing but the jar and the vendor file.
awk '/^```java$/ { inside = 1; next } /^```$/ && inside { exit } inside' "$page" >"$out/clean/LicensedProduct.java"
lines "$out/clean/LicensedProduct.java"
diff "$sources/example/LicensedProduct.java" "$out/clean/LicensedProduct.java" || fail "the page shows another program than example"
awk '/^```java$/ { seen = 1 } seen && /^```sh$/ { inside = 1; next } /^```$/ && inside { exit } inside' "$page" >"$out/run.sh"
cp "$jar" "$out/demo/vendor.toml" "$out/clean/"
export JAVA_TOOL_OPTIONS=-Duser.home=$HOME # Java does not go by HOME
said=$(cd "$out/clean" && PATH=$programs:$PATH bash -e "$out/run.sh")
echo "$said"
grep -q '^mesh is licensed$' <<<"$said" || fail "the example does not open"
grep -q ' days left$' <<<"$said" || fail "the example says no days"
# The agent beside the jar in place of the path, and no license: words and a number.
cp "$programs/license-agent" "$out/clean/"
said=$(cd "$out/clean" && LICENSE_AGENT_DIR=$out/none PATH=$(dirname "$(command -v java)"):/usr/bin:/bin bash -e "$out/run.sh")
echo "$said"
grep -q '(53 not-installed)$' <<<"$said" || fail "what is wrong is not said"

CHECKOUT=$PWD demo_lines "$out/demo" java
