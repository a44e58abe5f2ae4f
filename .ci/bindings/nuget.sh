#!/usr/bin/env bash
# Packs the .NET assembly with its native parts for Linux and Windows as a NuGet package, and runs the page's example out of
# that package on .NET, on Linux and, under Wine, as Windows does.
#
#   bash .ci/bindings/nuget.sh PROGRAMS FOLDER
#
# PROGRAMS holds license-conformance and license-server; FOLDER is cargo's target folder, after .ci/bindings/csharp.sh and
# .ci/bindings/windows.sh, whose libraries are packed. NuGet's own command stands in for `dotnet pack`, with what the project's file
# says, and .NET is the runtime without its tools: they are in no registry of packages that is used here.
set -euo pipefail
cd "$(dirname "$0")/../.."
programs=$(realpath "$1")
CARGO_TARGET_DIR=$2
. .ci/lib.sh
. .ci/bindings/shared.sh
sources=$PWD/license-core/bindings/csharp examples=$PWD/license-core/examples
built=$target/c/csharp library=$target/c/home/license-core/lib/liblicense_core.so dll=$target/windows/c/license_core.dll
[ -e "$built/LicenseCore.dll" ] && [ -e "$library" ] && [ -e "$dll" ] || fail "there is nothing to pack: csharp.sh and windows.sh come first"

step "nuget: tools"
installed nuget nuget
installed python3 python3
installed mcs mono-mcs
for system in manylinux1_x86_64 win_amd64; do
  runtime "$target/runtimes/$system" --platform "$system" --only-binary :all: dotnetcore2
done
linux=("$target/runtimes/manylinux1_x86_64/dotnetcore2/bin/dotnet")
chmod +x "${linux[0]}"
keep=$target/windows
. .ci/windows/wine.sh
wine_tools
wines_windows
windows=($wine "$target/runtimes/win_amd64/dotnetcore2/bin/dotnet.exe")
export DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1

step "nuget: the package"
natives=$work/natives
mkdir -p "$natives/linux-x64/native" "$natives/win-x64/native" "$work/home"
cp -L "$library" "$natives/linux-x64/native/"
cp "$dll" "$natives/win-x64/native/"
cp "$built"/LicenseCore.* "$work"
# As dotnet pack does it.
python3 - "$sources/LicenseCore.csproj" >"$work/LicenseCore.nuspec" <<'END_OF_PROGRAM'
import sys, xml.etree.ElementTree as xml
from xml.sax.saxutils import escape
read = xml.parse(sys.argv[1])
of = lambda name: escape(read.findtext(f"PropertyGroup/{name}"))
packed = read.find("ItemGroup/None")
assert packed.get("Include") == "$(NativeFolder)/**" and packed.get("PackagePath") == "runtimes/%(RecursiveDir)", "packed otherwise"
print(f"""<?xml version="1.0"?>
<package>
  <metadata>
    <id>{of("PackageId")}</id>
    <version>{of("Version")}</version>
    <authors>{of("Authors")}</authors>
    <description>{of("Description")}</description>
  </metadata>
  <files>
    <file src="{of("AssemblyName")}.dll" target="lib/{of("TargetFramework")}" />
    <file src="{of("AssemblyName")}.xml" target="lib/{of("TargetFramework")}" />
    <file src="natives/**" target="runtimes" />
  </files>
</package>""")
END_OF_PROGRAM
# It is older than the name netstandard2.0, of which it warns.
(cd "$work" && HOME=$work/home nuget pack LicenseCore.nuspec -NoPackageAnalysis >pack.log) || { cat "$work/pack.log"; fail "not packed"; }
package=$(ls "$work"/LicenseCore.*.nupkg)
python3 -m zipfile -l "$package"
for file in lib/netstandard2.0/LicenseCore.dll runtimes/linux-x64/native/liblicense_core.so runtimes/win-x64/native/license_core.dll; do
  python3 -m zipfile -l "$package" | grep -q "^$file " || fail "$file is not in the package"
done

step "nuget: the example, with nothing but the package"
mkdir "$work/product"
cd "$work/product"
HOME=$work/home nuget install LicenseCore -Source "$work" -OutputDirectory "$work/packages" >/dev/null
installed=$(basename "$work"/packages/LicenseCore.*)
version=${installed#LicenseCore.}
for program in example/Product tests/Conformance; do
  # What the build of a project leaves beside a program that refers to the package.
  name=$(basename "$program") all=("$sources/$program.cs")
  [ "$name" != Conformance ] || all+=("$sources/tests/Json.cs")
  mcs -langversion:7 -r:"$work/packages/$installed/lib/netstandard2.0/LicenseCore.dll" -out:"$name.exe" "${all[@]}"
  echo '{"runtimeOptions":{"framework":{"name":"Microsoft.NETCore.App","version":"3.1.0"}}}' >"$name.runtimeconfig.json"
  cat >"$name.deps.json" <<END_OF_JSON
{"runtimeTarget": {"name": ".NETCoreApp,Version=v3.1", "signature": ""},
 "targets": {".NETCoreApp,Version=v3.1": {
   "$name/1.0.0": {"dependencies": {"LicenseCore": "$version"}, "runtime": {"$name.exe": {}}},
   "LicenseCore/$version": {"runtime": {"lib/netstandard2.0/LicenseCore.dll": {}}, "runtimeTargets": {
     "runtimes/linux-x64/native/liblicense_core.so": {"rid": "linux-x64", "assetType": "native"},
     "runtimes/win-x64/native/license_core.dll": {"rid": "win-x64", "assetType": "native"}}}}},
 "libraries": {"$name/1.0.0": {"type": "project", "serviceable": false, "sha512": ""},
   "LicenseCore/$version": {"type": "package", "serviceable": true, "sha512": "", "path": "$installed"}}}
END_OF_JSON
done
run() { "${dotnet[@]}" exec --additionalprobingpath ../packages --depsfile "$1.deps.json" --runtimeconfig "$1.runtimeconfig.json" "$1.exe"; }
cp "$examples/vendor.toml" .
mkdir licenses none
cp "$examples/cad-pro.lic" licenses
for system in linux windows; do
  declare -n dotnet=$system
  said=$(LICENSE_AGENT_DIR=licenses run Product)
  echo "$system: $said"
  grep -q '^mesh is licensed' <<<"$said" || fail "the example does not open"
  code=0
  said=$(LICENSE_AGENT_DIR=none run Product 2>&1) || code=$?
  echo "$system: $said"
  [ "$code" = 53 ] && grep -q '^no license is installed' <<<"$said" || fail "what is wrong is not said"
  "$programs/license-conformance" run --seed "${CONFORMANCE_SEED:-1}" --timeout 60 --keep "$built/$system-differences" -- \
    "${dotnet[@]}" exec --additionalprobingpath ../packages --depsfile Conformance.deps.json --runtimeconfig Conformance.runtimeconfig.json Conformance.exe
  unset -n dotnet
done
