#!/usr/bin/env bash
# Runs the tests of core and agent as Windows programs, and what the C library offers there, and type-checks core and agent
# for macOS.
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
step() { printf '\n== windows: %s (%s s)\n' "$*" "$SECONDS"; }
fail() { printf 'windows: %s\n' "$*" >&2; exit 1; }

step "linker and Wine"
export DEBIAN_FRONTEND=noninteractive
. .ci/windows/wine.sh
wine_tools

# Debian ships the standard library's sources that belong to its newest compiler, so the two are used together,
# unpacked beside the system: the machine's own rustc stays the only one on its path.
step "compiler"
system=$keep/rust/usr
# Not sh: dash drops variables whose names hold a dash, and cargo's CARGO_BIN_EXE_license-agent is one.
mkdir -p "$keep/bin"
for name in rustc rustdoc; do
  printf '#!/bin/bash\nLD_LIBRARY_PATH=%q exec %q "$@"\n' "$system/lib/x86_64-linux-gnu" "$system/bin/$name" >"$keep/bin/$name"
  chmod +x "$keep/bin/$name"
done
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
  # What LLVM itself needs is small and installed as usual.
  llvm=$(grep -E '^libllvm' <<<"$wanted" | head -n 1) || fail "no LLVM here"
  # shellcheck disable=SC2046 # a list of names
  apt-get install -y -qq --no-install-recommends \
    $(apt-cache depends "$llvm" | sed -nE 's/^ *Depends: ([a-z0-9][-+.a-z0-9]*)$/\1/p') >/dev/null
  # shellcheck disable=SC2086 # a list of names
  (cd "$keep/debs" && apt-get download -qq -o APT::Sandbox::User=root $wanted)
  for package in "$keep"/debs/*.deb; do dpkg-deb -x "$package" "$keep/rust"; done
  rm -rf "$keep/debs"
  "$keep/bin/rustc" --version >/dev/null
  touch "$keep/rust.whole"
fi
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
  (cd "$keep/seed" && RUSTC_BOOTSTRAP=1 CARGO_TARGET_DIR=$keep/seed/target CARGO_PROFILE_RELEASE_DEBUG=0 CARGO_PROFILE_RELEASE_OPT_LEVEL=1 \
    cargo build -q --release -Zbuild-std=std,panic_unwind,panic_abort,test,proc_macro --target $windows)
  mkdir -p "$library"
  find "$keep/seed/target/$windows/release/deps" -name '*.rlib' ! -name 'libseed-*' -exec cp {} "$library" \;
  rm -rf "$keep/seed"
  echo "$version" >"$keep/std.whole"
fi

step "Wine's own Windows"
wines_windows

export CARGO_TARGET_DIR=$keep/target
export CARGO_PROFILE_DEV_DEBUG=0 CARGO_PROFILE_TEST_DEBUG=0 CARGO_INCREMENTAL=0
export CARGO_TARGET_X86_64_PC_WINDOWS_GNU_LINKER=x86_64-w64-mingw32-gcc
export CARGO_TARGET_X86_64_PC_WINDOWS_GNU_RUNNER=$wine
export CC_x86_64_pc_windows_gnu=x86_64-w64-mingw32-gcc AR_x86_64_pc_windows_gnu=x86_64-w64-mingw32-ar
step "tests"
log=$keep/tests.log
# Wine starts no cargo, which the snapshots' library would ask where they are.
export INSTA_WORKSPACE_ROOT=$PWD
# shellcheck disable=SC2086 # a list of options
RUSTFLAGS="-D warnings" cargo test --locked $packages --target $windows 2>&1 | tee "$log"

# What is not run here is written down; a test that joins it or leaves it is a change to be looked at. The test of the
# registry follows by itself.
alone=registry::fingerprint_and_license_follow_machine_guid
step "tests that are left out"
grep ' \.\.\. ignored' "$log" | grep -v "^test $alone " >"$keep/left_out" || true
sed 's/^test \(.*\) \.\.\. ignored.*/\1/' "$keep/left_out" | LC_ALL=C sort -u | diff "$here/left_out" - ||
  fail "the tests that are not run differ from .ci/windows/left_out"
cat "$keep/left_out"
passed=$(sed -n 's/^test result: ok\. \([0-9]*\) passed.*/\1/p' "$log" | awk '{ all += $1 } END { print all + 0 }')
echo "$passed tests passed under Wine, $(wc -l <"$here/left_out") are left out."

step "fingerprint and license follow the registry"
RUSTFLAGS="-D warnings" cargo test --locked -p license-agent --target $windows --test agent -- --exact --ignored $alone | tee "$log"
grep -q '^test result: ok. 1 passed' "$log" || fail "the registry was not tested"

step "the C library, its cases and the pages' programs"
RUSTFLAGS="-D warnings" bash .ci/bindings/windows.sh "$keep"

# Built with the places where the whole-system cases stop it; .ci/run lets those cases use it.
step "the agent for the whole-system cases"
cargo build --locked -p license-agent --features fault-points --target $windows

# Of both crates for macOS. With TYPES=all, as nightly has it, of their tests as well, and for Microsoft's linker: no line
# asks for the linker, so that mingw's, above, sees the same code.
step "types for macOS${TYPES:+, tests included, and for MSVC}"
for target in aarch64_apple_darwin x86_64_pc_windows_msvc; do
  export "CC_$target=$here/no_c" "AR_$target=$here/no_c"
done
types=(--lib --bins -Zbuild-std=std,panic_unwind --target aarch64-apple-darwin)
[ -z "${TYPES:-}" ] || types=(--all-targets -Zbuild-std=std,panic_unwind,test --target aarch64-apple-darwin --target x86_64-pc-windows-msvc)
# shellcheck disable=SC2086 # a list of options
SDKROOT=/ RUSTC_BOOTSTRAP=1 RUSTFLAGS="-D warnings" cargo check --locked $packages "${types[@]}"

step "done"
