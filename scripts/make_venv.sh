#!/bin/sh
# make_venv.sh FOLDER: a virtual environment of the first Python that is new enough.
# $PYTHON, when given, is the only one that is tried.
set -u
folder=$1

say_no() {
  echo "$1" >&2
  exit 1
}

is_new_enough() {
  "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
}

chosen=""
for candidate in ${PYTHON:-python3 python3.13 python3.12 python3.11}; do
  if is_new_enough "$candidate"; then
    chosen=$candidate
    break
  fi
done

[ -n "$chosen" ] || say_no "PowerSync needs Python 3.11 or newer (looked for: ${PYTHON:-python3, python3.13, python3.12, python3.11}). Install it, or name it: make setup PYTHON=/path/to/python3"
"$chosen" -c 'import venv, ensurepip' 2>/dev/null || say_no "$chosen has no venv module: install it first (Debian and Ubuntu: apt-get install python3-venv)"

echo "Making the environment in $folder"
# A half-made environment would look finished to make: it is removed.
"$chosen" -m venv --clear "$folder" || { rm -rf "$folder"; say_no "$chosen could not make a virtual environment in $folder"; }
