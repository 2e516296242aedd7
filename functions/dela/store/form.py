"""The form of what is stored, in two numbers: how far it has come, and which programs may work on it.

Every change of form that a release brings is a Step with a number of its own (declarations.py lists them). `done` is
the last step that was taken: an additive one, such as new fields or kinds of documents, is lived with by older
programs, because functions are deployed one after another. `needs` is the last one that an older program must not work
after: it refuses at its start. docs/decisions/0012-forms-and-upgrades.md
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar, Final

from dela.errors import Refused
from dela.settings import Settings
from dela.store.contract import Reader, Store
from dela.store.documents import Document, Instant
from dela.store.keeping import OfNobody

STORED: Final = "stored"
"""The id of the one document that tells it."""
KNOWN: Final = 1
"""The number of the last step that this program knows."""
HELD = timedelta(minutes=10)
"""How long who takes steps keeps others from it; who dies is followed after that."""


@dataclass(frozen=True, kw_only=True)
class Step:
    """One change of form. `run` carries it out, in transactions; it may run again, and beside programs of before.

    breaking  that programs which do not know it must not work on the data from then on
    what      it does, for whoever reads the log
    run       None: nothing that is stored changes
    """

    name: str
    number: int
    breaking: bool
    what: str
    run: Callable[[Store, Settings], None] | None


class Form(Document):
    """The form of a store; 0 is that of the first release, which wrote none. `until` is set while steps are taken."""

    collection: ClassVar[str] = "forms"
    keeping = OfNobody(because="the owner is the process that upgrades")

    done: int = 0
    needs: int = 0
    owner: str = ""
    until: Instant | None = None

    @property
    def behind(self) -> bool:
        """Whether this program knows steps that were not taken yet."""
        return self.done < KNOWN

    def held(self, owner: str, now: datetime) -> bool:
        """Whether another one takes steps at `now`. A time far ahead is a clock that was wrong."""
        return self.owner != owner and self.until is not None and now < self.until <= now + HELD


STEPS: tuple[Step, ...] = (
    Step(
        name="stamp",
        number=1,
        breaking=False,
        what="the form of the data is stored beside them",
        run=None,
    ),
)


def form_of(store: Reader) -> Form:
    """The form of a store. Raises Refused if this program must not work on it, with a sentence that says what to do."""
    form = store.get(Form, STORED) or Form(id=STORED)
    if form.needs > KNOWN:
        raise Refused(
            f"a newer Dela has stored these data (form {form.needs}; this one knows up to {KNOWN}): "
            "please run that one, or go back to a backup from before the upgrade"
        )
    return form
