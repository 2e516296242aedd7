"""What mails about a meeting say of it, read anew when they leave."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from dela.mailing.kinds import Method
from dela.meetings.meeting import Meeting
from dela.settings import Settings
from dela.store.contract import Reader
from dela.web import dates
from dela.web.links import Links


class AboutMeeting:
    """See mailing/kinds.py, Matter."""

    def read(self, store: Reader, id: str) -> Meeting | None:
        """See mailing/kinds.py."""
        return store.get(Meeting, id)

    def told_at(self, matter: Meeting, language: str, settings: Settings, now: datetime) -> str:
        """How far away it is, in words."""
        return dates.how_far(now, matter.starts_at, language, settings.time_zone)

    def words(self, matter: Meeting, told: str, language: str, settings: Settings, links: Links) -> Mapping[str, Any]:
        """See mailing/kinds.py."""
        zone, before = settings.time_zone, matter.moved_from
        return {
            "meeting": matter,
            "day": dates.day(matter.starts_at, language, zone),
            "hours": dates.hours(matter.starts_at, matter.minutes, language, zone),
            "zone_name": dates.zone_name(matter.starts_at, language, zone),
            "old_day": dates.day(before, language, zone) if before else "",
            "old_clock": dates.clock(before, language, zone) if before else "",
            "how_far": told,
            "meeting_url": links.page(matter.id, language),
        }

    def calendar(
        self, matter: Meeting, settings: Settings, language: str, url: str, *, method: Method, sequence: int
    ) -> bytes:
        """See mailing/kinds.py."""
        from dela.meetings.calendar_file import calendar_file

        return calendar_file(matter, settings, language, url, method=method, sequence=sequence)


A_MEETING = AboutMeeting()
