"""Forms in the charset that they say: old pages on other sites still send Latin letters in eight bits.

werkzeug leaves octets that are no UTF-8 as %C5 in the text, where nobody would notice: here they become U+FFFD, which
no field accepts.
"""

from codecs import lookup
from collections.abc import Mapping
from urllib.parse import parse_qsl

from werkzeug import Request
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import RequestEntityTooLarge

FORM = "application/x-www-form-urlencoded"
KNOWN = ("iso8859-1", "cp1252", "iso8859-15")
"""What such pages are written in; all else is read as UTF-8."""
MOST_FIELDS = 1000


def form_of(request: Request) -> Mapping[str, str]:
    """The fields of a form, decoded by the charset that its Content-Type names, else as UTF-8."""
    if request.mimetype != FORM:
        return request.form
    charset = _canonical(request.mimetype_params.get("charset", ""))
    body = request.get_data(cache=True).decode("latin-1")
    encoding = charset if charset in KNOWN else "utf-8"
    try:
        fields = parse_qsl(
            body, keep_blank_values=True, encoding=encoding, errors="replace", max_num_fields=MOST_FIELDS
        )
    except ValueError as error:
        raise RequestEntityTooLarge from error
    return MultiDict(fields)


def _canonical(charset: str) -> str:
    try:
        return lookup(charset).name
    except (LookupError, ValueError):
        return ""
