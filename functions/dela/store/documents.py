"""What every stored document is: a pydantic model with a collection and an id.

Documents are stored as the JSON form of the model, so that both stores hold the same and compare alike. Times are
written in one fixed width (`Instant`), because stores compare them as text.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cached_property
from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator, BaseModel, ConfigDict, PlainSerializer

from dela.store.keeping import Keeping


def _aware_utc(value: datetime) -> datetime:
    if value.tzinfo is None:
        raise ValueError("a time needs its zone")
    return value.astimezone(UTC)


def instant_text(value: datetime) -> str:
    """The stored form of an aware time: UTC, microseconds, fixed width, so that text order is time order."""
    return value.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


Instant = Annotated[
    datetime, AfterValidator(_aware_utc), PlainSerializer(instant_text, return_type=str, when_used="json")
]


class Part(BaseModel):
    """A part of a stored document that has fields of its own; those that this program does not know stay in it."""

    model_config = ConfigDict(frozen=True, extra="allow", hide_input_in_errors=True, defer_build=True)


class Document(BaseModel):
    """A stored document. Frozen: a change is a new model (`model_copy(update=...)`) that is put back.

    `collection` names where it lies. `indexes` lists, for every query that combines fields, the equality fields in
    any order and then the range field: both stores refuse a combined query that is not declared here, because
    Firestore would refuse it in production only. One of a single field is Firestore's by itself; SQLite needs telling.
    `keeping` says who is in it and how it goes; a collection that lacks it raises TypeError when it is defined.
    Each model is built at its first use (`defer_build`): no function uses all of them.

    A change keeps the fields that this program does not know (`unknown`); a new model in an old one's place has none.
    Models in its fields are each a Part, which does the same for itself.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True, defer_build=True)

    collection: ClassVar[str]
    indexes: ClassVar[tuple[tuple[str, ...], ...]] = ()
    keeping: ClassVar[Keeping]

    id: str

    @cached_property
    def unknown(self) -> Mapping[str, Any]:
        """What else a program that knows more fields has stored in it: put back, but neither told nor compared.

        Reading (store/readable.py) lays it into the model's dictionary, which copies carry on.
        """
        return {}

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        super().__pydantic_init_subclass__(**kwargs)
        if "collection" in vars(cls) and not hasattr(cls, "keeping"):
            raise TypeError(f"{cls.__name__} does not say how it is kept: see store/keeping.py")
