"""What a page says of a state: its declaration, and what fills the gaps of its words."""

from datetime import datetime
from typing import Any

from dela.attending.standing import Standing
from dela.attending.states import STATES
from dela.meetings.meeting import Meeting
from dela.web import dates
from dela.web.language import number_word, translations
from dela.web.site import Site


def shown(
    site: Site,
    language: str,
    standing: Standing,
    meeting: Meeting | None,
    now: datetime | None = None,
    *,
    name: str = "",
    email: str = "",
) -> dict[str, Any]:
    """The context of a page in a state: its words, what fills them, and whether the meeting is going on at `now`."""
    settings = site.settings
    zone = settings.time_zone
    about: dict[str, Any] = {
        "minutes": meeting.minutes if meeting else settings.minutes,
        "owners": number_word(settings.speakers_max, language),
        "name": name,
        "email": email or translations(language).gettext("your address"),
    }
    if meeting is not None:
        about |= {
            "day": dates.day(meeting.starts_at, language, zone),
            "starts": dates.clock(meeting.starts_at, language, zone),
            "ends": dates.clock(meeting.ends_at, language, zone),
            "opens": dates.clock(meeting.opens_at, language, zone),
        }
    running = meeting is not None and now is not None and meeting.starts_at <= now < meeting.ends_at
    return {"standing": standing, "state": STATES[standing], "about": about, "running": running, "meeting": meeting}
