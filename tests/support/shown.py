"""An answer as a browser got it."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Shown:
    """An answer as a browser got it."""

    name: str
    status: int
    headers: Mapping[str, str]
    html: str
