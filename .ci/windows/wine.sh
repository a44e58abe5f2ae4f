# mingw, Wine, and Wine's own Windows in $keep/wine, which is made once. Sourced, by .ci/windows.sh and by what runs programs
# there.
wine=/usr/lib/wine/wine64
export WINEPREFIX=$keep/wine WINEARCH=win64 WINEDEBUG=-all

wine_tools() {
  if ! command -v x86_64-w64-mingw32-gcc >/dev/null || [ ! -x $wine ]; then
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends gcc-mingw-w64-x86-64-win32 wine64 >/dev/null
  fi
  [ -x $wine ] || fail "wine64 is not at $wine"
}

wines_windows() {
  local prng=$WINEPREFIX/drive_c/windows/system32/bcryptprimitives.dll
  if [ ! -e "$keep/wine.whole" ]; then
    rm -rf "$WINEPREFIX"
    mkdir -p "$keep"
    # It grumbles that there is no 32-bit half.
    $wine wineboot -i >/dev/null 2>&1
    $wine winecfg -v win10 >/dev/null 2>&1
    /usr/lib/wine/wineserver -w
    [ -d "$WINEPREFIX/drive_c/windows/system32" ] || fail "Wine made no Windows"
    touch "$keep/wine.whole"
  fi
  [ -e "$prng" ] || x86_64-w64-mingw32-gcc -O2 -shared -s -o "$prng" .ci/windows/prng.c -ladvapi32
}
