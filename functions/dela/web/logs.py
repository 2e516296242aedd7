"""Log lines: JSON as Google Cloud Logging reads it, or one readable line at home. Never personal data."""

import json
import logging
import re
import sys
import traceback
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any, Protocol

from dela.errors import DelaError

trace: ContextVar[str] = ContextVar("trace", default="")
"""The trace of the request that is being answered, as Cloud Logging names it; empty at home."""
FIELDS = ("action", "status", "counts", "milliseconds")
ERROR_TYPE = "type.googleapis.com/google.devtools.clouderrorreporting.v1beta1.ReportedErrorEvent"
"""What makes Error Reporting pick a log entry up (cloud.google.com/error-reporting/docs/formatting-error-messages)."""
TRACE_HEADERS = {
    "X-Cloud-Trace-Context": re.compile(r"([0-9a-f]{32})(?:/|;|$)"),
    "traceparent": re.compile(r"[0-9a-f]{2}-([0-9a-f]{32})-"),
}
"""Google's own header and the one of W3C's Trace Context; Cloud Run sends both."""


class CloudFormatter(logging.Formatter):
    """One JSON object a line, with severity, message, trace, the fields of the run, and the stack of an exception."""

    def format(self, record: logging.LogRecord) -> str:
        """The line of one record."""
        entry: dict[str, Any] = {"severity": record.levelname, "message": record.getMessage(), "logger": record.name}
        entry["time"] = datetime.fromtimestamp(record.created, UTC).isoformat()
        entry |= {name: getattr(record, name) for name in FIELDS if hasattr(record, name)}
        if trace.get():
            entry["logging.googleapis.com/trace"] = trace.get()
        if record.exc_info and record.exc_info[1]:
            entry["@type"] = ERROR_TYPE
            entry["stack_trace"] = stack(record.exc_info[1])
        return json.dumps(entry, ensure_ascii=False)


class HomeFormatter(logging.Formatter):
    """A line for a person at a terminal."""

    def format(self, record: logging.LogRecord) -> str:
        """The line of one record, with the stack of an exception below it."""
        counts = " ".join(f"{name}={count}" for name, count in getattr(record, "counts", {}).items())
        took = f" {record.milliseconds} ms" if hasattr(record, "milliseconds") else ""
        at = datetime.fromtimestamp(record.created).astimezone()
        line = f"{at:%H:%M:%S} {record.levelname.lower():7} {record.getMessage()} {counts}{took}".rstrip()
        return f"{line}\n{stack(record.exc_info[1])}" if record.exc_info and record.exc_info[1] else line


def set_up(*, cloud: bool) -> None:
    """Send all log lines of the process to standard output, in the form of the home it runs in."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(CloudFormatter() if cloud else HomeFormatter())
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    # At home the web server in front tells who looked at what; a line takes a fifth of what a page takes.
    logging.getLogger("dela.reading").setLevel(logging.INFO if cloud else logging.WARNING)


class Headers(Protocol):
    """Headers by name, whatever the host's class for them is."""

    def get(self, key: str, /) -> str | None:
        """The header of that name, or None."""
        ...


def trace_of(headers: Headers, project: str) -> str:
    """The trace that a request belongs to, as projects/PROJECT/traces/ID, which groups the lines of one request.

    `headers` may hold anything: what is not of a trace's form gives an empty text.
    """
    for name, form in TRACE_HEADERS.items():
        found = form.match(headers.get(name) or "")
        if found and project:
            return f"projects/{project}/traces/{found[1]}"
    return ""


def stack(error: BaseException) -> str:
    """The stack of an exception and of what caused it, in Python's form, which Error Reporting reads.

    Of its message only what holds no data is kept: libraries put into theirs what they were given, addresses too.
    """
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    before = f"{stack(cause)}\n\nThe above led to:\n\n" if cause else ""
    frames = "".join(traceback.format_tb(error.__traceback__))
    kind = f"{type(error).__module__}.{type(error).__qualname__}".removeprefix("builtins.")
    return f"{before}Traceback (most recent call last):\n{frames}{kind}{_harmless(error)}"


def _harmless(error: BaseException) -> str:
    if isinstance(error, DelaError) or type(error).__module__ == "sqlite3":
        return f": {error}"
    if isinstance(error, OSError) and error.strerror:
        return f": {error.strerror}"
    return ""
