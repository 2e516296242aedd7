"""The fields of our forms, whatever room they stand in: text as it was meant, and addresses."""

import unicodedata
from collections.abc import Callable
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, StringConstraints
from pydantic_core import PydanticCustomError

from dela.web import typed

FORBIDDEN = {"Cc", "Cs"}
"""Control characters, and halves of characters. What this Python's Unicode does not know yet may well be a name."""
CODES = {
    "missing": "missing",
    "string_too_short": "missing",
    "string_too_long": "too_long",
    "string_type": "characters",
    "string_unicode": "characters",
    "literal_error": "choice",
    "bool_parsing": "choice",
    "bool_type": "choice",
}


def printable(value: str) -> str:
    """The text itself. Raises PydanticCustomError if it holds what nobody can read."""
    if any(unicodedata.category(character) in FORBIDDEN for character in value):
        raise PydanticCustomError("characters", "control characters")
    return value


def _address(value: str) -> str:
    from email_validator import EmailNotValidError, validate_email

    try:
        address = validate_email(value, check_deliverability=False)
    except EmailNotValidError as error:
        code = "address_blank" if " " in value and "@" in value else "address"
        raise PydanticCustomError(code, "not an address") from error
    # The ASCII form reaches mail servers that know no internationalised addresses, where there is one.
    return address.ascii_email or address.normalized


def _cleaned(clean: Callable[[str], str]) -> BeforeValidator:
    return BeforeValidator(lambda value: clean(value) if isinstance(value, str) else value)


LINE, ADDRESS = _cleaned(typed.line), _cleaned(typed.address)
Line = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200), LINE, AfterValidator(printable)]
Name = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200), LINE, AfterValidator(printable)
]
Address = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=320), ADDRESS, AfterValidator(_address)
]
