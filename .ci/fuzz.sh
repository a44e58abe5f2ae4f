#!/usr/bin/env bash
# Every parser of what strangers send, under libFuzzer: bash .ci/fuzz.sh [--build | TARGET...]
# SECONDS_EACH says how long each, 10 unless it is set. What broke one is kept in target/fuzz/artifacts.
#
# The flags are those of cargo-fuzz without a sanitizer, so that the stable compiler builds it: all of it is safe Rust.
# `cargo fuzz run TARGET` in license-core or license-server does the same with one.
set -euo pipefail
cd "$(dirname "$0")/.."
target=${CARGO_TARGET_DIR:-target}
mkdir -p "$target/fuzz/artifacts"
fuzz=$(realpath "$target/fuzz")
export CARGO_TARGET_DIR=$fuzz/build
# Named, so that the flags are not for build scripts.
host=$(rustc -vV | sed -n 's/^host: //p')
export RUSTFLAGS="--cfg fuzzing -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
 -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table -Clink-dead-code"
for crate in license-core license-server; do
  cargo build --manifest-path "$crate/fuzz/Cargo.toml" --release --locked --bins --target "$host"
done
python3 .ci/fuzz_seeds.py "$fuzz/seeds"
[ "${1:-}" != --build ] || exit 0

mapfile -t targets < <(cd license-core/fuzz/targets && ls; cd ../../../license-server/fuzz/targets && ls)
[ $# -eq 0 ] || targets=("$@")
failed=$(mktemp)
trap 'rm -f "$failed"' EXIT
# Runs one.
fuzz() {
  local name=$1 log=$fuzz/$1.log
  mkdir -p "$fuzz/corpus/$name" "$fuzz/seeds/$name"
  if "$CARGO_TARGET_DIR/$host/release/$name" "$fuzz/corpus/$name" "$fuzz/seeds/$name" -max_total_time="${SECONDS_EACH:-10}" \
    -max_len=8192 -timeout=10 -rss_limit_mb=1024 -artifact_prefix="$fuzz/artifacts/$name-" -print_final_stats=1 2>"$log"; then
    printf '%-16s %12s executions, %s inputs kept\n' "$name" \
      "$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")" "$(ls "$fuzz/corpus/$name" | wc -l)"
  else
    printf '%s\n' "$name" >>"$failed"
    tail -n 30 "$log"
  fi
}
# One to a core.
for name in "${targets[@]%.rs}"; do
  while [ "$(jobs -rp | wc -l)" -ge "$(nproc)" ]; do wait -n || true; done
  fuzz "$name" &
done
wait
[ ! -s "$failed" ] || { echo "failed: $(paste -sd ' ' "$failed"); the inputs are in $fuzz/artifacts"; exit 1; }
