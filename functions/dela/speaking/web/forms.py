"""What a speaker may send, checked at the edge. What is wrong is named by field and code."""

from collections.abc import Mapping
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints, ValidationError

from dela.errors import Invalid
from dela.speaking.answer import Choice
from dela.web.fields import CODES, Address, Line, printable

F = TypeVar("F", bound=BaseModel)
REASONS = ("time", "subject", "not_my_thing", "other")
ANSWERS = (Choice.YES, Choice.NO, Choice.OTHER, Choice.STANDBY)


def _lines(value: str) -> str:
    """A text of several lines, each of which is printable."""
    return "\n".join(printable(line.strip()) for line in value.splitlines()).strip()


Text = Annotated[str, StringConstraints(strip_whitespace=True, max_length=600), AfterValidator(_lines)]


class _Form(BaseModel):
    model_config = ConfigDict(extra="ignore", hide_input_in_errors=True, defer_build=True)


class ShareForm(_Form):
    """What they will share."""

    title: Line = ""
    summary: Text = ""
    day_phone: Annotated[str, StringConstraints(strip_whitespace=True, max_length=40)] = ""
    consent: bool = False


class ReasonForm(_Form):
    """Why not, and what else."""

    reason: str = ""
    remark: Line = ""
    ask_again: bool = False
    suggests: Line = ""


class AddressForm(_Form):
    """Where mails should go."""

    email: Address


def checked(kind: type[F], fields: Mapping[str, Any]) -> F:
    """The form of these fields. Raises Invalid with every field that is wrong and the code of what is wrong."""
    try:
        form = kind.model_validate(dict(fields))
    except ValidationError as error:
        codes = {str(each["loc"][0]): CODES.get(each["type"], each["type"]) for each in error.errors()}
        raise Invalid(codes) from None
    if isinstance(form, ReasonForm) and form.reason not in ("", *REASONS):
        raise Invalid({"reason": "choice"})
    return form


def choice_of(fields: Mapping[str, str]) -> Choice:
    """What was chosen: nothing was before. Raises Invalid for no choice, and for another date without one."""
    chosen = fields.get("answer", "")
    if chosen not in ANSWERS:
        raise Invalid({"answer": "choice"})
    if chosen == Choice.OTHER and not fields.get("date"):
        raise Invalid({"date": "choice"})
    return Choice(chosen)
