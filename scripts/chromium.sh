#!/bin/sh
# Prints the Chromium that the browser tests drive. $CHROMIUM wins; Debian's package is installed when there is none and we may.
set -u

find_browser() {
  for name in chromium chromium-browser google-chrome google-chrome-stable; do
    command -v "$name" && return 0
  done
  return 1
}

if [ -n "${CHROMIUM:-}" ]; then
  [ -x "$CHROMIUM" ] || { echo "CHROMIUM names $CHROMIUM, which is not a program" >&2; exit 1; }
  echo "$CHROMIUM"
  exit 0
fi

find_browser && exit 0

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  echo "Installing Chromium for the browser tests" >&2
  { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium; } >&2
  find_browser && exit 0
fi

echo "The browser tests need Chromium: install it (Debian: apt-get install chromium) or set CHROMIUM=/path/to/chromium" >&2
exit 1
