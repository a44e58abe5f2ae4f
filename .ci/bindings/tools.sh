# What the languages are built and tested with, in one place: Debian's packages, where their commands are missing. Sourced,
# after .ci/lib.sh.

clang_tools() {
  installed clang clang
  installed '/usr/lib/llvm-*/lib/clang/*/lib/linux/libclang_rt.asan-x86_64.a' libclang-rt-dev
}

binding_tools() {
  installed gcc gcc libc6-dev
  installed g++ g++
  clang_tools
  installed make make
  installed cmake cmake
  installed pkg-config pkg-config
  installed valgrind valgrind libc6-dbg
  installed mono mono-runtime
  installed mcs mono-mcs
  installed javac openjdk-17-jdk-headless
  installed go golang-go
  installed node nodejs
  installed npm npm
  installed python3 python3
  # Plain Debian 12 has Node 18.
  node -e 'process.exit(Number(process.versions.node.split(".")[0]) >= 20 ? 0 : 1)' ||
    fail "Node 20 or later is needed (nodejs.org or Debian 13), not $(node --version)"
}
