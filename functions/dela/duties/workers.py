"""What the functions that take no orders share: they run what the store says is due, log one line and answer."""

import json
import logging
from collections.abc import Callable, Mapping
from time import perf_counter

from werkzeug import Request, Response

from dela.errors import TemporaryFailure
from dela.web.answers import json_answer
from dela.web.runs import ran

log = logging.getLogger(__name__)

LARGEST_HINT = 4096


def run(request: Request, action: str, work: Callable[[], Mapping[str, int]]) -> Response:
    """Run `work` for a POST and log its counts and duration. 200 unless it failed: then 503 or 500, to be repeated."""
    if request.method != "POST":
        return json_answer({"status": "use POST"}, 405)
    started = perf_counter()
    status, counts = 200, dict[str, int]()
    try:
        counts = dict(work())
    except TemporaryFailure as failure:
        status = 503
        log.warning("%s could not run now: %s", action, failure, extra={"action": action})
    except Exception:
        status = 500
        log.exception("%s failed", action, extra={"action": action})
    ran(action, status, started, counts)
    return json_answer({"status": "done" if status == 200 else "failed", **counts}, status)


def hint(request: Request) -> str | None:
    """The key that a body of {"key": ...} names, or None for any other body."""
    body = request.stream.read(LARGEST_HINT)
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return None
    key = value.get("key") if isinstance(value, dict) else None
    return key if isinstance(key, str) else None
