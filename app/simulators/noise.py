"""Seeded noise with random access: the value at an index does not depend on what was asked before."""

from statistics import NormalDist
from zlib import crc32

_MASK = 0xFFFFFFFFFFFFFFFF
_NORMAL = NormalDist()


class Noise:
    """One independent stream per (`seed`, `name`)."""

    def __init__(self, seed: int, name: str) -> None:
        self._lattice: dict[int, float] = {}
        self._base = (seed * 0xD1342543DE82EF95 + crc32(name.encode()) * 0x2545F4914F6CDD1D) & _MASK

    def unit(self, index: int) -> float:
        """Uniform in (0, 1); SplitMix64 of the index."""
        z = (self._base + index * 0x9E3779B97F4A7C15) & _MASK
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & _MASK
        return ((z ^ (z >> 31)) + 1) / (_MASK + 3)

    def normal(self, index: int) -> float:
        """Standard normal, cut at ±4."""
        return max(-4.0, min(4.0, _NORMAL.inv_cdf(min(max(self.unit(index), 1e-9), 1 - 1e-9))))

    def smooth(self, x: float) -> float:
        """Between −1 and 1, without jumps; its features are about 1 wide in `x`."""
        left = int(x // 1)
        part = x - left
        weight = part * part * (3 - 2 * part)
        before, after = self._at_lattice(left), self._at_lattice(left + 1)
        return 2 * (before + (after - before) * weight) - 1

    def _at_lattice(self, index: int) -> float:
        value = self._lattice.get(index)
        if value is None:
            if len(self._lattice) > 4_000:
                self._lattice.clear()
            value = self._lattice[index] = self.unit(index)
        return value

    def between(self, index: int, low: float, high: float) -> float:
        """Uniform between `low` and `high`."""
        return low + (high - low) * self.unit(index)
