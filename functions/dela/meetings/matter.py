"""What mails about a meeting say of it, read anew when they leave."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from dela.mailing.kinds import Method
from dela.meetings.meeting import Meeting
from dela.parsed.telephone import ringing
from dela.settings import Settings
from dela.store.contract import Reader
from dela.web import dates
from dela.web.links import Links


class Told(NamedTuple):
    """What a mail about a meeting says that depends on the moment: how far away it is, and which words fit that."""

    how_far: str
    stage: str
    """"days", "tomorrow", "soon" (today), "now" or "past"."""


class AboutMeeting:
    """See mailing/kinds.py, Matter."""

    def read(self, store: Reader, id: str) -> Meeting | None:
        """See mailing/kinds.py."""
        return store.get(Meeting, id)

    def told_at(self, matter: Meeting, language: str, settings: Settings, now: datetime) -> Told:
        """See mailing/kinds.py."""
        how_far = dates.how_far(now, matter.starts_at, language, settings.time_zone)
        days = dates.days_between(now, matter.starts_at, settings.time_zone)
        if now >= matter.starts_at:
            return Told(how_far, "now" if now < matter.ends_at else "past")
        return Told(how_far, "days" if days > 1 else "tomorrow" if days == 1 else "soon")

    def words(self, matter: Meeting, told: Told, language: str, settings: Settings, links: Links) -> Mapping[str, Any]:
        """See mailing/kinds.py."""
        zone, before = settings.time_zone, matter.moved_from
        return {
            "meeting": matter,
            "day": dates.day(matter.starts_at, language, zone),
            "short_day": dates.day_of_year(matter.starts_at, language, zone),
            "clock": dates.clock(matter.starts_at, language, zone),
            "ends": dates.clock(matter.ends_at, language, zone),
            "opens": dates.clock(matter.opens_at, language, zone),
            "hours": dates.hours(matter.starts_at, matter.minutes, language, zone),
            "zone_name": dates.zone_words(language, settings.language, zone),
            "old_day": dates.day(before, language, zone) if before else "",
            "old_clock": dates.clock(before, language, zone) if before else "",
            "how_far": told.how_far,
            "stage": told.stage,
            "phone": matter.phone,
            "phone_url": ringing(matter.phone),
            "meeting_url": links.page(matter.id, language),
        }

    def calendar(
        self, matter: Meeting, settings: Settings, language: str, url: str, *, method: Method, sequence: int
    ) -> bytes:
        """See mailing/kinds.py."""
        from dela.meetings.calendar_file import calendar_file

        return calendar_file(matter, settings, language, url, method=method, sequence=sequence)


A_MEETING = AboutMeeting()
