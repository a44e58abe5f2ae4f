#!/usr/bin/env bash
# Runs the tests of core and agent as Windows programs, and type-checks both for macOS and for Microsoft's linker.
#
#   bash .ci/windows.sh [FOLDER]
#
# For Debian 12 or 13 on x86-64, as root: compiler, linker and Wine come with apt. FOLDER keeps them and what was
# built for the next run; without it a temporary folder is used. What rustup installed is not touched: only its
# cargo is used, and with another compiler. docs/windows.md says why it is done this way.
set -euo pipefail
cd "$(dirname "$0")/.."
here=$PWD/.ci/windows

if [ $# -gt 0 ]; then
  mkdir -p "$1"
  keep=$(realpath "$1")
else
  keep=$(mktemp -d)
  trap 'rm -rf "$keep"' EXIT
fi
windows=x86_64-pc-windows-gnu
packages="-p license-core -p license-agent"
step() { printf '\n== windows: %s\n' "$*"; }
fail() { printf 'windows: %s\n' "$*" >&2; exit 1; }

step "linker and Wine"
export DEBIAN_FRONTEND=noninteractive
wine=/usr/lib/wine/wine64
if ! command -v x86_64-w64-mingw32-gcc >/dev/null || [ ! -x $wine ]; then
  apt-get update -qq
  apt-get install -y -qq --no-install-recommends gcc-mingw-w64-x86-64-win32 wine64 >/dev/null
fi
[ -x $wine ] || fail "wine64 is not at $wine"

# Debian ships the standard library's sources that belong to its newest compiler, so the two are used together,
# unpacked beside the system: the machine's own rustc stays the only one on its path.
step "compiler"
system=$keep/rust/usr
if [ ! -e "$keep/rust.whole" ]; then
  rm -rf "$keep/rust" "$keep/debs"
  mkdir -p "$keep/rust" "$keep/debs"
  apt-get update -qq
  wanted="rustc-web rust-web-src"
  for name in rustc-web libstd-rust-web-dev; do
    wanted="$wanted $(apt-cache depends "$name" | sed -nE 's/^ *Depends: (libstd-rust-web[-a-z0-9.]*|libllvm[0-9.]+)$/\1/p' | tr '\n' ' ')"
  done
  library=$(tr ' ' '\n' <<<"$wanted" | grep -E '^libstd-rust-web-[0-9]' | head -n 1) || fail "no rustc-web here"
  wanted="$wanted $(apt-cache depends "$library" | sed -nE 's/^ *Depends: (libllvm[0-9.]+)$/\1/p' | tr '\n' ' ')"
  wanted=$(tr ' ' '\n' <<<"$wanted" | sort -u)
  # shellcheck disable=SC2086 # a list of names
  (cd "$keep/debs" && apt-get download -qq -o APT::Sandbox::User=root $wanted)
  for package in "$keep"/debs/*.deb; do dpkg-deb -x "$package" "$keep/rust"; done
  rm -rf "$keep/debs"
  touch "$keep/rust.whole"
fi
# Not sh: dash drops variables whose names hold a dash, and cargo's CARGO_BIN_EXE_license-agent is one.
mkdir -p "$keep/bin"
for name in rustc rustdoc; do
  printf '#!/bin/bash\nLD_LIBRARY_PATH=%q exec %q "$@"\n' "$system/lib/x86_64-linux-gnu" "$system/bin/$name" >"$keep/bin/$name"
  chmod +x "$keep/bin/$name"
done
export RUSTC=$keep/bin/rustc RUSTDOC=$keep/bin/rustdoc
unset RUSTFLAGS RUSTC_WRAPPER RUSTUP_TOOLCHAIN CARGO_BUILD_TARGET
"$RUSTC" --version

step "standard library"
library=$system/lib/rustlib/$windows/lib
version=$("$RUSTC" --version)
if [ "$(cat "$keep/std.whole" 2>/dev/null)" != "$version" ]; then
  rm -rf "$library" "$keep/seed"
  mkdir -p "$keep/seed/src"
  printf '[workspace]\n[package]\nname = "seed"\nversion = "0.0.0"\nedition = "2024"\n' >"$keep/seed/Cargo.toml"
  echo '//! Nothing of its own: what it depends on is wanted.' >"$keep/seed/src/lib.rs"
  (cd "$keep/seed" && RUSTC_BOOTSTRAP=1 CARGO_TARGET_DIR=$keep/seed/target CARGO_PROFILE_RELEASE_DEBUG=0 \
    cargo build -q --release -Zbuild-std=std,panic_unwind,panic_abort,test,proc_macro --target $windows)
  mkdir -p "$library"
  find "$keep/seed/target/$windows/release/deps" -name '*.rlib' ! -name 'libseed-*' -exec cp {} "$library" \;
  rm -rf "$keep/seed"
  echo "$version" >"$keep/std.whole"
fi

step "Wine's own Windows"
export WINEPREFIX=$keep/wine WINEARCH=win64 WINEDEBUG=-all
if [ ! -e "$keep/wine.whole" ]; then
  rm -rf "$WINEPREFIX"
  # It grumbles that there is no 32-bit half.
  $wine wineboot -i >/dev/null 2>&1
  $wine winecfg -v win10 >/dev/null 2>&1
  /usr/lib/wine/wineserver -w
  [ -d "$WINEPREFIX/drive_c/windows/system32" ] || fail "Wine made no Windows"
  touch "$keep/wine.whole"
fi
prng=$WINEPREFIX/drive_c/windows/system32/bcryptprimitives.dll
[ -e "$prng" ] || x86_64-w64-mingw32-gcc -O2 -shared -s -o "$prng" "$here/prng.c" -ladvapi32

step "tests"
export CARGO_TARGET_DIR=$keep/target
export CARGO_PROFILE_DEV_DEBUG=0 CARGO_PROFILE_TEST_DEBUG=0
export CARGO_TARGET_X86_64_PC_WINDOWS_GNU_LINKER=x86_64-w64-mingw32-gcc
export CARGO_TARGET_X86_64_PC_WINDOWS_GNU_RUNNER=$wine
# shellcheck disable=SC2086 # a list of options
cargo test --locked $packages --target $windows

step "the agent reads this Windows"
id=5b1e9c0d-7a3f-4e28-b6c4-d1f0a9e8b7c6
$wine reg add 'HKLM\SOFTWARE\Microsoft\Cryptography' /v MachineGuid /t REG_SZ /d $id /f >/dev/null
agent=$CARGO_TARGET_DIR/$windows/debug/license-agent.exe
$wine "$agent" fingerprint --vendor license-core/examples/vendor.toml --explain --raw --json >"$keep/fingerprint.json" 2>/dev/null
python3 - "$keep/fingerprint.json" $id <<'PYTHON'
import json, sys
found = json.load(open(sys.argv[1], encoding="utf-8"))
facts = {fact["source"]: fact for fact in found["components"]}
machine_guid = facts[r"HKLM\SOFTWARE\Microsoft\Cryptography MachineGuid"]
assert machine_guid["used"] and machine_guid["value"] == sys.argv[2], machine_guid
for source in ("SMBIOS system UUID", "SMBIOS board serial number", "CPUID leaf 1"):
    assert source in facts, (source, list(facts))
assert any(source.startswith("network card") for source in facts), list(facts)
assert {"os", "system", "cpu"} <= set(found["kinds"]) and found["fingerprint"].startswith("DF1-"), found["kinds"]
PYTHON
rm "$keep/fingerprint.json"

for target in aarch64-apple-darwin x86_64-pc-windows-msvc; do
  step "types for $target"
  name=${target//-/_}
  # shellcheck disable=SC2086 # a list of options
  env "CC_$name=$here/no_c" "AR_$name=$here/no_c" RUSTC_BOOTSTRAP=1 RUSTFLAGS="-D warnings" \
    cargo check --locked $packages --all-targets -Zbuild-std=std,panic_unwind,test --target $target
done

step "done"
