"""Teslemetry's REST service: Tesla's energy endpoints under another host and token."""

from app.simulators.service import Request, Response, Taken, json_response
from app.simulators.tesla_energy import EnergyService, EnergySite, refused_with

__all__ = ["EnergySite", "TeslemetryService"]


class TeslemetryService(EnergyService):
    """One account, known by its token."""

    name = "teslemetry"

    def answer(self, request: Request, taken: Taken) -> Response:
        if request.path == "/api/ping":
            return json_response({"response": True})
        token = request.bearer()
        if token != self.site.token:
            return refused_with(401, "missing_token" if token is None else "invalid_token")
        match request.method, request.path:
            case "GET", "/api/test":
                return json_response({"response": True})
            case "GET", "/api/metadata":
                sites = {str(self.site.energy_site_id): {"access": True, "name": self.site.name}}
                return json_response(
                    {"uid": "5d0c1f0e-7f2f", "region": "NA", "scopes": self.site.scopes, "vehicles": {}, "energy_sites": sites}
                )
        return self.energy(request, taken, self.site.scopes)
