"""Faults over HTTP, while the demo runs. Each simulated HTTP server answers these, to this machine alone:

`GET /_simulator/faults` lists what is in force or still to come: `{"faults": [{"id": 1, "kind": "status", "code": 503, …}]}`.
`POST /_simulator/faults` adds one (an object) or several (a list), with `Content-Type: application/json`:
  `{"kind": "silence", "server": "teslemetry", "path": "live_status", "count": 3}` or
  `{"kind": "short_horizon", "hours": 3, "server": "amber", "after_s": 60, "for_s": 600}`.
  `kind` is the name of a class in `effects.py` in snake case, its fields are optional; `server` is `amber`, `amber_stream`,
  `teslemetry`, `aemo`, `kwatch`, `octopus` or `*`; `path` a part of the request's path; `method` GET or POST; `count`, `after_s` and
  `for_s` bound it.
`DELETE /_simulator/faults` ends all, `DELETE /_simulator/faults?id=1` one.
"""

from datetime import datetime

from app.simulators.faults import BadFault, Faults, fault_from_json, fault_to_json
from app.simulators.service import Request, Response, _json_or_text, json_response

PATH = "/_simulator/faults"


def concerns(request: Request) -> bool:
    """True for a request to the controls rather than to the vendor."""
    return request.path.rstrip("/") == PATH


def handle(request: Request, faults: Faults, now: datetime, client: str) -> Response:
    """List, add or end faults; `client` is the caller's address."""
    if not client.startswith("127.") and client != "::1":
        return json_response({"error": "the controls answer to this machine alone"}, 403)
    try:
        if request.method == "POST":
            if not request.headers.get("content-type", "").startswith("application/json"):
                return json_response({"error": "send application/json"}, 415)
            data = _json_or_text(request.body)
            faults.plan([fault_from_json(item, now) for item in (data if isinstance(data, list) else [data])])
        elif request.method == "DELETE":
            if "id" in request.query:
                faults.remove(int(request.query["id"]))
            else:
                faults.clear()
    except BadFault as bad:
        return json_response({"error": str(bad)}, 400)
    except (KeyError, ValueError):
        return json_response({"error": f"no fault has the id {request.query.get('id')!r}"}, 404)
    return json_response({"faults": [{"id": number, **fault_to_json(fault)} for number, fault in faults.listed().items()]})
