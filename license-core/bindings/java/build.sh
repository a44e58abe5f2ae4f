#!/bin/sh
# Builds the jar with a JDK alone: sh build.sh FOLDER leaves license-core-VERSION.jar, its sources and nothing else there.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$1"
out=$(cd "$1" && pwd)
version=$(sed -n 's:^  <version>\(.*\)</version>:\1:p' "$here/pom.xml")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

find "$here/src/main/java" -name '*.java' >"$work/files"
javac -Xlint:all -Werror -Xdoclint:html,syntax,reference --release 17 -encoding UTF-8 -d "$work/classes" "@$work/files"
mkdir -p "$work/classes/META-INF/maven/license.core/license-core"
cp "$here/../../../LICENSE" "$work/classes/META-INF/"
cp "$here/pom.xml" "$work/classes/META-INF/maven/license.core/license-core/"
printf 'Implementation-Title: license-core\nImplementation-Version: %s\n' "$version" >"$work/manifest"
# The same sources make the same bytes.
date=--date=1980-01-01T00:00:02Z
jar --create --file "$out/license-core-$version.jar" "$date" --manifest "$work/manifest" --main-class license.core.Conformance \
  --module-version "$version" -C "$work/classes" .
jar --create --file "$out/license-core-$version-sources.jar" "$date" -C "$here/src/main/java" .
