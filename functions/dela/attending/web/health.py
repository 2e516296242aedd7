"""Whether the forum's schedule runs: for a monitor elsewhere, because what stands still can't tell of it."""

from datetime import timedelta

from werkzeug import Response

from dela.mailing.duty import QUARTER_HOURLY
from dela.mailing.ledger import Heartbeat
from dela.web.answers import json_answer
from dela.web.call import Call

OLD = timedelta(hours=1)
"""Four runs are missing: reminders do not leave."""


def health(call: Call) -> Response:
    """GET: 200 while the schedule runs, 503 when its last run is more than an hour ago. It costs one read."""
    beat = call.ports.store.get(Heartbeat, QUARTER_HOURLY.function)
    if beat is None:
        return json_answer({"status": "down", "schedule": "has never run"}, 503)
    ago = call.now - beat.at
    body = {
        "status": "down" if ago > OLD else "up",
        "schedule": f"ran {max(0, int(ago / timedelta(minutes=1)))} min ago",
    }
    return json_answer(body, 503 if ago > OLD else 200)
