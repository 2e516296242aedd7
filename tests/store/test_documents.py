"""What holds for every document that is declared."""

import typing
from collections.abc import Iterator

from pydantic import BaseModel

from dela.declarations import DOCUMENTS


def models_in(annotation: object) -> Iterator[type[BaseModel]]:
    """The models that a field's values are, or hold."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
        for field in annotation.model_fields.values():
            yield from models_in(field.annotation)
    for each in typing.get_args(annotation):
        yield from models_in(each)


def test_a_model_inside_a_document_keeps_the_fields_that_this_program_does_not_know():
    """As a document does: else an older program loses them with every change."""
    inside = {
        model for kind in DOCUMENTS for field in kind.model_fields.values() for model in models_in(field.annotation)
    }

    assert inside, "there are some"
    assert [model for model in inside if model.model_config.get("extra") != "allow"] == []


def test_a_document_itself_ignores_what_it_is_not_made_for():
    """What reading lays aside (store/readable.py) is in no export, and a caller's mistake is stored nowhere."""
    assert {kind.model_config.get("extra") for kind in DOCUMENTS} == {"ignore"}
