"""Log lines: JSON as Google Cloud Logging reads it, or one readable line at home. Never personal data."""

import json
import logging
import sys
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

trace: ContextVar[str] = ContextVar("trace", default="")
"""The trace of the request that is being answered, as Cloud Logging names it; empty at home."""
FIELDS = ("action", "counts", "milliseconds")
ERROR_TYPE = "type.googleapis.com/google.devtools.clouderrorreporting.v1beta1.ReportedErrorEvent"
"""What makes Error Reporting pick a log entry up (cloud.google.com/error-reporting/docs/formatting-error-messages)."""


class CloudFormatter(logging.Formatter):
    """One JSON object a line, with severity, message, trace, the fields of the run, and the stack of an exception."""

    def format(self, record: logging.LogRecord) -> str:
        """The line of one record."""
        entry: dict[str, Any] = {"severity": record.levelname, "message": record.getMessage(), "logger": record.name}
        entry["time"] = datetime.fromtimestamp(record.created, UTC).isoformat()
        entry |= {name: getattr(record, name) for name in FIELDS if hasattr(record, name)}
        if trace.get():
            entry["logging.googleapis.com/trace"] = trace.get()
        if record.exc_info:
            entry["@type"] = ERROR_TYPE
            entry["stack_trace"] = self.formatException(record.exc_info)
        return json.dumps(entry, ensure_ascii=False)


class HomeFormatter(logging.Formatter):
    """A line for a person at a terminal."""

    def format(self, record: logging.LogRecord) -> str:
        """The line of one record, with the stack of an exception below it."""
        counts = " ".join(f"{name}={count}" for name, count in getattr(record, "counts", {}).items())
        took = f" {record.milliseconds} ms" if hasattr(record, "milliseconds") else ""
        at = datetime.fromtimestamp(record.created).astimezone()
        line = f"{at:%H:%M:%S} {record.levelname.lower():7} {record.getMessage()} {counts}{took}".rstrip()
        return f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line


def set_up(*, cloud: bool) -> None:
    """Send all log lines of the process to standard output, in the form of the home it runs in."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(CloudFormatter() if cloud else HomeFormatter())
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
