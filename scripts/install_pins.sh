#!/bin/sh
# install_pins.sh FILE: install exactly the packages that FILE pins, each checked against its hash.
set -u
python=.venv/bin/python

"$python" -m pip --version >/dev/null 2>&1 || "$python" -m ensurepip --upgrade >/dev/null || exit 1
echo "Installing $1"
"$python" -m pip install --quiet --require-hashes --requirement "$1" || {
  echo "Could not install $1: is the package index reachable? The lines above say what pip missed." >&2
  exit 1
}
