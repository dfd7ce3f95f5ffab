# What the scripts share; sourced from the project's root. Needs a shell and nothing else.
# shellcheck shell=sh

say() { if [ -t 2 ]; then printf '\033[1m>> %s\033[0m\n' "$*" >&2; else printf '>> %s\n' "$*" >&2; fi; }

die() {
    printf '%s: %s\n' "$0" "$*" >&2
    exit 1
}

# A few bytes that change when one of the files does, or when the project moves: a .venv knows its path.
fingerprint() { { pwd && cat -- "$@"; } | cksum; }

# True if this very fingerprint was left in the stamp.
stamped() { [ -f "$1" ] && [ "$(cat "$1")" = "$2" ]; }

# Installs Debian packages, as root or by a sudo that asks nothing; fails where neither is possible.
apt_install() {
    command -v apt-get >/dev/null || return 1
    as_root=
    if [ "$(id -u)" != 0 ]; then
        command -v sudo >/dev/null && sudo -n true 2>/dev/null || return 1
        as_root="sudo -n"
    fi
    say "apt-get install $*"
    # shellcheck disable=SC2086
    { $as_root apt-get update -qq &&
        $as_root env DEBIAN_FRONTEND=noninteractive \
            apt-get install -qq -y --no-install-recommends "$@"; } >&2
}
