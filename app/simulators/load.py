"""What the family uses: a daily shape, appliances that come and go, and noise."""

import random
from datetime import date, datetime
from zoneinfo import ZoneInfo

from app.simulators.noise import Noise

# Mean of each local hour (W) without the appliances below.
_HOURLY_W = (260, 230, 215, 210, 210, 230, 330, 480, 520, 430, 380, 360, 370, 380, 390, 430, 520, 690, 820, 830, 740, 620, 470, 340)


class HouseLoad:
    """The consumption of one home, by the local clock."""

    def __init__(self, zone: ZoneInfo, seed: int, scale: float = 1.0) -> None:
        self._zone = zone
        self._seed = seed
        self._scale = scale
        self._noise = Noise(seed, "load")
        self._days: dict[date, list[float]] = {}

    def power_w(self, at: datetime) -> float:
        """Consumption at `at` (W, ≥ 0), the same within a minute."""
        local = at.astimezone(self._zone)
        day = local.date()
        minutes = self._days.get(day)
        if minutes is None:
            minutes = self._day_of(day)
            if len(self._days) > 8:
                self._days.clear()
            self._days[day] = minutes
        return minutes[local.hour * 60 + local.minute]

    def _day_of(self, day: date) -> list[float]:
        dice = random.Random(self._seed * 1_000_003 + day.toordinal())
        level = dice.uniform(0.85, 1.2) * self._scale
        first = day.toordinal() * 1440
        watts = []
        for minute in range(1440):
            hour, part = divmod(minute, 60)
            shape = _HOURLY_W[hour] + (_HOURLY_W[(hour + 1) % 24] - _HOURLY_W[hour]) * part / 60
            fridge = 90.0 if (minute + self._seed) % 47 < 16 else 0.0
            watts.append(shape * level * (1 + 0.1 * self._noise.smooth((first + minute) / 7)) + fridge)
        for start, minutes, power_w in _appliances(dice, at_home=day.weekday() >= 5):
            for minute in range(start, min(1440, start + minutes)):
                watts[minute] += power_w
        return watts


def _appliances(dice: random.Random, at_home: bool) -> list[tuple[int, int, float]]:
    """(start minute, minutes, W) of what is switched on in one day."""
    runs = [(dice.randint(380, 470), 4, 2200.0), (dice.randint(390, 480), 5, 1100.0), (dice.randint(1050, 1140), 4, 2200.0)]
    if dice.random() < 0.6:
        runs.append((dice.randint(1050, 1130), dice.randint(25, 50), 2300.0))
    if dice.random() < 0.55:
        runs.append((dice.randint(1160, 1250), 70, 950.0))
    if dice.random() < (0.7 if at_home else 0.3):
        runs.append((dice.randint(540, 780), 55, 750.0))
    if dice.random() < 0.4:
        runs.append((dice.randint(870, 1020), dice.randint(120, 260), 1350.0))
    return runs
