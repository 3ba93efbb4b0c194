"""The microinverters behind an Enphase IQ Gateway as PowerSync limits them."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, Final

from app.devices.capabilities import PreflightRow, Settings
from app.devices.enphase import limit
from app.devices.enphase.effect import Effect, EffectWatch, Limited
from app.devices.enphase.fields import GatewayFields
from app.devices.enphase.gateway import Gateway, NotThere
from app.devices.enphase.limit import Form, Limits
from app.devices.enphase.preflight import found_before
from app.devices.enphase.reading import Measured, measured_from
from app.devices.enphase.vendor import VENDOR
from app.devices.solar import InverterAbilities, InverterCommand, InverterReading, InverterState
from app.domain.opinions import Curtail
from app.domain.pace import Pace
from app.transports.context import Context
from app.transports.errors import CertificateChanged, CredentialsRefused, RequestRefused

EFFECT: Final = "effect"
LABELS: Final = {**limit.LABELS, EFFECT: "what the meter shows"}
_EFFECT_WORDS: Final = {Effect.KEPT: "the limit is kept", Effect.WAITING: "not the limit yet", Effect.MISSED: "that the limit is not kept"}
_NO_METER: Final = "it has no consumption meter, so that it cannot limit what your home feeds in; limit what the panels make instead"
_DPEL: Final = "/ivp/ss/dpel"
_AT_ITS_LIMIT: Final = 0.9  # of what the panels may make: below that it is the sun that limits
_NEAR_W: Final = 150.0  # a feed-in this near to its limit is held by it
_STILL_W: Final = 5.0


class EnphaseInverters:
    """One gateway. Nothing is sent on opening.

    `effect` in the settings is what the meter shows of the limit that is set: a command wants it kept, and a limit that is not kept after
    5 minutes differs and is sent again. It is not there while nothing is limited, or nothing measures what is."""

    def __init__(self, gateway: Gateway, form: Form, pace: Pace) -> None:
        self.abilities = abilities(form)
        self._gateway, self._form, self._pace = gateway, form, pace
        self._watch = EffectWatch()

    def read_status(self, now: datetime) -> InverterReading:
        """What the inverters make, and the home's meter. A limit counts as in force unless the meter shows otherwise for 5 minutes.
        Raises a VendorError."""
        self._gateway.note(now)
        with self._gateway.turn():
            measured = self._measured()
            settings = self._settings_if_any()
            info = self._gateway.info()
        effect = self._look(settings, measured)
        limit_w = limit.limit_w_in(settings) if effect is not Effect.MISSED else None
        return InverterReading(
            taken_at=now - measured.age,
            state=self._state(settings, measured) if effect is Effect.KEPT else _unlimited(measured),
            ac_w=measured.solar_w,
            limit_w=limit_w,
            rated_w=self._form.installed_w,
            grid_w=measured.grid_w,
            serial=info.serial,
            firmware=info.firmware,
        )

    def read_settings(self) -> Settings:
        """The limit as the gateway holds it, and what the meter shows of it. Raises a VendorError; RequestRefused where it has none."""
        with self._gateway.turn():
            settings = limit.settings_from(self._dpel())
            measured = self._measured() if limit.limit_w_in(settings) is not None else None
        effect = self._look(settings, measured)
        return settings if effect is None else {**settings, EFFECT: effect.value}

    def target(self, command: InverterCommand | None, baseline: Settings, *, until: datetime | None) -> Settings:
        """Pure: see `limit.target_settings`."""
        wanted = limit.target_settings(command, baseline, self._form)
        return {**wanted, EFFECT: Effect.KEPT.value} if isinstance(command, Curtail) else wanted

    def differing(self, wanted: Settings, found: Settings) -> frozenset[str]:
        """Pure."""
        is_missed = wanted.get(EFFECT) == Effect.KEPT and found.get(EFFECT) == Effect.MISSED
        return limit.differing(wanted, found) | (frozenset({EFFECT}) if is_missed else frozenset())

    def write(self, wanted: Settings, fields: Collection[str], until: datetime | None, *, purpose: str = "command") -> None:
        """All in one piece, with whatever else the gateway holds there. It has no timer: `until` is not used. Raises a VendorError;
        RequestRefused for a limit of the feed-in where no meter measures it."""
        if not fields:
            return
        with self._gateway.turn():
            held = self._dpel(purpose)
            limit.settings_from(held)  # what is not understood is not written over
            if wanted.get(EFFECT) == Effect.KEPT and self._form.kind(wanted) is Limits.EXPORT and self._measured().grid_w is None:
                raise RequestRefused(VENDOR, _NO_METER)
            chosen = {name: wanted[name] for name in (limit.LABELS if EFFECT in fields else fields) if name in wanted}
            self._gateway.send(_DPEL, limit.body_with(held, chosen), purpose)
        self._watch.begin()

    def in_words(self, settings: Settings) -> Mapping[str, str]:
        """Pure: each setting with its value for people."""
        told = limit.in_words(settings, self._form)
        return {**told, LABELS[EFFECT]: _EFFECT_WORDS[Effect(settings[EFFECT])]} if EFFECT in settings else told

    def preflight(self) -> tuple[PreflightRow, ...]:
        """What stands in the way of limiting. Reads only; a gateway that does not answer is a row too."""
        return found_before(self.read_settings, lambda: self._measured().grid_w, self._gateway.claims, self._form.limits)

    def _dpel(self, purpose: str = "read") -> Any:
        try:
            return self._gateway.get(_DPEL, purpose=purpose)
        except NotThere as missing:
            raise limit.unsupported() from missing

    def _settings_if_any(self) -> dict[str, Any]:
        """Reading goes on where the gateway has no limit, or lets this token not see it."""
        try:
            return limit.settings_from(self._dpel())
        except CertificateChanged:
            raise
        except (RequestRefused, CredentialsRefused):
            return {}

    def _measured(self) -> Measured:
        return measured_from(self._gateway.get("/production.json", details=1))

    def _look(self, settings: Mapping[str, Any], measured: Measured | None) -> Effect | None:
        limit_w = limit.limit_w_in(settings)
        limited = Limited(limit_w, self._form.kind(settings)) if limit_w is not None else None
        return self._watch.look(limited, self._limited_w(settings, measured), self._pace.monotonic())

    def _limited_w(self, settings: Mapping[str, Any], measured: Measured | None) -> float | None:
        """What the limit that is set is about, as it is measured."""
        if measured is None or not settings:
            return None
        if self._form.kind(settings) is Limits.PRODUCTION:
            return measured.solar_w
        return None if measured.grid_w is None else -measured.grid_w

    def _state(self, settings: Mapping[str, Any], measured: Measured) -> InverterState:
        """Of a limit that is kept: whether it is what limits."""
        limit_w, limited_w = limit.limit_w_in(settings), self._limited_w(settings, measured)
        if limit_w is None or limited_w is None:
            return _unlimited(measured)
        is_export = self._form.kind(settings) is Limits.EXPORT
        is_held = limited_w >= (limit_w - _NEAR_W if is_export else _AT_ITS_LIMIT * limit_w)
        return InverterState.LIMITED if is_held else _unlimited(measured)


def abilities(form: Form) -> InverterAbilities:
    """What a gateway that is told so can honour."""
    return InverterAbilities(
        settable=LABELS,
        limits_export=form.limits is Limits.EXPORT,
        drifts={EFFECT: frozenset({Effect.WAITING.value, Effect.MISSED.value})},  # nobody's setting: what the gateway makes of them
    )


def _unlimited(measured: Measured) -> InverterState:
    """The gateway tells no state: what makes nothing may sleep or have failed."""
    return InverterState.RUNNING if measured.solar_w > _STILL_W else InverterState.UNKNOWN


def open_inverters(fields: GatewayFields, context: Context) -> EnphaseInverters:
    """The driver for one connection."""
    form = Form(Limits(fields.limits), fields.swaps_limits, fields.installed_w if fields.is_dynamic else None)
    return EnphaseInverters(Gateway(fields, context), form, context.pace)
