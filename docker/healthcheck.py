"""Exit status 0 when PowerSync answers that web, database and scheduler are alive; otherwise 1 and the reason."""

import os
import sys
from urllib.error import HTTPError
from urllib.request import urlopen

TIMEOUT_S = 4
REASON_BYTES = 500


def check(port: str) -> int:
    """Ask the app on this machine how it is."""
    try:
        with urlopen(f"http://127.0.0.1:{port}/healthz", timeout=TIMEOUT_S):
            return 0
    except HTTPError as refusal:
        print(f"{refusal.code}: {refusal.read(REASON_BYTES).decode(errors='replace')}")
    except OSError as failure:
        print(f"no answer: {failure}")
    return 1


if __name__ == "__main__":
    sys.exit(check(os.environ.get("PORT") or "5001"))
