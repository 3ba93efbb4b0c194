"""Looking up names within a given time."""

import socket
import threading
from typing import Any


def resolve(host: str, port: int | None, within_s: float) -> list[Any]:
    """As `socket.getaddrinfo` for a stream. The system's look-up has time-outs of its own, up to minutes: it is left behind in its thread
    when it takes too long. Raises socket.gaierror, TimeoutError after `within_s`, or OSError."""
    found: list[Any] = []
    failed: list[OSError | UnicodeError] = []

    def look_up() -> None:
        try:
            found.extend(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except (OSError, UnicodeError) as error:
            failed.append(error)

    thread = threading.Thread(target=look_up, name=f"resolve {host}", daemon=True)
    thread.start()
    thread.join(within_s)
    if found:
        return found
    if not failed:
        raise TimeoutError("the name was not resolved in time")
    raise failed[0] if isinstance(failed[0], OSError) else socket.gaierror(socket.EAI_NONAME, "not a host name")
