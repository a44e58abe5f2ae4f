#!/usr/bin/env bash
# The core in other languages: builds and tests each of them, at most two at once.
#
#   bash .ci/bindings/all.sh PROGRAMS FOLDER [LANGUAGE...]
#
# PROGRAMS holds license-conformance, license-agent and license-server; FOLDER keeps what is built for the next run: with
# cargo's own target folder less is built. Each writes into a log of its own, of which the times and figures are printed,
# and all of it if it fails. PROFILE=capi builds the C library as it is shipped.
set -euo pipefail
cd "$(dirname "$0")/../.."
programs=$(realpath "${1:?the folder of the programs}")
mkdir -p "${2:?the folder to build in}"
folder=$(realpath "$2")
shift 2
. .ci/lib.sh
. .ci/bindings/tools.sh
binding_tools

# C++ and C# are over the library that C builds, so these three come one after the other; Python builds later than C, since
# cargo builds one thing at a time.
lanes=("c cpp csharp java" "typescript python go no_library")
[ $# -eq 0 ] || lanes=("$*")

# Runs the languages of a lane; all of them, even if one fails.
lane() {
  local failed=0 language into code began
  for language; do
    case $language in
      c | cpp | csharp) into=$folder ;;
      *) into=$folder/bindings/$language ;;
    esac
    # What C has built a minute ago is not looked through again.
    case " $* " in *" c $language "* | *" c cpp $language "*) export CARGO=true ;; *) unset CARGO ;; esac
    began=$SECONDS code=0
    # Python's crate is in a workspace of its own, and builds where the rest did.
    CARGO_TARGET_DIR=$folder bash ".ci/bindings/$language.sh" "$programs" "$into" >"$work/$language.log" 2>&1 || code=$?
    # One write, so that two lanes do not mix their lines.
    if [ $code -eq 0 ]; then
      printf '%s\n' "$(printf '%-12s %3d s\n' "$language" $((SECONDS - began)); sed -n -e 's/^figure: /  /p' -e 's/^[0-9]* cases, no difference/  &/p' "$work/$language.log")"
    else
      printf '%s\n' "$(printf '%-12s failed with %d:\n' "$language" "$code"; cat "$work/$language.log")"
      failed=1
    fi
  done
  return $failed
}

running=()
for languages in "${lanes[@]}"; do
  # shellcheck disable=SC2086 # a list
  lane $languages &
  running+=($!)
  started+=($!)
done
failed=0
for process in "${running[@]}"; do wait "$process" || failed=1; done
started=()
[ $failed -eq 0 ] || fail "a language failed"
