"""The simulated services without sockets: an adapter for `requests` that hands each request straight to its service.

What the line does to an answer becomes the exception that `requests` raises for it. Time-outs pass on the world's clock.
"""

from collections.abc import Mapping
from io import BytesIO
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import requests
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict
from urllib3 import HTTPResponse

from app.simulators import effects as e
from app.simulators.pace import Clock
from app.simulators.service import Request, Response, Service


class InProcess(BaseAdapter):
    """Mount it on a session for a service's URL: `session.mount(world.amber_url, InProcess(world.amber, world.clock))`."""

    def __init__(self, service: Service, clock: Clock) -> None:
        super().__init__()
        self._service, self._clock = service, clock

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: float | tuple[float, float] | tuple[float, None] | None = None,
        verify: bool | str = True,
        cert: bytes | str | tuple[bytes | str, bytes | str] | None = None,
        proxies: Mapping[str, str] | None = None,
    ) -> requests.Response:
        """The service's answer. Raises ConnectionError, ReadTimeout or ChunkedEncodingError as the line would."""
        target = urlsplit(request.url or "")
        if self._service.faults.has(self._service.name, e.Refused):
            raise requests.ConnectionError("Connection refused", request=request)
        body = request.body or b""
        headers = {"host": target.netloc, **{name.lower(): value for name, value in request.headers.items()}}
        query = dict(parse_qsl(target.query, keep_blank_values=True))
        data = body.encode() if isinstance(body, str) else body
        answer = self._service.handle(Request(request.method or "GET", target.path, query, headers, data))
        return _response_of(self._through_the_line(answer, request, timeout), request, self)

    def close(self) -> None:
        """Nothing is open."""

    def _through_the_line(self, answer: Response, request: requests.PreparedRequest, timeout: Any) -> Response:
        read_s = timeout[1] if isinstance(timeout, tuple) else timeout
        for effect in answer.delivery:
            match effect:
                case e.Silence():
                    self._clock.sleep(min(effect.seconds, read_s or effect.seconds))
                    if read_s is not None and read_s <= effect.seconds:
                        raise requests.ReadTimeout("Read timed out", request=request)
                    raise requests.ConnectionError("Remote end closed connection without response", request=request)
                case e.Reset():
                    raise requests.ConnectionError("Connection reset by peer", request=request)
                case e.Drip():
                    takes_s = len(answer.body) / effect.bytes_per_s
                    self._clock.sleep(min(takes_s, effect.seconds))
                    if takes_s >= effect.seconds:
                        raise requests.exceptions.ChunkedEncodingError("Connection broken", request=request)
                case e.HalfAnswer():
                    raise requests.exceptions.ChunkedEncodingError("Connection broken: IncompleteRead", request=request)
                case e.WrongLength() if effect.by > 0:
                    raise requests.exceptions.ChunkedEncodingError("Connection broken: IncompleteRead", request=request)
                case e.WrongLength():
                    return Response(answer.status, answer.body[: effect.by], answer.headers)
                case e.HugeBody():
                    return Response(answer.status, b" " * effect.size, answer.headers)
        return answer


def _response_of(answer: Response, request: requests.PreparedRequest, adapter: BaseAdapter) -> requests.Response:
    headers = answer.headers | {"Content-Length": str(len(answer.body))}
    response = requests.Response()
    response.status_code = answer.status
    response.headers = CaseInsensitiveDict(headers)
    response.raw = HTTPResponse(BytesIO(answer.body), headers=headers, status=answer.status, preload_content=False)
    response.url = request.url or ""
    response.encoding = "utf-8"
    response.request = request
    response.__dict__["connection"] = adapter
    return response
