"""Forms in the charset that they say: old pages on other sites still send Latin letters in eight bits."""

from codecs import lookup
from collections.abc import Mapping
from urllib.parse import parse_qsl

from werkzeug import Request
from werkzeug.datastructures import MultiDict

FORM = "application/x-www-form-urlencoded"
KNOWN = ("iso8859-1", "cp1252", "iso8859-15")
"""What such pages are written in; anything else arrives as what it is not, and is refused (LOST in sign_up_form.py)."""


def form_of(request: Request) -> Mapping[str, str]:
    """The fields of a form, decoded by the charset that its Content-Type names, else as UTF-8."""
    charset = request.mimetype_params.get("charset", "")
    if request.mimetype != FORM or _canonical(charset) not in KNOWN:
        return request.form
    body = request.get_data(cache=True).decode("latin-1")
    return MultiDict(parse_qsl(body, keep_blank_values=True, encoding=charset, errors="replace", max_num_fields=1000))


def _canonical(charset: str) -> str:
    try:
        return lookup(charset).name
    except (LookupError, ValueError):
        return ""
