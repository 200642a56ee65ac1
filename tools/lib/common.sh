# Shared by the scripts in tools/. Sourced, not run.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
configuration=${PUSHER_CONFIGURATION:-Release}
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
unset PUSHER_CONFIGURATION

say() { printf '%s\n' "$*" >&2; }
fail() { say "${0##*/}: $*"; exit 3; }

need_dotnet() {
    command -v dotnet >/dev/null || fail "the .NET 10 SDK is not on PATH; install it (https://dotnet.microsoft.com/download/dotnet/10.0) and run this again"
    [ "$(dotnet --version 2>/dev/null | cut -d. -f1)" = 10 ] || fail "this needs the .NET 10 SDK; 'dotnet --version' says: $(dotnet --version 2>&1 | head -1)"
}

# install_debian PACKAGE COMMAND: installs by apt what is missing, when it may. Returns 1 when it is still missing.
install_debian() {
    local sudo=""
    if command -v "$2" >/dev/null || [ -x "/usr/sbin/$2" ]; then return 0; fi
    command -v apt-get >/dev/null || return 1
    if [ "$(id -u)" != 0 ]; then
        command -v sudo >/dev/null && sudo -n true 2>/dev/null || return 1
        sudo="sudo -n"
    fi
    say "installing $1"
    # A policy that denies starting keeps the package from bringing a server up on its default port.
    local policy=/usr/sbin/policy-rc.d made=""
    if [ ! -e "$policy" ]; then
        printf '#!/bin/sh\nexit 101\n' | $sudo tee "$policy" >/dev/null && $sudo chmod +x "$policy" && made=1
    fi
    { $sudo apt-get install -y -qq "$1" || { $sudo apt-get update -qq && $sudo apt-get install -y -qq "$1"; }; } >/dev/null 2>&1 || true
    [ -n "$made" ] && $sudo rm -f "$policy"
    command -v "$2" >/dev/null || [ -x "/usr/sbin/$2" ]
}

# need_debian PACKAGE COMMAND: the same, and ends the script when it is still missing.
need_debian() {
    install_debian "$1" "$2" || fail "$2 is missing and cannot be installed here (Debian: apt-get install $1)"
}

# build PROJECT...: builds quietly, shows everything when it fails.
build() {
    local log
    log=$(mktemp)
    if ! dotnet build "$@" -c "$configuration" -v quiet -nologo >"$log" 2>&1; then
        cat "$log" >&2
        rm -f "$log"
        fail "the build failed (see above)"
    fi
    rm -f "$log"
}
