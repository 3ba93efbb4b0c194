"""HTTP to a device in the home's own network. Each connection goes to an address that was looked at first (`app.transports.addresses`), and
over TLS to the certificate that the device showed first (`app.transports.pinned_tls`)."""

import requests
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool

from app.transports.addresses import lan_address
from app.transports.pinned_tls import PinnedCertificate, PinnedHttps
from app.transports.session import DeadlineAdapter, DeadlineConnect, DeadlineHttp, new_session


def lan_session(vendor: str, pin: PinnedCertificate | None = None) -> requests.Session:
    """A session for one device; its calls raise RequestRefused for an address outside the owner's network, and CertificateChanged.

    Without `pin` it speaks plain HTTP; a device over TLS needs one."""

    class OwnNetwork(DeadlineConnect):
        def where(self) -> str:
            return lan_address(vendor, super().where())

    class Http(OwnNetwork, DeadlineHttp):
        pass

    class HttpPool(HTTPConnectionPool):
        ConnectionCls = Http

    pools: dict[str, type[HTTPConnectionPool]] = {"http": HttpPool}
    if pin is not None:

        class Https(OwnNetwork, PinnedHttps):
            pass

        class HttpsPool(HTTPSConnectionPool):
            ConnectionCls = Https

        Https.pin = pin
        pools["https"] = HttpsPool
    session = new_session(DeadlineAdapter(pools))
    session.verify = pin is None  # no authority knows such a device: the pin takes their place
    return session


def web_address(scheme: str, host: str, port: int) -> str:
    """The base URL of a device; an IPv6 address gets its brackets."""
    bare = host.strip("[]")
    return f"{scheme}://{f'[{bare}]' if ':' in bare else bare}:{port}"
