"""How much power a home takes per degree of cold and of heat, beside its habits of the hour: least squares within each half-hour."""

from collections import defaultdict
from collections.abc import Sequence

from app.domain.forecasts.load_samples import Slot, Weighed

LEAST_SAMPLES = 14 * 48  # two weeks with known temperatures
LEAST_SPREAD = 0.25  # square degrees of mean variance within the half-hours: less is no weather to learn from
MOST_W_PER_DEGREE = 1000.0
NO_RESPONSE = (0.0, 0.0)

Response = tuple[float, float]  # W per degree to heat and to cool, ≥ 0
_Centred = tuple[float, float, float, float]  # weight, power and both degrees without the mean of the slot


def learn_response(samples: Sequence[Weighed]) -> Response:
    """Both 0 where there is too little to learn from. A home never needs less for more cold or heat, and at most 1 kW a degree."""
    known = [each for each in samples if each.degrees is not None]
    if len(known) < LEAST_SAMPLES:
        return NO_RESPONSE
    centred = _centred(known)
    heats, cools = (_spread(centred, place) >= LEAST_SPREAD for place in (2, 3))
    both = _both(centred) if heats and cools else None
    if both is not None and min(both) >= 0:
        found = both
    else:
        alone = (_alone(centred, 2) if heats else 0.0, _alone(centred, 3) if cools else 0.0)
        # where one of the two would help by a negative sign, only the one that explains more is taken
        found = alone if both is None else ((alone[0], 0.0) if _explains(centred, 2) >= _explains(centred, 3) else (0.0, alone[1]))
    heating, cooling = (min(MOST_W_PER_DEGREE, max(0.0, each)) for each in found)
    return heating, cooling


def _centred(samples: Sequence[Weighed]) -> list[_Centred]:
    groups: dict[Slot, list[Weighed]] = defaultdict(list)
    for each in samples:
        groups[each.slot].append(each)
    centred = []
    for group in groups.values():
        total = sum(each.weight for each in group)
        power = sum(each.weight * each.power_w for each in group) / total
        heat, cool = (sum(each.weight * (each.degrees or NO_RESPONSE)[place] for each in group) / total for place in (0, 1))
        for each in group:
            degrees = each.degrees or NO_RESPONSE
            centred.append((each.weight, each.power_w - power, degrees[0] - heat, degrees[1] - cool))
    return centred


def _product(centred: Sequence[_Centred], one: int, other: int) -> float:
    return sum(each[0] * each[one] * each[other] for each in centred)


def _spread(centred: Sequence[_Centred], place: int) -> float:
    return _product(centred, place, place) / sum(each[0] for each in centred)


def _alone(centred: Sequence[_Centred], place: int) -> float:
    return _product(centred, place, 1) / _product(centred, place, place)


def _explains(centred: Sequence[_Centred], place: int) -> float:
    slope = max(0.0, _alone(centred, place))
    return slope * _product(centred, place, 1)


def _both(centred: Sequence[_Centred]) -> Response | None:
    heat, cool, mixed = _product(centred, 2, 2), _product(centred, 3, 3), _product(centred, 2, 3)
    determinant = heat * cool - mixed * mixed
    if determinant <= 1e-9 * heat * cool:
        return None
    to_heat, to_cool = _product(centred, 2, 1), _product(centred, 3, 1)
    return (to_heat * cool - to_cool * mixed) / determinant, (to_cool * heat - to_heat * mixed) / determinant
