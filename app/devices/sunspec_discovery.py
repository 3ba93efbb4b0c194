"""Finding the models of a SunSpec device, and reading them.

Source: SunSpec Technology Overview: the marker "SunS" stands at wire address 40000, 50000 or 0, then model after model, each with its
number and length, and 0xFFFF after the last."""

from collections.abc import Iterable
from typing import Any, Final

from app.devices.register_device import RegisterDevice
from app.devices.registers import Point
from app.devices.sunspec_models import BASES, END, MARKER, Group, Model, figures_from, points_of
from app.transports.errors import AnswerNotUnderstood, RequestRefused
from app.transports.modbus import Conversation, RegisterRefused

_NOT_HERE: Final = frozenset({2, 3})  # nothing stands at this base
_GAP: Final = 24  # every register of a model answers, so that it is read in one piece
_REACH: Final = 2000  # registers after the base
_NUMBER: Final = "number"
_SERIAL_OFFSET, _SERIAL_WORDS = 50, 16
_LEAST_COMMON: Final = 64  # registers of the model that holds the serial number


class SunSpecUnit:
    """One unit with SunSpec models. Its list is walked once, and again when it has changed. Safe to share between threads."""

    def __init__(self, vendor: str, unit: int) -> None:
        self._vendor, self.unit = vendor, unit
        self.device = RegisterDevice(unit, gap=_GAP)
        self._models: tuple[Model, ...] = ()
        self._serial_words: tuple[int, ...] | None = None

    def models(self, talk: Conversation) -> tuple[Model, ...]:
        """In the order of the device. Raises AnswerNotUnderstood where there are none, and other VendorErrors."""
        if not self._models:
            self._models = walk(talk, self.unit, self._vendor)
        return self._models

    def model(self, talk: Conversation, numbers: Iterable[int]) -> Model | None:
        """The first of these that the device has. Raises a VendorError."""
        wanted = frozenset(numbers)
        return next((model for model in self.models(talk) if model.number in wanted), None)

    def read(self, talk: Conversation, *groups: Group) -> dict[str, Any]:
        """Name → figure, None where the device has none. Where two groups have a name in common, the one that the device has counts.
        Raises AnswerNotUnderstood where its list has changed, and other VendorErrors."""
        found: dict[str, Any] = {}
        for group in groups:
            model = self.model(talk, group.models)
            raw = {} if model is None else self._raw(talk, model, group)
            for name, figure in figures_from(group, raw).items():
                found[name] = figure if figure is not None else found.get(name)
        return found

    def check(self, talk: Conversation, model: Model) -> list[int]:
        """Before anything is written: whether the same device answers, and `model` still stands where it stood. Returns all words of the
        model with its head. Raises RequestRefused where another device answers, AnswerNotUnderstood where its list has changed (it is
        walked anew the next time), and other VendorErrors."""
        common = self.model(talk, {1})
        if common is not None and common.length >= _LEAST_COMMON:
            self._check_serial(tuple(talk.read_holding(common.address + _SERIAL_OFFSET, _SERIAL_WORDS, self.unit)))
        words = talk.read_holding(model.address, 2 + model.length, self.unit)
        if words[:2] != [model.number, model.length]:
            raise self._moved()
        return words

    def forget(self) -> None:
        """Its list is to be walked anew."""
        self._models = ()
        self.device = RegisterDevice(self.unit, gap=_GAP)

    def _raw(self, talk: Conversation, model: Model, group: Group) -> dict[str, Any]:
        """Raw figures of a model that still stands where it stood."""
        raw: dict[str, Any] = self.device.read(talk, (Point(_NUMBER, model.address), *points_of(model, group)))
        if raw[_NUMBER] not in (None, model.number):
            raise self._moved()
        return raw

    def _moved(self) -> AnswerNotUnderstood:
        self.forget()
        return AnswerNotUnderstood(self._vendor, "its registers have moved; was its register format changed?")

    def _check_serial(self, words: tuple[int, ...]) -> None:
        if not any(words) or set(words) <= {0, 0xFFFF}:
            return  # it tells none
        if self._serial_words is not None and words != self._serial_words:
            raise RequestRefused(self._vendor, "another device answers at its address; was it replaced, or given a new address?")
        self._serial_words = words


def walk(talk: Conversation, unit: int, vendor: str) -> tuple[Model, ...]:
    """The models of a unit. Raises AnswerNotUnderstood where there are none, and other VendorErrors."""
    for base in BASES:
        if _begins_at(talk, unit, base):
            models = _after(talk, unit, base)
            if models:
                return models
    raise AnswerNotUnderstood(vendor, "it shows no SunSpec models; is it a SunSpec device, and is its unit id right?")


def _begins_at(talk: Conversation, unit: int, base: int) -> bool:
    try:
        return tuple(talk.read_holding(base, 2, unit)) == MARKER
    except RegisterRefused as refused:
        if refused.code not in _NOT_HERE:
            raise
        return False


def _after(talk: Conversation, unit: int, base: int) -> tuple[Model, ...]:
    """The list ends at its end mark, at a model without registers, or where the device has no more registers."""
    found: list[Model] = []
    address = base + 2
    while address <= base + _REACH:
        try:
            number, length = talk.read_holding(address, 2, unit)
        except RegisterRefused as refused:
            if refused.code not in _NOT_HERE:
                raise
            break
        if number == END or length in (0, END):
            break
        found.append(Model(number, address, length))
        address += 2 + length
    return tuple(found)
