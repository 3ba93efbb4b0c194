"""A vendor for timing: Tesla's energy paths for any number of sites, each answer after a fixed delay, in a process of its own."""

import json
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

DELAY_S = 0.1
SITES: dict[str, dict[str, Any]] = {}
LOCK = threading.Lock()


def settings_of(site: str) -> dict[str, Any]:
    with LOCK:
        return SITES.setdefault(
            site,
            {
                "default_real_mode": "autonomous",
                "backup_reserve_percent": 20,
                "components": {"customer_preferred_export_rule": "battery_ok"},
                "tariff_content_v2": {"code": "OWNER", "name": "Owner", "seasons": {}, "energy_charges": {}},
            },
        )


class Vendor(BaseHTTPRequestHandler):
    """Answers site_info, live_status and the plan upload."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        _, site, what = self.path.rsplit("/", 2)
        if what == "live_status":
            body: dict[str, Any] = {"solar_power": 0, "battery_power": 0, "grid_power": 500, "load_power": 500, "percentage_charged": 50}
            body["timestamp"] = time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime())
        else:
            body = settings_of(site)
        self._answer({"response": body})

    def do_POST(self) -> None:
        sent = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        _, site, what = self.path.rsplit("/", 2)
        if what == "time_of_use_settings":
            settings_of(site)["tariff_content_v2"] = sent["tou_settings"]["tariff_content_v2"]
        self._answer({"response": {"code": 201, "message": "Updated"}})

    def _answer(self, body: dict[str, Any]) -> None:
        time.sleep(DELAY_S)
        data = json.dumps(body).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: Any) -> None:
        return None


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Vendor)
    server.daemon_threads = True
    server.serve_forever()
