#!/bin/sh
# Makes .venv, the environment in which everything of this project runs:
#
#     scripts/environment.sh EXTRA        (an extra of pyproject.toml: linker, test)
#
# It installs Wanco with what the extra names and, where PATH has no qemu for an instruction
# set, an emulator.  All of it goes into .venv: nothing else on the machine changes, and no
# root is needed.  Run again it does only what is out of date.
set -eu
cd "$(dirname "$0")/.."
extra=$1
python=${PYTHON:-python3}
venv=.venv
PATH=$(pwd)/$venv/bin:$PATH

say() { echo "$*" >&2; }

make_venv() {
    "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
        say "Python 3.11 or newer is needed; $python is $("$python" --version 2>&1). Name another with PYTHON=..."
        exit 1
    }
    say "Making $venv"
    # Debian has a Python without ensurepip; its pip can install pip.
    "$python" -m venv --clear $venv >/dev/null 2>&1 || {
        "$python" -m venv --clear --without-pip $venv
        "$python" -m pip --python $venv/bin/python install --quiet pip
    }
}

install_wanco() {
    say "Installing Wanco and what it needs into $venv (some 250 MB of packages)"
    $venv/bin/python -m pip install --quiet --disable-pip-version-check ".[$1]"
}

sources_newer_than() {
    [ -n "$(find pyproject.toml CMakeLists.txt cmake runtime wanco pytest_wanco \
        -type f ! -name '*.pyc' -newer "$1" -print -quit)" ]
}

missing_emulators() {
    for isa in x86_64 aarch64 riscv64; do
        [ "$(uname -m)" = $isa ] || command -v qemu-$isa >/dev/null || command -v qemu-$isa-static >/dev/null || echo $isa
    done
}

# Unpacks Debian's package $1 and keeps the emulators in it, where they are static.
take_emulators_of() {
    (cd $venv/debian && $apt download "$1" && dpkg-deb --extract "$1"_*.deb .) >/dev/null 2>&1 || return 0
    for isa in x86_64 aarch64 riscv64; do
        for name in qemu-$isa qemu-$isa-static; do
            file=$venv/debian/usr/bin/$name
            if [ -f "$file" ] && "$file" --version >/dev/null 2>&1; then
                cp "$file" "$venv/bin/qemu-$isa"
            fi
        done
    done
}

# The packages are fetched with lists and caches of our own, which needs no root.
fetch_emulators() {
    command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null || return 0
    say "Fetching emulators: Debian's qemu-user-static (60 MB)"
    mkdir -p $venv/debian/lists/partial $venv/debian/cache/archives/partial
    apt="apt-get -qq -o Dir::State::lists=$(pwd)/$venv/debian/lists -o Dir::Cache=$(pwd)/$venv/debian/cache"
    apt="$apt -o APT::Sandbox::User=$(id -un)"
    $apt update >/dev/null 2>&1 || true
    take_emulators_of qemu-user-static
    # From Debian 13 on that package is empty, and this one static.
    [ -z "$(missing_emulators)" ] || take_emulators_of qemu-user
    rm -rf "$venv/debian"
}

$venv/bin/python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || make_venv
[ -z "$(missing_emulators)" ] || fetch_emulators
if [ -n "$(missing_emulators)" ]; then
    extra=$extra,emulators
fi
stamp=$venv/installed-$extra
if [ ! -e "$stamp" ] || sources_newer_than "$stamp"; then
    touch "$stamp.new" # before: what changes during the installation is newer
    install_wanco "$extra"
    mv "$stamp.new" "$stamp"
fi
