"""What a stranger may send to sign up, checked at the edge. What is wrong is named by field and code."""

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, ValidationError
from pydantic_core import PydanticCustomError

from dela.attending.registration import Wishes
from dela.errors import Invalid
from dela.settings import Settings
from dela.web import typed
from dela.web.fields import CODES, Address, Line, Name
from dela.web.language import LANGUAGES

NO = ("false", "0", "off", "no")
F = TypeVar("F", bound="SignUpForm")


def _known_language(value: str) -> str:
    if value not in LANGUAGES:
        raise PydanticCustomError("choice", "no language of ours")
    return value


class SignUpForm(BaseModel):
    """The fields of a sign-up, as a form or as JSON."""

    model_config = ConfigDict(extra="ignore", hide_input_in_errors=True, defer_build=True)

    name: Name = Field(description="What we call you")
    email: Address = Field(description="Where the confirmation is sent", json_schema_extra={"format": "email"})
    organisation: Line = ""
    municipality: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
    language: Annotated[str, AfterValidator(_known_language)] | None = None
    notify_next: bool = False

    def wishes(self, language: str) -> Wishes:
        """What is kept of it beside the address; `language` is taken where none was chosen."""
        return Wishes(
            name=self.name,
            organisation=self.organisation,
            municipality=self.municipality,
            language=self.language or language,
            notify_next=self.notify_next,
        )


class ChangeForm(SignUpForm):
    """The fields that a registered person may change: all but the address."""

    email: str = ""


def typed_in(form: Mapping[str, str], names: Iterable[str]) -> dict[str, str]:
    """What a form holds of these fields, without the empty ones. A box that says no is a box without its tick."""
    typed = {name: value for name in names if (value := form.get(name))}
    if typed.get("notify_next", "").strip().lower() in NO:
        del typed["notify_next"]
    return typed


def checked(kind: type[F], fields: Mapping[str, Any], settings: Settings) -> F:
    """The form of these fields. Raises Invalid with every field that is wrong and the code of what is wrong."""
    errors: dict[str, str] = {}
    form: F | None = None
    fields = _with_place_as_listed(fields, settings.places)
    try:
        form = kind.model_validate(fields)
    except ValidationError as error:
        errors = {str(problem["loc"][0]): CODES.get(problem["type"], problem["type"]) for problem in error.errors()}
    municipality = fields.get("municipality")
    if "municipality" not in errors and str(municipality).strip() not in settings.places:
        errors["municipality"] = "municipality"
    if errors or form is None:
        raise Invalid(errors)
    return form


def _with_place_as_listed(fields: Mapping[str, Any], places: Iterable[str]) -> Mapping[str, Any]:
    """The place as the settings spell it, however it was sent: other programs compose letters otherwise."""
    place = fields.get("municipality")
    if not isinstance(place, str):
        return fields
    spelt = {typed.line(each): each for each in places}
    return {**fields, "municipality": spelt.get(typed.line(place), place)}
