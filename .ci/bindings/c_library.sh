# The C library, built and installed as its page says, for the scripts of the languages that call it: sets $prefix.
# Sourced, after .ci/lib.sh and shared.sh. PROFILE=capi builds what is shipped, and takes a minute longer.

installed gcc gcc libc6-dev
installed make make
export PROFILE=${PROFILE:-dev}
prefix=$target/c/home/license-core
c_library() {
  make -s -C license-core/bindings/c install OUT="$target/c/$PROFILE" PREFIX="$prefix" CARGO_TARGET_DIR="$target"
}

# The block of a page with this number, counted from 1, among those of a language: block PAGE LANGUAGE NUMBER.
block() {
  awk -v fence="\`\`\`$2" -v wanted="$3" '$0 == "```" { if (on) exit; next } on { print } $0 == fence { on = ++seen == wanted }' "$1"
}

# A license of the demo for this machine: sets $vendor, and $licenses to the folder where it is installed.
demo_license() {
  "$programs/license-server" demo --once --data "$work/demo" >/dev/null
  vendor=$work/demo/vendor.toml licenses=$work/installed
  "$programs/license-agent" --vendor "$vendor" --dir "$licenses" install "$work"/demo/delivered/*.lic >/dev/null
}

# Runs a product as a user whose license lies in $1; every other variable is left out.
as_user() {
  local licenses=$1
  shift
  env -i PATH=/usr/bin:/bin HOME="$work" LICENSE_AGENT_DIR="$licenses" "$@"
}
