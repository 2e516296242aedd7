"""How much is measured: enough to be calm, or little to see that everything runs; and how samples become a figure."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median, quantiles


@dataclass(frozen=True)
class Effort:
    starts: int
    asks: int
    bursts: int
    burst: int
    people: int
    cloud_starts: int


FULL = Effort(starts=15, asks=3000, bursts=9, burst=400, people=10_000, cloud_starts=5)
QUICK = Effort(starts=1, asks=10, bursts=1, burst=40, people=40, cloud_starts=1)


def p99(samples: Sequence[float]) -> float:
    return quantiles(samples, n=100)[98]


__all__ = ["FULL", "QUICK", "Effort", "median", "p99"]
