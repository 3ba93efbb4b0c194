"""Live power: from the gateway at home where there is one, from the cloud while it does not answer."""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from app.devices.tesla.gateway import Gateway
from app.domain.pace import Pace
from app.domain.power import LiveReading
from app.transports.errors import CredentialsRefused, RateLimited, VendorError

AT_HOME_EVERY_S: Final = 30
_CLOUD_EVERY_S: Final = 50.0  # one update a minute for each site is what the cloud gives
_LEFT_ALONE_S: Final = 60.0
_LEFT_ALONE_LONG_S: Final = 300.0  # too many logins close the gateway to everybody for some minutes


class LiveSource:
    """Asked by one thread at a time. `cloud` reads the cloud's live status."""

    def __init__(self, cloud: Callable[[datetime], LiveReading], gateway: Gateway | None, pace: Pace) -> None:
        self._cloud, self._gateway, self._pace = cloud, gateway, pace
        self._not_before_s = 0.0
        self._from_cloud: tuple[float, LiveReading] | None = None

    def read(self, now: datetime) -> LiveReading:
        """One reading; its `source` says from where. Raises a VendorError where neither answers: the cloud's."""
        if self._gateway is not None and self._pace.monotonic() >= self._not_before_s:
            try:
                return self._gateway.read_live(now)
            except VendorError as error:
                is_long = isinstance(error, RateLimited | CredentialsRefused)
                self._not_before_s = self._pace.monotonic() + (_LEFT_ALONE_LONG_S if is_long else _LEFT_ALONE_S)
        return self._of_cloud(now)

    def _of_cloud(self, now: datetime) -> LiveReading:
        """Beside a gateway the cloud is asked no more often than without one; the reading tells its own age."""
        held = self._from_cloud
        if self._gateway is not None and held is not None and self._pace.monotonic() - held[0] < _CLOUD_EVERY_S:
            return held[1]
        reading = self._cloud(now)
        self._from_cloud = self._pace.monotonic(), reading
        return reading
