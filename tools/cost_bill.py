"""From what was used on each day to what is paid for it: arithmetic and nothing else."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from tools.cost_prices import DAY, PRICES, Price

Days = Mapping[date, Mapping[str, float]]


@dataclass(frozen=True)
class Line:
    """One position: what the busiest day and the busiest month used, and what a month costs at most, and the year."""

    name: str
    price: Price
    busiest_day: float
    busiest_month: float
    dearest_month: float
    year: float

    @property
    def used_of_free(self) -> float | None:
        """The part of the allowance that its busiest period uses; None where nothing is free."""
        used = self.busiest_day if self.price.period == DAY else self.busiest_month
        return used / self.price.free if self.price.free else None


def bill(days: Days, standing: Mapping[str, float]) -> list[Line]:
    """A line for each price. `days` holds what was used on each day, `standing` what is there all the time."""
    lines = []
    for name, price in PRICES.items():
        if name in standing:
            lines.append(_standing(name, price, standing[name]))
        else:
            lines.append(_used(name, price, {day: used.get(name, 0) for day, used in days.items()}))
    return lines


def extrapolated(small: Days, large: Days, sizes: Sequence[int], size: int) -> dict[date, Counter[str]]:
    """What each day would use at `size` people, on the line through two counted sizes (small, large)."""
    factor = (size - sizes[1]) / (sizes[1] - sizes[0])
    result = {}
    for day, used in large.items():
        before = small[day]
        names = {*used, *before}
        line = {name: used.get(name, 0) + factor * (used.get(name, 0) - before.get(name, 0)) for name in names}
        result[day] = Counter({name: max(0.0, value) for name, value in line.items()})
    return result


def total(days: Days, name: str) -> float:
    """What all days together used of something."""
    return sum(used.get(name, 0) for used in days.values())


def off_the_line(days: Mapping[int, Days]) -> float:
    """How far the largest counted size lies off the line through the two before it, as a part of itself."""
    first, second, last = sorted(days)[-3:]
    line = extrapolated(days[first], days[second], (first, second), last)
    names = ("reads", "writes", "deletes", "invocations", "tasks", "egress")
    return max(abs(total(line, name) / total(days[last], name) - 1) for name in names)


def _used(name: str, price: Price, used: Mapping[date, float]) -> Line:
    months: defaultdict[tuple[int, int], float] = defaultdict(float)
    paid: defaultdict[tuple[int, int], float] = defaultdict(float)
    for day, amount in used.items():
        months[day.year, day.month] += amount
        if price.period == DAY:
            paid[day.year, day.month] += _cost(price, amount)
    if price.period != DAY:
        paid.update({month: _cost(price, amount) for month, amount in months.items()})
    return Line(name, price, max(used.values()), max(months.values()), max(paid.values()), sum(paid.values()))


def _standing(name: str, price: Price, amount: float) -> Line:
    monthly = _cost(price, amount)
    return Line(name, price, amount, amount, monthly, 12 * monthly)


def _cost(price: Price, amount: float) -> float:
    return max(0.0, amount - price.free) / price.per * price.usd
