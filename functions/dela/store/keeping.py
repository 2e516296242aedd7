"""What a stored document says of the person in it: how they get it, how it goes with them, and when it goes by itself.

Every document declares it beside its fields (`keeping`), so that export, erasure and retention know no document by name
and none can be forgotten: a collection without it can't be imported.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from dela.settings import Settings


@dataclass(frozen=True, kw_only=True)
class After:
    """It goes so many days after its meeting ended, if the fields in `equal` hold these values.

    The document's field `meeting` names the meeting.
    """

    days: Callable[[Settings], int]
    equal: Mapping[str, str | int | bool | None] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class OfNobody:
    """There is nobody in it. `because` says why, where a field's name makes one think otherwise."""

    because: str = ""
    until: tuple[After, ...] = ()


@dataclass(frozen=True, kw_only=True)
class OfPerson:
    """It is about one person, whose id stands in its field `person`.

    `listed_as` is the name of its list in the file that the person gets, `told` what of one document stands there. It
    goes with the person, and after each of `until`, whichever comes first; what else ends it is a duty of its room.
    """

    listed_as: str
    told: Callable[[Any], Mapping[str, Any]]
    until: tuple[After, ...]


Keeping = OfNobody | OfPerson


def days_of_registrations(settings: Settings) -> int:
    """How long people's registrations are kept, and what goes with them."""
    return settings.keep_registrations_days
