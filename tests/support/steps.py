"""A release of tomorrow: made-up steps that change the form of what is stored."""

from contextlib import contextmanager
from typing import ClassVar
from unittest.mock import patch

from dela import declarations
from dela.store import form
from dela.store.contract import Query
from dela.store.documents import Document
from dela.store.form import Step
from dela.store.keeping import OfNobody


class WordOfOld(Document):
    collection: ClassVar[str] = "words"
    keeping = OfNobody()

    text: str


class Word(Document):
    """What once was one text is a list of letters."""

    collection: ClassVar[str] = "words"
    keeping = OfNobody()

    letters: tuple[str, ...]


class Spelling:
    """The step that spells all words out, some at a time; it stumbles after so many."""

    def __init__(self, stumbles_after: int = 1000) -> None:
        self.stumbles_after, self.runs = stumbles_after, 0

    def __call__(self, store, settings) -> None:
        self.runs += 1
        done = 0
        while found := store.query(WordOfOld, Query(limit=2)):  # (what is done can't be read in the old form)
            for id in [each.id for each in found]:
                if done == self.stumbles_after:
                    raise KeyboardInterrupt
                store.transact(lambda transaction, word=id: spell(transaction, word))
                done += 1


def spell(transaction, id: str) -> None:
    old = transaction.get(WordOfOld, id)
    transaction.put(Word(id=id, letters=tuple(old.text)))


def step(number: int, run=None, *, breaking: bool = False) -> Step:
    return Step(name=f"made up {number}", number=number, breaking=breaking, what="made up", run=run)


@contextmanager
def release(*steps: Step):
    """The program of a release with further steps: ports that are made inside know them."""
    known = max([form.KNOWN, *(each.number for each in steps)])
    with (
        patch.object(declarations, "DECLARATIONS", (*declarations.DECLARATIONS, *steps)),
        patch.object(form, "KNOWN", known),
    ):
        yield


def put(store, *documents: Document) -> None:
    store.transact(lambda transaction: [transaction.put(each) for each in documents])
