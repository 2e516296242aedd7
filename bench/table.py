"""What was measured, as rows for people and for machines."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Row:
    """One measure. With a floor it is judged by the ratio to it, else by itself; without a limit it only informs."""

    part: str
    what: str
    ours: float
    unit: str
    floor: float | None = None
    limit: float | None = None
    at_least: bool = False
    note: str = ""

    @property
    def measure(self) -> float:
        return self.ours / self.floor if self.floor else self.ours

    @property
    def ok(self) -> bool | None:
        if self.limit is None:
            return None
        return self.measure >= self.limit if self.at_least else self.measure <= self.limit

    @property
    def cells(self) -> list[str]:
        sign = "≥" if self.at_least else "≤"
        times = "×" if self.floor else f" {self.unit}"
        return [
            self.part,
            self.what + (f" ({self.note})" if self.note else ""),
            f"{number(self.ours)} {self.unit}".strip(),
            f"{number(self.floor)} {self.unit}".strip() if self.floor else "",
            f"{self.measure:.4g} ×" if self.floor else "",
            f"{sign} {self.limit:g}{times}".strip() if self.limit is not None else "",
            {True: "ok", False: "missed", None: ""}[self.ok],
        ]

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "measure": self.measure, "ok": self.ok}


HEAD = ["part", "measured", "this program", "floor", "ratio", "aim", ""]


def number(value: float) -> str:
    """Three significant digits at most, without an exponent."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}" if value >= 0.01 or not value else f"{value:.4f}"


def text(rows: Sequence[Row]) -> str:
    """The rows as aligned columns."""
    lines = [HEAD, *(row.cells for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEAD))]
    return "\n".join("  ".join(map(str.ljust, line, widths)).rstrip() for line in lines)


def markdown(rows: Sequence[Row]) -> str:
    """The rows as a table for the README."""
    lines = [HEAD, ["---"] * len(HEAD), *(row.cells for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
