#!/bin/sh
# test.sh [lint]: run the parts of the test suite in order, stop at the first that fails, and say how many seconds each took.
# With `lint`, the first part alone.
set -u
cd "$(dirname "$0")/.." || exit 1
python=.venv/bin/python
times=""

tools() {
  CHROMIUM=$(sh scripts/chromium.sh) && export CHROMIUM && echo "Chromium: $CHROMIUM" && "$python" scripts/check_postgres.py
}

lint() {
  "$python" -m ruff check . && "$python" -m ruff format --check . && "$python" -m mypy && .venv/bin/lint-imports
}

fast_tests() {
  "$python" -m pytest -n 3 -m "not browser"
}

browser_tests() {
  "$python" -m pytest -n 0 -m browser
}

# part NAME FUNCTION: run one part; a failure ends the whole run with the part's name.
part() {
  printf '\n== %s ==\n' "$1"
  began=$(date +%s)
  "$2"
  status=$?
  seconds=$(($(date +%s) - began))
  times="$times$(printf '%6d s  %s' "$seconds" "$1")
"
  if [ "$status" -ne 0 ]; then
    printf '\n%s\nFailed: %s\n' "$times" "$1" >&2
    exit "$status"
  fi
}

if [ "${1:-}" = lint ]; then
  part "lint and types" lint
else
  # The tools come first: a missing browser is said before minutes are spent.
  part "tools" tools
  part "lint and types" lint
  part "unit, property, contract and database tests" fast_tests
  part "browser tests" browser_tests
fi
printf '\n%s\n' "$times"
